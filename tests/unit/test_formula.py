"""Simple formulas are worked out; all others are refused."""

from decimal import Decimal

import pytest

from pipeline.domain.reading.formula import recompute, shifted
from pipeline.domain.reading.number import exact
from pipeline.domain.reading.sheet import Cell, CellKind


def number(value: float) -> Cell:
    return Cell(CellKind.NUMBER, str(value), exact(value))


CELLS = {
    (0, 0): number(10),
    (1, 0): number(20.5),
    (2, 0): Cell(CellKind.TEXT, "x"),
    (3, 0): Cell(CellKind.UNCACHED, "", formula="A1*2"),
    (4, 0): Cell(CellKind.UNCACHED, "", formula="A5"),
    (5, 0): Cell(CellKind.ERROR, "#REF!"),
}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(A1:A2)", "30.5"),
        ("=sum($A$1:A3)", "30.5"),
        ("A1+A2-5", "25.5"),
        ("-(A1/4)*2", "-5"),
        ("A1/A2*100", "48.780487804878"),
        ("SUM(A1,A2;A4)", "50.5"),
        ("A4+1", "21"),
        ("+B9", "0"),
        ("50%*A1", "5"),
        ("SUM(A1+A2,1)", "31.5"),
    ],
)
def test_simple_formulas(formula: str, value: str) -> None:
    found = recompute(CELLS, formula)
    assert found is not None
    assert abs(found - Decimal(value)) < Decimal("1e-9")


@pytest.mark.parametrize(
    "formula",
    ["IF(A1,1,2)", "Sheet2!A1", "A1/0", "A3+1", "A5", "A6", "SUM(A1:A6)", "(A1", "A1 A2",
     "SUM(A1:A99999)", "ROUND(A1,0)", "", "SUM(A1", "A1:A2", "SUM(1:2)"],
)  # fmt: skip
def test_what_is_not_simple_is_refused(formula: str) -> None:
    assert recompute(CELLS, formula) is None


def test_a_shared_formula_moves_its_relative_references() -> None:
    assert shifted("SUM(A1:$B$2)+C$3*$D4", 2, 1) == "SUM(B3:$B$2)+D$3*$D6"
    assert shifted("A1", -1, 0) == "#REF!"
