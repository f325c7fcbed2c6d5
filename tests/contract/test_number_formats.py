"""Number formats that show other digits than a cell holds: read as they are shown."""

import io
import struct
from decimal import Decimal

import pytest
import xlwt
from openpyxl import Workbook

from pipeline.adapters.workbook_reading.ods_styles import OdsStyles
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import Sheet
from tests.builders.raw_files import ods, spreadsheet_ml
from tests.builders.xlsb_files import one_sheet, record, wide

CODES = {
    "[>=1000]#,##0,;0": (["12", "500"], [True, False]),
    '[<1000]0;#,##0,"k"': (["12 k", "500"], [True, False]),
    '#,##0," nghìn";-0': (["12 nghìn", "0.5 nghìn"], [True, True]),
    '0" ngìn"': (["12000 ngìn", "500 ngìn"], [True, True]),
    "0;#,##0,": (["12000", "500"], [False, False]),
    '0;#,##0,;"-"': (["12000", "500"], [False, False]),
    "#,##0\\ \\n\\g\\h\\ì\\n": (["12000 nghìn", "500 nghìn"], [True, True]),
    '[=0]"-";[Red][<1000]0;#,##0,': (["12", "500"], [True, False]),
    '#,##0".000"': (["12000.000", "500.000"], [True, True]),
    '#,##0"; nghìn;";0': (["12000 ; nghìn;", "500 ; nghìn;"], [True, True]),
    '_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)': (["12000", "500"], [False, False]),
}  # fmt: skip


def in_xlsx(code: str) -> bytes:
    book = Workbook()
    for row, number in enumerate((12000, 500), 1):
        cell = book.worksheets[0].cell(row, 1, number)
        cell.number_format = code
    return saved(book)


def in_xls(code: str) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for row, number in enumerate((12000, 500)):
        sheet.write(row, 0, number, xlwt.easyxf(num_format_str=code))
    return saved(book)


def saved(book) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def in_xlsb(code: str) -> bytes:
    look = record(44, struct.pack("<H", 170) + wide(code))
    font = record(43, bytes(21) + wide("Arial"))
    plain, own = (record(47, struct.pack("<3H10x", 0xFFFF, key, 0)) for key in (0, 170))
    styles = look + font + record(617) + plain + own + record(618)
    cells = b"".join(
        record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
        + record(5, struct.pack("<IId", 0, 1, number))
        for row, number in enumerate((12000.0, 500.0))
    )
    return one_sheet(cells, b"", styles)


def in_xml(code: str) -> bytes:
    quoted = code.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    style = f'<Style ss:ID="s1"><NumberFormat ss:Format="{quoted}"/></Style>'
    rows = "".join(
        f'<Row><Cell ss:StyleID="s1"><Data ss:Type="Number">{number}</Data></Cell></Row>'
        for number in (12000, 500)
    )
    return spreadsheet_ml(rows, style)


def first_column(sheet: Sheet) -> list[str]:
    return [cell.text for (_, column), cell in sorted(sheet.cells.items()) if column == 0]


@pytest.mark.parametrize("write", [in_xlsx, in_xls, in_xlsb, in_xml])
@pytest.mark.parametrize("code", CODES)
def test_each_figure_by_the_section_that_shows_it(write, code: str) -> None:
    (sheet,) = open_workbook(write(code), "a").sheets
    shown, other = CODES[code]
    assert first_column(sheet) == shown
    compared = write is not in_xlsb  # of which calamine reads nothing, as it is made here
    wanted = {(row, 0) for row, differs in enumerate(other) if differs and compared}
    assert sheet.disputed == wanted


NUMBER = 'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
ODS_STYLES = f"""<office:automatic-styles {NUMBER}>
<number:number-style style:name="N1P0" style:volatile="true">
<number:number number:decimal-places="0" number:display-factor="1000"/>
</number:number-style>
<number:number-style style:name="N1"><style:text-properties/>
<number:number number:decimal-places="0"/>
<style:map style:condition="value()&gt;=1000" style:apply-style-name="N1P0"/>
</number:number-style>
<number:number-style style:name="N2"><number:number number:display-factor="1000000"/>
<number:text> tr.đ</number:text></number:number-style>
<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="ce2" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="ce3" style:family="table-cell" style:parent-style-name="ce1"/>
</office:automatic-styles>"""


