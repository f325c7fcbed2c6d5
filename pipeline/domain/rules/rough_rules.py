"""Rules held against rough figures: whether one certainly has nothing to say.

For each kind of rule a look is made once a round. A look that is not sure says no, and
the rule is then evaluated exactly; so does one that cannot be made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import compress
from math import inf
from operator import le, mul
from typing import Protocol

from pipeline.domain.plan.expression import Expression, Name, Number, Operation, names
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules import equations, orders, sums, watch
from pipeline.domain.rules.figures import Cell, cell_of
from pipeline.domain.rules.rough_figures import NARROWED, Pick, Places, RoughFigures, pick
from pipeline.domain.rules.rough_formula import UnclearError, Worked, worked
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import comparison, formula, number


class Look(Protocol):
    """A rule made ready to be held against rough figures."""

    def __call__(self, figures: RoughFigures) -> bool:
        """Whether the rule certainly neither fails nor is blocked."""
        ...


Maker = Callable[[Rule, RoundIndex, Places], Look]


@dataclass(frozen=True, slots=True)
class _InOrder:
    """Figures that are at most others."""

    smaller: Pick
    larger: Pick

    def __call__(self, figures: RoughFigures) -> bool:
        return all(map(le, self.smaller(figures.low), self.larger(figures.high)))


@dataclass(frozen=True, slots=True)
class _Alike:
    """Figures that may be the same as others."""

    one: Pick
    other: Pick

    def __call__(self, figures: RoughFigures) -> bool:
        low, high = figures.low, figures.high
        return all(map(le, self.one(low), self.other(high))) and all(
            map(le, self.other(low), self.one(high))
        )


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Figures within bounds, each in its own unit."""

    places: Pick
    least: Sequence[float]
    most: Sequence[float]

    def __call__(self, figures: RoughFigures) -> bool:
        return all(map(le, self.least, self.places(figures.high))) and all(
            map(le, self.places(figures.low), self.most)
        )


