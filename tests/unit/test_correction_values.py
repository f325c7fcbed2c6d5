"""Figures handed back: what a cell holds, in which unit, and where it came from."""

from decimal import Decimal

import pytest

from pipeline.domain.letters.correction_values import (
    join_neighbours,
    origin,
    shown_unit,
    shown_value,
)
from pipeline.domain.plan.form import Missing
from pipeline.domain.reading.units import Conversion, Relation, Units
from tests.builders.decisions import row
from tests.builders.returns import shipped_round

UNITS = Units(shipped_round().units)
PERSONS = shipped_round().form("PL01").indicator("th.viec_lam")
SAME = Conversion(Relation.SAME)


def test_the_forms_own_unit_is_shown() -> None:
    for written in ("người", None):
        rows = [row(unit_written=written)]
        assert shown_unit(PERSONS, rows, UNITS) == ("Người", SAME)
    assert shown_unit(PERSONS, [], UNITS) == ("Người", SAME)


def test_exact_figures_of_a_larger_unit_come_in_the_forms_own() -> None:
    rows = [row(value="12345", unit_written="nghìn người", quantum=Decimal(1))]
    assert shown_unit(PERSONS, rows, UNITS)[0] == "Người"


def test_figures_rounded_in_a_larger_unit_stay_in_it() -> None:
    """12,5 thousand is known to a hundred; 12500 persons would be known to one."""
    rows = [
        row(value="12500", unit_written="nghìn người", quantum=Decimal(100)),
        row(value=None, missing=Missing.NIL, unit_written="nghìn người"),
    ]
    unit, conversion = shown_unit(PERSONS, rows, UNITS)
    assert unit == "1000 người"
    assert shown_value(rows[0], conversion) == Decimal("12.5")
    assert shown_value(rows[1], conversion) == "-"


def test_units_that_differ_within_a_row_are_not_guessed_at() -> None:
    rows = [
        row(value="12500", unit_written="nghìn người", quantum=Decimal(100)),
        row(value="12500", unit_written="người"),
    ]
    assert shown_unit(PERSONS, rows, UNITS) == ("Người", SAME)


def test_a_unit_nobody_could_relate_stays_as_written() -> None:
    assert shown_unit(PERSONS, [row(unit_written="đ.vị\nlạ")], UNITS) == (
        "đ.vị lạ",
        SAME,
    )


@pytest.mark.parametrize(
    ("missing", "sign"),
    [
        (Missing.NIL, "-"),
        (Missing.NOT_APPLICABLE, "x"),
        (Missing.NOT_AVAILABLE, ".."),
    ],
)
def test_signs_of_absence(missing: Missing, sign: str) -> None:
    assert shown_value(row(value=None, missing=missing, raw="không"), SAME) == sign


def test_what_cannot_be_read_is_shown_as_text_cut_short() -> None:
    shown = shown_value(row(value=None, raw="=1+1\u202e " + "a" * 100), SAME)
    assert isinstance(shown, str)
    assert shown.startswith("=1+1 a")
    assert len(shown) == 40


def test_more_digits_than_a_spreadsheet_keeps_become_text() -> None:
    assert shown_value(row(value="123456789012345"), SAME) == Decimal(123456789012345)
    assert shown_value(row(value="1234567890123456"), SAME) == "1.234.567.890.123.456"


def test_origins_join_neighbours_sheet_by_sheet() -> None:
    rows = [
        row(cell="D12"),
        row(cell="E12"),
        row(cell="H12"),
        row(cell="AA3", sheet="Trang tính có tên rất dài"),
    ]
    assert origin(rows) == "PL1!D12:E12, H12; Trang tính có t…!AA3"
    assert origin([]) == ""


def test_only_cells_of_one_row_are_neighbours() -> None:
    assert join_neighbours(["D13", "Z12", "AA12", "D12"]) == ["D12", "Z12:AA12", "D13"]
