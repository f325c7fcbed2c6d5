"""Pages to the bytes of .xlsx, .xls and .ods, by writers of the laboratory's own."""

import io
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bench.reading.page import Formula, Ink, Page, Value, Wrong
from pipeline.domain.reading.sheet import address

_DEFAULT = "Times New Roman"


def write_xlsx(pages: Sequence[Page]) -> bytes:
    """By openpyxl; results of formulas are put in afterwards, as Excel stores them."""
    from openpyxl import Workbook
    from openpyxl.styles import Border, Font, Side

    fonts = {name: Font(name=name, size=12) for name in _fonts(pages)}
    edge = Border(bottom=Side(style="thin"))
    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        sheet = book.create_sheet(page.name)
        for (row, column), ink in page.cells.items():
            cell = sheet.cell(row + 1, column + 1, _plain(ink.value))
            cell.font = fonts[ink.font or _DEFAULT]
            if ink.percent:
                cell.number_format = "0.00%"
        _shape_xlsx(sheet, page)
        if page.far:
            sheet.cell(page.far[0] + 1, page.far[1] + 1).border = edge
    stream = io.BytesIO()
    book.save(stream)
    return _with_results(stream.getvalue(), pages)


def _shape_xlsx(sheet: Any, page: Page) -> None:
    for top, left, bottom, right in page.merges:
        sheet.merge_cells(
            start_row=top + 1,
            start_column=left + 1,
            end_row=bottom + 1,
            end_column=right + 1,
        )
    for row in page.hidden_rows:
        sheet.row_dimensions[row + 1].hidden = True
    for column in page.hidden_columns:
        letter = address(0, column).rstrip("1")
        sheet.column_dimensions[letter].hidden = True
    if page.hidden:
        sheet.sheet_state = "hidden"


def _fonts(pages: Sequence[Page]) -> set[str]:
    return {ink.font for page in pages for ink in page.cells.values() if ink.font} | {
        _DEFAULT
    }


def _plain(value: Value) -> str | int | Decimal:
    if isinstance(value, Formula):
        return f"={value.text}"
    return value.text if isinstance(value, Wrong) else value


def _with_results(data: bytes, pages: Sequence[Page]) -> bytes:
    """The package with the stored results of its formulas."""
    stored: dict[str, dict[str, Decimal]] = {}
    for number, page in enumerate(pages, start=1):
        results = {
            address(*place): ink.value.result
            for place, ink in page.cells.items()
            if isinstance(ink.value, Formula) and ink.value.result is not None
        }
        if results:
            stored[f"xl/worksheets/sheet{number}.xml"] = results
    if not stored:
        return data
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            results = stored.get(name, {})
            for cell, result in results.items():
                pattern = rb'(<c r="%s"[^>]*><f>[^<]*</f>)<v\s*/>' % cell.encode()
                part = re.sub(pattern, rb"\1<v>%s</v>" % str(result).encode(), part)
            new.writestr(name, part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def write_xls(pages: Sequence[Page]) -> bytes:
    """BIFF8 by xlwt; formulas keep no result there, so results are written as numbers."""
    import xlwt

    book = xlwt.Workbook()
    styles: dict[tuple[str, bool], Any] = {}
    for page in pages:
        sheet = book.add_sheet(page.name[:31])
        for (row, column), ink in page.cells.items():
            style = _xls_style(styles, ink)
            if isinstance(ink.value, Wrong):
                sheet.row(row).set_cell_error(column, ink.value.text, style)
            else:
                sheet.write(row, column, _biff(ink.value), style)
        _shape_xls(sheet, page, styles)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _shape_xls(sheet: Any, page: Page, styles: dict[tuple[str, bool], Any]) -> None:
    for top, left, bottom, right in page.merges:
        sheet.merge(top, bottom, left, right)
    for row in page.hidden_rows:
        sheet.row(row).hidden = True
    for column in page.hidden_columns:
        sheet.col(column).hidden = True
    if page.hidden:
        sheet.visibility = 1
    if page.far:
        place = (min(page.far[0], 65_000), min(page.far[1], 250))
        sheet.write(*place, None, _xls_style(styles, Ink("")))


def _xls_style(styles: dict[tuple[str, bool], Any], ink: Ink) -> Any:
    import xlwt

    key = (ink.font or _DEFAULT, ink.percent)
    if key not in styles:
        style = xlwt.XFStyle()
        style.font.name = key[0]
        style.num_format_str = "0.00%" if ink.percent else "General"
        styles[key] = style
    return styles[key]


def _biff(value: Value) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Formula):
        return Wrong("#NAME?").text if value.result is None else float(value.result)
    return value


