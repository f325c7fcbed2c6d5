"""What a table says of its units once for many rows: above, in its header, below."""

from collections.abc import Iterator

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.layout import header_text
from pipeline.domain.reading.sheet import Cell, CellKind
from pipeline.domain.reading.unit_lines import Note, declared_in, in_brackets, notes_below
from pipeline.domain.reading.units import Units


class ToldUnits:
    """The units of lines above a table, and of notes below the `last` row of a form.

    `everywhere` are those of the whole table, of which those named in `limited` may be
    told of a part only; `marked` belong to the rows that point to them. `sizes` are said
    without a unit: "Đơn vị tính: nghìn".
    """

    def __init__(
        self, table: Table, layout: Layout, units: Units, last: int | None
    ) -> None:
        self._table = table
        self._layout = layout
        self._units = units
        self.sizes: list[str] = []
        self.marked: list[Note] = []
        self.limited: set[str] = set()
        above = tuple(self._found_above())
        self.everywhere = above if last is None else (*above, *self._found_below(last))

    def _found_above(self) -> Iterator[Unit]:
        title = self._table.title.split("\n")
        for line in (*title, *self._header_lines()):
            yield from self._said(line)
        for line in title:  # "(Nghìn người)", behind a title or alone in its cell
            unit = self._units.find(line) or in_brackets(self._units, line)
            if unit is not None:
                yield unit
        for column in (*self._layout.labels, self._layout.unit):
            header = self._table.headers.get(-1 if column is None else column, "")
            unit = in_brackets(self._units, header)
            if unit is not None:
                yield unit

    def _said(self, line: str) -> Iterator[Unit]:
        """The units that a line declares."""
        said = declared_in(line)
        if not said.parts:
            return  # nearly always
        known = [unit for part in said.parts if (unit := self._units.find(part))]
        yield from known
        if not known:
            self.sizes.extend(said.sizes())

    def _header_lines(self) -> Iterator[str]:
        """The texts of the header, and of an index row below it."""
        for row in range(self._table.header_top, self._table.body_top):
            for column in self._table.headers:
                yield header_text(self._table.sheet.cells.get((row, column)))

    def _found_below(self, last: int) -> Iterator[Unit]:
        """The units of notes below the last row of the form."""
        for note in notes_below(self._table, last, self._units):
            if note.mark and self._bears(note.mark):
                self.marked.append(note)
                continue
            headers = self._table.headers.values() if note.mark else ()
            if note.limited or any(note.mark in text for text in headers):
                self.limited.add(note.unit.name)
            yield note.unit

    def _bears(self, mark: str) -> bool:
        """Whether the label of any row points to this note."""
        cells, labels = self._table.sheet.cells, self._layout.labels
        rows = range(self._table.body_top, self._table.body_bottom + 1)
        return any(points_to(cells.get((row, at)), mark) for row in rows for at in labels)


def points_to(cell: Cell | None, mark: str) -> bool:
    """Whether a label points to the note of a mark."""
    if cell is None or cell.kind is not CellKind.TEXT:
        return False
    return mark in cell.text if "(" in mark else cell.text.rstrip().endswith(mark)
