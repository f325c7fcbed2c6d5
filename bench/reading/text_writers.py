"""Pages to HTML, delimited text and SpreadsheetML 2003, as old programs export them."""

import csv
import io
from collections.abc import Sequence
from html import escape

from bench.reading.page import Formula, Ink, Page, Wrong


def _shown(ink: Ink | None) -> str:
    if ink is None:
        return ""
    value = ink.value
    if isinstance(value, Formula):
        return "" if value.result is None else str(value.result)
    return value.text if isinstance(value, Wrong) else str(value)


def write_csv(page: Page, delimiter: str, encoding: str) -> bytes:
    """One page as delimited text."""
    stream = io.StringIO()
    lines = csv.writer(stream, delimiter=delimiter)
    for row in range(page.height):
        lines.writerow([_shown(page.cells.get((row, c))) for c in range(page.width)])
    return stream.getvalue().encode(encoding, "replace")


def write_html(pages: Sequence[Page]) -> bytes:
    """Tables one below the other, with spans and with fonts where they matter."""
    tables = "".join(f"<table border=1>{_html_rows(page)}</table>" for page in pages)
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"{head}</head><body>{tables}</body></html>".encode()


def _html_rows(page: Page) -> str:
    spans = {(top, left): (bottom, right) for top, left, bottom, right in page.merges}
    covered = {
        (row, column)
        for (top, left), (bottom, right) in spans.items()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    rows = []
    for row in range(page.height):
        cells = []
        for column in range(page.width):
            if (row, column) in covered:
                continue
            bottom, right = spans.get((row, column), (row, column))
            about = f' rowspan="{bottom - row + 1}" colspan="{right - column + 1}"'
            cells.append(f"<td{about}>{_html_text(page.cells.get((row, column)))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return "".join(rows)


def _html_text(ink: Ink | None) -> str:
    text = escape(_shown(ink)).replace("\n", "<br>")
    return f'<font face="{ink.font}">{text}</font>' if ink and ink.font else text


_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"


def write_xml(pages: Sequence[Page]) -> bytes:
    """SpreadsheetML 2003."""
    fonts = sorted({i.font for p in pages for i in p.cells.values() if i.font})
    styles = "".join(
        f'<Style ss:ID="f{n}"><Font ss:FontName="{name}"/></Style>'
        for n, name in enumerate(fonts)
    )
    styles += '<Style ss:ID="pc"><NumberFormat ss:Format="0.00%"/></Style>'
    sheets = "".join(_xml_sheet(page, fonts) for page in pages)
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        f'<Workbook xmlns="{_NAMESPACE}" xmlns:ss="{_NAMESPACE}">'
        f"<Styles>{styles}</Styles>{sheets}</Workbook>"
    ).encode()


_HIDDEN = (
    '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">'
    "<Visible>SheetHidden</Visible></WorksheetOptions>"
)


def _xml_sheet(page: Page, fonts: Sequence[str]) -> str:
    rows = []
    merges = {(top, left): (b - top, r - left) for top, left, b, r in page.merges}
    by_row: dict[int, list[int]] = {}
    for row, column in sorted(page.cells):
        by_row.setdefault(row, []).append(column)
    for row, columns in by_row.items():
        unseen = ' ss:Hidden="1"' if row in page.hidden_rows else ""
        cells = "".join(
            _xml_cell(page.cells[row, c], c, merges.get((row, c), (0, 0)), fonts)
            for c in columns
        )
        rows.append(f'<Row ss:Index="{row + 1}"{unseen}>{cells}</Row>')
    unseen = "".join(
        f'<Column ss:Index="{c + 1}" ss:Hidden="1"/>' for c in sorted(page.hidden_columns)
    )
    return (
        f'<Worksheet ss:Name="{escape(page.name)}"><Table>{unseen}{"".join(rows)}</Table>'
        f"{_HIDDEN if page.hidden else ''}</Worksheet>"
    )


def _xml_cell(ink: Ink, column: int, span: tuple[int, int], fonts: Sequence[str]) -> str:
    about = f' ss:Index="{column + 1}"'
    if span[0]:
        about += f' ss:MergeDown="{span[0]}"'
    if span[1]:
        about += f' ss:MergeAcross="{span[1]}"'
    if ink.font:
        about += f' ss:StyleID="f{fonts.index(ink.font)}"'
    elif ink.percent:
        about += ' ss:StyleID="pc"'
    if isinstance(ink.value, Formula) and ink.value.result is None:
        return f'<Cell{about} ss:Formula="={escape(ink.value.text)}"/>'
    number = not isinstance(ink.value, str | Wrong)
    kind = "Number" if number else "Error" if isinstance(ink.value, Wrong) else "String"
    text = escape(_shown(ink)).replace("\n", "&#10;")
    return f'<Cell{about}><Data ss:Type="{kind}">{text}</Data></Cell>'
