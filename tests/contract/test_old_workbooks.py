"""Workbooks as old programs wrote them: BIFF5, code pages, XML of 2003, WPS, tools."""

import io
import struct
from collections.abc import Callable
from decimal import Decimal

import pytest
import xlwt

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_reading.xls_formulas import formulas_of
from pipeline.domain.mail.file_role import role_of
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.message import Role
from pipeline.domain.reading.sheet import CellKind, Sheet, address
from tests.builders.old_files import (
    to_cp1258,
    with_results,
    write_biff5,
    write_spreadsheet_ml,
)
from tests.builders.reading import assert_read, read_return, row_of, told
from tests.builders.workbook_files import write_csv, write_html, write_xls
from tests.builders.workbooks import ROUND, Drawing, draw, recoded, to_tcvn3, to_vni

FORM = ROUND.form("PL07")
PLAIN, TCVN3, VNI, CP1258 = (
    recoded(draw(FORM), recode) for recode in (str, to_tcvn3, to_vni, to_cp1258)
)


@pytest.mark.fault("F-S10-3")
@pytest.mark.parametrize(
    ("data", "drawing", "encoding"),
    [
        (write_biff5(CP1258, codepage=1258), CP1258, "cp1258"),
        (write_biff5(TCVN3, ".VnTime"), TCVN3, "tcvn3"),
        (write_biff5(TCVN3, ".VnTime", bare=True), TCVN3, "tcvn3"),
        (write_biff5(TCVN3, ".VnTime", codepage=1258), TCVN3, "tcvn3"),
        (write_biff5(VNI, "VNI-Times", codepage=1258), VNI, "vni"),
        (write_spreadsheet_ml(PLAIN), PLAIN, "unicode"),
        (write_spreadsheet_ml(TCVN3, ".VnTime"), TCVN3, "tcvn3"),
    ],
    ids=["biff5", "tcvn3", "bare", "tcvn3-1258", "vni-1258", "xml", "xml-tcvn3"],
)
def test_old_formats_give_the_same_form(
    data: bytes, drawing: Drawing, encoding: str
) -> None:
    forms, findings = read_return(data, "PL07.xls")
    assert told(findings) == []
    assert_read(forms["PL07"], drawing)
    assert encoding in {row.encoding for row in forms["PL07"].rows}


Write = Callable[[Drawing], str]


def html(drawing: Drawing) -> str:
    return write_html(drawing).decode()


def semicolons(drawing: Drawing) -> str:
    return write_csv(drawing).decode()


def tabs(drawing: Drawing) -> str:
    return write_csv(drawing, delimiter="\t").decode()


@pytest.mark.parametrize("write", [html, semicolons, tabs])
@pytest.mark.parametrize(
    ("drawing", "charset", "encoding"),
    [(CP1258, "cp1258", "cp1258"), (TCVN3, "latin-1", "tcvn3"), (VNI, "latin-1", "vni")],
    ids=["cp1258", "tcvn3", "vni"],
)
def test_text_tables_in_the_bytes_of_old_code_pages(
    write: Write, drawing: Drawing, charset: str, encoding: str
) -> None:
    forms, findings = read_return(write(drawing).encode(charset), "PL07.xls")
    assert told(findings) == []
    assert_read(forms["PL07"], drawing)
    assert encoding in {row.encoding for row in forms["PL07"].rows}


def test_a_page_may_name_another_code_page_than_its_letters_are_in() -> None:
    """An old font on a Vietnamese Windows: the page says 1258, the letters are TCVN3."""
    page = html(TCVN3).replace("<body>", "<meta charset='windows-1258'><body>")
    forms, findings = read_return(page.encode("latin-1"), "PL07.xls")
    assert told(findings) == []
    assert_read(forms["PL07"], TCVN3)


def test_a_workbook_of_wps_is_an_xls_by_another_name() -> None:
    data = write_xls([PLAIN])
    assert sniff(data, "PL07.et") == "xls"
    assert role_of("xls", "PL07.et", data, inline=False) is Role.WORKBOOK
    forms, _ = read_return(data, "PL07.et")
    assert_read(forms["PL07"], PLAIN)