def write_ods(pages: Sequence[Page]) -> bytes:
    """OpenDocument by odfpy."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style, TableProperties
    from odf.table import Table

    book = OpenDocumentSpreadsheet()
    unseen = Style(name="unseen", family="table")
    unseen.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(unseen)
    fonts = _ods_fonts(book, pages)
    for page in pages:
        about = {"stylename": unseen} if page.hidden else {}
        table = Table(name=page.name, **about)
        _ods_columns(table, page)
        _ods_rows(table, page, fonts)
        book.spreadsheet.addElement(table)
    stream = io.BytesIO()
    book.write(stream)
    return stream.getvalue()


def _ods_fonts(book: Any, pages: Sequence[Page]) -> dict[str, Any]:
    from odf.style import Style, TextProperties

    fonts = {}
    for number, name in enumerate(sorted(_fonts(pages))):
        style = Style(name=f"ce{number}", family="table-cell")
        style.addElement(TextProperties(fontname=name, fontfamily=name))
        book.automaticstyles.addElement(style)
        fonts[name] = style
    return fonts


def _ods_columns(table: Any, page: Page) -> None:
    from odf.table import TableColumn

    for column in range(page.width):
        unseen = column in page.hidden_columns
        table.addElement(TableColumn(visibility="collapse" if unseen else "visible"))


def _ods_rows(table: Any, page: Page, fonts: dict[str, Any]) -> None:
    from odf.table import TableCell, TableRow

    spans = {(top, left): (bottom, right) for top, left, bottom, right in page.merges}
    for row in range(page.height):
        unseen = row in page.hidden_rows
        line = TableRow(visibility="collapse" if unseen else "visible")
        for column in range(page.width):
            about: dict[str, Any] = {}
            if (row, column) in spans:
                bottom, right = spans[row, column]
                about["numberrowsspanned"] = bottom - row + 1
                about["numbercolumnsspanned"] = right - column + 1
            ink = page.cells.get((row, column))
            if ink is not None:
                about["stylename"] = fonts[ink.font or _DEFAULT]
            line.addElement(_ods_cell(ink, about) if ink else TableCell(**about))
        table.addElement(line)


def _ods_cell(ink: Ink, about: dict[str, Any]) -> Any:
    from odf.table import TableCell
    from odf.text import P

    value = ink.value
    if isinstance(value, Formula):
        about["formula"] = f"of:={_open_formula(value.text)}"
        value = value.result if value.result is not None else ""
    if isinstance(value, Wrong):
        cell = TableCell(formula="of:=1/0", valuetype="string", **about)
        cell.addElement(P(text=value.text))
        return cell
    if isinstance(value, str):
        cell = TableCell(valuetype="string", **about) if value else TableCell(**about)
        for line in value.split("\n") if value else ():
            cell.addElement(P(text=line))
        return cell
    kind = "percentage" if ink.percent else "float"
    cell = TableCell(valuetype=kind, value=str(value), **about)
    cell.addElement(P(text=str(value)))
    return cell


def _open_formula(text: str) -> str:
    def bracketed(found: re.Match[str]) -> str:
        return "[" + ":".join(f".{part}" for part in found.group().split(":")) + "]"

    return re.sub(r"[A-Z]{1,2}\d+(?::[A-Z]{1,2}\d+)?", bracketed, text)
