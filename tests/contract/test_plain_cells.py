"""Cells found by their pattern are the very cells that an XML parser finds."""

import re

import pytest

from pipeline.adapters.workbook_reading.ooxml_cells import (
    PlainCells,
    plain_region,
)
from pipeline.adapters.workbook_reading.ooxml_parts import Parts
from pipeline.adapters.workbook_reading.raw import RawSheet
from pipeline.adapters.workbook_reading.seen_pieces import NotPlainError
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import CellKind, UnreadableWorkbookError, Workbook
from tests.builders.raw_files import xlsx
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, draw

REMARK = "<!-- for the parser -->"
STYLES = (
    "<fonts><font><name val='.VnTime'/></font></fonts>"
    "<numFmts><numFmt numFmtId='165' formatCode='0&quot; nghìn&quot;'/></numFmts>"
    "<cellXfs><xf fontId='0'/><xf fontId='0' numFmtId='9'/><xf numFmtId='14'/>"
    "<xf numFmtId='165'/></cellXfs>"
)
STRINGS = "<si><t>Đà Nẵng</t></si><si><r><t>a</t></r><r><t>b</t></r></si>"


def both_ways(cells: str) -> tuple[Workbook, Workbook]:
    """A sheet read by pattern, and the same one with a remark that forbids it."""
    plain, marked = (
        open_workbook(xlsx(text, strings=STRINGS, styles=STYLES), "a.xlsx")
        for text in (cells, cells + REMARK)
    )
    return plain, marked


def is_plain(cells: str | bytes) -> bool:
    written = cells.encode() if isinstance(cells, str) else cells
    part = b"<worksheet>" + written + b"</worksheet>"
    region = plain_region(part)
    if region is None:
        return False
    parts = Parts((), (), (), recalculates=False, macros=False)
    try:
        PlainCells(RawSheet("A"), parts, lambda cell: None).read(part, region)
    except NotPlainError:
        return False
    return True


PLAIN = [
    '<row r="1"><c r="A1"><v>12.50</v></c><c r="B1" s="1"><v>0.12</v></c></row>',
    '<row r="1" spans="1:3" x14ac:dy="0.25"><c r="ABC7" t="s"><v>0</v></c></row>',
    '<row r="2" hidden="1"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"/></row><row r="3"/>',
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Hà Giang\nă</t></is></c></row>',
    '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> H </t></is></c></row>',
    '<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>3</v></c><c r="B1"><f>1+1</f></c></row>',
    '<row r="1"><c r="A1" s="9"><f>1+1</f><v /></c><c r="C1" t="e"><v>#REF!</v></c></row>',
    '<row r="1"><c r="A1" t="str"><f>B1</f><v>ch</v></c><c r="B1" t="b"><v>1</v></c></row>',
    '<row r="1"><c r="A1" t="s"><v>77</v></c><c r="B1" t="x"><v>1</v></c></row>',
    '<row r="1"><c r="A0"><v>1</v></c><c r="A1" s="1"></c></row>',
    '<row r="1"><c r="A1" t="n"><v>7</v></c><c r="B1" t="n"><v>7.0</v></c></row>',
    '<row r="1"><c r="A1" t="s"><v></v></c><c r="B1" t="s"><v>1.5</v></c></row>',
    '<row r="1"><c r="A1"><v></v></c><c r="B1" t="s"/><c r="C1" t="b"><v></v></c></row>',
    '<row r="1"><c r="A1"><f></f><v>3</v></c><c r="B1"><f></f><v></v></c></row>',
    '<row r="1"><c r="A1" t="inlineStr"><is><t></t></is></c><c r="B1"><v>-1</v></c></row>',
    '<row r="1"><c r="A1" t="n"><is><t></t></is></c><c r="B1"><is><t>1</t></is></c></row>',
    '<row r="1"><c r="A1" s="2" t="s"><v>0</v></c><c r="B1" s="2"><v>41456</v></c></row>',
    '<row r="1"><c r="A1" s="3"><v>12</v></c><c r="B1" s="3" t="n"><v>12</v></c></row>',
]


@pytest.mark.parametrize("rows", PLAIN)
def test_a_sheet_is_the_same_both_ways(rows) -> None:
    assert is_plain(f"<sheetData>{rows}</sheetData>")
    plain, marked = both_ways(f"<sheetData>{rows}</sheetData>")
    assert plain == marked


def test_what_is_around_the_cells_is_the_same_both_ways() -> None:
    cells = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    merged = '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
    for _ in range(2):  # the second time what stands around is known
        plain, marked = both_ways(columns + cells + merged)
        assert plain == marked
        assert plain.sheets[0].hidden_columns == {1, 2}
        assert len(plain.sheets[0].merged) == 1


