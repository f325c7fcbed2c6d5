"""Consolidated figures: what the nation and its regions add up to, and from how many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.plan_round import (
    Aggregate,
    Indicator,
    PlanRound,
    split_reference,
)
from pipeline.domain.senders.province import Gazetteer, Province

# The name of the one national area, as tables and the view `totals` print it.
COUNTRY = "Cả nước"
REGISTRY = "registry"
"""Stands for a form where a weight is a fact of the gazetteer ("registry:communes")."""
FALLBACK_COLUMN = "uoc_n1"
"""Where a rate finds its weight when the weight row is blank in the rate's column."""
RATE_QUANTUM = Decimal(1).scaleb(-12)
# Wide enough that no sum and no product of real figures is ever rounded.
EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)


class Level(StrEnum):
    """How far provinces are added up."""

    NATIONAL = "national"
    REGION6 = "region6"
    REGION8 = "region8"
    UNIT2025 = "unit2025"


def area_of(province: Province, level: Level) -> str:
    """The name of the area of a level that a province adds to."""
    names = {
        Level.NATIONAL: COUNTRY,
        Level.REGION6: province.region6,
        Level.REGION8: province.region8,
        Level.UNIT2025: province.unit2025,
    }
    return names[level]


def members_by_area(
    gazetteer: Gazetteer,
) -> Mapping[tuple[Level, str], tuple[str, ...]]:
    """The provinces of every area, areas in the order of the gazetteer."""
    members: dict[tuple[Level, str], list[str]] = {}
    for level in Level:
        for province in gazetteer.provinces:
            area = (level, area_of(province, level))
            members.setdefault(area, []).append(province.code)
    return {area: tuple(codes) for area, codes in members.items()}


class Method(StrEnum):
    """How a total was made."""

    SUM = "sum"
    WEIGHTED = "weighted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ObservedFigure:
    """One figure that counts, with its origin (a row of the view `observations`)."""

    province: str
    form: str
    indicator: str
    column: str
    value: Decimal | None
    missing: Missing | None
    unit: str
    status: str
    verified: bool
    digest: str
    path: str
    sheet: str
    cell: str

    @property
    def counted(self) -> Decimal | None:
        """The number that sums use: nil counts as 0."""
        return Decimal(0) if self.missing is Missing.NIL else self.value

    @property
    def clean(self) -> bool:
        """Whether a planner can stand by it: accepted, from a verified sender."""
        return self.verified and self.status == "accepted"


@dataclass(frozen=True, slots=True)
class Total:
    """One consolidated figure (a row of the view `totals`).

    `value` stands on all that counts, `value_strict` on accepted and verified figures
    only; `reported` of `expected` units gave one, `provisional` of them stand on a
    figure (or, for a rate, a weight) that is not both accepted and verified.
    """

    level: Level
    area: str
    form: str
    indicator: str
    column: str
    value: Decimal | None
    value_strict: Decimal | None
    unit: str
    reported: int
    expected: int
    provisional: int
    method: Method


@dataclass(frozen=True, slots=True)
class Run:
    """One consolidation: of which round, of what instant."""

    round: str
    as_of: datetime
    started_at: datetime


def weight_of(indicator: Indicator, form: str) -> tuple[str, str] | None:
    """Form and row (or registry and fact) that weigh a rate; None for other rows."""
    if indicator.aggregate is not Aggregate.WEIGHTED or indicator.weight is None:
        return None
    return split_reference(indicator.weight, form)


def mean_rate(amount: Decimal, weight: Decimal) -> Decimal | None:
    """Sum(rate x weight) / sum(weight), rounded once; None without any weight."""
    if not weight:
        return None
    return canonical((amount / weight).quantize(RATE_QUANTUM))


def canonical(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent; never -0."""
    short = value.normalize() + 0
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if int(exponent) > 0 else short


def observed_history(
    known: Iterable[HistoryFigure], plan_round: PlanRound
) -> list[ObservedFigure]:
    """A round before as figures to add up; rows that this round lacks are left out."""
    units = {
        (form.id, indicator.key): indicator.unit
        for form in plan_round.forms
        for indicator in form.indicators
    }
    return [
        observed_past(figure, units[figure.form, figure.indicator])
        for figure in known
        if (figure.form, figure.indicator) in units
    ]


def observed_past(known: HistoryFigure, unit: str) -> ObservedFigure:
    """A figure of the round before as one to add up: it stands as a planner gave it."""
    return ObservedFigure(
        province=known.province,
        form=known.form,
        indicator=known.indicator,
        column=known.column,
        value=known.value,
        missing=None,
        unit=unit,
        status="accepted",
        verified=True,
        digest="",
        path="",
        sheet="",
        cell="",
    )
