"""Reminders: which step of a round is due for a province, and what it still owes."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from enum import StrEnum

from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.plan_round import PlanRound, ReminderStep
from pipeline.domain.working_days import WorkingDays
from pipeline.domain.writing.vietnamese import HANOI

CAUGHT_UP_WITHIN = 10
"""Working days after which a missed step is over: a daemon that was away for a month,
or is set up long after a round, does not write to the whole country."""

NARRATIVE = "narrative"
ALL_THE_SAME = " all the same"


class ReminderOutcome(StrEnum):
    """What became of a step: letters, nothing to remind of, or its time went by."""

    WRITTEN = "written"
    COMPLETE = "complete"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class ReminderNote:
    """A line of the sent-log: one for a round, province and step, for good."""

    round: str
    province: str
    step: str
    outcome: ReminderOutcome


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that a province owes: never sent (`errors` None), or sent and not clean.

    0 errors: the form came and could not be read.
    """

    form: str
    errors: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """What a province still owes in a round.

    `waits_for_us`: a mail of its own is held or not yet read, so that it may owe less.
    """

    forms: tuple[OpenForm, ...] = ()
    narrative: bool = False
    waits_for_us: bool = False

    @property
    def is_open(self) -> bool:
        """Whether anything is owed."""
        return bool(self.forms) or self.narrative


@dataclass(frozen=True, slots=True)
class Reminder:
    """A step of a province with its letters; no letters where no address is known.

    `until`: the province's own deadline where it was extended.
    """

    note: ReminderNote
    gap: Gap
    letters: tuple[Letter, ...] = ()
    until: datetime | None = None

    @property
    def said(self) -> str:
        """What the letters say is owed, in one line to keep beside them.

        It ends with ALL_THE_SAME where a mail of the province waited already: whoever
        asked for the letter knew.
        """
        known = ALL_THE_SAME if self.gap.waits_for_us else ""
        return told(self.gap, self.until) + known


def told(gap: Gap, until: datetime | None) -> str:
    """What is owed and until when, in one line: other words, another letter."""
    forms = [f.form if f.errors is None else f"{f.form}:{f.errors}" for f in gap.forms]
    report = [NARRATIVE] if gap.narrative else []
    own = [] if until is None else [f"until {until.astimezone(HANOI).isoformat()}"]
    return " ".join(forms + report + own)


def as_asked(gap: Gap, said: str) -> Gap:
    """What is owed of what letters asked for: the report only where they named it."""
    return replace(gap, narrative=gap.narrative and NARRATIVE in said.split())


@dataclass(frozen=True, slots=True)
class ReminderHours:
    """When reminders leave: the time of day of a step, and the office's calendar."""

    at: time
    zone: tzinfo
    calendar: WorkingDays


@dataclass(frozen=True, slots=True)
class DueSteps:
    """The one step to write now, and those whose time went by."""

    now: ReminderStep | None = None
    passed: tuple[ReminderStep, ...] = ()


def begins(step: ReminderStep, due: datetime, hours: ReminderHours) -> datetime:
    """When a step falls due for a deadline."""
    day = hours.calendar.shift(due.astimezone(HANOI).date(), step.working_days)
    return datetime.combine(day, hours.at, hours.zone)


def due_steps(
    plan_round: PlanRound,
    due: datetime,
    noted: Container[str],
    hours: ReminderHours,
    now: datetime,
) -> DueSteps:
    """The newest step that has begun and is not `noted`; older ones have passed.

    One that began more than CAUGHT_UP_WITHIN working days ago has passed as well.
    """
    begun = sorted(
        (step for step in plan_round.reminders if begins(step, due, hours) <= now),
        key=lambda step: step.working_days,
    )
    fresh = [step for step in begun if step.key not in noted]
    if not fresh:
        return DueSteps()
    newest = begun[-1]
    if newest is not fresh[-1] or _is_over(newest, due, hours, now):
        return DueSteps(passed=tuple(fresh))
    return DueSteps(newest, tuple(fresh[:-1]))


def _is_over(
    step: ReminderStep, due: datetime, hours: ReminderHours, now: datetime
) -> bool:
    day = begins(step, due, hours).astimezone(HANOI).date()
    last = hours.calendar.shift(day, CAUGHT_UP_WITHIN)
    return now.astimezone(HANOI).date() > last


def addresses_of(registry: Iterable[tuple[str, str]], province: str) -> tuple[str, ...]:
    """The registered addresses of a province, in order."""
    return tuple(sorted(address for address, code in registry if code == province))
