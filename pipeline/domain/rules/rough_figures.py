"""The figures of a return as floating-point numbers, narrowed by more than their error.

A figure is known to half a unit of its last digit. The range kept here lies inside that
by a billionth of a thousandth of its size, a thousand times what floating-point arithmetic
on a few hundred figures loses: what holds for these ranges holds for the exact ones.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from operator import itemgetter
from typing import cast

from pipeline.domain.plan.form import Missing, Row
from pipeline.domain.rules.figures import FACT, Cell, FigureBook
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.unlike_size import thousands_of_heads

NARROWED = 1e-12
# what a floating-point number can be without losing a digit of the figure
_LARGEST, _FINEST = 1e15, 1e-14
_ONE = Decimal(1)
_NO_PLACES: Mapping[str, int] = {}
Pick = Callable[[Sequence[float]], Sequence[float]]


class Places(dict[Cell, int]):
    """The cells of a round, each with its place in the lists; KeyError for others.

    Published facts have places from when a rule first speaks of them.
    """

    def __init__(self, index: RoundIndex) -> None:
        self.factors: list[float] = []
        self.facts: list[Cell] = []
        self.rows: dict[tuple[str, str], dict[str, int]] = {}
        super().__init__()
        for form in index.forms.values():
            for row in form.indicators:
                for column in form.columns:
                    self._add((form.id, row.key, column.key), index)

    def _add(self, cell: Cell, index: RoundIndex) -> None:
        form, row, column = cell
        self.rows.setdefault((form, row), {})[column] = self[cell] = len(self)
        self.factors.append(float(index.scaled.get(cell, _ONE)))

    def __missing__(self, cell: Cell) -> int:
        if not cell[0].startswith(FACT):
            raise KeyError(cell)
        self.facts.append(cell)
        self.factors.append(1.0)
        self[cell] = place = len(self)
        return place


@dataclass(slots=True)
class RoughFigures:
    """What stands in each place: the number, and the least and most it may stand for.

    Where nothing is given the number is 0, and the range has no ends. `closed` are places
    that do not apply: they hold nothing, while an empty one might hold any number. `heads`
    are the province's thousands of inhabitants.
    """

    low: list[float]
    high: list[float]
    number: list[float]
    heads: float | None = None
    closed: set[int] = field(default_factory=set)

    def take(self, rows: Sequence[Row], places: Places) -> bool:
        """Keep the figures of rows; whether all could be."""
        low, high, number, factors = self.low, self.high, self.number, places.factors
        form = indicator = ""
        columns: Mapping[str, int] = {}
        for row in rows:
            if row.indicator is not indicator or row.form is not form:
                form, indicator = row.form, row.indicator  # several figures have the same
                columns = places.rows.get((form, indicator), _NO_PLACES)
            place, value, quantum = columns.get(row.column), row.value, row.quantum
            if place is None:
                return False
            if value is None:
                if row.missing is None:
                    return False
                self._without_number(place, row.missing)
                continue
            found, factor = float(value), factors[place]
            half = 0.5 if quantum == _ONE else abs(float(quantum)) / 2
            if factor != 1.0:
                found, half = found * factor, half * factor
            size = abs(found) + half
            if not (size < _LARGEST and half > size * _FINEST):
                return False
            reach = half - size * NARROWED
            number[place], low[place], high[place] = found, found - reach, found + reach
        return True

    def _without_number(self, place: int, missing: Missing) -> None:
        nil = missing is Missing.NIL
        self.number[place] = 0.0
        self.low[place], self.high[place] = (0.0, 0.0) if nil else (-inf, inf)
        if missing is Missing.NOT_APPLICABLE:
            self.closed.add(place)
        else:
            self.closed.discard(place)


def rough_figures(book: FigureBook, places: Places) -> RoughFigures | None:
    """The figures of a return; None where one cannot be read, or is no usual number."""
    count = len(places)
    figures = RoughFigures(
        [-inf] * count, [inf] * count, [0.0] * count, thousands_of_heads(book)
    )
    for appendix in book.appendices.values():
        for rows in (appendix.rows, appendix.derived):
            if not figures.take(rows, places):
                return None
    for cell in places.facts:
        fact = book.cells[cell].interval
        if fact is not None:
            place, known = places[cell], float(fact.value)
            figures.number[place] = known
            figures.low[place] = known + abs(known) * NARROWED
            figures.high[place] = known - abs(known) * NARROWED
    return figures


def pick(places: Iterable[int]) -> Pick:
    """A function that gives what stands in these places of a list."""
    wanted = tuple(places)
    if len(wanted) > 1:
        return cast("Pick", itemgetter(*wanted))
    return lambda values: [values[place] for place in wanted]
