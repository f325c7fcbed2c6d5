"""Percentages written as parts of one: 0,12 for 12 %."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.reading.figure import Figure
from pipeline.domain.reading.number import Ambiguous, Number, plain, quantum_of

_ENOUGH_ROWS = 3
_LARGE = Decimal("0.2")
_TWO_DECIMALS = Decimal("0.01")
_ONE = Decimal(1)
_HUNDRED = 100
# how near to a hundredfold two rates of one row lie when one of them is a part of one
_NEAR = 2


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
        return self.parts_alone_in_row and self.large >= _ENOUGH_ROWS

    @property
    def parts_alone_in_row(self) -> bool:
        return not self.above_one and self.fine


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


def parts_among_hundreds(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The rates of one row that may be parts of one beside others that are not.

    A rate does not become a hundredth of itself in a year. The small ones are asked about
    where they are fewer, all of them otherwise.
    """
    sized = [(size, each) for each in figures if (size := _shown(each))]
    largest = max((size for size, _ in sized), default=_ONE)
    low = [each for size, each in sized if size <= 1 and _hundredfold(largest / size)]
    if not low:
        return ()  # nearly always
    high = [each for size, each in sized if size > 1]
    return tuple(low) if len(low) < len(high) else (*low, *high)


def lone_parts(rows: Mapping[str, Sequence[Figure]]) -> frozenset[str]:
    """Rows that alone are written as parts of one, in a table of hundreds.

    None of their figures is above 1, and no figure above 1 has as many decimals.
    """
    seen = {key: _seen({key: figures}) for key, figures in rows.items()}
    parts = frozenset(key for key, row in seen.items() if row.parts_alone_in_row)
    if not parts:
        return parts  # nearly always
    sizes = (size for row in rows.values() for each in row if (size := _size(each)))
    decimals = [quantum_of(size) for size in sizes if size > 1]
    return parts if decimals and min(decimals) >= _TWO_DECIMALS else frozenset()


def _shown(figure: Figure) -> Decimal | None:
    value = figure.open.decimal.value if figure.open else figure.value
    return None if value is None else abs(value)


def _hundredfold(times: Decimal) -> bool:
    return _HUNDRED / _NEAR <= times <= _HUNDRED * _NEAR


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


@dataclass
class Shares:
    """The figures of each row, percentages as such; rows and figures that are unclear."""

    figures: dict[str, list[tuple[ColumnMatch, Figure]]]
    unclear: set[str] = field(default_factory=set)
    mixed: dict[str, tuple[Figure, ...]] = field(default_factory=dict)

    def take(self, key: str, found: Sequence[Figure], own: Share) -> None:
        """A row of percentages that are written in this way."""
        if own is Share.OF_ONE:
            self.figures[key] = [(c, of_hundred(each)) for c, each in self.figures[key]]
        elif own is Share.UNCLEAR:
            self.unclear.add(key)
        else:
            self.mixed[key] = parts_among_hundreds(found)
