"""Which function evaluates which kind of rule."""

from collections.abc import Callable, Iterator, Mapping

from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules import equations, orders, scales, sums, watch
from pipeline.domain.rules.change import change
from pipeline.domain.rules.figures import FigureBook
from pipeline.domain.rules.outcome import Outcome

Evaluator = Callable[[Rule, FigureBook], Iterator[Outcome]]

EVALUATORS: Mapping[str, Evaluator] = {
    "total": sums.total,
    "at_least_sum": sums.at_least_sum,
    "at_most_sum": sums.at_most_sum,
    "column_total": sums.column_total,
    "part_of": orders.part_of,
    "half_year": orders.half_year,
    "column_order": orders.column_order,
    "bound": orders.bound,
    "identity": equations.identity,
    "ratio": equations.ratio,
    "same_as": equations.same_as,
    "derived": equations.derived,
    "unit_scale": scales.unit_scale,
    "shortfall": watch.shortfall,
    "low_disbursement": watch.low_disbursement,
    "change": change,
}
