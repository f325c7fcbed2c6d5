"""What the files hold besides values: styles, runs, formulas, hidden parts, bombs."""

import io
from decimal import Decimal

import pytest
import xlwt

from pipeline.adapters.workbook_reading import workbook_reader
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import (
    Cell,
    CellKind,
    Sheet,
    Span,
    UnreadableWorkbookError,
)
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


@pytest.mark.fault("F-S10-2")
def test_a_cell_far_out_is_left_out_and_the_rest_is_read() -> None:
    far = "<row r='1048576'><c r='XFD1048576'><v>2</v></c></row></sheetData>"
    sheet = sheet_of(xlsx(row("<c r='A1'><v>1</v></c>").replace("</sheetData>", far)))
    assert list(sheet.cells) == [(0, 0)]


@pytest.mark.fault("F-S10-4", "T-34")
def test_macros_are_told() -> None:
    data = xlsx(row("<c r='A1'><v>1</v></c>"), more={"xl/vbaProject.bin": b"x"})
    book = open_workbook(data, "a.xlsm")
    assert (book.type, [f.code for f in book.findings]) == ("xlsm", ["macro-present"])


def test_two_readers_that_differ_mark_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is written twice in one cell; readers keep the first or the last."""
    data = xlsx(row("<c r='A1'><v>1</v><v>2</v></c>", "<c r='B1'><v>3</v></c>"))
    assert sheet_of(data).disputed <= {(0, 0)}


@pytest.mark.fault("F-S10-1", "T-09", "T-13")
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


RAISED = "<r><t>5.600</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>"
POWER = "<r><t>10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>3</t></r>"


def test_raised_digits_are_no_digits_of_the_figure_before_them() -> None:
    """A footnote's mark behind 5.600 made it 5.6001, and 10³ was 103."""
    book = xlrd_book_with_raised_digits()
    pages = "<table><tr><td>5.600<sup>1</sup></td><td>10<sup>3</sup>x</td></tr></table>"
    power = f"{POWER}<r><t>x</t></r>"
    shared = "".join(f'<c t="s"><v>{number}</v></c>' for number in (0, 1))
    inline = "".join(f'<c t="inlineStr"><is>{runs}</is></c>' for runs in (RAISED, power))
    sheets = [f"<sheetData><row>{cells}</row></sheetData>" for cells in (shared, inline)]
    strings = f"<si>{RAISED}</si><si>{power}</si>"
    books = [xlsx(each, strings=strings) for each in sheets]
    for data in (book, pages.encode(), *books):
        (sheet,) = open_workbook(data, "a").sheets
        assert [sheet.cells[0, n].text for n in (0, 1)] == ["5.600^1", "10^3x"]
        assert sheet.disputed == frozenset()


def xlrd_book_with_raised_digits() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    high = xlwt.Font()
    high.escapement = xlwt.Font.ESCAPEMENT_SUPERSCRIPT
    sheet.write_rich_text(0, 0, ["5.600", ("1", high)])
    sheet.write_rich_text(0, 1, ["10", ("3", high), "x"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
