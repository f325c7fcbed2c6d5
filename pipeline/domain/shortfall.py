"""What stays behind its plan or its money, and what is measured to tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.domain.plan.plan_round import (
    Aggregate,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)

HUNDRED = Decimal(100)
QUANTUM = Decimal("0.01")
MOST_UNITS = 30
"""So many units are named at most, the heaviest ones."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A share that is due: `done` of `whole`, in percent, of rows of one kind."""

    name: str
    done: str
    whole: str
    kind: IndicatorKind
    due: Decimal

    def ahead(self, done: Decimal, whole: Decimal) -> Decimal:
        """How far a unit is ahead, times a hundred; negative: so much it lacks.

        Exact where the context is wide enough (`total.EXACT`).
        """
        return done * HUNDRED - whole * self.due

    def measures(self, form: Form, indicator: Indicator) -> bool:
        """Whether a row of a form is held to it: only sums, where both columns are."""
        keys = {column.key for column in form.value_columns}
        fits = indicator.kind is self.kind and indicator.aggregate is Aggregate.SUM
        return fits and {self.done, self.whole} <= keys


MEASURES = (
    Measure("attainment", "uoc_n1", "kh_n1", IndicatorKind.FLOW, HUNDRED),
    Measure("pace", "th6t_n1", "kh_n1", IndicatorKind.FLOW, Decimal(50)),
    Measure("disbursement", "gn6t_n1", "dt_n1", IndicatorKind.MONEY, Decimal(50)),
)


def measures_of(plan_round: PlanRound) -> tuple[Measure, ...]:
    """The measures with what the round holds to be due by half-year."""
    whole, *half = MEASURES
    return whole, *(replace(each, due=plan_round.nation.pace) for each in half)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A row that stays behind, of the country (`province` None) or of one province.

    `effect` is in points of the country's share: those of all provinces, negative ones
    of who is ahead too, add up to the country's. It is exact; `units` gave both figures.
    """

    form: str
    indicator: Indicator
    province: str | None
    done: Decimal
    whole: Decimal
    units: int
    rate: Decimal
    effect: Decimal


Ranking = tuple[tuple[Shortfall, ...], tuple[Shortfall, ...]]
"""Rows of the country, then rows of provinces; the heaviest first."""

Rankings = Mapping[str, Ranking]
"""Rankings by the name of their measure."""
