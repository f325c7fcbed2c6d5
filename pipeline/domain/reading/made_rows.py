"""Figures of a form made rows, each with the cell it stands in."""

from typing import NamedTuple

from pipeline.domain.plan.form import ColumnMatch, Row, RowMatch
from pipeline.domain.quick_making import quickly
from pipeline.domain.reading.figure import Figure
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.sheet import column_letters

_UNICODE = "unicode"
_row = quickly(Row)


class _Line(NamedTuple):
    """What all figures of a sheet row have in common."""

    number: str
    hidden: bool
    encoding: str


class RowMaker:
    """Makes the rows of one table; what they share is looked up once."""

    def __init__(self, match: FormMatch) -> None:
        found = match.found
        self._form, self._path = match.form, match.path
        self._sheet = found.table.sheet
        self._labels = found.layout.labels
        self._lines: dict[int, _Line] = {}
        self._columns = {
            column.sheet_column: (
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
        line = self._lines.get(row.sheet_row) or self._line(row.sheet_row)
        letters, hidden = self._columns[column.sheet_column]
        cell = figure.cell
        return _row(
            self._form,
            row.indicator,
            column.column,
            figure.value,
            figure.missing,
            unit,
            written,
            cell.text or f"={cell.formula}",
            self._path,
            self._sheet.name,
            letters + line.number,
            hidden or line.hidden,
            # figures have no charset of their own
            line.encoding if cell.encoding == _UNICODE else cell.encoding,
            figure.quantum,
        )

    def _line(self, row: int) -> _Line:
        hidden = self._sheet.hidden or row in self._sheet.hidden_rows
        line = _Line(str(row + 1), hidden, self._label_encoding(row))
        self._lines[row] = line
        return line

    def _label_encoding(self, row: int) -> str:
        """What the row's label was written in."""
        names = {
            cell.encoding
            for at in self._labels
            if (cell := self._sheet.cells.get((row, at))) is not None
        } - {_UNICODE}
        return names.pop() if len(names) == 1 else "mixed" if names else _UNICODE
