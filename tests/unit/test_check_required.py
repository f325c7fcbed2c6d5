"""Cells that must be filled, and what counts as filled."""

from dataclasses import replace

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Missing
from pipeline.domain.rules.required import address, missing
from tests.builders.returns import make_appendix
from tests.builders.small_rounds import cells, form, row

ERROR, QUERY = Severity.ERROR, Severity.QUERY
FULL = "th_n2=1 kh_n1=1 th6t_n1=1 uoc_n1=1 kh_n=1"


def found(appendix, made):
    return [
        (f.code, f.indicator, f.column, f.severity, f.cell) for f in missing(appendix, made)
    ]


def look(made, marks=None, **texts):
    return found(make_appendix(made, cells(**texts), marks or {}), made)


@pytest.mark.parametrize(
    ("where", "name"),
    [((0, 0), "A1"), ((8, 7), "H9"), ((0, 25), "Z1"), ((0, 26), "AA1"), ((9, 701), "ZZ10")],
)
def test_address(where, name):
    assert address(*where) == name


def test_full_form_misses_nothing():
    assert look(form(["a", "b"]), a=FULL, b=FULL) == []


def test_empty_cell_weighs_by_its_column():
    texts = {
        "a": "kh_n1=1 th6t_n1=1 uoc_n1=1 kh_n=1",
        "b": "th_n2=1 th6t_n1=1 uoc_n1=1 kh_n=1",
    }
    assert look(form(["a", "b"]), **texts) == [
        ("missing-value", "a", "th_n2", ERROR, "D10"),
        ("missing-value", "b", "kh_n1", QUERY, "E11"),
    ]


@pytest.mark.parametrize("mark", [*Missing, "#REF!"])
def test_whatever_stands_in_a_cell_fills_it(mark):
    text = "kh_n1=1 th6t_n1=1 uoc_n1=1 kh_n=1"
    marks = {("F1", "a", "th_n2"): mark}
    assert look(form(["a", "b"]), marks, a=text, b=FULL) == []


def test_optional_rows_and_columns_ask_nothing():
    rows = [row("a", optional_columns=("th6t_n1",)), row("b", optional=True), row("c")]
    assert look(form(rows), a="th_n2=1 kh_n1=1 uoc_n1=1 kh_n=1", c=FULL) == []


def test_whole_empty_row_is_one_finding():
    assert look(form(["a", "b"]), b=FULL) == [("missing-value", "a", None, ERROR, "D10")]


def test_row_with_only_an_optional_figure_is_told_cell_by_cell():
    rows = [row("a", optional_columns=("kh_n1", "th6t_n1", "kh_n")), row("b")]
    assert look(form(rows), a="kh_n=1", b=FULL) == [
        ("missing-value", "a", "th_n2", ERROR, "D10"),
        ("missing-value", "a", "uoc_n1", ERROR, "G10"),
    ]


def test_whole_empty_column_is_one_finding():
    text = "th_n2=1 th6t_n1=1 uoc_n1=1 kh_n=1"
    assert look(form(["a", "b"]), a=text, b=text) == [
        ("missing-value", None, "kh_n1", QUERY, "E10")
    ]


def test_only_cell_of_a_column_is_told_as_a_cell():
    rows = [row("a"), row("b", optional_columns=("kh_n1",))]
    text = "th_n2=1 th6t_n1=1 uoc_n1=1 kh_n=1"
    assert look(form(rows), a=text, b=text) == [
        ("missing-value", "a", "kh_n1", QUERY, "E10")
    ]


def test_only_cell_of_a_row_is_told_as_a_cell():
    others = ("kh_n1", "th6t_n1", "uoc_n1", "kh_n")
    rows = [row("a", optional_columns=others), row("b")]
    assert look(form(rows), b=FULL) == [("missing-value", "a", "th_n2", ERROR, "D10")]


def test_missing_row_is_told_instead_of_its_cells():
    made = form(["a", "b", row("c", optional=True)])
    appendix = make_appendix(made, cells(b=FULL))
    matches = tuple(m for m in appendix.row_matches if m.indicator == "b")
    assert found(replace(appendix, row_matches=matches), made) == [
        ("row-missing", "a", None, ERROR, None)
    ]


def test_cells_of_a_column_that_is_not_there_are_not_asked_for():
    made = form(["a", "b"])
    text = "th_n2=1 kh_n1=1 th6t_n1=1 uoc_n1=1"
    appendix = make_appendix(made, cells(a=text, b=text))
    matches = tuple(m for m in appendix.column_matches if m.column != "kh_n")
    assert found(replace(appendix, column_matches=matches), made) == []
