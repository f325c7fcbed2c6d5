"""Cells that a province must fill: missing rows, and cells left empty."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.domain.finding import Finding, Severity
from pipeline.domain.form import Appendix
from pipeline.domain.plan_round import Column, Form, Indicator

_Cell = tuple[str, str]


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
    survey = _survey(appendix, form)
    return (
        *_missing_rows(survey),
        *_empty_columns(survey),
        *_empty_rows(survey),
        *_empty_cells(survey),
    )


@dataclass(frozen=True, slots=True)
class _Survey:
    """The required cells of a form by row, and which of them are filled."""

    appendix: Appendix
    form: Form
    rows: tuple[Indicator, ...]
    columns: tuple[Column, ...]
    filled: frozenset[_Cell]
    sheet_rows: dict[str, int]
    sheet_columns: dict[str, int]

    def required(self, column: Column) -> tuple[Indicator, ...]:
        return tuple(row for row in self.rows if row.requires(column))

    def empty(self, row: Indicator, column: Column) -> bool:
        return (row.key, column.key) not in self.filled

    def is_empty_column(self, column: Column) -> bool:
        """Nothing stands in a column where several rows must have a figure."""
        return len(self.required(column)) > 1 and all(
            self.empty(row, column) for row in self.rows
        )

    def asked(self, row: Indicator) -> tuple[Column, ...]:
        """The required columns of a row, those that are empty as a whole left out."""
        return tuple(
            column
            for column in self.columns
            if row.requires(column) and not self.is_empty_column(column)
        )

    def is_empty_row(self, row: Indicator) -> bool:
        """Nothing stands in a row where several columns must have a figure."""
        return len(self.asked(row)) > 1 and all(
            self.empty(row, column) for column in self.columns
        )

    def finding(self, row: Indicator | None, column: Column | None) -> Finding:
        weights = [c.if_empty for c in ([column] if column else self.asked_of(row))]
        return Finding(
            code="missing-value",
            severity=Severity.ERROR if Severity.ERROR in weights else Severity.QUERY,
            form=self.form.id,
            indicator=row.key if row else None,
            column=column.key if column else None,
            path=self.appendix.path,
            sheet=self.appendix.sheet,
            cell=self.address(row, column),
        )

    def asked_of(self, row: Indicator | None) -> tuple[Column, ...]:
        return self.asked(row) if row else ()

    def address(self, row: Indicator | None, column: Column | None) -> str | None:
        """The first cell that should be filled."""
        rows = [row] if row else [r for r in self.rows if column and r.requires(column)]
        columns = [column] if column else list(self.asked_of(row))
        if not rows or not columns:
            return None
        return address(
            min(self.sheet_rows[item.key] for item in rows),
            min(self.sheet_columns[item.key] for item in columns),
        )


def _survey(appendix: Appendix, form: Form) -> _Survey:
    sheet_rows = {match.indicator: match.sheet_row for match in appendix.row_matches}
    sheet_columns = {match.column: match.sheet_column for match in appendix.column_matches}
    return _Survey(
        appendix,
        form,
        rows=tuple(row for row in form.indicators if row.key in sheet_rows),
        columns=tuple(c for c in form.value_columns if c.key in sheet_columns),
        filled=frozenset((row.indicator, row.column) for row in appendix.rows),
        sheet_rows=sheet_rows,
        sheet_columns=sheet_columns,
    )


def _missing_rows(survey: _Survey) -> Iterator[Finding]:
    for row in survey.form.indicators:
        needed = any(row.requires(column) for column in survey.form.value_columns)
        if needed and row.key not in survey.sheet_rows:
            yield Finding(
                code="row-missing",
                severity=Severity.ERROR,
                form=survey.form.id,
                indicator=row.key,
                path=survey.appendix.path,
                sheet=survey.appendix.sheet,
            )


def _empty_columns(survey: _Survey) -> Iterator[Finding]:
    for column in survey.columns:
        if survey.is_empty_column(column):
            yield survey.finding(None, column)


def _empty_rows(survey: _Survey) -> Iterator[Finding]:
    for row in survey.rows:
        if survey.is_empty_row(row):
            yield survey.finding(row, None)


def _empty_cells(survey: _Survey) -> Iterator[Finding]:
    for row in survey.rows:
        if not survey.is_empty_row(row):
            for column in survey.asked(row):
                if survey.empty(row, column):
                    yield survey.finding(row, column)
