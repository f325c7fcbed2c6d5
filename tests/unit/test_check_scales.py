"""Slips of unit: what is asked, what is an error, and what is left in peace."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import IndicatorKind
from tests.builders.small_rounds import cells, form, round_of, row, rule, rule_findings

ERROR, QUERY = Severity.ERROR, Severity.QUERY
RULE = rule(
    "unit_scale",
    severity=QUERY,
    factors=tuple(Decimal(10) ** power for power in (1, 2, 3, 6)),
    strong_factor=Decimal(100),
    witnesses=Decimal(2),
)


def slips(text, like="PL01", rules=(RULE,), **fields):
    """(column, severity, what should probably stand there) of a row of one form."""
    made = round_of(form([row("a", **fields)], rules, like=like))
    found = [f for f in rule_findings(made, cells(a=text)) if f.code == "unit-scale"]
    return [(f.column, f.severity, f.expected) for f in found]


def test_even_row_says_nothing():
    text = "th_n2=12000 kh_n1=12500 th6t_n1=5900 uoc_n1=12600 kh_n=13000"
    assert slips(text) == []


def test_persons_for_thousands_is_an_error_when_two_columns_say_so():
    text = "th_n2=12 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(text) == [("th_n2", ERROR, "12000")]
    text = "th_n2=12000 kh_n1=12500000 uoc_n1=12600 kh_n=13000"
    assert slips(text) == [("kh_n1", ERROR, "12500")]


def test_a_fraction_of_a_person_was_counted_in_thousands():
    """A whole row in another unit has no witness among its own columns."""
    text = "th_n2=33.432 kh_n1=31.662 uoc_n1=33 kh_n=34.9"
    found = [("th_n2", QUERY, "33432"), ("kh_n1", QUERY, "31662"), ("kh_n", QUERY, "34900")]
    assert slips(text) == found
    assert slips(text, unit="1000 người") == slips(text, unit="Triệu đồng") == []


def test_a_slip_is_told_once_though_it_is_a_fraction():
    text = "th_n2=12.5 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(text) == [("th_n2", ERROR, "12500")]


def test_slip_of_a_row_in_thousands_is_seen_in_base_units():
    text = "th_n2=420.5 kh_n1=422000 uoc_n1=421.3 kh_n=430"
    assert slips(text, unit="1000 người") == [("kh_n1", ERROR, "422")]


def test_one_witness_asks_about_the_larger_figure():
    assert slips("th_n2=12000 kh_n1=12") == [("th_n2", QUERY, "12")]


def test_two_against_two_asks_about_the_larger_figures():
    text = "th_n2=12000 kh_n1=12 uoc_n1=12500 kh_n=13"
    assert slips(text) == [("th_n2", QUERY, "12"), ("uoc_n1", QUERY, "12.5")]


def test_far_jump_that_no_factor_explains_well_is_a_question():
    text = "th_n2=4000 kh_n1=4100 uoc_n1=4200 kh_n=1100000"
    assert slips(text) == [("kh_n", QUERY, "11000")]


def test_witnesses_must_agree_among_themselves():
    assert slips("th_n2=4000 kh_n1=800 uoc_n1=100000 kh_n=20000") == []


@pytest.mark.parametrize("text", ["th_n2=1 kh_n1=90 uoc_n1=95", "th_n2=0 kh_n1=9000"])
def test_small_figures_and_zeros_jump_by_themselves(text):
    assert slips(text) == []


def test_tenfold_needs_three_steady_witnesses_and_large_figures():
    steady = "kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(f"th_n2=125000 {steady}") == [("th_n2", QUERY, "12500")]
    assert slips(f"th_n2=1250 {steady}") == [("th_n2", QUERY, "12500")]
    assert slips("th_n2=125000 kh_n1=12500 uoc_n1=12600") == []
    assert slips(f"th_n2=125000 {steady}", kind=IndicatorKind.MONEY) == []
    assert slips("th_n2=90 kh_n1=1000 uoc_n1=1010 kh_n=1020") == []


def test_little_by_mid_year_is_no_slip_but_a_thousandth_is_asked():
    rest = "th_n2=12000 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(f"th6t_n1=1200 {rest}") == []
    assert slips(f"th6t_n1=70 {rest}") == []
    assert slips(f"th6t_n1=6 {rest}") == [("th6t_n1", QUERY, "6000")]
    assert slips(f"th6t_n1=6000000 {rest}") == [("th6t_n1", ERROR, "6000")]


def test_fraction_for_a_percentage():
    percent = {"unit": "%", "kind": IndicatorKind.RATE}
    text = "th_n2=0.45 kh_n1=46 uoc_n1=46.5 kh_n=48"
    assert slips(text, **percent) == [("th_n2", ERROR, "45")]
    assert slips("th_n2=4 kh_n1=46 uoc_n1=46.5 kh_n=48", **percent) == []
    assert slips("th_n2=0.04 kh_n1=4.6 uoc_n1=4.65 kh_n=4.8", **percent) == []


def test_parts_of_another_column_may_be_of_any_size():
    text = "dt_n1=12000 uoc_n1=11900 nc_n=13000 nc_tw=12990 nc_dp=10"
    whole = rule("column_total", id="F1.2", whole="nc_n", parts=["nc_tw", "nc_dp"])
    money = {"like": "PL09", "kind": IndicatorKind.MONEY}
    assert slips(text, rules=(RULE, whole), **money) == []
    assert slips(text, **money) == [("nc_dp", ERROR, "10000")]


def test_rule_without_factors_finds_nothing():
    text = "th_n2=12 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(text, rules=(rule("unit_scale"),)) == []


def test_rule_without_its_own_limits_has_usual_ones():
    bare = rule("unit_scale", severity=QUERY, factors=(Decimal(1000),))
    text = "th_n2=12 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert slips(text, rules=(bare,)) == [("th_n2", ERROR, "12000")]
