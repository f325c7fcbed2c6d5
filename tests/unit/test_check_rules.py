"""Each kind of rule: a figure that keeps it, one that breaks it, and what is left out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Figure
from pipeline.domain.plan.plan_round import IndicatorKind
from tests.builders.small_rounds import (
    cells,
    cells_of,
    form,
    round_of,
    row,
    rule,
    rule_findings,
    said,
)
from tests.builders.small_rounds import run_rule as run

AT = "uoc_n1"


def test_fall_printed_by_decision_1294_is_wrong():
    made = rule("identity", expr="a == b - c")
    assert run(made, a="375628", b="1797889", c="1442261") == [
        ("identity-broken", "a", AT, "375628", "355628")
    ]


def test_each_part_by_itself_is_at_most_the_whole():
    made = rule("part_of", part=["b", "c"], whole="a")
    assert run(made, a="100", b="90", c="80") == []
    assert run(made, a="100", b="190", c="280") == [
        ("part-exceeds-whole", "b", AT, "190", "100"),
        ("part-exceeds-whole", "c", AT, "280", "100"),
    ]
    assert run(made, marks={"b": "?"}, a="100", c="80") == [
        ("part-exceeds-whole", "blocked")
    ]


def test_part_of_a_published_fact():
    made = rule("part_of", part="a", whole="registry:communes")
    assert run(made, a="195") == []
    assert run(made, a="196") == [("part-exceeds-whole", "a", AT, "196", "195")]


def test_rules_about_unknown_facts_do_not_apply():
    made = rule("part_of", part="a", whole="registry:markets")
    assert run(made, a="1000000") == []


def test_identity_between_columns():
    made = rule("identity", expr="a@kh_n == a@uoc_n1 - b@kh_n", severity=Severity.QUERY)
    assert run(made, a="kh_n=10 uoc_n1=12", b="kh_n=2") == []
    assert run(made, a="kh_n=10 uoc_n1=12", b="kh_n=9") == [
        ("identity-broken", "a", "kh_n", "10", "3")
    ]
    assert run(made, a="kh_n=10 uoc_n1=12") == []


def test_identity_with_an_unreadable_figure_is_blocked():
    made = rule("identity", expr="a == b - c")
    assert run(made, marks={"b": "?"}, a="1", c="1") == [("identity-broken", "blocked")]


@pytest.mark.parametrize(
    ("expr", "fails"),
    [("a <= b", True), ("a >= b", False), ("a == b / c", False), ("a / c == b", True)],
)
def test_identity_may_compare_and_divides_by_nothing(expr, fails):
    made = rule("identity", expr=expr)
    assert bool(run(made, a="10", b="5", c="0" if expr == "a == b / c" else "1")) is fails


def test_identity_broken_however_its_figure_changes_has_nothing_to_expect():
    made = rule("identity", expr="a - a + b == c * 1 / b")
    assert run(made, a="10", b="-1", c="50") == [("identity-broken", "a", AT, "10", "10")]


def test_identity_runs_in_the_columns_it_names():
    made = rule("identity", expr="a == b", columns=("th_n2",))
    assert run(made, a="th_n2=1 uoc_n1=9", b="th_n2=1 uoc_n1=900") == []


RATIO = rule("ratio", rate="r", numerator="a", denominator="b")


def ratio(marks=None, **texts):
    return run(RATIO, rows="r a b", marks=marks, **texts)


def test_ratio_is_right_as_far_as_digits_are_shown():
    assert ratio(r="12.11", a="51085", b="421820") == []
    assert ratio(r="12", a="51085", b="421820") == []
    assert ratio(r="12.2", a="51085", b="421820") == [
        ("ratio-mismatch", "r", AT, "12.2", "12.1")
    ]


def test_ratio_needs_all_three_and_a_denominator():
    assert ratio(r="0", a="10", b="0") == []
    assert ratio(r="50", a="10") == []
    assert ratio(marks={"a": "?"}, r="50", b="10") == [("ratio-mismatch", "blocked")]
    assert ratio(r="0", a="10", b="20") == [("ratio-mismatch", "r", AT, "0", "50")]


def test_bounds():
    made = rule("bound", rows=["all"], low=Decimal(0), high=Decimal(100), except_=["b"])
    assert run(made, a="50", b="-500") == []
    assert run(made, a="-5", c="101.5") == [
        ("out-of-range", "a", AT, "-5", "0"),
        ("out-of-range", "c", AT, "101.5", "100"),
    ]
    assert run(made, marks={"a": "?"}) == []


def test_two_bounds_accuse_a_cell_once():
    bounds = [
        rule("bound", id="R.1", rows=["Người"], low=Decimal(0), high=Decimal(100)),
        rule("bound", id="R.2", rows=["all"], low=Decimal(0)),
    ]
    found = rule_findings(round_of(form(["a"], bounds)), cells(a="-5"))
    assert [item.rule for item in found] == ["R.1"]


def test_half_year_is_at_most_the_year():
    made = rule("half_year", rows=["flow", "money"])
    assert run(made, a="th6t_n1=50 uoc_n1=100 kh_n1=10") == []
    assert run(made, a="th6t_n1=150 uoc_n1=100") == [
        ("half-year-exceeds-year", "a", "th6t_n1", "150", "100")
    ]
    stock = round_of(form([row("a", kind=IndicatorKind.STOCK)], [made]))
    assert rule_findings(stock, cells(a="th6t_n1=150 uoc_n1=100")) == ()


def test_half_year_columns_may_be_named_and_are_found_in_money_forms():
    named = rule("half_year", rows=["all"], half="th_n2", year="kh_n")
    assert len(run(named, a="th_n2=150 kh_n=100")) == 1
    found = rule("half_year", rows=["all"])
    assert len(run(found, like="PL09", a="gn6t_n1=150 uoc_n1=100")) == 1


def test_half_year_without_a_column_of_its_year_says_nothing():
    made = form(["a"], [rule("half_year", rows=["all"])])
    columns = tuple(c for c in made.columns if c.key != AT)
    figures = cells(a="th6t_n1=150 kh_n1=100")
    assert rule_findings(round_of(replace(made, columns=columns)), figures) == ()


def test_column_order():
    made = rule("column_order", smaller="gn6t_n1", larger="dt_n1")
    assert run(made, like="PL09", a="gn6t_n1=40 dt_n1=100") == []
    assert run(made, like="PL09", a="gn6t_n1=140 dt_n1=100") == [
        ("column-order", "a", "gn6t_n1", "140", "100")
    ]


SAME = rule("same_as", left="a", right="F2:b")
TWO_FORMS = round_of(form(["a"], [SAME]), form(["b"], form_id="F2"))


def test_same_figure_in_two_forms():
    keeps = cells(a="10") | cells_of("F2", b="10")
    breaks = cells(a="10") | cells_of("F2", b="90")
    assert rule_findings(TWO_FORMS, keeps) == ()
    (found,) = rule_findings(TWO_FORMS, breaks)
    assert said([found]) == [("cross-form", "a", AT, "10", "90")]
    assert (found.form, found.severity) == ("F1", Severity.ERROR)


def test_same_figure_that_cannot_be_read_is_blocked():
    marks = {("F2", "b", AT): "?"}
    found = rule_findings(TWO_FORMS, cells(a="10"), marks)
    assert said(found) == [("cross-form", "blocked")]


def earlier(form_id: str, key: str, value: str) -> Figure:
    return Figure(form_id, key, AT, Decimal(value), None)


def test_form_of_this_mail_is_held_against_an_accepted_one():
    (found,) = rule_findings(TWO_FORMS, cells(a="10"), accepted=(earlier("F2", "b", "90"),))
    assert found.severity is Severity.ERROR
    assert (found.sheet, found.cell, found.expected) == ("F1", "G10", "90")


def test_accepted_left_hand_form_is_asked_about_and_not_accused():
    figures = cells_of("F2", b="90")
    (found,) = rule_findings(TWO_FORMS, figures, accepted=(earlier("F1", "a", "10"),))
    assert (found.form, found.indicator, found.severity) == ("F1", "a", Severity.QUERY)
    assert (found.path, found.sheet, found.cell) == ("bao cao.xls", "F2", None)
    assert (found.found, found.expected, found.suspect) == ("10", "90", ("G10",))


def test_accepted_form_that_comes_again_counts_as_it_comes():
    figures = cells(a="10") | cells_of("F2", b="10")
    assert rule_findings(TWO_FORMS, figures, accepted=(earlier("F2", "b", "90"),)) == ()


def test_accepted_figures_alone_say_nothing_new():
    own = rule("part_of", part=["a", "F2:b"], whole="c")
    made = round_of(form(["a", "c"], [own]), form(["b"], form_id="F2"))
    accepted = (earlier("F1", "a", "10"), earlier("F1", "c", "5"))
    assert rule_findings(made, cells_of("F2", b="1"), accepted=accepted) == ()


def test_derived_column_is_worked_out_again():
    made = rule("derived", column="ss_uoc_kh", expr="uoc_n1 / kh_n1 * 100")
    assert run(made, a="uoc_n1=95 kh_n1=100 ss_uoc_kh=95") == []
    assert run(made, a="uoc_n1=95 kh_n1=100 ss_uoc_kh=59") == [
        ("derived-mismatch", "a", "ss_uoc_kh", "59", "95")
    ]
    assert run(made, a="uoc_n1=95 ss_uoc_kh=59") == []
    assert run(made, a="uoc_n1=95 kh_n1=0 ss_uoc_kh=59") == []


def test_derived_column_is_in_percent_whatever_the_unit_and_not_on_rates():
    made = rule("derived", column="ss_uoc_kh", expr="uoc_n1 / kh_n1 * 100")
    rows = [row("a", "1000 người"), row("r", "%", kind=IndicatorKind.RATE)]
    plan = round_of(form(rows, [made]))
    text = "uoc_n1=95.5 kh_n1=100.5 ss_uoc_kh=95"
    assert rule_findings(plan, cells(a=text, r="uoc_n1=9 kh_n1=9 ss_uoc_kh=1")) == ()


def test_shortfall_names_estimate_and_plan():
    terms = {"estimate": AT, "plan": "kh_n1", "below_percent": Decimal(90)}
    made = rule("shortfall", severity=Severity.INFO, **terms)
    assert run(made, a="uoc_n1=95 kh_n1=100") == []
    assert run(made, a="uoc_n1=8 kh_n1=0") == []
    assert run(made, a="uoc_n1=80 kh_n1=100") == [("shortfall", "a", AT, "80", "100")]
    assert run(made, a="uoc_n1=80") == []


def test_low_disbursement_names_what_was_spent_and_the_budget():
    terms = {"disbursed": "gn6t_n1", "budget": "dt_n1", "below_percent": Decimal(25)}
    made = rule("low_disbursement", severity=Severity.INFO, **terms)
    assert run(made, like="PL09", a="gn6t_n1=40 dt_n1=100") == []
    assert run(made, like="PL09", a="gn6t_n1=10 dt_n1=100") == [
        ("low-disbursement", "a", "gn6t_n1", "10", "100")
    ]


def test_change_has_nothing_to_compare_with_yet():
    assert run(rule("change", against="last_round"), a="5") == []
