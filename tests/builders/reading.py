"""Reading a return from bytes to rows in one call, as the worker does."""

import io
from collections.abc import Callable
from decimal import Decimal

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix, Row
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing


def read_return(
    data: bytes, path: str = "PL.xlsx"
) -> tuple[dict[str, Appendix], list[Finding]]:
    """Every form of a workbook by its id, and all findings."""
    recognised = recognise(open_workbook(data, path), [ROUND])
    findings = list(recognised.findings)
    forms = {}
    for _, appendix, found in read_forms(recognised.forms, {ROUND.id: ROUND}):
        forms[appendix.form] = appendix
        findings.extend(found)
    return forms, findings


def figures(appendix: Appendix) -> dict[tuple[str, str], tuple[str, Decimal | None]]:
    """The figures of a form with their cells, like a drawing's truth."""
    return {(r.indicator, r.column): (r.cell, r.value) for r in appendix.rows}


def assert_read(appendix: Appendix, drawing: Drawing) -> None:
    """The form holds exactly what was drawn, each figure from its own cell."""
    assert figures(appendix) == drawing.truth


def told(findings: list[Finding]) -> list[tuple[str, str | None]]:
    """What a province would hear of: codes and cells of warnings and above."""
    return [(f.code, f.cell) for f in findings if f.severity is not Severity.INFO]


def changed(drawing: Drawing, change: Callable[[Worksheet], None]) -> bytes:
    """The drawing as a workbook, after a change of its sheet made with openpyxl."""
    return changed_book([drawing], lambda book: change(book.worksheets[0]))


def changed_book(drawings: list[Drawing], change: Callable[[Workbook], None]) -> bytes:
    """Drawings as a workbook, after a change of the whole made with openpyxl."""
    book = load_workbook(io.BytesIO(write_xlsx(drawings)))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def row_of(forms: dict[str, Appendix], form: str, indicator: str, column: str) -> Row:
    """The row of one figure; StopIteration when there is none."""
    return next(
        row
        for row in forms[form].rows
        if (row.indicator, row.column) == (indicator, column)
    )
