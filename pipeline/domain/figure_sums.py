"""Figures of many units, added up before they leave the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.run_changes import CountedVersion
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import Level, ObservedFigure, area_of, weight_of

MANY_UNITS = 500
"""Above it nobody reads a sheet by unit, and the figures do not fit into memory."""


@dataclass(frozen=True, slots=True)
class UnitSum:
    """A row and column added up over units alike; `unit` stands for them all.

    `used` of them gave a figure, `clean` of these one that is accepted and verified;
    `decimals` is the most that one of them wrote.
    """

    unit: str
    form: str
    indicator: str
    column: str
    amount: Decimal
    amount_strict: Decimal
    used: int
    clean: int
    decimals: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Some columns of one row of a unit: those that have a figure; a nil is 0."""

    province: str
    form: str
    indicator: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PairedRows:
    """Forms and rows, and the columns, whose figures are held against each other."""

    rows: frozenset[tuple[str, str]]
    columns: tuple[str, ...]


NOTHING_PAIRED = PairedRows(frozenset(), ())


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What products say of figures that they do not show one by one.

    `decimals` is by form and row.
    """

    figures: int
    provisional: int
    decimals: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class SummedRound:
    """One snapshot of a round of many units.

    `apart` are the figures that cannot be added up alone, rates and their weights: a few
    whole units at a time. `paired` are the rows that are held against each other, in no
    order. Both are to be read once while the snapshot is open, one after the other.
    """

    sums: Sequence[UnitSum]
    versions: Sequence[CountedVersion]
    apart: Iterable[Sequence[ObservedFigure]]
    paired: Iterable[UnitRow] = ()

    def facts(self) -> FigureFacts:
        """Counts and decimals of all figures."""
        decimals: dict[tuple[str, str], int] = {}
        for each in self.sums:
            row = (each.form, each.indicator)
            decimals[row] = max(decimals.get(row, 0), each.decimals)
        used = sum(each.used for each in self.sums)
        return FigureFacts(used, used - sum(each.clean for each in self.sums), decimals)


def units_alike(gazetteer: Gazetteer) -> Mapping[str, str]:
    """For each unit the first one that adds to the same areas at every level."""
    first: dict[tuple[str, ...], str] = {}
    return {
        unit.code: first.setdefault(
            tuple(area_of(unit, level) for level in Level), unit.code
        )
        for unit in gazetteer.provinces
    }


def rows_apart(plan_round: PlanRound) -> frozenset[tuple[str, str]]:
    """Form and row of every rate and of every weight."""
    found: set[tuple[str, str]] = set()
    for form in plan_round.forms:
        for indicator in form.indicators:
            weight = weight_of(indicator, form.id)
            if weight is not None:
                found |= {(form.id, indicator.key), weight}
    return frozenset(found)
