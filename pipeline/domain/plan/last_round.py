"""The round before: the figures that this one's are held against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Cell = tuple[str, str, str]
"""A figure's place in any round: form, indicator, column (relative to the plan year)."""


@dataclass(frozen=True, slots=True)
class HistoryFigure:
    """A province's figure of the round before, in the form's own unit."""

    province: str
    form: str
    indicator: str
    column: str
    value: Decimal

    @property
    def cell(self) -> Cell:
        """Where it stands, whichever province's it is."""
        return self.form, self.indicator, self.column


@dataclass(frozen=True, slots=True)
class LastRound:
    """What is known of the round before: a province's own figures, and the nation's.

    The nation's are plain sums over the provinces that are known; they only weigh.
    """

    own: Mapping[Cell, Decimal] = field(default_factory=dict)
    nation: Mapping[Cell, Decimal] = field(default_factory=dict)


NOTHING_KNOWN = LastRound()


def national_sums(figures: Iterable[HistoryFigure]) -> Mapping[Cell, Decimal]:
    """The plain sum of each figure over all provinces."""
    sums: dict[Cell, Decimal] = {}
    for figure in figures:
        sums[figure.cell] = sums.get(figure.cell, Decimal(0)) + abs(figure.value)
    return sums
