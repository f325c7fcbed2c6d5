"""Cells that a province must fill: missing rows, and cells left empty."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import Column, Form, Indicator

_Cell = tuple[str, str]
_CELL, _ROW = attrgetter("indicator", "column"), attrgetter("indicator")


def address(sheet_row: int, sheet_column: int) -> str:
    """The name of a cell ("H9") by its row and column, both counted from 0."""
    letters = ""
    rest = sheet_column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{sheet_row + 1}"


def missing(appendix: Appendix, form: Form) -> tuple[Finding, ...]:
    """What is required and not there; a whole empty row or column is one finding.

    A cell that holds anything at all (`x`, `..`, a text) is not missing. A column that
    was not found in the sheet is the reader's finding, so its cells are not asked for.
    """
    filled = form.required_cells.issubset(map(_CELL, appendix.rows))
    if filled and form.required_rows.issubset(map(_ROW, appendix.row_matches)):
        return ()  # nearly always
    survey = _survey(appendix, form)
    return (
        *_missing_rows(survey),
        *_empty_columns(survey),
        *_empty_cells(survey),
    )


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a form asks for in the rows and columns that were found.

    `asked` are the required columns of each row, `empty_columns` left out.
    """

    appendix: Appendix
    form: Form
    sheet_rows: Mapping[str, int]
    sheet_columns: Mapping[str, int]
    filled: frozenset[_Cell]
    empty_columns: tuple[Column, ...]
    asked: Mapping[str, tuple[Column, ...]]

    def finding(self, columns: Sequence[Column], rows: Sequence[Indicator]) -> Finding:
        """One finding on the empty cells of these rows and columns, at the first."""
        weights = {column.if_empty for column in columns}
        first = address(
            min(self.sheet_rows[row.key] for row in rows),
            min(self.sheet_columns[column.key] for column in columns),
        )
        return Finding(
            code="missing-value",
            severity=Severity.ERROR if Severity.ERROR in weights else Severity.QUERY,
            form=self.form.id,
            indicator=rows[0].key if len(rows) == 1 else None,
            column=columns[0].key if len(columns) == 1 else None,
            path=self.appendix.path,
            sheet=self.appendix.sheet,
            cell=first,
        )


def _survey(appendix: Appendix, form: Form) -> _Survey:
    sheet_rows = {match.indicator: match.sheet_row for match in appendix.row_matches}
    sheet_columns = {match.column: match.sheet_column for match in appendix.column_matches}
    filled = frozenset((row.indicator, row.column) for row in appendix.rows)
    filled_columns = {column for _, column in filled}
    rows = [row for row in form.indicators if row.key in sheet_rows]
    there = [column for column in form.value_columns if column.key in sheet_columns]
    required = {
        row.key: tuple(column for column in there if row.requires(column)) for row in rows
    }
    times = Counter(column.key for columns in required.values() for column in columns)
    empty = tuple(
        column
        for column in form.value_columns
        if times[column.key] > 1 and column.key not in filled_columns
    )
    asked = {
        key: tuple(column for column in columns if column not in empty)
        for key, columns in required.items()
    }
    return _Survey(appendix, form, sheet_rows, sheet_columns, filled, empty, asked)


def _missing_rows(survey: _Survey) -> Iterator[Finding]:
    for row in survey.form.indicators:
        if row.key in survey.sheet_rows:
            continue
        if any(row.requires(column) for column in survey.form.value_columns):
            yield Finding(
                code="row-missing",
                severity=Severity.ERROR,
                form=survey.form.id,
                indicator=row.key,
                path=survey.appendix.path,
                sheet=survey.appendix.sheet,
            )


def _empty_columns(survey: _Survey) -> Iterator[Finding]:
    """Columns in which several rows must have a figure, and nothing stands."""
    for column in survey.empty_columns:
        rows = [
            row
            for row in survey.form.indicators
            if row.key in survey.asked and row.requires(column)
        ]
        yield survey.finding([column], rows)


def _empty_cells(survey: _Survey) -> Iterator[Finding]:
    """Cells of a row; a row that is empty as a whole is one finding."""
    filled_rows = {indicator for indicator, _ in survey.filled}
    for row in survey.form.indicators:
        asked = survey.asked.get(row.key, ())
        if len(asked) > 1 and row.key not in filled_rows:
            yield survey.finding(asked, [row])
            continue
        for column in asked:
            if (row.key, column.key) not in survey.filled:
                yield survey.finding([column], [row])
