"""Working days: weekends, Vietnam's public holidays, the hours of an office."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.public_holidays import VIETNAM, is_public_holiday
from pipeline.domain.writing.vietnamese import HANOI

DAYS = st.dates(date(2012, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2013, 2, 11), True),  # Tết, a Monday
        (date(2013, 4, 19), True),  # the Hùng kings
        (date(2013, 4, 29), True),  # exchanged for a Saturday
        (date(2013, 7, 12), False),
        (date(2026, 2, 17), True),
        (date(2026, 9, 2), True),
    ],
)
def test_holidays_follow_the_lunar_calendar_and_the_exchanges(day: date, off: bool) -> None:
    assert is_public_holiday(day) is off
    assert VIETNAM.is_working(day) is not off


def test_no_working_day_on_a_weekend() -> None:
    assert not VIETNAM.is_working(date(2013, 7, 13))
    assert VIETNAM.shift(date(2013, 7, 14), 0) == date(2013, 7, 12)


@given(DAYS, st.integers(-30, 30))
def test_a_shift_lands_on_a_working_day_and_counts_them(day: date, count: int) -> None:
    there = VIETNAM.shift(day, count)
    assert VIETNAM.is_working(there)
    first, last = sorted((day, there))
    between = [
        date.fromordinal(n)
        for n in range(first.toordinal(), last.toordinal() + 1)
        if date.fromordinal(n) != day
    ]
    if count:
        assert sum(map(VIETNAM.is_working, between)) == abs(count)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        (datetime(2013, 7, 12, 6, 59, tzinfo=HANOI), False),
        (datetime(2013, 7, 12, 7, 0, tzinfo=HANOI), True),
        (datetime(2013, 7, 12, 17, 59, tzinfo=HANOI), True),
        (datetime(2013, 7, 12, 18, 0, tzinfo=HANOI), False),
        (datetime(2013, 7, 12, 0, 0, tzinfo=UTC), True),
        (datetime(2013, 7, 13, 9, 0, tzinfo=HANOI), False),
        (datetime(2013, 2, 11, 9, 0, tzinfo=HANOI), False),
    ],
)
def test_the_office_is_open_on_working_days_from_seven_to_six(moment, opened) -> None:
    assert VIETNAM.is_open(moment) is opened
