"""Figures of many units, added up before they leave the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.run_changes import CountedVersion
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.shortfall import MOST_UNITS, Measure
from pipeline.domain.total import REGISTRY, Level, area_of, weight_of

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
    weight: ClassVar[Decimal] = Decimal(0)
    weight_strict: ClassVar[Decimal] = Decimal(0)


@dataclass(frozen=True, slots=True)
class RateSum:
    """A rate times its weight, and the weight, added up over units alike.

    The strict twins are of rates and weights that are accepted and verified.
    """

    unit: str
    form: str
    indicator: str
    column: str
    amount: Decimal
    weight: Decimal
    amount_strict: Decimal
    weight_strict: Decimal
    used: int
    clean: int


@dataclass(frozen=True, slots=True)
class RowsApart:
    """Rates, which cannot be added up alone, by form and row.

    `weighed` have their weight in another row of the round. The others have it in the
    registry: `registered` is fact and year of a form, row and column, and `facts` what a
    unit has of them.
    """

    weighed: Mapping[tuple[str, str], tuple[str, str]]
    registered: Mapping[tuple[str, str, str], tuple[str, int]]
    facts: Mapping[tuple[str, int], Mapping[str, int]]

    @property
    def others(self) -> frozenset[tuple[str, str]]:
        """Form and row of those that the registry weighs."""
        return frozenset((form, row) for form, row, _ in self.registered)

    @property
    def rows(self) -> frozenset[tuple[str, str]]:
        """All of them, and the rows that are weights."""
        return frozenset((*self.weighed, *self.weighed.values(), *self.others))


NOTHING_APART = RowsApart({}, {}, {})


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Some columns of one row of a unit: those that have a figure; a nil is 0."""

    province: str
    form: str
    indicator: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class UnitsTogether:
    """Units that gave both figures of a row by a measure, and planned something, added up.

    None of them is among the heaviest, wherever a ledger could tell.
    """

    measure: str
    form: str
    indicator: str
    done: Decimal
    whole: Decimal
    units: int


@dataclass(frozen=True, slots=True)
class PairedRows:
    """Rows of forms, each with the measures that hold two of its columns against each
    other; of each row and measure the `most` heaviest units are wanted.
    """

    rows: Mapping[tuple[str, str], tuple[Measure, ...]]
    most: int = MOST_UNITS

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is held against another."""
        measures = {measure for each in self.rows.values() for measure in each}
        return tuple(sorted({c for m in measures for c in (m.done, m.whole)}))


NOTHING_PAIRED = PairedRows({})


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

    `paired` are the rows that are held against each other, in no order: those of one unit,
    and those of units together. They are to be read once while the snapshot is open.
    """

    sums: Sequence[UnitSum]
    versions: Sequence[CountedVersion]
    rates: Sequence[RateSum]
    paired: Iterable[UnitRow | UnitsTogether] = ()

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


def rows_apart(plan_round: PlanRound, gazetteer: Gazetteer) -> RowsApart:
    """Form and row of every rate, with its weight."""
    weights = {
        (form, indicator.key): weight
        for form in plan_round.forms
        for indicator in form.indicators
        if (weight := weight_of(indicator, form.id)) is not None
    }
    registered = {
        (form.id, row, column.key): (fact, plan_round.year_of(column))
        for (form, row), (where, fact) in weights.items()
        if where == REGISTRY
        for column in form.value_columns
    }
    return RowsApart(
        {
            (f.id, row): weight
            for (f, row), weight in weights.items()
            if weight[0] != REGISTRY
        },
        registered,
        {asked: _facts(gazetteer, *asked) for asked in set(registered.values())},
    )


def _facts(gazetteer: Gazetteer, fact: str, year: int) -> Mapping[str, int]:
    """What each unit has of a fact in a year, where that is known."""
    figures = ((u.code, gazetteer.fact(fact, u.code, year)) for u in gazetteer.provinces)
    return {code: figure for code, figure in figures if figure is not None}
