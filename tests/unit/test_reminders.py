"""Which step of a round's reminders is due: each once, the newest of those missed."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.domain.plan.plan_round import PlanRound, ReminderStep
from pipeline.domain.reminders import (
    DueSteps,
    ReminderHours,
    begins,
    due_steps,
)
from pipeline.domain.writing.vietnamese import HANOI
from tests.builders.returns import shipped_round

HOURS = ReminderHours(time(8), HANOI, VIETNAM)
STEPS = tuple(ReminderStep(f"s{days}", days) for days in (-5, -1, 1, 5))
ROUND = replace(shipped_round(), reminders=STEPS)
DUE = ROUND.due


def hanoi(day: int, hour: int = 9) -> datetime:
    return datetime(2013, 7, day, hour, tzinfo=HANOI)


def keys(found: DueSteps) -> tuple[str | None, tuple[str, ...]]:
    return (found.now.key if found.now else None, tuple(s.key for s in found.passed))


@pytest.mark.parametrize(
    ("now", "noted", "told"),
    [
        (hanoi(5, 7), "", (None, ())),
        (hanoi(5, 8), "", ("s-5", ())),  # 12 July is a Friday: five days before
        (hanoi(5, 9), "s-5", (None, ())),
        (hanoi(11), "s-5", ("s-1", ())),
        (hanoi(15), "s-5", ("s1", ("s-1",))),
        (hanoi(19), "", ("s5", ("s-5", "s-1", "s1"))),
        (hanoi(19), "s5", (None, ("s-5", "s-1", "s1"))),
        (datetime(2013, 8, 2, 9, tzinfo=HANOI), "", ("s5", ("s-5", "s-1", "s1"))),
        (datetime(2013, 8, 5, 9, tzinfo=HANOI), "", (None, ("s-5", "s-1", "s1", "s5"))),
    ],
)
def test_the_newest_step_is_due_and_older_ones_have_passed(now, noted, told) -> None:
    assert keys(due_steps(ROUND, DUE, noted.split(), HOURS, now)) == told


def test_a_deadline_of_its_own_moves_the_steps() -> None:
    later = datetime(2013, 7, 24, 23, 59, 59, tzinfo=HANOI)
    assert due_steps(ROUND, later, (), HOURS, hanoi(16)) == DueSteps()
    assert keys(due_steps(ROUND, later, (), HOURS, hanoi(17))) == ("s-5", ())


def test_tet_is_no_time_for_reminders() -> None:
    before = datetime(2013, 2, 18, 12, tzinfo=HANOI)
    assert begins(STEPS[1], before, HOURS).date() == date(2013, 2, 8)


def test_a_round_without_steps_reminds_nobody() -> None:
    silent = replace(ROUND, reminders=())
    assert due_steps(silent, DUE, (), HOURS, hanoi(19)) == DueSteps()


@st.composite
def rounds(draw: st.DrawFn) -> PlanRound:
    days = draw(st.lists(st.integers(-20, 20), min_size=1, max_size=6, unique=True))
    return replace(ROUND, reminders=tuple(ReminderStep(f"s{n}", n) for n in sorted(days)))


@given(
    rounds(),
    st.datetimes(datetime(2013, 1, 1), datetime(2030, 12, 31)),
    st.lists(st.integers(0, 5), min_size=1, max_size=80),
)
def test_with_days_missed_at_random_no_step_is_lost_or_made_twice(
    plan_round: PlanRound, deadline: datetime, pauses: list[int]
) -> None:
    """A daemon that wakes now and then; what it did is all that it knows of the past."""
    due = deadline.replace(tzinfo=HANOI)
    now = (due - timedelta(days=60)).replace(hour=9)
    written: list[str] = []
    passed: list[str] = []
    for pause in [*pauses, *[1] * 120]:
        now += timedelta(days=pause)
        if VIETNAM.is_open(now):
            found = due_steps(plan_round, due, [*written, *passed], HOURS, now)
            passed += [step.key for step in found.passed]
            written += [found.now.key] if found.now else []
    assert sorted(written + passed) == sorted(step.key for step in plan_round.reminders)
    assert plan_round.reminders[-1].key in written