def in_ods(styled: str, column: str = "") -> bytes:
    rows = "".join(
        f'<table:table-row><table:table-cell {styled} office:value-type="float" '
        f'office:value="{number}"/></table:table-row>'
        for number in (12000, 500)
    )
    table = (
        f'<table:table table:name="A"><table:table-column {column}/>{rows}</table:table>'
    )
    return ods(f"<office:spreadsheet>{table}</office:spreadsheet>", ODS_STYLES)


@pytest.mark.parametrize(
    ("styled", "column", "shown"),
    [
        ('table:style-name="ce1"', "", ["12", "500"]),
        ('table:style-name="ce3"', "", ["12", "500"]),
        ("", 'table:default-cell-style-name="ce1"', ["12", "500"]),
        ('table:style-name="ce2"', "", ["0.012 tr.đ", "0.0005 tr.đ"]),
        ("", "", ["12000", "500"]),
    ],
)
def test_a_factor_of_open_document(styled: str, column: str, shown: list[str]) -> None:
    (sheet,) = open_workbook(in_ods(styled, column), "a.ods").sheets
    texts = [text.replace("0120 ", "012 ") for text in first_column(sheet)]
    assert texts == shown
    assert Decimal(sheet.cells[1, 0].text.split()[0]) == Decimal(shown[1].split()[0])


@pytest.mark.parametrize(
    ("exact", "text", "shown", "differs"),
    [
        ("12000", "12", "12", True),
        ("12345.6", "12", "12.3456", True),
        ("12000", "12 nghìn", "12 nghìn", True),
        ("12000", "12 k", "12 k", True),
        ("12", "12 nghìn", "12 nghìn", True),
        ("12", "12 người", "12", False),
        ("1234567", "1,2 tr.đ", "1.234567 tr.đ", True),
        ("12345.6", "12.346", "12345.6", False),
        ("12.3456", "12,35", "12.3456", False),
        ("-12000", "(12,000)", "-12000", False),
        ("0.3312", "33%", "0.3312", False),
        ("12000", "###", "12000", False),
        ("12000", "15", "15", True),
        ("41275", "01/01/2013", "01/01/2013", True),
        ("0", "-", "0", False),
    ],
)
def test_a_page_shows_a_number_otherwise(
    exact: str, text: str, shown: str, differs: bool
) -> None:
    page = f"<table><tr><td sdval='{exact}'>{text}</td></tr></table>"
    (sheet,) = open_workbook(page.encode(), "a.xls").sheets
    assert sheet.cells[0, 0].text == shown
    assert sheet.disputed == ({(0, 0)} if differs else set())


def test_an_ods_format_that_sends_figures_on_without_end_is_cut_short() -> None:
    styles = OdsStyles()
    styles.start("number-style", {"name": "N1"})
    for bound in range(3000):
        test = {"condition": f"value()>{bound}", "apply-style-name": "P0"}
        styles.start("map", test)
    styles.start("number", {"display-factor": "1000"})
    styles.end("number-style")
    styles.start("style", {"name": "c", "data-style-name": "N1"})
    scale = styles.named("c").scale
    assert [section.scale for section in scale] == [""] * 10 + [","]


def test_a_format_that_scales_what_is_below_zero_only() -> None:
    book = Workbook()
    for number in (-12000, 12000):
        book.active.append([number])
    for row in book.active.iter_rows():
        row[0].number_format = "0;#,##0,"
    stream = io.BytesIO()
    book.save(stream)
    (sheet,) = open_workbook(stream.getvalue(), "a.xlsx").sheets
    assert (first_column(sheet), sheet.disputed) == (["-12", "12000"], {(0, 0)})
