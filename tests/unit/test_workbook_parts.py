"""Our own workbooks' small parts: texts, cells, styles, steady bytes."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from pipeline.adapters.workbook_writing.form_sheet import (
    A3,
    A4,
    PrintSetup,
    lines_needed,
    set_up_printing,
)
from pipeline.adapters.workbook_writing.sheet_styles import (
    Look,
    Page,
    StyleBook,
    number_format,
)
from pipeline.adapters.workbook_writing.workbook_file import workbook_bytes
from pipeline.adapters.workbook_writing.workbook_texts import Texts, load_texts
from pipeline.domain.errors import ConfigError

AT = datetime(2013, 7, 13, 2, tzinfo=UTC)


def page() -> Page:
    workbook = Workbook()
    return Page(workbook.worksheets[0], StyleBook(workbook))


def saved(written: Page) -> Workbook:
    workbook = written.sheet.parent
    assert isinstance(workbook, Workbook)
    return load_workbook(io.BytesIO(workbook_bytes(workbook, "t", AT)))


@pytest.mark.parametrize("text", ["=1+1", "=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)"])
def test_a_text_is_never_a_formula(text: str) -> None:
    written = page()
    written.put(1, 1, text, Look())
    cell = saved(written).worksheets[0]["A1"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    written = page()
    written.put(1, 1, "a\x00b\x1f\nc", Look())
    assert saved(written).worksheets[0]["A1"].value == "ab\nc"


def test_numbers_are_written_digit_by_digit() -> None:
    written = page()
    written.put(1, 1, Decimal("1234567890123.45"), Look(number_format=number_format(2)))
    cell = saved(written).worksheets[0]["A1"]
    assert Decimal(str(cell.value)) == Decimal("1234567890123.45")
    assert cell.number_format == "[$-42A]#,##0.00"


def test_equal_looks_share_a_style() -> None:
    written = page()
    for column in (1, 2):
        written.put(1, column, 1, Look(bold=True))
    names = [style for style in saved(written).named_styles if style.startswith("KHTC")]
    assert names == ["KHTC 01"]


def test_one_cell_is_not_merged() -> None:
    written = page()
    written.merge((1, 1), (1, 1), "a", Look())
    written.merge((2, 1), (2, 3), "b", Look())
    assert [str(span) for span in written.sheet.merged_cells.ranges] == ["A2:C2"]


def test_a_link_leads_to_a_sheet_whatever_its_name() -> None:
    written = page()
    written.put(1, 1, "xem", Look())
    written.link(1, 1, "PL01 - tỉnh 'A'")
    link = saved(written).worksheets[0]["A1"].hyperlink
    assert link is not None
    assert link.location == "'PL01 - tỉnh ''A'''!A1"


def test_a_formula_of_ours_has_a_blank_value_until_it_is_calculated() -> None:
    """Otherwise readers would take it for a formula that was never calculated."""
    written = page()
    written.formula(1, 1, "SUM(B1:C1)", Look())
    workbook = written.sheet.parent
    assert isinstance(workbook, Workbook)
    data = workbook_bytes(workbook, "t", AT)
    assert load_workbook(io.BytesIO(data))["Sheet"]["A1"].value == "=SUM(B1:C1)"
    values = load_workbook(io.BytesIO(data), data_only=True)
    assert values["Sheet"]["A1"].value in ("", None)


@pytest.mark.parametrize("at", [AT, datetime(1970, 1, 1, tzinfo=UTC)])
def test_the_clock_is_not_in_the_bytes(at: datetime) -> None:
    """Even a time that a zip archive cannot hold is taken."""

    def made() -> bytes:
        written = page()
        written.put(1, 1, "a", Look())
        workbook = written.sheet.parent
        assert isinstance(workbook, Workbook)
        return workbook_bytes(workbook, "t", at)

    assert made() == made()
    properties = load_workbook(io.BytesIO(made())).properties
    assert properties.created == properties.modified == at.replace(tzinfo=None)


def test_a_sheet_is_fitted_to_one_page_only_while_it_can_be_read() -> None:
    short, long = page(), page()
    for written, rows in ((short, 30), (long, 400)):
        written.put(rows, 1, "x", Look())
        written.sheet.column_dimensions["A"].width = 100
        set_up_printing(written.sheet, PrintSetup(A4, "1:2", "x"))
    assert short.sheet.page_setup.fitToHeight == 1
    assert long.sheet.page_setup.fitToHeight == 0
    set_up_printing(long.sheet, PrintSetup(A3, "1:2", "x", 70))
    assert long.sheet.page_setup.scale == 70


def test_a_page_heading_is_short_and_holds_no_codes() -> None:
    """Excel takes 255 characters at most, and reads `&P` as a page number."""
    written = page()
    heading = "A & B " + "x" * 400
    set_up_printing(written.sheet, PrintSetup(A3, "1:2", "x", 70, heading))
    header = written.sheet.oddHeader
    assert header is not None
    assert header.left.text.startswith("A && B x")
    assert len(str(header)) < 255


def test_lines_are_never_fewer_than_one() -> None:
    assert lines_needed("", 10) == 1
    assert lines_needed("x" * 30, 10) == 3


def test_a_missing_text_names_file_and_key() -> None:
    texts = load_texts("forms")
    with pytest.raises(ConfigError, match=r"forms\.toml: nothing: a text is needed"):
        texts.say("nothing")
    with pytest.raises(ConfigError, match="a list of texts is needed"):
        texts.lines("appendix")


def test_a_place_that_cannot_be_filled_names_file_and_key() -> None:
    with pytest.raises(ConfigError, match="a: x: not a place we can fill in: 'what'"):
        Texts("a", {"x": "{what}"}).say("x")


def test_a_file_of_texts_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_texts("absent", tmp_path)
    (tmp_path / "bad.toml").write_text("a = ", "utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_texts("bad", tmp_path)


def test_our_rows_say_what_openpyxl_itself_would_write() -> None:
    """Comments, links, heights, spaces, signs and formulas: read back, they are equal."""
    sheet_page = page()
    workbook = sheet_page.sheet.parent
    assert isinstance(workbook, Workbook)
    sheet_page.put(1, 1, " <a> & 'b' \n", Look(bold=True))
    sheet_page.put(1, 2, Decimal("-0.50"), Look())
    sheet_page.put(3, 1, 7, Look())
    sheet_page.formula(3, 2, 'IF(A3<8,"&","")', Look())
    sheet_page.comment(3, 1, "ghi chú")
    sheet_page.link(1, 1, "trang 'x'")
    sheet_page.sheet.row_dimensions[2].height = 30
    sheet_page.put(4, 1, "", Look(fill="FFFFFF"))
    ours = load_workbook(io.BytesIO(workbook_bytes(workbook, "t", AT)))
    plain = io.BytesIO()
    workbook.save(plain)
    theirs = load_workbook(plain)

    def told(book: Workbook) -> list[object]:
        (sheet,) = book.worksheets
        cells = [cell for row in sheet.iter_rows() for cell in row]
        heights = {n: row.height for n, row in sheet.row_dimensions.items()}
        return [
            heights,
            [
                (
                    *(cell.value, cell.data_type, cell.number_format, cell.font.b),
                    cell.comment and cell.comment.text,
                    cell.hyperlink and cell.hyperlink.location,
                )
                for cell in cells
            ],
        ]

    assert told(ours) == told(theirs)


def test_a_cell_holds_no_inexact_number() -> None:
    sheet_page = page()
    workbook = sheet_page.sheet.parent
    assert isinstance(workbook, Workbook)
    sheet_page.sheet.cell(1, 1).value = 0.1
    with pytest.raises(TypeError, match="exact"):
        workbook_bytes(workbook, "t", AT)
