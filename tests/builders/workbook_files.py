"""Drawings of returns as files of every format."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from tests.builders.workbooks import Drawing


def write_xlsx(drawings: Sequence[Drawing], font: str | None = None) -> bytes:
    """The drawings as sheets of an .xlsx."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    for drawing in drawings:
        sheet = book.create_sheet(drawing.name)
        for (row, column), value in drawing.cells.items():
            cell = sheet.cell(row + 1, column + 1, value)
            if font:
                cell.font = Font(name=font)
        for top, left, bottom, right in drawing.merges:
            sheet.merge_cells(
                start_row=top + 1,
                start_column=left + 1,
                end_row=bottom + 1,
                end_column=right + 1,
            )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_xls(drawings: Sequence[Drawing], font: str | None = None) -> bytes:
    """The drawings as sheets of an .xls (BIFF8)."""
    import xlwt

    book = xlwt.Workbook()
    style = xlwt.XFStyle()
    if font:
        style.font.name = font
    for drawing in drawings:
        sheet = book.add_sheet(drawing.name)
        covered = {(top, left) for top, left, _, _ in drawing.merges}
        for top, left, bottom, right in drawing.merges:
            value = drawing.cells.get((top, left), "")
            sheet.write_merge(top, bottom, left, right, value, style)
        for (row, column), value in drawing.cells.items():
            if (row, column) not in covered:
                number = float(value) if isinstance(value, Decimal) else value
                sheet.write(row, column, number, style)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_ods(drawings: Sequence[Drawing]) -> bytes:
    """The drawings as sheets of an .ods; merges are written as spans."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table

    book = OpenDocumentSpreadsheet()
    for drawing in drawings:
        table = Table(name=drawing.name)
        for row in _ods_rows(drawing):
            table.addElement(row)
        book.spreadsheet.addElement(table)
    stream = io.BytesIO()
    book.write(stream)
    return stream.getvalue()


def _ods_rows(drawing: Drawing) -> list[object]:
    from odf.table import CoveredTableCell, TableCell, TableRow
    from odf.text import P

    spans = {(top, left): (bottom, right) for top, left, bottom, right in drawing.merges}
    covered = {
        (row, column)
        for (top, left), (bottom, right) in spans.items()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    rows = []
    width = 1 + max(column for _, column in drawing.cells)
    for row in range(1 + max(row for row, _ in drawing.cells)):
        line = TableRow()
        for column in range(width):
            value = drawing.cells.get((row, column))
            about: dict[str, object] = {}
            if (row, column) in spans:
                bottom, right = spans[(row, column)]
                about = {
                    "numberrowsspanned": bottom - row + 1,
                    "numbercolumnsspanned": right - column + 1,
                }
            if isinstance(value, str):
                cell = TableCell(valuetype="string", **about)
            elif value is not None:
                cell = TableCell(valuetype="float", value=str(value), **about)
            elif (row, column) in covered:
                cell = CoveredTableCell()
            else:
                cell = TableCell(**about)
            if value is not None:
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
        rows.append(line)
    return rows


def _lines(drawing: Drawing) -> list[list[str]]:
    width = 1 + max(column for _, column in drawing.cells)
    height = 1 + max(row for row, _ in drawing.cells)
    return [
        [str(drawing.cells.get((row, column), "")) for column in range(width)]
        for row in range(height)
    ]


def write_csv(drawing: Drawing, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """One drawing as delimited text."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(_lines(drawing))
    return stream.getvalue().encode(encoding)


def write_html(drawing: Drawing) -> bytes:
    """One drawing as an HTML table, as old programs save .xls."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{text}</td>" for text in line) + "</tr>"
        for line in _lines(drawing)
    )
    return f"<html><body><table>{rows}</table></body></html>".encode()
