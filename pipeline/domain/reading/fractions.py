"""Percentages written as parts of one: 0,12 for 12 %."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from pipeline.domain.reading.figure import Figure
from pipeline.domain.reading.number import Ambiguous, Number, plain, quantum_of

_ENOUGH_ROWS = 3
_LARGE = Decimal("0.2")
_TWO_DECIMALS = Decimal("0.01")
_HUNDRED = 100


class Share(Enum):
    """How the percentages of a form are written: of a hundred, of one, or either."""

    OF_HUNDRED = 1
    OF_ONE = 2
    UNCLEAR = 3


class _Table(NamedTuple):
    """What the percentages of one table show; `large` counts rows with large parts."""

    rows: int
    large: int
    fine: bool
    above_one: bool

    @property
    def parts_alone(self) -> bool:
        return not self.above_one and self.fine and self.large >= _ENOUGH_ROWS


def shares_of(tables: Sequence[Mapping[str, Sequence[Figure]]]) -> tuple[Share, ...]:
    """How each table of a workbook writes its percentages, by what all of them say.

    One figure above 1 shows how all are written. Where none is, several rows with large
    parts are parts of one, in the tables with more than two decimals; few rows are not
    clear, for some rates are below 1 %. Tables that contradict each other are not clear.
    """
    found = [_seen(rows) for rows in tables]
    if any(table.above_one for table in found):
        mixed = any(table.parts_alone for table in found)
        return tuple(_beside_hundreds(table, mixed=mixed) for table in found)
    large = sum(table.large for table in found) >= _ENOUGH_ROWS
    sure = large and any(table.fine for table in found)
    return tuple(_among_parts(table, large=large, sure=sure) for table in found)


def points_among_parts(figures: Sequence[Figure]) -> Share:
    """How a row of percentage points is written in a workbook of parts of one.

    Rates say nothing of it for sure: points may well be below 1. A change by a fifth of
    everything is no plan, so only small parts with many decimals are taken for parts.
    """
    seen = _seen({"": figures})
    if seen.above_one or not seen.rows:
        return Share.OF_HUNDRED
    return Share.OF_ONE if seen.fine and not seen.large else Share.UNCLEAR


def _seen(rows: Mapping[str, Sequence[Figure]]) -> _Table:
    sizes = [
        [size for each in figures if (size := _size(each))] for figures in rows.values()
    ]
    told = [row for row in sizes if row]
    return _Table(
        rows=len(told),
        large=sum(1 for row in told if max(row) >= _LARGE),
        fine=any(quantum_of(size) < _TWO_DECIMALS for row in told for size in row),
        above_one=any(size > 1 for row in told for size in row),
    )


def _size(figure: Figure) -> Decimal | None:
    """The size of a plain figure; of two readings a percentage is the decimal one."""
    value = figure.open.decimal.value if figure.open else figure.value
    return abs(plain(value)) if value is not None and _is_plain(figure) else None


def _beside_hundreds(table: _Table, *, mixed: bool) -> Share:
    if table.above_one:
        return Share.OF_HUNDRED
    doubted = table.large >= _ENOUGH_ROWS or (mixed and table.fine)
    return Share.UNCLEAR if doubted else Share.OF_HUNDRED


def _among_parts(table: _Table, *, large: bool, sure: bool) -> Share:
    if sure and table.fine:
        return Share.OF_ONE
    return Share.UNCLEAR if table.rows and (large or table.fine) else Share.OF_HUNDRED


def of_hundred(figure: Figure) -> Figure:
    """A part of one as a percentage, in both readings where it has two."""
    if not _is_plain(figure):
        return figure
    if figure.open is not None:
        both = Ambiguous(_scaled(figure.open.thousands), _scaled(figure.open.decimal))
        return figure._replace(open=both)
    if figure.value is None:
        return figure
    value = plain(figure.value * _HUNDRED)
    return figure._replace(value=value, quantum=quantum_of(value))


def _scaled(number: Number) -> Number:
    value, quantum = number.value * _HUNDRED, number.quantum * _HUNDRED
    return replace(number, value=value, quantum=quantum)


def _is_plain(figure: Figure) -> bool:
    return not figure.cell.percent and not figure.tail
