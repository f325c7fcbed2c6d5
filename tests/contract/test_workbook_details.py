"""What the files hold besides values: styles, runs, formulas, hidden parts, bombs."""

import io
from decimal import Decimal

import pytest
import xlwt

from pipeline.adapters import workbook_reader
from pipeline.adapters.workbook_reader import open_workbook
from pipeline.domain.sheet import Cell, CellKind, Sheet, Span, UnreadableWorkbookError
from tests.builders import raw_files
from tests.builders.raw_files import xlsx


def sheet_of(data: bytes, path: str = "a.xlsx") -> Sheet:
    return open_workbook(data, path).sheets[0]


def row(*cells: str) -> str:
    return f"<sheetData><row r='1'>{''.join(cells)}</row></sheetData>"


def cell_of(data: bytes, at: tuple[int, int] = (0, 0)) -> Cell:
    return sheet_of(data).cells[at]


def code_of(data: bytes, path: str = "a.xlsx") -> str:
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(data, path)
    return caught.value.code


STYLES = (
    "<numFmts><numFmt numFmtId='170' formatCode='0.0\"%\"'/>"
    "<numFmt numFmtId='171' formatCode='dd/mm/yyyy'/>"
    "<numFmt numFmtId='172' formatCode='0.00%'/></numFmts>"
    "<fonts><font><name val='Arial'/></font><font><name val='.VnTime'/></font></fonts>"
    "<cellXfs><xf fontId='0'/><xf fontId='1'/><xf numFmtId='9'/><xf numFmtId='170'/>"
    "<xf numFmtId='171'/><xf numFmtId='172'/><xf numFmtId='14' fontId='99'/></cellXfs>"
)


@pytest.mark.parametrize("namespace", [raw_files.MAIN, raw_files.STRICT])
def test_both_namespaces_of_the_format(namespace: str) -> None:
    assert cell_of(xlsx(row("<c r='A1'><v>1.5</v></c>"), namespace=namespace)).number == (
        Decimal("1.5")
    )


def test_cells_without_addresses_follow_each_other() -> None:
    sheet = sheet_of(
        xlsx("<sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData>")
    )
    assert sorted(sheet.cells) == [(0, 0), (0, 1)]


@pytest.mark.parametrize(
    ("style", "kind", "percent"),
    [
        (0, CellKind.NUMBER, False),
        (2, CellKind.NUMBER, True),
        (3, CellKind.NUMBER, False),
        (4, CellKind.DATE, False),
        (5, CellKind.NUMBER, True),
        (6, CellKind.DATE, False),
        (77, CellKind.NUMBER, False),
    ],
)
def test_number_formats(style: int, kind: CellKind, *, percent: bool) -> None:
    cell = cell_of(xlsx(row(f"<c r='A1' s='{style}'><v>41000</v></c>"), styles=STYLES))
    assert (cell.kind, cell.percent) == (kind, percent)


@pytest.mark.parametrize(
    ("xml", "kind", "text"),
    [
        ("t='e'><v>#N/A</v>", CellKind.ERROR, "#N/A"),
        ("t='b'><v>1</v>", CellKind.BOOLEAN, "1"),
        ("t='d'><v>2013-07-01</v>", CellKind.DATE, "2013-07-01"),
        ("t='str'><f>A9</f><v>m_x000A_n</v>", CellKind.TEXT, "m\nn"),
        ("t='inlineStr'><is><t>m</t><rPh><t>no</t></rPh></is>", CellKind.TEXT, "m"),
        ("t='s'><v>7</v>", CellKind.ERROR, "string 7"),
        (">" + "<v>1E+999999999</v>", CellKind.ERROR, "1E+999999999"),
        ("><v>abc</v>", CellKind.ERROR, "abc"),
    ],
)
def test_kinds_of_cells(xml: str, kind: CellKind, text: str) -> None:
    cell = cell_of(xlsx(row(f"<c r='A1' {xml}</c>")))
    assert (cell.kind, cell.text) == (kind, text)


def test_empty_cells_are_no_cells() -> None:
    empty = ("<c r='A1' s='1'/>", "<c r='B1'><v></v></c>", "<c r='C1' t='s'><v>0</v></c>",
             "<c r='D1' t='inlineStr'><is><t></t></is></c>")  # fmt: skip
    assert sheet_of(xlsx(row(*empty), strings="<si><t></t></si>")).cells == {}


def test_rich_text_in_a_legacy_font_is_decoded_run_by_run() -> None:
    strings = (
        "<si><r><rPr><rFont val='.VnTime'/></rPr><t>Tæng sè </t></r>"
        "<r><rPr><rFont val='Arial'/></rPr><t>hộ nghèo</t></r><rPh><t>x</t></rPh></si>"
    )
    cell = cell_of(xlsx(row("<c r='A1' t='s'><v>0</v></c>"), strings=strings))
    assert (cell.text, cell.encoding) == ("Tổng số hộ nghèo", "mixed")


def test_a_short_text_follows_the_font_of_its_cell_and_then_the_sheet() -> None:
    cells = [
        f"<c r='{column}1' t='s' s='{style}'><v>{n}</v></c>"
        for n, (column, style) in enumerate([("A", 1), ("B", 1), ("C", 0)])
    ]
    strings = "<si><t>Tæng sè hé</t></si><si><t>Sè ng\u00adêi</t></si><si><t>Hé</t></si>"
    sheet = sheet_of(xlsx(row(*cells), strings=strings, styles=STYLES))
    assert [sheet.cells[(0, n)].text for n in range(3)] == ["Tổng số hộ", "Số người", "Hộ"]


