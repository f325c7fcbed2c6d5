"""Which of many figures is unlike the others: by ratio, not by difference."""

from collections.abc import Mapping
from decimal import Decimal
from math import log
from statistics import median

FEWEST = 8
FAR = 3.5
_TO_DEVIATIONS = 0.6745
"""Iglewicz and Hoaglin's modified z-score: the median absolute deviation of a normal
distribution is 0.6745 of its standard deviation, and 3.5 is where they call it far."""


def far_off(figures: Mapping[str, Decimal]) -> frozenset[str]:
    """The keys of figures far from the median of the logarithms of all.

    Provinces differ in size by powers, so that it is ratios that are compared. Zero and
    negative figures are left out; fewer than FEWEST figures say nothing.
    """
    logs = {key: log(value) for key, value in figures.items() if value > 0}
    if len(logs) < FEWEST:
        return frozenset()
    middle = median(logs.values())
    spread = median(abs(each - middle) for each in logs.values())
    if spread == 0:
        return frozenset()
    limit = FAR * spread / _TO_DEVIATIONS
    return frozenset(key for key, each in logs.items() if abs(each - middle) > limit)