@dataclass(frozen=True, slots=True)
class _AtLeastShare:
    """Figures that are at least a share of others."""

    parts: Pick
    wholes: Pick
    shares: Sequence[float]

    def __call__(self, figures: RoughFigures) -> bool:
        least = map(mul, self.wholes(figures.low), self.shares)
        return all(map(le, least, self.parts(figures.high)))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Wholes with their parts, which must reach the whole, or not exceed it, or both."""

    sums: Sequence[tuple[int, Pick, tuple[int, ...]]]
    reach: bool
    keep: bool

    def __call__(self, figures: RoughFigures) -> bool:
        low, high = figures.low, figures.high
        for whole, parts, places in self.sums:
            least, most = sum(parts(low)), sum(parts(high))
            if most == inf:
                least, most = _of_given(figures, places)
            if (self.keep and least > high[whole]) or (self.reach and most < low[whole]):
                return False
        return True


def _of_given(figures: RoughFigures, places: Iterable[int]) -> tuple[float, float]:
    """The sum of the parts that are given; it has no upper end where one is open."""
    low, high = figures.low, figures.high
    given = [place for place in places if high[place] != inf]
    is_open = any(high[at] == inf and at not in figures.closed for at in places)
    least = sum(low[place] for place in given)
    return least, inf if is_open else sum(high[place] for place in given)


@dataclass(frozen=True, slots=True)
class _Equation:
    """Two expressions that agree wherever all their figures are given."""

    picks: Sequence[Pick]
    left: Worked
    right: Worked
    sign: str

    def __call__(self, figures: RoughFigures) -> bool:
        lows = [places(figures.low) for places in self.picks]
        highs = [places(figures.high) for places in self.picks]
        if any(-inf in column for column in lows):
            given = [least > -inf for least in map(min, *lows, lows[0])]
            lows = [list(compress(column, given)) for column in lows]
            highs = [list(compress(column, given)) for column in highs]
            if not lows[0]:
                return True
        ranges = list(zip(lows, highs, strict=True))
        try:
            left, right = self.left(ranges), self.right(ranges)
        except UnclearError:
            return False
        return (self.sign == ">=" or all(map(le, left[0], right[1]))) and (
            self.sign == "<=" or all(map(le, right[0], left[1]))
        )


def _picked(cells: Iterable[Cell], places: Places) -> Pick:
    return pick(places[cell] for cell in cells)


def _in_order(plan: Callable[[Rule, RoundIndex], Sequence[tuple[Cell, Cell]]]) -> Maker:
    def make(rule: Rule, index: RoundIndex, places: Places) -> Look:
        pairs = index.plan(rule, plan)
        return _InOrder(
            _picked((one for one, _ in pairs), places),
            _picked((other for _, other in pairs), places),
        )

    return make


def _alike(rule: Rule, index: RoundIndex, places: Places) -> Look:
    pairs = index.plan(rule, equations.same_cells)
    return _Alike(
        _picked((one for one, _ in pairs), places),
        _picked((other for _, other in pairs), places),
    )


def _bounded(rule: Rule, index: RoundIndex, places: Places) -> Look:
    cells = [places[cell] for cell in index.plan(rule, orders.bounded_cells)]
    low, high = number(rule, "low"), number(rule, "high")
    return _Bounded(
        pick(cells),
        [_scaled(low, -inf, places.factors[place], 1) for place in cells],
        [_scaled(high, inf, places.factors[place], -1) for place in cells],
    )


def _scaled(bound: Decimal | None, without: float, factor: float, side: int) -> float:
    if bound is None:
        return without
    value = float(bound) * factor
    return value + side * abs(value) * NARROWED


def _at_least_share(
    plan: Callable[[Rule, RoundIndex], Sequence[tuple[Cell, Cell]]],
) -> Maker:
    def make(rule: Rule, index: RoundIndex, places: Places) -> Look:
        pairs = index.plan(rule, plan)
        share = float(number(rule, "below_percent") or 0) / 100 * (1 + NARROWED)
        if share <= 0:
            raise KeyError(rule.id)
        return _AtLeastShare(
            _picked((part for part, _ in pairs), places),
            _picked((whole for _, whole in pairs), places),
            [share] * len(pairs),
        )

    return make


def _sums(
    plan: Callable[[Rule, RoundIndex], Sequence[tuple[Cell, tuple[Cell, ...]]]],
    *,
    reach: bool = True,
    keep: bool = True,
) -> Maker:
    def make(rule: Rule, index: RoundIndex, places: Places) -> Look:
        found = []
        for whole, parts in index.plan(rule, plan):
            wanted = tuple(places[part] for part in parts)
            found.append((places[whole], pick(wanted), wanted))
        return _Sums(found, reach, keep)

    return make


def _derived(rule: Rule, index: RoundIndex, places: Places) -> Look:
    _, rows = index.plan(rule, equations.derived_cells)
    figures = (Name(None, "", ""), *names(formula(rule)))
    cells = [(seat, *others) for seat, others in rows]
    return _equation(cells, (figures, "==", figures[0], formula(rule)), places)


def _identity(rule: Rule, index: RoundIndex, places: Places) -> Look:
    wanted = comparison(rule)
    figures = names(wanted)
    if any(figure.last for figure in figures):
        raise KeyError(rule.id)
    fixed = all(figure.column for figure in figures)
    cells = [
        tuple(
            cell_of(rule, (figure.form or rule.form, figure.key), figure.column or column)
            for figure in figures
        )
        for column in (("",) if fixed else index.columns_of(rule))
    ]
    return _equation(cells, (figures, wanted.sign, wanted.left, wanted.right), places)


def _ratio(rule: Rule, index: RoundIndex, places: Places) -> Look:
    rate, top, bottom = figures = tuple(Name(None, key, "") for key in ("r", "t", "b"))
    share = Operation("*", Operation("/", top, bottom), Number(Decimal(100)))
    cells = index.plan(rule, equations.ratio_cells)
    return _equation(cells, (figures, "==", rate, share), places)


def _equation(
    cells: Sequence[tuple[Cell, ...]],
    said: tuple[Sequence[Name], str, Expression, Expression],
    places: Places,
) -> Look:
    order, sign, left, right = said
    picks = tuple(_picked(column, places) for column in zip(*cells, strict=True))
    if not picks:
        raise KeyError(sign)
    return _Equation(picks, worked(left, order), worked(right, order), sign)


MAKERS: Mapping[str, Maker] = {
    "part_of": _in_order(orders.parts_and_wholes),
    "half_year": _in_order(orders.halves_and_years),
    "column_order": _in_order(orders.columns_in_order),
    "bound": _bounded,
    "same_as": _alike,
    "shortfall": _at_least_share(watch.estimates_and_plans),
    "low_disbursement": _at_least_share(watch.spent_and_budgets),
    "total": _sums(sums.row_sums),
    "column_total": _sums(sums.column_sums),
    "at_least_sum": _sums(sums.row_sums, reach=False),
    "at_most_sum": _sums(sums.row_sums, keep=False),
    "derived": _derived,
    "identity": _identity,
    "ratio": _ratio,
}
"""Kinds of rules that may be held against rough figures."""
