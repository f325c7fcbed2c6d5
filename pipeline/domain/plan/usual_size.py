"""How large a row's figure usually is: what speaks where no column and no row does."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import log10


@dataclass(frozen=True)
class UsualSize:
    """What provinces report in a row, for a thousand inhabitants.

    With `of`, for each one of another row ("PL08:tn.hs"). In the row's own unit; wide
    enough for every province, as it only tells a figure from a thousand of it.

    With `rate`, a row of percentages that this one counts: where one is known, it says
    how many there are, `percent` of them for each percent and thousand inhabitants.
    """

    low: Decimal
    high: Decimal
    of: str | None = None
    rate: str | None = None
    percent: Decimal | None = None

    @cached_property
    def middle(self) -> float:
        """The middle of the two, as a power of ten."""
        return (log10(self.high) + log10(self.low)) / 2

    @cached_property
    def reach(self) -> float:
        """How many powers of ten lie between the middle and either end."""
        return (log10(self.high) - log10(self.low)) / 2

    @cached_property
    def of_a_percent(self) -> float:
        """`percent` as a power of ten."""
        return log10(self.percent or 1)
