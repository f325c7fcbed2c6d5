"""What .xls, .ods, SpreadsheetML, HTML and CSV hold besides values."""

import io
from decimal import Decimal

import pytest
import xlwt

from pipeline.adapters.workbook_reading import workbook_reader
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import CellKind, Sheet, Span, UnreadableWorkbookError
from tests.builders import raw_files


def sheet_of(data: bytes, path: str = "a.xlsx") -> Sheet:
    return open_workbook(data, path).sheets[0]


def code_of(data: bytes, path: str = "a.xlsx") -> str:
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(data, path)
    return caught.value.code


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    percent = xlwt.easyxf(num_format_str="0.0%")
    sheet.write(0, 0, 0.12, percent)
    sheet.write_rich_text(
        0,
        1,
        [
            "Sè ",
            ("hé", xlwt.easyfont("name .VnTime")),
            (" nghèo", xlwt.easyfont("name Arial")),
        ],
        xlwt.easyxf("font: name .VnTime"),
    )
    sheet.write(0, 2, True)
    sheet.write(0, 3, 41000, xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    sheet.write(65535, 255, 7)
    sheet.row(0).hidden = True
    sheet.col(2).hidden = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xls_with_formats_runs_hidden_parts_and_a_far_cell() -> None:
    sheet = sheet_of(xls(), "a.xls")
    first = sheet.cells[(0, 0)]
    assert (first.number, first.percent) == (Decimal("0.12"), True)
    assert sheet.cells[(0, 1)].text == "Số hộ nghèo"
    assert [sheet.cells[(0, n)].kind for n in (2, 3)] == [CellKind.BOOLEAN, CellKind.DATE]
    assert sheet.cells[(65535, 255)].number == 7
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({0}, {2})


ODS = (
    '<table:table table:name="A" table:style-name="ta">'
    '<table:table-column table:number-columns-repeated="2"/>'
    '<table:table-column table:visibility="collapse"/>'
    '<table:table-row table:visibility="filter">'
    '<table:table-cell office:value-type="percentage" office:value="0.12" '
    'table:number-columns-repeated="2"><text:p>12%</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string" table:style-name="ce" '
    'table:number-columns-spanned="2" table:number-rows-spanned="2">'
    "<office:annotation><text:p>no</text:p></office:annotation>"
    '<text:p>Sè<text:s text:c="2"/>hé</text:p><text:h>m</text:h></table:table-cell>'
    "<table:covered-table-cell><text:p>x</text:p></table:covered-table-cell>"
    '<table:table-cell table:formula="of:=SUM([.A1:.B1];1)"/>'
    '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
    "<text:p>#DIV/0!</text:p></table:table-cell>"
    '<table:table-cell office:value-type="date"><text:p>1/1/13</text:p></table:table-cell>'
    '<table:table-cell office:value-type="boolean"><text:p>TRUE</text:p></table:table-cell>'
    '<table:table-cell table:number-columns-repeated="16000"/>'
    "</table:table-row>"
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    "</table:table-row></table:table>"
)
ODS_STYLES = (
    '<style:style style:name="ta"><style:table-properties table:display="false"/>'
    '</style:style><style:style style:name="ce">'
    '<style:text-properties style:font-name=".VnTime"/></style:style>'
)


def test_ods_with_spans_repetitions_and_hidden_parts() -> None:
    sheet = sheet_of(raw_files.ods(ODS, ODS_STYLES), "a.ods")
    assert sheet.hidden
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({0}, {2})
    assert sheet.merged == (Span(0, 2, 1, 3),)
    assert [sheet.cells[(0, n)].number for n in (0, 1)] == [Decimal("0.12")] * 2
    assert sheet.cells[(0, 0)].percent
    assert sheet.cells[(0, 2)].text == "Số  hộ\nm"
    assert sheet.cells[(0, 4)].formula == "SUM(A1:B1,1)"
    assert [sheet.cells[(0, n)].kind for n in (4, 5, 6, 7)] == [
        CellKind.UNCACHED, CellKind.ERROR, CellKind.DATE, CellKind.BOOLEAN
    ]  # fmt: skip


def test_a_block_of_repeated_cells_is_a_bomb() -> None:
    block = (
        '<table:table table:name="A"><table:table-row table:number-rows-repeated="3000">'
        '<table:table-cell office:value-type="float" office:value="1" '
        'table:number-columns-repeated="1000"/></table:table-row></table:table>'
    )
    assert code_of(raw_files.ods(block), "a.ods") == "too-big"


def test_spreadsheet_ml() -> None:
    styles = (
        '<Style ss:ID="s1"><NumberFormat ss:Format="0.0%"/><Font ss:FontName=".VnTime"/>'
        "</Style>"
    )
    rows = (
        '<Column ss:Index="2" ss:Span="1" ss:Hidden="1"/><Column/>'
        '<Row ss:Index="3" ss:Hidden="1">'
        '<Cell ss:StyleID="s1"><Data ss:Type="Number">0.12</Data></Cell>'
        '<Cell ss:Index="4" ss:StyleID="s1" ss:MergeAcross="1" ss:MergeDown="1">'
        '<Data ss:Type="String">Sè <Font ss:Color="red">hé</Font></Data></Cell>'
        '<Cell><Data ss:Type="Error">#REF!</Data></Cell><Cell/></Row>'
        '<Row><Cell ss:Index="4"><Data ss:Type="Boolean">1</Data></Cell></Row>'
    )
    options = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    sheet = sheet_of(raw_files.spreadsheet_ml(rows, styles, options), "a.xls")
    assert sheet.hidden
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {1, 2})
    assert (sheet.cells[(2, 0)].number, sheet.cells[(2, 0)].percent) == (
        Decimal("0.12"),
        True,
    )
    assert sheet.cells[(2, 3)].text == "Số hộ"
    assert sheet.merged == (Span(2, 3, 3, 4),)
    assert sheet.cells[(2, 5)].kind is CellKind.ERROR
    assert sheet.cells[(3, 5)].kind is CellKind.BOOLEAN


def test_html_with_spans_fonts_and_exact_numbers() -> None:
    page = (
        "<html><meta charset='windows-1258'><table><td>x<tr><td rowspan=2>a<td colspan=2>"
        "b<br>c</td></tr><tr><td x:num='0.125'>12,5%</td><td></td><td>"
        "<font face='.VnTime'>S\u00e8 h\u00e9</font></td></tr></table></html>"
    )
    sheet = sheet_of(page.encode("cp1258"), "a.xls")
    assert sheet.cells[(1, 1)].text == "b\nc"
    assert (sheet.cells[(2, 1)].number, sheet.cells[(2, 1)].percent) == (
        Decimal("0.125"),
        True,
    )
    assert sheet.cells[(2, 3)].text == "Số hộ"
    assert sheet.merged == (Span(1, 0, 2, 0), Span(1, 1, 1, 2))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a\tb\tc\n1\t2\t3\n", 6),
        ("a;b\n1,5;2\n", 4),
        ("a,b,c\n1,2,3\n", 6),
        ("a;b\n\x00\n", None),
    ],
)
def test_csv(text: str, cells: int | None) -> None:
    if cells is None:
        assert code_of(text.encode(), "a.csv") == "unreadable-file"
    else:
        assert len(sheet_of(text.encode(), "a.csv").cells) == cells


def test_a_field_without_end_ends_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(sheet_of(b'a;b\n"' + b"c" * 1_000_001, "a.csv").cells) == 2


def test_sniff_is_the_domains() -> None:
    assert workbook_reader.sniff(xls()) == "xls"
