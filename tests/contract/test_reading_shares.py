"""Percentages as parts of one: decided by all forms of a workbook, or asked about."""

from decimal import Decimal

import pytest

from pipeline.domain.reading.sheet import parse_address
from tests.builders.reading import changed, read_return, row_of, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Style, draw

EVERY = frozenset(form.id for form in ROUND.forms)


def shares_drawn(parts, low=(), points: Decimal | None = None) -> list:
    """All nine forms; percentages of the forms in `parts` as parts of one with four
    decimals, those of the forms in `low` below 1 % as a formula gives them.
    """  # fmt: skip

    def figure(form):
        def shown(row, value):
            if "%" not in row.unit:
                return value
            if points is not None and row.unit != "%":
                return points
            if form.id in low:
                return Decimal("0.4") + value % 7 / 1000
            share = value % 70 + (20 if row.unit == "%" else 0) + Decimal("0.25")
            return share / 100 if form.id in parts else share

        return shown

    return [draw(form, Style(figure=figure(form))) for form in ROUND.forms]


def shares_read(drawings) -> tuple[list[Decimal], set[str]]:
    """The percentages of a workbook, and the forms where their unit is asked about."""
    forms, findings = read_return(write_xlsx(drawings))
    rates = {i.key for form in ROUND.forms for i in form.indicators if "%" in i.unit}
    read = [r.value for form in forms.values() for r in form.rows if r.indicator in rates]
    return read, {f.form for f in findings if f.code == "unit-unknown"}


def test_percentages_of_all_forms_as_parts_of_one_are_read_by_all_forms() -> None:
    whole, none_asked = shares_read(shares_drawn(()))
    parts, asked = shares_read(shares_drawn(EVERY))
    assert (none_asked, asked) == (set(), set())
    assert parts == whole
    assert len(parts) == 100


def test_rates_below_one_per_cent_are_known_by_the_other_forms() -> None:
    read, asked = shares_read(shares_drawn((), low={"PL05"}))
    assert asked == set()
    assert min(read) < 1


def test_forms_that_write_percentages_in_two_ways_are_asked_about() -> None:
    read, asked = shares_read(shares_drawn({"PL06", "PL07"}))
    assert asked == {"PL06", "PL07"}
    assert min(read) < 1


def test_a_text_among_parts_of_one_is_a_part_too() -> None:
    drawings = shares_drawn(EVERY)
    where, _ = drawings[0].truth[("th.xa_te", "kh_n")]
    drawings[0].cells[parse_address(where)] = "1,000"
    forms, findings = read_return(write_xlsx(drawings))
    assert row_of(forms, "PL01", "th.xa_te", "kh_n").value == 100
    assert told(findings) == []


@pytest.mark.parametrize(("points", "asked"), [("2.5", set()), ("0.65", {"PL01"})])
def test_points_do_not_follow_rates_blindly(points: str, asked: set[str]) -> None:
    """Rates as parts of one, the fall of a rate in points of a hundred."""
    forms, findings = read_return(write_xlsx(shares_drawn(EVERY, points=Decimal(points))))
    assert row_of(forms, "PL01", "th.giam_tlhn", "kh_n").value == Decimal(points)
    assert row_of(forms, "PL01", "th.tlhn", "kh_n").value > 20
    assert {f.form for f in findings if f.code == "unit-unknown"} == asked


def asked_cells(figure) -> set[tuple[str, str]]:
    """The cells of appendix 7 that are asked about; `figure` writes its shares."""
    drawing = draw(ROUND.form("PL07"), Style(figure=figure))
    _, findings = read_return(write_xlsx([drawing]))
    return {(f.code, f.cell) for f in findings}


def test_a_part_of_one_among_the_hundreds_of_its_row_is_asked_about() -> None:
    """Both kinds are, where neither is in the minority."""
    drawing = draw(ROUND.form("PL07"))
    row = next(i for i in ROUND.form("PL07").indicators if i.unit == "%")
    cells = [cell for (key, _), (cell, _) in drawing.truth.items() if key == row.key]
    values = [value for (key, _), (_, value) in drawing.truth.items() if key == row.key]

    def some(few):
        return lambda each, value: (
            value / 100 if each.key == row.key and value in few else value
        )

    assert asked_cells(some(())) == set()
    assert asked_cells(some(values[:1])) == {("unit-unknown", cells[0])}
    assert asked_cells(some(values[:3])) == {("unit-unknown", cell) for cell in cells}


def test_one_row_of_parts_of_one_in_a_form_of_hundreds_is_asked_about() -> None:
    row = next(i for i in ROUND.form("PL07").indicators if i.unit == "%")
    asked = asked_cells(lambda each, value: value / 100 if each.key == row.key else value)
    assert {code for code, _ in asked} == {"unit-unknown"}


def test_points_with_the_format_of_percentages_are_no_hundreds_of_points() -> None:
    """2.08 that is shown as 208 %: it was points before it was formatted."""

    def change(sheet):
        cell = sheet[drawing.truth[points.key, "th_n2"][0]]
        cell.value, cell.number_format = 2.08, "0.00%"

    form = ROUND.form("PL01")
    points = next(i for i in form.indicators if i.unit == "Điểm %")
    drawing = draw(form)
    forms, findings = read_return(changed(drawing, change))
    assert row_of(forms, "PL01", points.key, "th_n2").value is None
    assert [f.code for f in findings] == ["ambiguous-number"]
