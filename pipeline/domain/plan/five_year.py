"""What a five-year plan wants of a row: targets by year, read from data."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

FIVE_YEAR_FILE = "five_year.csv"


class Better(StrEnum):
    """Which way a figure should go."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Target:
    """What a row is to be in a year, of the country (`unit` None) or of one unit.

    `source` names the decision that says so, `line` where it stands in five_year.csv.
    """

    form: str
    indicator: str
    year: int
    unit: str | None
    value: Decimal
    better: Better
    source: str
    line: int
