"""Percentages written as parts of one: 0,12 for 12 %."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum

from pipeline.domain.reading.figure import Figure
from pipeline.domain.reading.number import plain, quantum_of

_ENOUGH_ROWS = 3
_LARGE = Decimal("0.2")
_TWO_DECIMALS = Decimal("0.01")
_HUNDRED = 100


class Share(Enum):
    """How the percentages of a form are written: of a hundred, of one, or either."""

    OF_HUNDRED = 1
    OF_ONE = 2
    UNCLEAR = 3


def shares_of(rows: Mapping[str, Sequence[Figure]]) -> Share:
    """What the rows of percentages of one table say together.

    One figure above 1 shows how all are written. Where none is, several rows with large
    parts are parts of one; few rows are not clear, for some rates are below 1 %. Such
    rates have two decimals, parts of one four.
    """
    sizes = [
        [abs(figure.value) for figure in figures if figure.value and _is_plain(figure)]
        for figures in rows.values()
    ]
    told = [row for row in sizes if row]
    if not told or any(size > 1 for row in told for size in row):
        return Share.OF_HUNDRED
    large = sum(1 for row in told if max(row) >= _LARGE) >= _ENOUGH_ROWS
    fine = any(quantum_of(size) < _TWO_DECIMALS for row in told for size in row)
    if large and fine:
        return Share.OF_ONE
    return Share.UNCLEAR if large or fine else Share.OF_HUNDRED


def of_hundred(figure: Figure) -> Figure:
    """A part of one as a percentage."""
    if figure.value is None or not _is_plain(figure):
        return figure
    value = plain(figure.value * _HUNDRED)
    return figure._replace(value=value, quantum=quantum_of(value))


def _is_plain(figure: Figure) -> bool:
    return not figure.cell.percent and not figure.tail
