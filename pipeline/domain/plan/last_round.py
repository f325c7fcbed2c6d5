"""The round before: the figures that this one's are held against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

Cell = tuple[str, str, str]
"""A figure's place in any round: form, indicator, column (relative to the plan year)."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A planner's file of figures of an earlier round; `digest` is its sha256."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class HistoryOrigin:
    """Where an imported figure stands: in a line of a file, and who imported it when."""

    file: HistoryFile
    line: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HistoryFigure:
    """A province's figure of the round before, in the form's own unit.

    `line` is that of the file it is read from; `origin` is told where it is asked for
    (None too where nothing was kept of it, in imports of before version 0021).
    """

    province: str
    form: str
    indicator: str
    column: str
    value: Decimal
    line: int = field(default=0, compare=False)
    origin: HistoryOrigin | None = field(default=None, compare=False)

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
