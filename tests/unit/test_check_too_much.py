"""A slip of unit alike in all columns: seen where it is more than any province has."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import (
    Figures,
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

ROUND = shipped_round()
LARGEST = ("01", "79", "38")  # Hà Nội, TP Hồ Chí Minh, Thanh Hóa


def asked(figures: Figures, province: str = "01") -> list[tuple[str, str, str, str]]:
    """The questions about units: form, row, column, what should stand there."""
    context = CheckContext(ROUND, province, shipped_gazetteer())
    return [
        (f.form or "", f.indicator or "", f.column or "", f.expected or "")
        for f in check(make_appendices(ROUND, figures), context)
        if f.code == "unit-scale" and f.severity >= Severity.QUERY
    ]


def times(figures: Figures, unit: str, factor: int, form: str) -> Figures:
    """All figures of a form that are asked in a unit, written in a smaller one."""
    rows = {row.key for row in ROUND.form(form).indicators if row.unit == unit}
    return {
        key: value * factor if key[0] == form and key[1] in rows else value
        for key, value in figures.items()
    }


@pytest.mark.parametrize("province", LARGEST)
def test_the_largest_provinces_are_asked_nothing(province) -> None:
    assert asked(consistent_return(ROUND, province, 3), province) == []


def test_persons_where_thousands_are_asked() -> None:
    figures = consistent_return(ROUND, "01", 3)
    found = asked(times(figures, "1000 người", 1000, "PL02"))
    rows = {row.key for row in ROUND.form("PL02").indicators if row.unit == "1000 người"}
    slipped = {
        (form, row, column)
        for (form, row, column), value in figures.items()
        if form == "PL02" and row in rows and value
    }
    assert {one[:3] for one in found} == slipped
    form, row, column, expected = found[0]
    assert Decimal(expected) == figures[(form, row, column)]


@pytest.mark.parametrize("factor", [1000, 1_000_000])
def test_single_dong_and_thousands_where_millions_are_asked(factor) -> None:
    figures = consistent_return(ROUND, "01", 3)
    found = asked(times(figures, "Triệu đồng", factor, "PL09"))
    assert len(found) > 40
    assert all(Decimal(e) <= figures[(f, r, c)] for f, r, c, e in found)


def test_one_row_that_is_too_much_speaks_for_itself_alone() -> None:
    figures = consistent_return(ROUND, "01", 3)
    row = max((key for key in figures if key[0] == "PL09"), key=lambda key: figures[key])[1]
    slipped = {
        key: value * 1_000_000 if key[:2] == ("PL09", row) else value
        for key, value in figures.items()
    }
    assert {one[1] for one in asked(slipped)} == {row}


def test_two_slipped_rows_do_not_accuse_the_sound_ones() -> None:
    """Each row bears its own unit: a slip in two of twenty is theirs alone."""
    figures = consistent_return(ROUND, "01", 3)
    slipped = {("PL02", "vl.tong"), ("PL02", "vl.trong_nuoc")}
    wrong = {
        key: value * 1000 if key[:2] in slipped else value for key, value in figures.items()
    }
    assert {found[:2] for found in asked(wrong)} == slipped


@pytest.mark.parametrize("said", ["52341754120", "9E+12", "-7E+15", "1E+28"])
def test_one_figure_that_no_province_has_beside_others_that_it_has(said) -> None:
    """Two figures grown together are off by no power of ten, and no sum speaks of them."""
    figures = consistent_return(ROUND, "02", 3)
    clean = asked(figures, "02")
    cell = ("PL06", "te.tong", "th_n2")
    found = asked({**figures, cell: Decimal(said)}, "02")
    assert [one[:3] for one in found if one not in clean] == [cell]
