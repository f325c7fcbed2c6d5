"""Units told inside of a table: in rows without figures, and beside figures of a row."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.domain.reading.cell_words import reads_as_figure
from pipeline.domain.reading.declared import Declared, doubtful
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.sheet import CellKind, address
from pipeline.domain.reading.unit_beside import Beside, bracketed, size_alone, told_beside
from pipeline.domain.reading.unit_lines import declared_in
from pipeline.domain.reading.unit_spelling import as_written
from pipeline.domain.reading.units import Relation, Units, is_share

_LONGEST = 120
_MOST_HEADINGS = 60
_ONE = Decimal(1)
_KNOWN = frozenset((Relation.SAME, Relation.SCALED))


def told_in_headings(
    table: Table, layout: Layout, units: Units, last: int
) -> Iterator[Beside]:
    """What rows without figures say up to the `last` of the form: "II. XÃ HỘI (nghìn
    người)". Nobody can tell of which rows that is.
    """
    values = {match.sheet_column for match in (*layout.values, *layout.derived)}
    left = _MOST_HEADINGS
    for row, cells in table.body():
        if row > last or not left:
            return
        if values.isdisjoint(column for column, _ in cells):
            left -= 1
            for column, cell in cells:
                # what begins small is the rest of a label that is broken in two
                words = cell.kind is CellKind.TEXT and not cell.text.lstrip()[:1].islower()
                if words and column != layout.unit:
                    yield from filter(_tells_size, _said(units, cell.text))


def _tells_size(told: Beside) -> bool:
    """Whether more than the name of a unit is told: "(người)" is a habit of labels."""
    return told.unit is None or told.unit.factor != 1


def _said(units: Units, text: str) -> Iterator[Beside]:
    """The units that a text declares, is, or has in brackets; or a size of nothing said."""
    if len(text) > _LONGEST:
        return
    said = declared_in(text)
    told = [unit for part in said.parts if (unit := units.find(part))]
    unit = bracketed(units, text)[0] or units.find(text)
    told += [unit] if unit is not None and not told else []
    yield from (Beside(unit) for unit in told)
    if not told:
        sizes = [*(as_written(text, size) for size in said.sizes()), *size_alone(text)]
        yield from (Beside(size=size) for size in sizes[:1])


def told_below_header(table: Table, layout: Layout, units: Units) -> dict[int, Beside]:
    """The units of columns that have a row of their own below the header.

    "1000" is one only where the row can be none of figures.
    """
    cells, row = table.sheet.cells, table.header_bottom + 1
    there = {
        match.sheet_column: cell
        for match in layout.values
        if (cell := cells.get((row, match.sheet_column))) is not None
    }
    texts = {at: cell.text for at, cell in there.items() if cell.kind is CellKind.TEXT}
    labelled = any((row, at) in cells for at in layout.labels)
    if (labelled or len(texts) < len(there)) and any(map(reads_as_figure, texts.values())):
        return {}
    told = {at: told_beside(units, f"({text.strip('() ')})") for at, text in texts.items()}
    known = {at: beside for at, beside in told.items() if beside is not None}
    return known if len(known) == len(told) else {}


class BesideFigures:
    """What cells beside the figures of a row say: in the column of notes, or scribbled."""

    def __init__(self, table: Table, layout: Layout, units: Units) -> None:
        self._units = units
        known = {match.sheet_column for match in (*layout.values, *layout.derived)}
        known.update(layout.labels)
        known.update(at for at in (layout.code, layout.unit, layout.note) if at is not None)
        self._told = {
            row: (address(row, column), told)
            for row, cells in table.body()
            for column, cell in cells
            if column not in known and cell.kind is CellKind.TEXT
            if (told := next(_said(units, cell.text), None)) is not None
        }

    def __contains__(self, row: int) -> bool:
        return row in self._told

    def weighed(self, row: int, asked: str, declared: Declared) -> Declared:
        """The unit of a row; in doubt where a cell beside its figures names another one."""
        if row not in self._told:
            return declared  # nearly always
        cell, told = self._told[row]
        name = told.size if told.unit is None else told.unit.name
        conversion = self._units.relate(name, asked)
        fits = conversion.relation in _KNOWN and not is_share(self._units.named(asked))
        if not fits or conversion == declared.conversion:
            return declared
        if declared.cell is None and declared.written is None:
            return doubtful(Declared(name, cell, conversion))
        return doubtful(declared, name)
