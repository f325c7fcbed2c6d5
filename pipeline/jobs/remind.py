"""Remind: one letter a province and step, naming what is still owed.

    withdraw_stale_reminders | gaps | due_steps | compose_reminder | write | note_reminder

What was made stands in the ledger's sent-log, each province in a transaction of its own:
whoever dies in between goes on where he stopped, and nothing is made twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipeline.domain.errors import PermanentError, TransientError
from pipeline.domain.letters.letter import LetterContext
from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.plan_round import PlanRound, ReminderStep
from pipeline.domain.reminders import (
    DueSteps,
    Gap,
    Reminder,
    ReminderHours,
    ReminderNote,
    ReminderOutcome,
    addresses_of,
    due_steps,
)
from pipeline.domain.senders.registry import registry_at
from pipeline.jobs.approval import approved
from pipeline.jobs.judge import Bench
from pipeline.ports import Ledger
from pipeline.stages.compose_reminder import compose_reminder

DAEMON = "daemon"


@dataclass(frozen=True, slots=True)
class ReminderDesk:
    """What reminders are made with."""

    bench: Bench
    ledger: Ledger
    hours: ReminderHours


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks for reminders; for which step and round if he names them.

    `dry_run`: only look.
    """

    by: str = DAEMON
    step: str | None = None
    dry_run: bool = False
    round: str | None = None


@dataclass(slots=True)
class RemindReport:
    """What was made (or would be): letters, provinces to telephone, steps that are over.

    `undecided` are provinces whose own mail waits for a planner; `faulty` those whose
    letter cannot be written, with what is wrong. Both stay due.
    """

    written: list[Reminder] = field(default_factory=list)
    unaddressed: list[Reminder] = field(default_factory=list)
    undecided: list[Reminder] = field(default_factory=list)
    faulty: list[tuple[Reminder, PermanentError]] = field(default_factory=list)
    over: list[ReminderNote] = field(default_factory=list)
    withdrawn: int = 0


def remind(desk: ReminderDesk, now: datetime, order: Order | None = None) -> RemindReport:
    """Make the reminders that are due in every open round.

    PermanentError where letters are switched off or no round has the named step,
    TransientError outside working hours: nothing is made then, and nothing is lost.
    """
    order = order or Order()
    _refuse(desk, now, order)
    report = RemindReport()
    if not order.dry_run:
        report.withdrawn = desk.ledger.withdraw_stale_reminders()
    for plan_round in desk.bench.rounds:
        if order.round in (None, plan_round.id):
            _remind_of(_Round(desk, plan_round, order, now), report)
    return report


def _refuse(desk: ReminderDesk, now: datetime, order: Order) -> None:
    if order.step is not None:
        _refuse_step(desk, order)
    if order.dry_run:
        return
    if desk.bench.policy.replies == "off":
        raise PermanentError("policy.replies is off: no letter leaves, no step is noted")
    if not desk.hours.calendar.is_open(now):
        raise TransientError("reminders are made on working days from 07:00 to 18:00")


def _refuse_step(desk: ReminderDesk, order: Order) -> None:
    """PermanentError unless the named step is of one of the rounds asked for."""
    asked = [each for each in desk.bench.rounds if order.round in (None, each.id)]
    steps = {each.id: {step.key for step in each.reminders} for each in asked}
    keepers = [name for name, keys in steps.items() if order.step in keys]
    if not keepers:
        known = ", ".join(sorted(set().union(*steps.values()))) or "none"
        raise PermanentError(f"{order.step}: no such step; round.yaml has {known}")
    if len(keepers) > 1:
        raise PermanentError(
            f"{order.step}: name one round with --round: {', '.join(keepers)}"
        )


