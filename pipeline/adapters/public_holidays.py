"""The public holidays of Vietnam: the only door to `holidays`."""

from collections.abc import Container
from datetime import date
from functools import cache

from pipeline.domain.working_days import WorkingDays


@cache
def _of_year(year: int) -> Container[date]:
    # loaded with the first day asked about: it takes a tenth of a second
    from holidays import country_holidays

    return frozenset(country_holidays("VN", years=year, expand=False))


def is_public_holiday(day: date) -> bool:
    """Whether Vietnam is off: fixed and lunar holidays, with the days given for them."""
    return day in _of_year(day.year)


VIETNAM = WorkingDays(is_public_holiday)
"""The working days of Vietnam's offices."""
