"""Figures typed over the formulas of a form, and formulas that never end."""

from decimal import Decimal

import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.domain.plan.finding import Severity
from pipeline.domain.reading.formula import recompute
from pipeline.domain.reading.sheet import Cell, CellKind
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
    return ord(PLACES[key][0]) - ord("A")


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
