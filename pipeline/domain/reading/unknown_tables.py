"""Findings on tables with figures that are none of the forms."""

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.reading.form_match import Table
from pipeline.domain.reading.layout import is_figure
from pipeline.domain.reading.sheet import Sheet, address

_FEWEST_FIGURES = 6


def unrecognised(table: Table, path: str, named: str = "") -> list[Finding]:
    """A table with a good many figures that is none of the forms, or not the province's."""
    place = (table.header_top, min(table.headers))
    rows = range(table.body_top, table.body_bottom + 1)
    title = named or table.title.split("\n")[-1]
    return _foreign(table.sheet, rows, place, title, path)


def headless(sheet: Sheet, path: str) -> list[Finding]:
    """A sheet with figures in which no header was found: a form turned on its side."""
    rows = range(max(row for row, _ in sheet.cells) + 1)
    return _foreign(sheet, rows, min(sheet.cells), sheet.name, path)


def _foreign(
    sheet: Sheet, rows: range, place: tuple[int, int], title: str, path: str
) -> list[Finding]:
    figures = [at for at, cell in sheet.cells.items() if at[0] in rows and is_figure(cell)]
    columns = {column for _, column in figures}
    if len(figures) < _FEWEST_FIGURES or len(columns) < 2 or sheet.hidden:
        return []
    return [
        Finding(
            "form-unrecognised",
            Severity.QUERY,
            path=path,
            sheet=sheet.name,
            cell=address(*place),
            found=title[:200] or None,
        )
    ]