def test_shared_formulas_are_spelled_out() -> None:
    cells = (
        "<c r='A1'><f t='shared' ref='A1:B1' si='0'>SUM(A2:A3)</f></c>",
        "<c r='B1'><f t='shared' si='0'/></c>",
        "<c r='C1'><f t='shared' si='9'/></c>",
        "<c r='D1'><f>1+1</f><v>2</v></c>",
    )
    sheet = sheet_of(xlsx(row(*cells)))
    assert [sheet.cells[(0, n)].formula for n in (0, 1, 3)] == [
        "SUM(A2:A3)",
        "SUM(B2:B3)",
        "1+1",
    ]
    assert (0, 2) not in sheet.cells
    assert sheet.cells[(0, 0)].kind is CellKind.UNCACHED


def test_a_writer_that_puts_zero_for_every_result_is_not_believed() -> None:
    data = xlsx(
        row("<c r='A1'><f>1+1</f><v>0</v></c>"), calc="<calcPr fullCalcOnLoad='1'/>"
    )
    assert cell_of(data).kind is CellKind.UNCACHED
    assert cell_of(xlsx(row("<c r='A1'><f>1-1</f><v>0</v></c>"))).number == 0


def test_hidden_and_merged_parts() -> None:
    sheet = sheet_of(
        xlsx(
            "<cols><col min='2' max='16384' hidden='1'/><col min='1' max='1'/>"
            "<col min='x' max='y' hidden='1'/></cols>"
            "<sheetData><row r='1' hidden='1'><c r='A1'><v>1</v></c></row></sheetData>"
            "<mergeCells><mergeCell ref='A1:B2'/><mergeCell ref='D4'/>"
            "<mergeCell ref='?'/><mergeCell ref='A1:XFD1048576'/></mergeCells>"
        )
    )
    assert sheet.hidden_rows == {0}
    assert min(sheet.hidden_columns) == 1
    assert len(sheet.hidden_columns) == 1023
    assert sheet.merged[:2] == (Span(0, 0, 1, 1), Span(3, 3, 3, 3))
    assert sheet.is_hidden(0, 0)


def test_a_cell_far_out_is_left_out_and_the_rest_is_read() -> None:
    far = "<row r='1048576'><c r='XFD1048576'><v>2</v></c></row></sheetData>"
    sheet = sheet_of(xlsx(row("<c r='A1'><v>1</v></c>").replace("</sheetData>", far)))
    assert list(sheet.cells) == [(0, 0)]


def test_macros_are_told() -> None:
    data = xlsx(row("<c r='A1'><v>1</v></c>"), more={"xl/vbaProject.bin": b"x"})
    book = open_workbook(data, "a.xlsm")
    assert (book.type, [f.code for f in book.findings]) == ("xlsm", ["macro-present"])


def test_two_readers_that_differ_mark_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is written twice in one cell; readers keep the first or the last."""
    data = xlsx(row("<c r='A1'><v>1</v><v>2</v></c>", "<c r='B1'><v>3</v></c>"))
    assert sheet_of(data).disputed <= {(0, 0)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (xlsx("", strings="<si>" * 200_000 + "</si>" * 200_000), "too-big"),
        (xlsx("<sheetData><row>" + "<c><v>1</v></c>" * 400_000 + "</row></sheetData>"),
         "too-big"),
        (xlsx(row("<c t='inlineStr'><is><t>&b;</t></is></c>"),
              prefix="<!DOCTYPE z [<!ENTITY b 'bb'>]>"), "unreadable-file"),
        (xlsx("<sheetData><row>"), "unreadable-file"),
        (raw_files.zipped({f"xl/workbook{n}": "" for n in range(1001)}), "too-big"),
        (raw_files.zipped({"xl/workbook.xml": "<workbook/>"}), "unreadable-file"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage\0".encode("utf-16-le"),
         "password-protected"),
        (raw_files.ods("", manifest="<m><encryption-data/></m>"), "password-protected"),
        (b"PK\x03\x04" + b"xl/workbook.xml" * 9, "unreadable-file"),
        (b"GIF89a" + b"\0" * 40, "unsupported-type"),
        (b"\x09\x08\x10\x00\x00\x06" + b"\x01" * 400, "unreadable-file"),
    ],
    ids=["nested", "cells", "entity", "cut", "entries", "no-sheet", "encrypted",
         "encrypted-ods", "cut-zip", "gif", "cut-biff"],
)  # fmt: skip
def test_bombs_and_ruins_end_in_a_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_more_rows_or_bytes_than_any_return_has(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"<row><c><v>{n}</v></c></row>" for n in range(100_001))
    assert code_of(xlsx(f"<sheetData>{rows}</sheetData>")) == "too-big"
    monkeypatch.setattr(workbook_reader, "_LARGEST_FILE", 10)
    assert code_of(b"a;b;c\n1;2;3\n", "a.csv") == "too-big"


def test_an_encrypted_entry_needs_a_password() -> None:
    data = bytearray(xlsx(row("<c r='A1'><v>1</v></c>")))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    assert code_of(bytes(data)) == "password-protected"


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
        '<table:table table:name="A"><table:table-row table:number-rows-repeated="1000">'
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
