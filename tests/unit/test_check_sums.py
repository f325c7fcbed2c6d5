"""Sums of parts: when they hold, when they fail, and when they do not apply."""

import pytest

from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.plan.form import Missing
from tests.builders.small_rounds import (
    cells,
    form,
    round_of,
    row,
    rule,
    rule_findings,
    said,
)
from tests.builders.small_rounds import run_rule as run

X, M, NIL = Missing.NOT_APPLICABLE, Missing.NOT_AVAILABLE, Missing.NIL
AT = "uoc_n1"

TOTAL = rule("total", whole="a", parts=["b", "c"])
NAM_DINH = {"a": "19956", "b": "14679", "c": "5286"}


def test_total_of_nam_dinh_2014_is_wrong():
    assert run(TOTAL, **NAM_DINH) == [("total-mismatch", "a", AT, "19956", "19965")]


def test_total_that_holds_says_nothing():
    assert run(TOTAL, a="19965", b="14679", c="5286") == []


@pytest.mark.parametrize(
    ("whole", "b", "c"),
    [("722.5", "682.5", "40"), ("33115", "31772", "1343"), ("100", "50", "51")],
)
def test_rounding_never_fails_a_total(whole, b, c):
    assert run(TOTAL, a=whole, b=b, c=c) == []


def test_total_waits_for_a_whole():
    assert run(TOTAL, b="1", c="2") == []
    assert run(TOTAL, marks={"a": X}, b="1", c="2") == []
    assert run(TOTAL, marks={"a": M}, b="1", c="2") == []


def test_total_with_a_required_part_blank_does_not_apply():
    assert run(TOTAL, a="100", b="500") == []


def test_total_with_an_optional_part_blank_asks_for_at_least_the_others():
    rows = [row("a"), row("b"), row("c", optional=True)]
    made = round_of(form(rows, [TOTAL]))
    assert rule_findings(made, cells(a="100", b="90")) == ()
    assert said(rule_findings(made, cells(a="100", b="110"))) == [
        ("total-mismatch", "a", AT, "100", "110")
    ]


def test_total_whose_parts_are_all_blank_does_not_apply():
    rows = [row("a"), row("b", optional=True), row("c", optional=True)]
    assert rule_findings(round_of(form(rows, [TOTAL])), cells(a="100")) == ()


def test_nil_counts_as_zero_and_not_applicable_is_left_out():
    assert run(TOTAL, marks={"c": NIL}, a="100", b="100") == []
    assert run(TOTAL, marks={"c": X}, a="100", b="100") == []
    expected = [("total-mismatch", "a", AT, "100", "90")]
    assert run(TOTAL, marks={"c": NIL}, a="100", b="90") == expected
    assert run(TOTAL, marks={"c": X}, a="100", b="90") == expected


def test_part_that_is_not_available_may_be_anything_but_negative():
    assert run(TOTAL, marks={"c": M}, a="100", b="90") == []
    assert run(TOTAL, marks={"c": M}, a="100", b="110") == [
        ("total-mismatch", "a", AT, "100", "110")
    ]


def test_total_with_an_unreadable_operand_is_blocked():
    assert run(TOTAL, marks={"c": "#REF!"}, a="100", b="90") == [
        ("total-mismatch", "blocked")
    ]
    assert run(TOTAL, marks={"a": "?"}, b="10", c="90") == [("total-mismatch", "blocked")]


def test_total_with_a_condition_runs_only_when_all_parts_are_given():
    made = rule("total", whole="a", parts=["b", "c"], when="all parts given")
    rows = [row("a"), row("b", optional=True), row("c", optional=True)]
    plan = round_of(form(rows, [made]))
    assert rule_findings(plan, cells(a="10", b="90")) == ()
    assert rule_findings(plan, cells(a="10", b="90"), {("F1", "c", AT): M}) == ()
    assert len(rule_findings(plan, cells(a="10", b="90", c="1"))) == 1


def test_total_over_units_is_counted_in_the_base_unit():
    rows = [row("a", "1000 người"), row("b"), row("c")]
    made = round_of(form(rows, [TOTAL]))
    assert rule_findings(made, cells(a="1.5", b="1000", c="480")) == ()
    assert said(rule_findings(made, cells(a="1.5", b="1000", c="900"))) == [
        ("total-mismatch", "a", AT, "1.5", "1.9")
    ]


def test_at_least_sum():
    made = rule("at_least_sum", whole="a", parts=["b", "c"])
    assert run(made, a="100", b="50", c="40") == []
    assert run(made, a="100", b="50") == []
    assert run(made, a="100", b="150") == [("sum-not-reached", "a", AT, "100", "150")]
    assert run(made, a="100") == []
    assert run(made, marks={"b": "?"}, a="100", c="1") == [("sum-not-reached", "blocked")]


def test_at_most_sum():
    made = rule("at_most_sum", whole="a", parts=["b", "c"])
    assert run(made, a="80", b="50", c="40") == []
    assert run(made, a="100", b="50", c="40") == [("sum-exceeded", "a", AT, "100", "90")]
    assert run(made, a="100", b="50") == []
    assert run(made, marks={"b": X, "c": X}, a="100") == []
    assert run(made, marks={"c": X}, a="100", b="50") == [
        ("sum-exceeded", "a", AT, "100", "50")
    ]
    assert run(made, marks={"c": "?"}, a="100", b="50") == [("sum-exceeded", "blocked")]


def test_column_total():
    made = rule("column_total", whole="nc_n", parts=["nc_tw", "nc_dp"])
    assert run(made, like="PL09", a="nc_n=100 nc_tw=60 nc_dp=40") == []
    assert run(made, like="PL09", a="nc_n=100 nc_tw=60 nc_dp=70") == [
        ("column-total", "a", "nc_n", "100", "130")
    ]
    assert run(made, like="PL09", a="nc_n=100 nc_tw=60") == []


@pytest.mark.parametrize("state", ["shadow", "off"])
def test_rule_that_sleeps_reaches_no_letter(state):
    made = rule("total", whole="a", parts=["b", "c"], state=state)
    assert run(made, **NAM_DINH) == []


def test_blocked_finding_weighs_as_its_rule():
    made = round_of(form(["a", "b", "c"], [TOTAL]))
    (found,) = rule_findings(made, cells(a="1", b="1"), {("F1", "c", AT): "?"})
    assert found.state is FindingState.BLOCKED
    assert (found.severity, found.cell, found.suspect) == (Severity.ERROR, "G10", ())


def test_number_too_long_to_read_is_not_written_out():
    assert run(TOTAL, a="1E+1200", b="1", c="1") == [("total-mismatch", "a", AT, "", "2")]
