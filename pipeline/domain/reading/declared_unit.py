"""Units as a table declares them: beside the row, in the header, or once above it."""

from decimal import Decimal
from functools import cached_property

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.quick_making import quickly
from pipeline.domain.reading.declared import Declared, doubtful
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.sheet import Cell, CellKind, Span, address
from pipeline.domain.reading.told_aside import NOTHING, ToldAside
from pipeline.domain.reading.told_units import ToldUnits, points_to
from pipeline.domain.reading.unit_lines import Beside, in_brackets, told_beside
from pipeline.domain.reading.unit_spelling import POWERS, sized
from pipeline.domain.reading.units import Relation, Units, is_share, root
from pipeline.domain.writing.text import compose

_NO_UNIT = frozenset(("", "-"))
_DITTO = frozenset(
    (
        '"',
        "''",
        "”",
        "“",
        "″",
        "〃",
        "//",
        "“ ”",
        "nt",
        "n.t",
        "n/t",
        "như trên",
        "nhu tren",
    )
)
_Size = tuple[str, Decimal]
_KNOWN = frozenset((Relation.SAME, Relation.SCALED))


_declared = quickly(Declared)


class DeclaredUnits:
    """The units declared in one table."""

    def __init__(
        self,
        table: Table,
        layout: Layout,
        units: Units,
        last: int | None = None,
        aside: ToldAside = NOTHING,
    ) -> None:
        self._aside = aside
        self._beside_rows: dict[int, str] = {}
        self._table = table
        self._layout = layout
        self._units = units
        self.told = ToldUnits(table, layout, units, last)
        told = {
            match.sheet_column: beside
            for match in layout.values
            if (beside := told_beside(units, match.header))
        }
        columns = {at: beside.unit for at, beside in told.items() if beside.unit}
        self._columns = columns or self._below_header()
        self._sizes = {at: beside.size for at, beside in told.items() if beside.size}

    def adopt(self, other: "DeclaredUnits") -> None:
        """Go by what another part of the same form tells of all, where this one is silent.

        "ĐVT: nghìn đồng" stands above the first sheet of a form, or below the last.
        """
        if not self.told.tells and other.told.tells:
            self.told = other.told

    @property
    def by_column(self) -> bool:
        """Whether any column has a unit of its own."""
        return bool(self._columns or self._sizes)

    def _below_header(self) -> dict[int, Unit]:
        """The units of columns that have a row of their own below the header."""
        cells, row = self._table.sheet.cells, self._table.header_bottom + 1
        units = {
            match.sheet_column: in_brackets(self._units, f"({cell.text.strip('() ')})")
            for match in self._layout.values
            if (cell := cells.get((row, match.sheet_column))) and cell.kind is CellKind.TEXT
        }
        known = {at: unit for at, unit in units.items() if unit is not None}
        return known if len(known) == len(units) else {}

    def of_row(self, row: int, asked: str) -> Declared:
        """The unit of a row: its own cell, else the one above the table if it fits.

        One in brackets in the label wins over the latter, and makes the former doubtful.
        The form's own unit there is only what many labels say anyway: it makes the one
        above the table doubtful, and says nothing against the row's own cell.
        """
        declared = self._beside(row, asked)
        labelled = self._in_label(row, asked)
        if labelled is None:
            return declared
        same = labelled.conversion.relation is Relation.SAME
        agreed = declared.conversion == labelled.conversion
        if declared.cell is None:
            return doubtful(labelled) if same and not agreed else labelled
        return declared if same or agreed else doubtful(declared)

    def told_alike(self, row: int) -> str | None:
        """The word beside a row: all rows that give the same one are in the same unit.

        None where more bears on the row than that: its label, a note, the rows above.
        """
        cells = self._table.sheet.cells
        for at in self._layout.labels:
            label = cells.get((row, at))
            if label is not None and told_beside(self._units, label.text) is not None:
                return None
        written = self._written(row)
        return None if self.told.marked or _is_ditto(written) else written

    def _in_label(self, row: int, asked: str) -> Declared | None:
        """A unit of the form's kind in a row's label, or a size that says not of what."""
        for at in self._layout.labels:
            cell = self._table.sheet.cells.get((row, at))
            beside = self._of_label(cell) if cell is not None else None
            if beside is None:
                continue  # nearly always
            name = beside.size if beside.unit is None else beside.unit.name
            conversion = self._units.relate(name, asked)
            fits = conversion.relation in _KNOWN
            if beside.size:
                fits = not is_share(self._units.named(asked))
            return Declared(name, address(row, at), conversion) if fits else None
        return None

    def _of_label(self, cell: Cell) -> Beside | None:
        """What a label says of its unit, or the note it points to."""
        beside = told_beside(self._units, cell.text)
        if beside is None and self.told.marked:
            noted = (n.unit for n in self.told.marked if points_to(cell, n.mark))
            unit = next(noted, None)
            return Beside(unit) if unit else None
        return beside

    def _beside(self, row: int, asked: str) -> Declared:
        column, written = self._layout.unit, self._written(row)
        if column is None or written in _NO_UNIT:
            return self._from_above(asked)
        if _is_ditto(written):
            return self._repeated(row, column, asked)
        conversion = self._units.relate(written, asked)
        declared = _declared(written, address(row, column), conversion)
        return doubtful(declared) if self._is_contradicted(declared, asked) else declared

    def _written(self, row: int) -> str:
        """What stands in a row's cell of the column of units."""
        written = self._beside_rows.get(row)
        if written is None:
            written = self._beside_rows[row] = self._found_beside(row)
        return written

    def _found_beside(self, row: int) -> str:
        column, cells = self._layout.unit, self._table.sheet.cells
        if column is None:
            return ""
        cell = cells.get((row, column)) or self._spread(row)
        if cell is None and not any((row, label) in cells for label in self._layout.labels):
            cell = cells.get((row - 1, column))  # its label stands above its figures
        if cell is None or (cell.kind is CellKind.NUMBER and cell.text not in POWERS):
            return ""
        return compose(cell.text)

    def _spread(self, row: int) -> Cell | None:
        """The cell that is merged over this row's: a unit written once for many rows."""
        for span in self._merged:
            if span.top < row <= span.bottom:
                return self._table.sheet.cells.get((span.top, span.left))
        return None

    @cached_property
    def _merged(self) -> tuple[Span, ...]:
        """What is merged downwards in the column of units."""
        column, header = self._layout.unit, self._table.header_bottom
        return tuple(
            span
            for span in self._table.sheet.merged
            if span.left == span.right == column and span.bottom > span.top > header
        )

    def _repeated(self, row: int, column: int, asked: str) -> Declared:
        """The unit of the nearest row above that names one, where it can be this row's."""
        for at in range(row - 1, self._table.body_top - 1, -1):
            written = self._written(at)
            if written not in _NO_UNIT and not _is_ditto(written):
                conversion = self._units.relate(written, asked)
                if conversion.relation in _KNOWN:
                    return _declared(written, address(row, column), conversion)
                break
        return self._from_above(asked)

    def _is_contradicted(self, declared: Declared, asked: str) -> bool:
        """Whether the table declares another size of the unit, which none of its rows has.

        "ĐVT: 1000 người" was put above, and the column of units left as it was.
        """
        if not self._unused_above and not self._unused_sizes:
            return False  # nearly always
        above = self._from_above(asked)
        if above.conversion.relation is Relation.UNKNOWN:
            return declared.conversion.relation in _KNOWN
        both = {declared.conversion.relation, above.conversion.relation}
        if above.written is None or not both <= _KNOWN:
            return False
        unused = self._size(above.written) in self._unused_above
        return unused and above.conversion != declared.conversion

    @cached_property
    def _unused_sizes(self) -> bool:
        """Whether a size above the table is told that no row of it names."""
        if not self.told.sizes:
            return False
        named = {found.factor for each in self._named if (found := sized(each))}
        return named.isdisjoint(
            found.factor for s in self.told.sizes if (found := sized(s))
        )

    @cached_property
    def _named(self) -> frozenset[str]:
        """The units that rows have beside them, as they are written."""
        rows = range(self._table.body_top, self._table.body_bottom + 1)
        return frozenset(written for row in rows if (written := self._written(row)))

    @cached_property
    def _unused_above(self) -> frozenset[_Size]:
        """The units told once for many rows that no row of the table names."""
        told = (*self.told.everywhere, *self._aside.instead)
        return frozenset(map(_size_of, told)) - set(map(self._size, self._named))

    def _size(self, written: str) -> _Size | None:
        unit = self._units.find(written)
        return None if unit is None else _size_of(unit)

    def _from_above(self, asked: str) -> Declared:
        return self._aside.weighed(self.told.of_all(asked), self.told.factors(asked), asked)

    def of_column(self, column: int, asked: str, row: Declared) -> Declared:
        """The unit of one cell: a column's own unit counts where the row names none.

        Where the row names another, beside it or in its label, neither is believed.
        """
        own, name = self._units.named(asked), self._sizes.get(column, "")
        unit = self._columns.get(column)
        if unit is not None and root(unit) == root(own):
            name = unit.name
        if not name or is_share(own):
            return row
        conversion = self._units.relate(name, asked)
        if conversion.relation not in _KNOWN:
            return doubtful(row)
        if row.cell is None:
            return Declared(name, None, conversion)
        return row if row.conversion == conversion else doubtful(row)


def _is_ditto(written: str) -> bool:
    """Whether a sign stands for the unit above: `"`, "- nt -"."""
    return written.lower().strip(" -–.") in _DITTO


def _size_of(unit: Unit) -> _Size:
    return root(unit), unit.factor
