"""Figures of a form made rows, each with the cell it stands in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pipeline.domain.plan.form import ColumnMatch, Row, RowMatch
from pipeline.domain.quick_making import opened, sealed
from pipeline.domain.reading.figure import Figure
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.number import quantum_written
from pipeline.domain.reading.sheet import Cell, CellKind, column_letters, encoding_of

_UNICODE = "unicode"
_NUMBER = CellKind.NUMBER
_ONE = Decimal(1)
_row = opened(Row)
_NEW: Any = object.__new__


class _Line(NamedTuple):
    """What all figures of a sheet row have in common."""

    number: str
    hidden: bool
    encoding: str


class _Column(NamedTuple):
    """What all figures of a sheet column have in common."""

    key: str
    letters: str
    hidden: bool


Bare = Sequence[tuple[_Column, Cell, Decimal]]
"""Cells of a row that hold a number and nothing else, each with its column."""


class RowMaker:
    """Makes the rows of one table; what they share is looked up once."""

    def __init__(self, match: FormMatch) -> None:
        found = match.found
        self._form, self._path = match.form, match.path
        self._sheet = found.table.sheet
        self._labels = found.layout.labels
        self._lines: dict[int, _Line] = {}
        self._all_unicode = {_UNICODE}.issuperset(
            map(encoding_of, self._sheet.cells.values())
        )
        self._columns = {
            column.sheet_column: _Column(
                column.column,
                column_letters(column.sheet_column),
                column.sheet_column in self._sheet.hidden_columns,
            )
            for column in (*found.layout.values, *found.layout.derived)
        }

    def made(
        self,
        row: RowMatch,
        column: ColumnMatch,
        figure: Figure,
        unit: str,
        written: str | None,
    ) -> Row:
        """A figure in `unit`, which the sheet called `written`."""
        return self.line(row, [(column, figure)], unit, written)[0]

    def line(
        self,
        row: RowMatch,
        figures: Sequence[tuple[ColumnMatch, Figure]],
        unit: str,
        written: str | None,
    ) -> Sequence[Row]:
        """The figures of a row, all in one unit."""
        number, all_hidden, of_label = self._lines.get(row.sheet_row) or self._line(
            row.sheet_row
        )
        form, path, sheet = self._form, self._path, self._sheet.name
        columns, indicator = self._columns, row.indicator
        made = []
        for column, (cell, value, quantum, missing, _, _, _) in figures:
            _, letters, hidden = columns[column.sheet_column]
            kept = _row(
                form,
                indicator,
                column.column,
                value,
                missing,
                unit,
                written,
                cell.text or f"={cell.formula}",
                path,
                sheet,
                letters + number,
                hidden or all_hidden,
                # figures have no charset of their own
                of_label if cell.encoding == _UNICODE else cell.encoding,
                quantum,
            )
            made.append(kept)
        return sealed(Row, made)

    def bare(self, row: int, columns: Sequence[ColumnMatch]) -> Bare | None:
        """The cells of a sheet row in some columns, where each is a number or empty."""
        cells, about, found = self._sheet.cells, self._columns, []
        for column in columns:
            at = column.sheet_column
            cell = cells.get((row, at))
            if cell is not None:
                kind, _, number, percent, _, _ = cell
                if kind is not _NUMBER or number is None or percent:
                    return None
                found.append((about[at], cell, number))
        return found

    def bare_line(
        self, row: RowMatch, cells: Bare, unit: str, written: str | None
    ) -> Sequence[Row]:
        """The rows of cells that hold a number in the form's own unit."""
        number, all_hidden, of_label = self._lines.get(row.sheet_row) or self._line(
            row.sheet_row
        )
        form, path, sheet = self._form, self._path, self._sheet.name
        indicator, made, new = row.indicator, [], _NEW
        for (key, letters, hidden), (_, text, _, _, formula, encoding), value in cells:
            # Row(...) spelled out, as nearly all are made here
            kept = new(_row)
            kept.form, kept.indicator, kept.column = form, indicator, key
            kept.value, kept.missing = value, None
            kept.unit, kept.unit_written = unit, written
            kept.raw = text or f"={formula}"
            kept.path, kept.sheet, kept.cell = path, sheet, letters + number
            kept.hidden = hidden or all_hidden
            kept.encoding = of_label if encoding == _UNICODE else encoding
            kept.quantum = _ONE if text.isdigit() else quantum_written(text, value)
            kept.__class__ = Row
            made.append(kept)
        return made

    def _line(self, row: int) -> _Line:
        hidden = self._sheet.hidden or row in self._sheet.hidden_rows
        line = _Line(str(row + 1), hidden, self._label_encoding(row))
        self._lines[row] = line
        return line

    def _label_encoding(self, row: int) -> str:
        """What the row's label was written in."""
        if self._all_unicode:
            return _UNICODE  # nearly always
        names = {
            cell.encoding
            for at in self._labels
            if (cell := self._sheet.cells.get((row, at))) is not None
        } - {_UNICODE}
        return names.pop() if len(names) == 1 else "mixed" if names else _UNICODE