@dataclass(frozen=True, slots=True)
class _Round:
    """One round's reminders in the making."""

    desk: ReminderDesk
    plan_round: PlanRound
    order: Order
    now: datetime

    def registry(self) -> Mapping[str, str]:
        """The registry as it is today."""
        entries = self.desk.ledger.sender_entries()
        return registry_at(self.desk.bench.senders, entries, self.now)

    def steps(self, due: datetime, noted: Mapping[str, ReminderOutcome]) -> DueSteps:
        """The steps to settle: those that are due, or the one that was asked for."""
        wanted = self.order.step
        if wanted is None:
            # a step that only passed comes back where the deadline moved
            settled = {
                key
                for key, outcome in noted.items()
                if outcome is not ReminderOutcome.PASSED
            }
            return due_steps(self.plan_round, due, settled, self.desk.hours, self.now)
        if noted.get(wanted, ReminderOutcome.PASSED) is not ReminderOutcome.PASSED:
            return DueSteps()
        named = (step for step in self.plan_round.reminders if step.key == wanted)
        return DueSteps(next(named, None))

    def enter(self, reminder: Reminder) -> bool:
        """Enter a step with its letters; False when somebody else was faster."""
        if self.order.dry_run:
            return True
        book, by = self.desk.ledger, self.order.by
        return book.note_reminder(reminder, by, self.now)

    def close(self, notes: Sequence[ReminderNote]) -> Sequence[ReminderNote]:
        """Enter the steps that need no letter; those that nobody entered before."""
        if self.order.dry_run or not notes:
            return notes
        return self.desk.ledger.close_reminders(notes, self.order.by, self.now)

    def note(
        self, province: str, step: ReminderStep, outcome: ReminderOutcome
    ) -> ReminderNote:
        """The line of a step in the sent-log."""
        return ReminderNote(self.plan_round.id, province, step.key, outcome)


def _remind_of(work: _Round, report: RemindReport) -> None:
    ledger, round_id = work.desk.ledger, work.plan_round.id
    if not work.plan_round.reminders:
        return
    gaps, registry = ledger.gaps(round_id), work.registry()
    noted: dict[str, dict[str, ReminderOutcome]] = {}
    over: list[ReminderNote] = []
    for note in ledger.reminders(round_id):
        noted.setdefault(note.province, {})[note.step] = note.outcome
    for province, gap in gaps.items():
        owed = _asked_for(work, gap)
        own = noted.get(province, {})
        due = ledger.due(round_id, province)
        steps = work.steps(due or work.plan_round.due, own)
        over += [
            work.note(province, step, ReminderOutcome.PASSED)
            for step in steps.passed
            if step.key not in own
        ]
        if steps.now is None:
            continue
        if not owed.is_open:
            over.append(work.note(province, steps.now, ReminderOutcome.COMPLETE))
            continue
        note = work.note(province, steps.now, ReminderOutcome.WRITTEN)
        if owed.waits_for_us and work.order.step is None:
            # its mail lies here undecided: the step stays due until it is decided
            report.undecided.append(Reminder(note, owed))
            continue
        addresses = addresses_of(registry.items(), province)
        _write(work, report, Reminder(note, owed, until=due), addresses)
    report.over += work.close(over)


def _asked_for(work: _Round, gap: Gap) -> Gap:
    """What is owed, without the report where nobody asks for it."""
    asked = work.desk.bench.policy.narrative != "ignore"
    return replace(gap, narrative=gap.narrative and asked)


def _write(
    work: _Round, report: RemindReport, bare: Reminder, addresses: Sequence[str]
) -> None:
    """The letters of a step; a province without an address stays due and is told.

    So does one whose letter cannot be written: it keeps nobody else from being reminded.
    """
    if not addresses:
        report.unaddressed.append(bare)
        return
    try:
        reminder = replace(bare, letters=_letters(work, bare, addresses))
    except PermanentError as fault:
        report.faulty.append((bare, fault))
        return
    if work.enter(reminder):
        report.written.append(reminder)


def _letters(work: _Round, bare: Reminder, addresses: Sequence[str]) -> tuple[Letter, ...]:
    bench, plan_round = work.desk.bench, work.plan_round
    place = bench.gazetteer.by_code(bare.note.province)
    reader = bench.gazetteer.addressee(place)
    context = LetterContext(
        bench.account, plan_round, place, reader, work.now, due=bare.until
    )
    drafts = [compose_reminder(bare.note, bare.gap, to, context) for to in addresses]
    return approved(
        bench.policy,
        bench.approve_first,
        work.desk.ledger,
        plan_round.id,
        [bench.writer.write(draft, work.now) for draft in drafts],
    )
