"""Working days in Vietnam, given whoever knows the public holidays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pipeline.domain.writing.vietnamese import HANOI

OFFICE_OPENS = time(7)
OFFICE_CLOSES = time(18)
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar of an office; `is_holiday` tells the days off besides weekends."""

    is_holiday: Callable[[date], bool]

    def is_working(self, day: date) -> bool:
        """Whether the office works on a day."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def shift(self, day: date, count: int) -> date:
        """The working day so many after a day (before it: negative).

        0 is the day itself, or the last working day before a day off.
        """
        if count == 0:
            return day if self.is_working(day) else self.shift(day, -1)
        step, left = (_DAY, count) if count > 0 else (-_DAY, -count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody sits in the office: a working day, 07:00 to 18:00."""
        local = moment.astimezone(HANOI)
        return (
            self.is_working(local.date()) and OFFICE_OPENS <= local.time() < OFFICE_CLOSES
        )
