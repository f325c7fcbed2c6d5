"""The cells of a sheet by row, as tables are looked for in them."""

from collections.abc import Callable, Iterable
from math import inf
from operator import itemgetter
from typing import Any

from pipeline.domain.reading.sheet import Cell, Sheet

_PLACE: Callable[[Any], Any] = itemgetter(0)
_Lines = dict[int, list[tuple[int, Cell]]]


def by_row(sheet: Sheet) -> _Lines:
    """The cells of each row from the first, each with its column, from the left."""
    found = _as_they_stand(sheet.cells.items())  # nearly always in order
    return found if found is not None else _sorted(sheet)


def _as_they_stand(cells: Iterable[tuple[tuple[int, int], Cell]]) -> _Lines | None:
    """None where a cell comes behind one that stands after it."""
    rows: _Lines = {}
    line: list[tuple[int, Cell]] = []
    at: float = -inf
    before: float = -inf
    for (row, column), cell in cells:
        if row != at:
            if row < at:
                return None
            at = row
            line = rows[row] = []
        elif column < before:
            return None
        before = column
        line.append((column, cell))
    return rows


def _sorted(sheet: Sheet) -> _Lines:
    rows: _Lines = {}
    for (row, column), cell in sorted(sheet.cells.items(), key=_PLACE):
        rows.setdefault(row, []).append((column, cell))
    return rows
