"""Seeded chance that respects the arithmetic of a planning table."""

import random
from collections.abc import Iterable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

TH_N2, KH_N1, TH6T_N1, UOC_N1, KH_N = "th_n2", "kh_n1", "th6t_n1", "uoc_n1", "kh_n"
PLAN_COLUMNS = (TH_N2, KH_N1, TH6T_N1, UOC_N1, KH_N)

Series = dict[str, Decimal]
"""One row of a form: figures by value column."""

ONE = Decimal(1)
TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")


def rounded(value: Decimal, quantum: Decimal = ONE) -> Decimal:
    """The value as a province prints it, half away from zero."""
    return value.quantize(quantum, ROUND_HALF_UP)


def added(parts: Iterable[Series]) -> Series:
    """The whole of several rows, column by column."""
    first, *others = parts
    whole = dict(first)
    for part in others:
        for column, value in part.items():
            whole[column] += value
    return whole


def taken_away(whole: Series, part: Series) -> Series:
    """What is left of a row, column by column."""
    return {column: value - part[column] for column, value in whole.items()}


def percentage(part: Series, whole: Series) -> Series:
    """A rate in per cent with two decimals, column by column."""
    return {
        column: rounded(100 * value / whole[column], HUNDREDTH)
        for column, value in part.items()
    }


def piece(whole: Series, share: Decimal) -> Series:
    """A part of a row, rounded down: never more than the whole in any column.

    Rounding down keeps the half-year not above the year, for the part and for the rest.
    """
    return {c: (v * share).quantize(ONE, ROUND_FLOOR) for c, v in whole.items()}


class FigureDice:
    """Draws rows whose columns tell one story: past year, plan, half, estimate, plan.

    No figure is more than about three times another one of its row, so that no honest
    sample looks like a slip of units.
    """

    def __init__(self, seed: str) -> None:
        # a sample must be the same on every run; nothing here is a secret
        self._random = random.Random(seed)  # noqa: S311

    def share(self, low: str, high: str) -> Decimal:
        """A number between two bounds, both given as decimal text."""
        drawn = Decimal(self._random.randrange(0, 10_001)) / 10_000
        return Decimal(low) + (Decimal(high) - Decimal(low)) * drawn

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred draws."""
        return self._random.randrange(100) < percent

    def flow(self, base: Decimal, least: int = 8, quantum: Decimal = ONE) -> Series:
        """What happens within a year; the half-year is about half of the estimate."""
        base = max(base * self.share("0.88", "1.12"), Decimal(least))
        plan = base * self.share("1.00", "1.07")
        short = self.chance(8)  # a few miss the plan, as in every real round
        estimate = plan * (
            self.share("0.82", "0.89") if short else self.share("0.94", "1.06")
        )
        return {
            TH_N2: rounded(base, quantum),
            KH_N1: rounded(plan, quantum),
            TH6T_N1: rounded(estimate * self.share("0.42", "0.56"), quantum),
            UOC_N1: rounded(estimate, quantum),
            KH_N: rounded(max(estimate, plan) * self.share("1.00", "1.06"), quantum),
        }

    def stock(self, base: Decimal, least: int = 8, yearly: str = "1.01") -> Series:
        """What exists at a moment, growing or shrinking by a yearly factor."""
        base = max(base * self.share("0.9", "1.1"), Decimal(least))
        factor = Decimal(yearly)
        return {
            TH_N2: rounded(base),
            KH_N1: rounded(base * factor),
            TH6T_N1: rounded(base * (1 + factor) / 2),
            UOC_N1: rounded(base * factor),
            KH_N: rounded(base * factor * factor),
        }

    def rate(self, base: Decimal, yearly: str) -> Series:
        """A percentage that moves by some points a year, kept between 1 and 99."""
        step = Decimal(yearly)
        places = {TH_N2: "0", KH_N1: "1.1", TH6T_N1: "0.5", UOC_N1: "1", KH_N: "2"}
        return {
            column: rounded(min(max(base + step * Decimal(n), ONE), Decimal(99)), HUNDREDTH)
            for column, n in places.items()
        }
