"""One cell of a value column, as far as it can be read on its own."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.formula import recompute
from pipeline.domain.reading.notation import Habits, resolve
from pipeline.domain.reading.number import (
    Absent,
    Ambiguous,
    Number,
    Reading,
    Unreadable,
    parse_number,
    plain,
    quantum_of,
    quantum_written,
)
from pipeline.domain.reading.sheet import Cell, CellKind, Cells
from pipeline.domain.reading.units import Conversion, Relation, Units, is_count, is_share
from pipeline.domain.writing.text import compose

_TROUBLE = {
    CellKind.ERROR: "error-value",
    CellKind.UNCACHED: "formula-uncached",
    CellKind.DATE: "unreadable-value",
    CellKind.BOOLEAN: "unreadable-value",
}
_NUMBER, _UNCACHED, _TEXT = CellKind.NUMBER, CellKind.UNCACHED, CellKind.TEXT


class Figure(NamedTuple):
    """What a cell says: a number, a sign of absence, or a trouble (a finding code).

    `open` is a reading with two meanings that the surroundings must settle. A named
    tuple, for a thousand are made a return.
    """

    cell: Cell
    value: Decimal | None = None
    quantum: Decimal = Decimal(1)
    missing: Missing | None = None
    trouble: str | None = None
    open: Ambiguous | None = None
    tail: str = ""

    @property
    def reading(self) -> Reading:
        """The reading of a text cell, for the sheet's habits."""
        if self.cell.kind is CellKind.TEXT:
            return parse_number(self.cell.text)
        return Unreadable()


def read_figure(cell: Cell, cells: Cells, unit: Unit) -> Figure | None:
    """A cell of a row in `unit`; None when there is nothing in it."""
    kind, text, number, percent, _, _ = cell
    if kind is _NUMBER and number is not None:
        if percent:
            return _digits(cell, number, unit)
        # Figure(...) spelled out: as nearly all are
        made = (cell, number, quantum_written(text, number), None, None, None, "")
        return tuple.__new__(Figure, made)
    if cell.kind is _UNCACHED and cell.formula:
        worked_out = recompute(cells, cell.formula)
        if worked_out is not None:
            return _digits(cell, worked_out, unit)
    if cell.kind is _TEXT:
        return _words(cell) if compose(cell.text) else None
    return Figure(cell, trouble=_TROUBLE[cell.kind])


def are_bare(figures: Iterable[tuple[object, Figure]]) -> bool:
    """Whether each is one number, or a sign for none, and nothing else."""
    for _, (_, _, _, _, trouble, unclear, tail) in figures:
        if trouble or unclear or tail:
            return False
    return True


def _digits(cell: Cell, number: Decimal, unit: Unit) -> Figure:
    """A number cell as it is; a percent format shows 0.12 as 12 %.

    Of points of a hundred nothing changes by more than all of it: 2.08 with that format
    were points already.
    """
    if not cell.percent:
        return Figure(cell, number, quantum_of(number))
    if not is_share(unit) or (abs(number) > 1 and unit.name.strip() != "%"):
        return Figure(cell, trouble="ambiguous-number")
    value = plain(number * 100)
    return Figure(cell, value, quantum_of(value))


def _words(cell: Cell) -> Figure:
    reading = parse_number(cell.text)
    if isinstance(reading, Number):
        return Figure(cell, plain(reading.value), reading.quantum, tail=reading.tail)
    if isinstance(reading, Absent):
        unknown = reading.missing is Missing.NOT_AVAILABLE
        trouble = "not-available" if unknown else None
        return Figure(cell, missing=reading.missing, trouble=trouble)
    if isinstance(reading, Ambiguous):
        return Figure(cell, open=reading, tail=reading.decimal.tail)
    return Figure(cell, trouble="unreadable-value")


def settle(
    figure: Figure, unit: Unit, neighbours: Sequence[Decimal], habits: Habits
) -> Figure:
    """A figure with two readings after its surroundings were heard."""
    if figure.open is None:
        return figure
    number = resolve(figure.open, unit, neighbours, habits)
    if number is None:
        return figure._replace(open=None, trouble="ambiguous-number")
    value = plain(number.value)
    return figure._replace(open=None, value=value, quantum=number.quantum)


def convert(figure: Figure, units: Units, asked: str, declared: Conversion) -> Figure:
    """A figure in the form's unit: by the unit behind its digits, else the declared one.

    A word behind the digits that is no such unit makes the cell unreadable.
    """
    if figure.value is None:
        return figure
    conversion = declared
    if figure.tail:
        conversion = units.relate(figure.tail, asked)
        if conversion.relation is Relation.UNKNOWN:
            return figure._replace(value=None, trouble="unreadable-value")
    if conversion.is_same:
        return figure
    return figure._replace(
        value=conversion.apply(figure.value),
        quantum=conversion.apply_quantum(figure.quantum),
    )


def parts_one(figure: Figure, units: Units, asked: Unit, written: Unit) -> bool:
    """Whether a figure in a smaller unit than the form's has parts of a whole thing.

    "600,3 người" where thousands are asked for: there are no parts of a person, so
    the unit beside the figure is probably not the one it was counted in.
    """
    own = units.find(figure.tail) if figure.tail else None
    if figure.value is None or not figure.value % 1:
        return False
    return may_have_parts(units, asked, own or written)


def may_have_parts(units: Units, asked: Unit, written: Unit) -> bool:
    """Whether figures of a unit can have parts of a whole thing, as `parts_one` says."""
    if not is_count(written):
        return False
    conversion = units.relate(written.name, asked.name)
    return conversion.multiply < conversion.divide
