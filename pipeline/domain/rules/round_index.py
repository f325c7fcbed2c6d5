"""What rules look up in a round again and again, worked out once for each round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, cast

from pipeline.domain.plan.plan_round import ColumnRole, Form, Indicator, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.terms import Reference, selected

P = TypeVar("P")
_ONE = Decimal(1)


@dataclass(frozen=True)
class RoundIndex:
    """A round's forms and rows by name; `scales` say how many base units a row's is.

    `scaled` says the same of cells, where it is not one: a worked-out column is a
    percentage, whatever the unit of its row. `cells` are those of a row's value columns.
    """

    forms: Mapping[str, Form]
    indicators: Mapping[Reference, Indicator]
    scales: Mapping[Reference, Decimal]
    scaled: Mapping[tuple[str, str, str], Decimal]
    columns: Mapping[str, tuple[str, ...]]
    cells: Mapping[Reference, tuple[tuple[str, str, str], ...]]
    _plans: dict[tuple[object, Rule], Any] = field(default_factory=dict)

    def selected(self, rule: Rule) -> tuple[Indicator, ...]:
        """The rows a rule runs on."""
        return self.plan(rule, _selected)

    def columns_of(self, rule: Rule) -> tuple[str, ...]:
        """The columns a rule runs in."""
        return self.columns[rule.form] if rule.columns is None else rule.columns

    def plan(self, rule: Rule, make: Callable[[Rule, "RoundIndex"], P]) -> P:
        """What a kind of rule `make`s of a rule in this round, before any return."""
        known = self._plans.get((make, rule))
        if known is None:
            known = self._plans[make, rule] = make(rule, self)
        return cast("P", known)


def _selected(rule: Rule, index: RoundIndex) -> tuple[Indicator, ...]:
    return selected(rule, index.forms[rule.form])


@lru_cache(maxsize=8)
def index_of(plan_round: PlanRound) -> RoundIndex:
    """The index of a round."""
    factors = {unit.name: unit.factor for unit in plan_round.units}
    rows = {(form.id, row.key): row for form in plan_round.forms for row in form.indicators}
    return RoundIndex(
        forms={form.id: form for form in plan_round.forms},
        indicators=rows,
        scales={at: factors.get(row.unit, _ONE) for at, row in rows.items()},
        scaled={
            (form.id, row.key, column.key): factors[row.unit]
            for form in plan_round.forms
            for row in form.indicators
            for column in form.columns
            if column.role is not ColumnRole.DERIVED and factors.get(row.unit, _ONE) != 1
        },
        cells={
            (form.id, row.key): tuple(
                (form.id, row.key, column.key) for column in form.value_columns
            )
            for form in plan_round.forms
            for row in form.indicators
        },
        columns={
            form.id: tuple(column.key for column in form.value_columns)
            for form in plan_round.forms
        },
    )