def of_formulas(*formulas: str, styled: bool = False) -> bytes:
    """A sheet with 1.5, 2.5 and 3.5 in A1:A3, and formulas nobody calculated in C."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    book.add_sheet("B").write(0, 0, 7)
    style = xlwt.easyxf(num_format_str="0.0%") if styled else xlwt.XFStyle()
    for row in range(3):
        sheet.write(row, 0, row + 1.5)
    for row, formula in enumerate(formulas):
        sheet.write(row, 2, xlwt.Formula(formula), style)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def first_sheet(data: bytes) -> Sheet:
    return open_workbook(data, "a.xls").sheets[0]


@pytest.mark.parametrize(
    "formula",
    ["SUM(A1:A3)", "A1+A2*2-(A3/4)", "ROUND(A1,0)", "-A1%", "SUM(A1,A2,3)", "A1-0.25",
     "0.0000001*A1", "A1^2", "AVERAGE(A1:A3)/70000", "ABS(A1)"],
)  # fmt: skip
def test_a_formula_that_a_tool_left_uncalculated_is_found(formula: str) -> None:
    cell = first_sheet(of_formulas(formula)).cells[(0, 2)]
    assert (cell.kind, cell.formula) == (CellKind.UNCACHED, formula)


@pytest.mark.parametrize(
    "formula", ["A1", '""', 'IF(A1>1;1;"")', "A1&A2", "LEFT(A1,2)", "TODAY()", "SIN(1)",
                "IF(A1;1;2)"]
)  # fmt: skip
def test_a_result_that_may_be_right_is_believed(formula: str) -> None:
    assert (0, 2) not in first_sheet(of_formulas(formula)).cells


def test_a_stream_that_is_cut_gives_what_is_there() -> None:
    bof = struct.pack("<HH", 0x809, 0)
    sheet = struct.pack("<HHIBBB", 0x85, 7, 19, 0, 0, 0)
    tokens = b"\x19\x40\x00\x01" + b"\x1e\x05\x00" + b"\x14"
    head = bytes(6) + b"\x03" + bytes(5) + b"\xff\xff" + bytes(6)
    spaced = head + struct.pack("<H", len(tokens)) + tokens
    records = b"".join(
        struct.pack("<HH", number, len(body)) + body
        for number, body in ((0x0A, b""), (0x809, b""), (0x06, spaced), (0x06, bytes(4)))
    )
    (found,) = formulas_of(bof + sheet + records)
    assert (found.uncalculated, found.calculated) == ({(0, 0): "5%"}, {})


def test_cells_of_other_sheets_are_named_but_not_worked_out() -> None:
    sheet = first_sheet(of_formulas("SUM(B!A1:A2)", "B!A1*2"))
    assert [sheet.cells[(n, 2)].formula for n in (0, 1)] == ["SUM(?!A1:A2)", "?!A1*2"]


@pytest.mark.parametrize(
    ("result", "flags", "kind"),
    [
        (bytes(8), 2, CellKind.UNCACHED),
        (bytes(8), 0, CellKind.NUMBER),
        (b"\0\0\0\0\0\0\xf8\x3f", 2, CellKind.NUMBER),
    ],
    ids=["asks-to-be-calculated", "zero", "calculated"],
)
def test_a_zero_that_asks_to_be_calculated_is_no_result(
    result: bytes, flags: int, kind: CellKind
) -> None:
    data = with_results(of_formulas("SUM(A1:A3)", styled=True), result, flags)
    cell = first_sheet(data).cells[(0, 2)]
    assert cell.kind is kind
    assert cell.percent


@pytest.mark.parametrize(
    ("formula", "value", "told"),
    [("SUM(1000,234)", Decimal(1234), []), ("ROUND(1234,0)", None, ["formula-uncached"])],
)
def test_a_figure_that_a_tool_left_uncalculated(
    formula: str, value: Decimal | None, told: list[str]
) -> None:
    """A simple formula is worked out and marked; another one is asked about."""
    drawing = draw(FORM)
    (key, (cell, _)), *_ = drawing.truth.items()
    forms, findings = read_return(_with_formula(drawing, cell, formula), "PL07.xls")
    row = row_of(forms, "PL07", *key)
    assert (row.value, row.raw) == (value, f"={formula}")
    assert [finding.code for finding in findings] == told


def _with_formula(drawing: Drawing, cell: str, formula: str) -> bytes:
    """The drawing with a formula in one cell."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(drawing.name)
    for (row, column), value in drawing.cells.items():
        number = float(value) if isinstance(value, Decimal) else value
        here = address(row, column) == cell
        sheet.write(row, column, xlwt.Formula(formula) if here else number)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
