"""Figures typed over the formulas of a form, and formulas that never end."""

import io
import struct
from decimal import Decimal

import pytest
import xlwt
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_reading.xls_formulas import formulas_of
from pipeline.domain.plan.finding import Severity
from pipeline.domain.reading.formula import recompute
from pipeline.domain.reading.sheet import Cell, CellKind, parse_address
from tests.builders.old_files import with_results, write_spreadsheet_ml
from tests.builders.raw_files import spreadsheet_ml
from tests.builders.reading import changed, read_return, row_of, told
from tests.builders.workbooks import ROUND, draw

FORM, TOTAL = "PL02", "vl.tong"
DRAWING = draw(ROUND.form(FORM))
PLACES = {key: cell for (row, key), (cell, _) in DRAWING.truth.items() if row == TOTAL}
ROWS = {row: int(cell[1:]) for (row, _), (cell, _) in DRAWING.truth.items()}
BELOW = [ROWS[TOTAL] + 1, ROWS[TOTAL] + 2]


def summed(sheet: Worksheet, *, but: str, typed: float | None) -> None:
    """Sums of the two rows below in every column of a row, but for one."""
    for key, cell in PLACES.items():
        letter = cell[0]
        sheet[cell] = f"={letter}{BELOW[0]}+{letter}{BELOW[1]}"
        if key == but:
            sheet[cell] = typed


def test_a_number_typed_over_a_formula_is_asked_about() -> None:
    data = changed(DRAWING, lambda sheet: summed(sheet, but="kh_n", typed=7))
    forms, findings = read_return(data)
    (found,) = [f for f in findings if f.code == "identity-broken"]
    first, second = (DRAWING.cells[(row - 1, _column("kh_n"))] for row in BELOW)
    assert (found.severity, found.cell, found.found) == (
        Severity.QUERY,
        PLACES["kh_n"],
        "7",
    )
    assert found.expected == str(first + second)
    assert row_of(forms, FORM, TOTAL, "kh_n").value == 7


def _column(key: str) -> int:
    return _column_at(PLACES[key])


def _column_at(cell: str) -> int:
    return parse_address(cell)[1]


