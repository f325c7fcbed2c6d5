"""In time, in grace, late, after the close; and what has not come."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline.domain.plan.punctuality import deadlines_of
from pipeline.domain.writing.vietnamese import HANOI
from tests.builders.demo_world import shipped_round

DUE = datetime(2013, 7, 12, 23, 59, 59, tzinfo=HANOI)
GRACE, CLOSE = DUE + timedelta(days=3), DUE + timedelta(days=9)
SECOND = timedelta(seconds=1)
ROUND = replace(shipped_round(), due=DUE, grace_until=GRACE, closes=CLOSE)


@pytest.mark.parametrize(
    ("moment", "judged"),
    [
        (DUE, "on-time"),
        (DUE + SECOND, "in-grace"),
        (GRACE, "in-grace"),
        (GRACE + SECOND, "late"),
        (CLOSE, "late"),
        (CLOSE + SECOND, "after-close"),
    ],
)
def test_what_came_is_judged_by_the_last_instant_that_counts(moment, judged) -> None:
    assert deadlines_of(ROUND, None).judge(moment, moment) == judged


def test_what_has_not_come_is_overdue_after_the_deadline_only() -> None:
    deadlines = deadlines_of(ROUND, None)
    assert deadlines.judge(None, DUE) == "outstanding"
    assert deadlines.judge(None, DUE + SECOND) == "overdue"


def test_without_grace_and_close_there_is_only_late() -> None:
    bare = deadlines_of(replace(ROUND, grace_until=None, closes=None), None)
    assert bare.judge(DUE + SECOND, DUE) == "late"
    assert bare.judge(CLOSE + timedelta(days=99), DUE) == "late"


def test_a_deadline_of_its_own_moves_grace_and_close_with_it() -> None:
    own = CLOSE + timedelta(days=1)
    extended = deadlines_of(ROUND, own)
    assert extended.judge(own, own) == "on-time"
    assert extended.judge(own + SECOND, own) == "after-close"


@pytest.mark.parametrize(("hour", "judged"), [(0, "late"), (24, "on-time")])
def test_before_the_12th_is_inclusive_or_not_as_the_round_says(hour, judged) -> None:
    """ "trước ngày 12/7": the last instant stands in round.yaml, to the second."""
    last = datetime(2013, 7, 12, tzinfo=HANOI) + timedelta(hours=hour) - SECOND
    plain = replace(ROUND, due=last, grace_until=None, closes=None)
    noon = datetime(2013, 7, 12, 12, tzinfo=HANOI)
    assert deadlines_of(plain, None).judge(noon, noon) == judged
