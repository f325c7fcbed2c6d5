"""`unit_scale` held against rough figures: rows of about one size, and of a usual one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import NamedTuple

from pipeline.domain.plan.plan_round import Indicator, IndicatorKind, split_reference
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.rough_figures import Pick, Places, RoughFigures, pick
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.scales import rows_compared
from pipeline.domain.rules.terms import Reference
from pipeline.domain.rules.too_much import LEAST
from pipeline.domain.rules.unlike_size import (
    LEAST_RATE,
    NEXT_TO_NOTHING,
    OF_ITS_RATE,
    OUTSIDE,
)

_MARGIN = 1e-9
_is_whole = float.is_integer
_MOST = float(LEAST) * (1 - _MARGIN)


@dataclass(frozen=True, slots=True)
class _Row:
    """The value columns of a row, and the factor of its unit."""

    cells: Pick
    factor: float

    def middle(self, figures: RoughFigures) -> float | None:
        """The power of ten of the middle figure, in the row's own unit."""
        sizes = sorted(filter(None, map(abs, self.cells(figures.number))))
        return log10(sizes[len(sizes) // 2] / self.factor) if sizes else None

    def rate(self, figures: RoughFigures) -> float | None:
        """The same of a row of percentages, where a nought was rounded off."""
        found = self.middle(figures)
        given = found is None and any(most < inf for most in self.cells(figures.high))
        return LEAST_RATE if given else found


@dataclass(frozen=True, slots=True)
class _Usual:
    """How large a row usually is: by its rate, by another row, or by the inhabitants."""

    middle: float
    reach: float
    of_a_percent: float
    is_money: bool
    rate: _Row | None
    whole: _Row | None
    of_whole: "_Usual | None"

    def is_met(self, figures: RoughFigures, size: float) -> bool:
        """Whether a row of this size certainly did not slip."""
        heads = log10(figures.heads or 1)
        rate = None if self.rate is None else self.rate.rate(figures)
        if rate is not None:
            off = size - (rate + heads + self.of_a_percent)
            return abs(off) <= OF_ITS_RATE + OUTSIDE - _MARGIN
        if self.whole is not None:
            base = self.whole.middle(figures)
            if base is None:
                return True
            if self.of_whole is not None and not self.of_whole.may_measure(
                figures, base, money=self.is_money
            ):
                return False
        else:
            base = heads
        return abs(size - base - self.middle) <= self.reach + OUTSIDE - _MARGIN

    def may_measure(self, figures: RoughFigures, size: float, *, money: bool) -> bool:
        """Whether another row, of money or not, can be measured by this one as it is."""
        rate = None if self.rate is None else self.rate.rate(figures)
        few = rate is not None and rate < NEXT_TO_NOTHING + _MARGIN
        return not (few and money) and self.is_met(figures, size)


class _Compared(NamedTuple):
    """A row with its cells to compare; `counted` come whole."""

    cells: Pick
    factor: float
    counted: bool
    usual: _Usual | None


@dataclass(frozen=True, slots=True)
class EvenSizes:
    """The rows of a form, none of them uneven, too much, broken or of an unusual size."""

    rows: Sequence[_Compared]
    least: float

    def __call__(self, figures: RoughFigures) -> bool:
        """Whether the rule certainly neither fails nor is blocked."""
        number, least = figures.number, self.least
        for cells, factor, counted, usual in self.rows:
            sizes = sorted(filter(None, map(abs, cells(number))))
            if not sizes:
                continue
            largest = sizes[-1]
            uneven = len(sizes) > 1 and largest >= sizes[0] * least
            if uneven or largest > _MOST or (counted and not all(map(_is_whole, sizes))):
                return False
            if usual is not None and figures.heads is not None:
                middle = log10(sizes[len(sizes) // 2] / factor)
                if not usual.is_met(figures, middle):
                    return False
        return True


def even_sizes(rule: Rule, index: RoundIndex, places: Places) -> EvenSizes:
    """The look of a `unit_scale` rule."""
    plan = index.plan(rule, rows_compared)
    maker = _Maker(index, places)
    return EvenSizes(
        [
            _Compared(
                pick(places[cell] for cell in cells),
                maker.factor((rule.form, row.key)),
                counted,
                maker.usual(rule.form, row),
            )
            for row, cells, counted in plan.rows
        ],
        float(plan.least) * (1 - _MARGIN),
    )


class _Maker:
    def __init__(self, index: RoundIndex, places: Places) -> None:
        self._index = index
        self._places = places

    def factor(self, at: Reference) -> float:
        """How many base units one of the row's own is."""
        return float(self._index.scales[at])

    def usual(self, form: str, row: Indicator, *, alone: bool = False) -> _Usual | None:
        """What is usual for a row; `alone`: nothing where that hangs on another one."""
        usual = row.usual
        measured = alone or row.kind is not IndicatorKind.RATE
        if usual is None or not measured or (alone and usual.of is not None):
            return None
        whole = None if usual.of is None else split_reference(usual.of, form)
        return _Usual(
            usual.middle,
            usual.reach,
            usual.of_a_percent,
            row.kind is IndicatorKind.MONEY,
            None if usual.rate is None else self._row(split_reference(usual.rate, form)),
            None if whole is None else self._row(whole),
            None
            if whole is None
            else self.usual(whole[0], self._index.indicators[whole], alone=True),
        )

    def _row(self, at: Reference) -> _Row:
        return _Row(
            pick(self._places[cell] for cell in self._index.cells[at]), self.factor(at)
        )