def in_xls() -> bytes:
    """The same in an .xls, every formula with a result."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(DRAWING.name)
    formulas = {
        parse_address(cell): f"{cell[0]}{BELOW[0]}+{cell[0]}{BELOW[1]}"
        for cell in PLACES.values()
    }
    for (row, column), value in DRAWING.cells.items():
        if (row, column) in formulas:
            continue
        sheet.write(row, column, value if isinstance(value, str) else float(value))
    for (row, column), formula in formulas.items():
        typed = column == _column("kh_n")
        sheet.write(row, column, 7 if typed else xlwt.Formula(formula))
    stream = io.BytesIO()
    book.save(stream)
    return with_results(stream.getvalue(), struct.pack("<d", 21), 0)


def in_xml() -> bytes:
    """The same in a workbook of 2003."""
    made = write_spreadsheet_ml(DRAWING).decode()
    down = BELOW[0] - ROWS[TOTAL]
    formula = f'ss:Formula="=R[{down}]C+R[{down + 1}]C"'
    row = ROWS[TOTAL]
    head, tail = made.split(f'<Row ss:Index="{row}">')
    line, rest = tail.split("</Row>", 1)
    for cell in PLACES.values():
        column = _column_at(cell)
        number = str(DRAWING.cells[(row - 1, column)])
        place = f'<Cell ss:Index="{column + 1}" '
        if column == _column("kh_n"):
            before, after = line.split(place)
            line = before + place + after.replace(number, "7", 1)
        else:
            line = line.replace(place, f"{place}{formula} ")
    return f'{head}<Row ss:Index="{row}">{line}</Row>{rest}'.encode()


@pytest.mark.parametrize("write", [in_xls, in_xml])
def test_a_number_typed_over_a_formula_of_an_old_format(write) -> None:
    forms, findings = read_return(write(), "PL02.xls")
    (found,) = [f for f in findings if f.code == "identity-broken"]
    assert (found.cell, found.found) == (PLACES["kh_n"], "7")
    assert row_of(forms, FORM, TOTAL, "kh_n").value == 7


def test_a_formula_that_cells_of_an_xls_share() -> None:
    """Excel keeps what is filled to the right once: A1+$B2 in C1, B1+$B2 in D1."""
    bof, end = struct.pack("<HH", 0x809, 0), struct.pack("<HH", 0x0A, 0)
    sheet = struct.pack("<HHIBBB", 0x85, 7, len(bof) + 11 + len(end), 0, 0, 0)
    result = struct.pack("<dHI", 5, 0, 0)
    elsewhere = struct.pack("<HBHH", 5, 1, 0, 2)
    first = struct.pack("<HHH", 0, 2, 0) + result + elsewhere
    second = struct.pack("<HHH", 0, 3, 0) + result + elsewhere
    left_two = struct.pack("<BHH", 0x2C, 0, 0xC0FE)
    fixed = struct.pack("<BHH", 0x4C, 1, 0x8001)
    tokens = left_two + fixed + b"\x03"
    shared = struct.pack("<HHBBBBH", 0, 0, 2, 3, 0, 2, len(tokens)) + tokens
    records = ((0x809, b""), (0x06, first), (0x4BC, shared), (0x06, second), (0x0A, b""))
    written = b"".join(struct.pack("<HH", n, len(body)) + body for n, body in records)
    (found,) = formulas_of(bof + sheet + end + written)
    assert found.calculated == {(0, 2): "A1+$B2", (0, 3): "B1+$B2"}


def test_a_formula_of_2003_that_nobody_calculated_is_worked_out() -> None:
    formulas = ("=R1C1+RC[-1]", "=SUM(RC[-2]:RC[-1])", "=R[-9]C", "=" + "1" * 2000)
    cells = "".join(f'<Cell ss:Formula="{each}"/>' for each in formulas)
    number = '<Cell><Data ss:Type="Number">2</Data></Cell>'
    data = spreadsheet_ml(f"<Row>{number}{number}{cells}</Row>")
    sheet = open_workbook(data, "a.xls").sheets[0]
    assert [sheet.cells[(0, at)].formula for at in (2, 3, 4)] == [
        "$A$1+B1",
        "SUM(B1:C1)",
        "#REF!",
    ]
    assert (0, 5) not in sheet.cells


def test_a_typed_number_that_is_the_result_is_nobodys_business() -> None:
    right = sum(DRAWING.cells[(row - 1, _column("kh_n"))] for row in BELOW)
    data = changed(DRAWING, lambda sheet: summed(sheet, but="kh_n", typed=float(right)))
    assert told(read_return(data)[1]) == []


def test_formulas_that_differ_say_nothing_of_a_typed_number() -> None:
    def change(sheet: Worksheet) -> None:
        summed(sheet, but="kh_n", typed=7)
        sheet[PLACES["th_n2"]] = f"={PLACES['th_n2'][0]}{BELOW[0]}*2"

    assert told(read_return(changed(DRAWING, change))[1]) == []


def test_a_total_column_typed_over_in_one_row() -> None:
    drawing = draw(ROUND.form("PL09"))
    row = next(iter(drawing.truth))[0]
    columns = [cell[0] for (key, _), (cell, _) in drawing.truth.items() if key == row]
    rows = sorted({int(cell[1:]) for cell, _ in drawing.truth.values()})

    def change(sheet: Worksheet) -> None:
        for at in rows[1:]:
            sheet[f"{columns[0]}{at}"] = f"={columns[1]}{at}+{columns[2]}{at}"

    findings = read_return(changed(drawing, change))[1]
    cells = [f.cell for f in findings if f.code == "identity-broken"]
    assert cells == [f"{columns[0]}{rows[0]}"]


@pytest.mark.parametrize(
    "formula", ["(" * 9000 + "1" + ")" * 9000, "-" * 9000 + "1", "SUM(" * 500 + "1"]
)
def test_a_formula_without_end_is_refused(formula: str) -> None:
    assert recompute({}, formula) is None


def test_formulas_that_multiply_are_refused() -> None:
    cells = {
        (row, 0): Cell(CellKind.UNCACHED, "", formula=f"A{row + 2}+A{row + 2}+A{row + 2}")
        for row in range(18)
    }
    assert recompute(cells, "A1") is None
    assert recompute(cells, f"{get_column_letter(2)}1+2") == Decimal(2)


@pytest.mark.parametrize("formula", ["{0}*1.05", "{0}+{0}*5%", "{0}+100", "{0}", "+{0}"])
def test_growth_and_copies_are_no_identity(formula: str) -> None:
    """A plan worked out from this year's, every fourth figure typed by hand."""
    drawing = draw(ROUND.form("PL09"))
    before, after = (
        {
            row: cell
            for (row, column), (cell, _) in drawing.truth.items()
            if column == wanted
        }
        for wanted in COLUMNS_OF_PL09[:2]
    )

    def change(sheet: Worksheet) -> None:
        for at, (row, cell) in enumerate(after.items()):
            typed = at % 4 == 0
            sheet[cell] = 123456 + at if typed else f"={formula.format(before[row])}"

    findings = read_return(changed(drawing, change))[1]
    assert [f for f in findings if f.code == "identity-broken"] == []


COLUMNS_OF_PL09 = [column.key for column in ROUND.form("PL09").value_columns]
