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
from pipeline.domain.reading.unit_beside import Beside, told_beside, told_in_header
from pipeline.domain.reading.unit_rows import BesideFigures, told_below_header
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
        self._noted = BesideFigures(table, layout, units)
        told = {
            match.sheet_column: beside
            for match in layout.values
            if (beside := told_in_header(units, match.header))
        }
        if not told:
            told = told_below_header(table, layout, units)
        self._columns = {at: beside.unit for at, beside in told.items() if beside.unit}
        self._sizes = {at: beside.size for at, beside in told.items() if beside.size}
        self._unsure = frozenset(at for at, beside in told.items() if not beside.sure)

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

    def of_row(self, row: int, asked: str) -> Declared:
        """The unit of a row, in doubt where a cell beside its figures names another one."""
        return self._noted.weighed(row, asked, self._of_row(row, asked))

    def _of_row(self, row: int, asked: str) -> Declared:
        """The unit of a row: its own cell, else the one above the table if it fits.

        One in brackets in the label wins over the latter, and makes the former doubtful.
        The form's own unit there is only what many labels say anyway: it makes the one
        above the table doubtful, and says nothing against the row's own cell.
        """
        declared = self._beside(row, asked)
        labelled = self._in_label(row, asked, named=declared.cell is not None)
        if labelled is None:
            return declared
        same = labelled.conversion.relation is Relation.SAME
        agreed = declared.conversion == labelled.conversion
        if declared.cell is None:
            return doubtful(labelled, declared.written) if same and not agreed else labelled
        return declared if same or agreed else doubtful(declared, labelled.written)

    def told_alike(self, row: int) -> str | None:
        """The word beside a row: all rows that give the same one are in the same unit.

        None where more bears on the row than that: its label, a note, the rows above.
        """
        for at in self._layout.labels:
            if self._told_in(row, at) is not None:
                return None
        written = self._written(row)
        more = self.told.marked or row in self._noted
        return None if more or _is_ditto(written) else written

    def _in_label(self, row: int, asked: str, *, named: bool) -> Declared | None:
        """A unit of the form's kind in a row's label, or a size that says not of what.

        What may be an amount says nothing where the row's own cell has `named` a unit.
        """
        for at in self._layout.labels:
            beside = self._told_in(row, at) or self._noted_at(row, at)
            if beside is None or (named and not beside.sure):
                continue  # nearly always
            name = beside.size if beside.unit is None else beside.unit.name
            conversion = self._units.relate(name, asked)
            fits = conversion.relation in _KNOWN
            if beside.size:
                fits = not is_share(self._units.named(asked))
            if not fits:
                return None
            labelled = Declared(name, address(row, at), conversion)
            return labelled if beside.sure and beside.apart else doubtful(labelled)
        return None

    def _told_in(self, row: int, at: int) -> Beside | None:
        """What a label says of its unit; one right of it may be a unit and no more."""
        cell = self._table.sheet.cells.get((row, at))
        if cell is None:
            return None
        beside = told_beside(self._units, cell.text)
        if beside is None and at != self._layout.labels[0]:
            unit = self._units.find(cell.text)
            return Beside(unit) if unit else None
        return beside

    def _noted_at(self, row: int, at: int) -> Beside | None:
        """The unit of the note that a label points to."""
        cell = self._table.sheet.cells.get((row, at)) if self.told.marked else None
        noted = (note.unit for note in self.told.marked if points_to(cell, note.mark))
        unit = next(noted, None)
        return Beside(unit) if unit else None

    def _beside(self, row: int, asked: str) -> Declared:
        column, written = self._layout.unit, self._written(row)
        if column is None or written in _NO_UNIT:
            return self._from_above(asked)
        if _is_ditto(written):
            return self._repeated(row, column, asked)
        conversion = self._units.relate(written, asked)
        declared = _declared(written, address(row, column), conversion)
        other = self._contradicting(declared, asked)
        return doubtful(declared, other) if other else declared

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

    def _contradicting(self, declared: Declared, asked: str) -> str | None:
        """Another size of the unit that the table declares, which none of its rows has.

        "ĐVT: 1000 người" was put above, and the column of units left as it was.
        """
        if not self._unused_above and not self._unused_sizes:
            return None  # nearly always
        above = self._from_above(asked)
        if above.written is None or declared.conversion.relation not in _KNOWN:
            return None
        if above.conversion.relation is Relation.UNKNOWN:
            return above.written
        unused = self._size(above.written) in self._unused_above
        differs = above.conversion != declared.conversion
        known = above.conversion.relation in _KNOWN
        return above.written if unused and differs and known else None

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
        told = (*self.told.units, *self._aside.instead)
        return frozenset(map(_size_of, told)) - set(map(self._size, self._named))

    def _size(self, written: str) -> _Size | None:
        unit = self._units.find(written)
        return None if unit is None else _size_of(unit)

    def _from_above(self, asked: str) -> Declared:
        told = self.told
        return self._aside.weighed(
            told.of_all(asked), told.factors(asked), asked, tells=told.tells
        )

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
            return doubtful(row, name)
        own_one = Declared(name, None, conversion)
        if column in self._unsure:
            return doubtful(own_one) if row.cell is None else row
        if row.cell is None:
            return own_one
        return row if row.conversion == conversion else doubtful(row, name)


def _is_ditto(written: str) -> bool:
    """Whether a sign stands for the unit above: `"`, "- nt -"."""
    return written.lower().strip(" -–.") in _DITTO


def _size_of(unit: Unit) -> _Size:
    return root(unit), unit.factor