def test_a_cell_astray_is_the_same_both_ways() -> None:
    cells = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    astray = '<row r="3" hidden="1"/><c r="B2" t="s" s="2"><v>0</v></c>'
    plain, marked = both_ways(cells + astray)
    assert plain == marked
    assert set(plain.sheets[0].cells) == {(0, 0), (1, 1)}
    assert plain.sheets[0].hidden_rows == {2}


def test_a_long_sheet_is_taken_some_rows_at_a_time() -> None:
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}" t="s"><v>0</v></c></row>'
    rows = "".join(row.format(number) for number in range(1, 3001))
    assert is_plain(f"<sheetData>{rows}</sheetData>")
    plain, marked = both_ways(f"<sheetData>{rows}</sheetData>")
    assert plain == marked
    assert len(plain.sheets[0].cells) == 6000
    # and what is no cell far down is met there
    assert not is_plain(f"<sheetData>{rows}<x/></sheetData>")


def test_a_row_that_does_not_end_is_left_to_the_parser() -> None:
    cells = '<c r="A1"><v>1</v></c>' * 50_000
    assert not is_plain(f'<sheetData><row r="1">{cells}</row></sheetData>')


@pytest.mark.parametrize("form", [form.id for form in ROUND.forms])
def test_a_form_is_the_same_both_ways(form) -> None:
    data = write_xlsx([draw(ROUND.form(form))])
    (sheet,) = open_workbook(data, "a.xlsx").sheets
    assert len(sheet.cells) > 50
    assert {cell.kind for cell in sheet.cells.values()} >= {CellKind.TEXT, CellKind.NUMBER}


@pytest.mark.parametrize(
    "sheet",
    [
        "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>",
        '<sheetData><c r="A1"><v>1&#48;</v></c></sheetData>',
        '<sheetData><c r="A1" t="s" s="1"><v>1</v></c></sheetData>',
        "<sheetData><c><v>1</v></c></sheetData>",
        '<sheetData><c r="A1" s="1" ></c></sheetData>',
        '<sheetData><c r="A1" t="inlineStr"><is><t>&#x110;</t></is></c></sheetData>',
        '<sheetData><!-- <c r="A1"><v>1</v></c> --></sheetData>',
        '<!-- <sheetData><c r="A1"><v>1</v></c></sheetData> --><sheetData/>',
        '<sheetData><row hidden="1"><c r="A1"><v>1</v></c></row></sheetData>',
        '<sheetData> <row r="1"><c r="A1"><v>1</v></c></row></sheetData>',
        '<sheetData><c r="A1"><f t="shared" si="0">B1</f><v>1</v></c></sheetData>',
        '<sheetData><c r="A1" t="inlineStr"><is><r><t>a</t></r></is></c></sheetData>',
    ],
)
def test_what_is_not_of_the_pattern_is_left_to_the_parser(sheet) -> None:
    assert not is_plain(sheet)
    plain, marked = both_ways(re.sub("<sheetData> ", "<sheetData>  ", sheet))
    assert plain.sheets == marked.sheets


def test_cells_found_before_the_pattern_ends_count_once() -> None:
    sheet = (
        '<sheetData><row r="1" hidden="1"><c r="A1"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><v>3</v><extLst/></c></row></sheetData>'
    )
    plain, marked = both_ways(sheet)
    assert plain == marked
    assert set(plain.sheets[0].cells) == {(0, 0), (1, 0), (1, 1)}


@pytest.mark.parametrize(
    "rest", ["<mergeCells>", "<x>&lol;</x>", "<row r='1'></c>", "</sheetData>"]
)
def test_what_stands_around_the_cells_must_be_xml(rest) -> None:
    sheet = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>' + rest
    with pytest.raises(UnreadableWorkbookError):
        open_workbook(xlsx(sheet), "a.xlsx")


def test_letters_that_are_no_unicode_are_refused() -> None:
    sheet = '<sheetData><c r="A1" t="inlineStr"><is><t>@@</t></is></c></sheetData>'
    assert is_plain(sheet)
    assert not is_plain(sheet.encode().replace(b"@@", b"\xff\xfe"))


@pytest.mark.parametrize(
    ("head", "plain"),
    [
        (b'<?xml version="1.0" encoding="UTF-8"?>', True),
        (b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>", True),
        (b'<?xml version="1.0"?>', True),
        (b'<?xml version="1.0" encoding="windows-1258"?>', False),
        (b"\xef\xbb\xbf", False),
    ],
)
def test_only_text_in_utf8_is_taken(head, plain) -> None:
    part = head + b"<worksheet><sheetData></sheetData></worksheet>"
    assert (plain_region(part) is not None) is plain
