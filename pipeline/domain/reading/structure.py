"""What is wrong with the shape of a recognised form: columns, rows, hidden parts."""

from collections.abc import Iterator

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.plan_round import Form
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.sheet import address


def structure_findings(match: FormMatch, form: Form) -> tuple[Finding, ...]:
    """Findings on the rows and columns of a form as they were matched."""
    shape = _Shape(match, form)
    return (*shape.columns(), *shape.rows(), *shape.hidden())


class _Shape:
    def __init__(self, match: FormMatch, form: Form) -> None:
        self._match = match
        self._form = form
        self._found = match.found
        self._table = match.found.table

    def _finding(self, code: str, severity: Severity, **about: str | None) -> Finding:
        return Finding(
            code,
            severity,
            form=self._form.id,
            path=self._match.path,
            sheet=self._table.sheet.name,
            **about,  # type: ignore[arg-type]
        )

    def columns(self) -> Iterator[Finding]:
        """Required columns that are not there, and headers that fit only half."""
        matched = {m.column: m for m in self._found.layout.values}
        bottom, doubtful = self._table.header_bottom, self._found.layout.doubtful
        for column in self._form.value_columns:
            found = matched.get(column.key)
            if found is None and not column.optional:
                yield self._finding(
                    "column-missing",
                    Severity.ERROR,
                    column=column.key,
                    expected=column.title,
                )
            elif found is not None and column.key in doubtful:
                yield self._finding(
                    "column-uncertain",
                    Severity.QUERY,
                    column=column.key,
                    cell=address(bottom, found.sheet_column),
                    found=found.header[:200],
                    expected=column.title,
                )

    def rows(self) -> Iterator[Finding]:
        """Rows that are a close call, that come twice, or that are the province's own."""
        labels = (*self._found.layout.labels, 0)
        places = {row.indicator: row for row in self._found.rows}
        for key in sorted(self._found.uncertain):
            row = places[key]
            yield self._finding(
                "row-uncertain",
                Severity.QUERY,
                indicator=key,
                cell=address(row.sheet_row, labels[0]),
                found=row.label[:200],
                expected=self._form.indicator(key).label,
            )
        for key, at in self._found.duplicates:
            first = address(places[key].sheet_row, labels[0])
            yield self._finding(
                "duplicate-row",
                Severity.ERROR,
                indicator=key,
                cell=address(at, labels[0]),
                expected=first,
            )
        for at in self._found.extra:
            cell = self._table.sheet.cells.get((at, labels[0]))
            yield self._finding(
                "row-extra",
                Severity.INFO,
                cell=address(at, labels[0]),
                found=cell.text[:200] if cell else None,
            )

    def hidden(self) -> Iterator[Finding]:
        """One warning when rows or columns of the form are out of sight."""
        sheet = self._table.sheet
        columns = {m.sheet_column for m in self._found.layout.values}
        rows = {row.sheet_row for row in self._found.rows}
        if (
            sheet.hidden_rows & rows or sheet.hidden_columns & columns
        ) and not sheet.hidden:
            yield self._finding("hidden-content", Severity.WARN)
