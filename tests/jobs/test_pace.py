"""Pace: how long a door rests after each kind of trouble; by the clock alone."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from pipeline.domain.errors import (
    MissingFolderError,
    RefusedLoginError,
    ThrottledError,
    UnreachableError,
)
from pipeline.jobs.pace import Pace

NOW = datetime(2013, 7, 11, 8, 0, tzinfo=timezone(timedelta(hours=7)))
FIRST = timedelta(seconds=30)


def rests(fault: Exception, tries: int) -> list[timedelta]:
    """The rest after each of so many tries in a row that met this fault."""
    pace, now, found = Pace(FIRST), NOW, []
    for _ in range(tries):
        pace.note(fault, now)  # type: ignore[arg-type]
        assert pace.resting(now)
        assert pace.until is not None
        found.append(pace.until - now)
        now = pace.until
        assert not pace.resting(now)
    return found


@pytest.mark.fault("F-S1-1", "F-S1-2")
@pytest.mark.parametrize("fault", [UnreachableError("away"), MissingFolderError("no")])
def test_a_dead_door_rests_ever_longer_and_never_more_than_a_quarter(
    fault: Exception,
) -> None:
    found = rests(fault, 10)
    assert found[0] == FIRST
    most = timedelta(minutes=15)
    assert all(later == min(2 * one, most) for one, later in pairwise(found))


@pytest.mark.fault("F-S2-1", "T-37")
def test_a_refused_login_rests_half_an_hour_at_once() -> None:
    """At most 48 tries a day, so that no account is locked."""
    assert rests(RefusedLoginError("no"), 5) == [timedelta(minutes=30)] * 5


@pytest.mark.fault("F-S2-3", "F-S5-8")
def test_a_server_that_asks_for_less_rests_a_quarter_at_once() -> None:
    assert rests(ThrottledError("less"), 5) == [timedelta(minutes=15)] * 5


def test_one_good_try_makes_up_for_all() -> None:
    pace = Pace(FIRST)
    for _ in range(5):
        pace.note(UnreachableError("away"), NOW)
    pace.note(None, NOW)
    assert not pace.resting(NOW)
    pace.note(UnreachableError("away"), NOW)
    assert pace.rest == FIRST
