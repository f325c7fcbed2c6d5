"""Slips of unit: what is asked, what is an error, and what is left in peace."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.last_round import LastRound
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.domain.senders.province import POPULATION
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import NO_MARKS, make_appendices, shipped_gazetteer
from tests.builders.small_rounds import (
    HA_GIANG,
    cells,
    form,
    round_of,
    row,
    rule,
    rule_findings,
)

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
    small = "th_n2=0.04 kh_n1=4.6 uoc_n1=4.65 kh_n=4.8"
    assert slips(small, **percent) == [("th_n2", QUERY, "4")]
    points = percent | {"unit": "Điểm %"}
    assert slips(small, **points) == []


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


def nation_of(province, **more):
    """A round before in which the province has what its size lets expect."""
    own = cells(a=province)
    share = shipped_gazetteer().share(POPULATION, HA_GIANG, 2014)
    nation = {cell: value / share * more.get("times", 1) for cell, value in own.items()}
    return LastRound(own if more.get("own", True) else {}, nation)


def told(text, last, **fields):
    """What `slips` tells, with a round before."""
    made = round_of(form([row("a", **fields)], [RULE], like="PL01"))
    context = CheckContext(made, HA_GIANG, shipped_gazetteer(), last_round=last)
    found = check(make_appendices(made, cells(a=text), NO_MARKS), context)
    return [
        (f.column, f.severity, f.expected and Decimal(f.expected))
        for f in found
        if f.code == "unit-scale"
    ]


LAST = "th_n2=11500 kh_n1=11900 uoc_n1=12000 kh_n=12400"


def test_a_row_that_slipped_in_every_column_has_two_other_witnesses():
    text = "th_n2=12 kh_n1=12.5 uoc_n1=12.6 kh_n=13"
    columns = ("th_n2", "kh_n1", "uoc_n1", "kh_n")
    right = (12000, 12500, 12600, 13000)
    assert told(text, nation_of(LAST)) == [
        (column, ERROR, value) for column, value in zip(columns, right, strict=True)
    ]
    large = "th_n2=12000000 kh_n1=12500000 uoc_n1=12600000 kh_n=13000000"
    assert [s for _, s, _ in told(large, nation_of(LAST))] == [ERROR] * 4


def test_the_round_before_alone_makes_no_error_of_it():
    """A nation ten times as large says that the province is no usual one in this."""
    text = "th_n2=12000000 kh_n1=12500000 uoc_n1=12600000 kh_n=13000000"
    assert told(text, nation_of(LAST, times=10)) == slips(text)
    assert told(text, nation_of(LAST, own=False)) == slips(text)


def test_one_column_and_one_other_witness_are_two():
    text = "th_n2=12000 kh_n1=12000000"
    assert slips(text) == [("kh_n1", QUERY, "12000")]
    assert told(text, nation_of(LAST, times=10)) == [("kh_n1", ERROR, 12000)]
    assert told(text, nation_of("kh_n1=12", times=30)) == [("kh_n1", QUERY, 12000)]


def test_an_even_row_and_a_true_jump_are_left_in_peace():
    even = "th_n2=12000 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    assert told(even, nation_of(LAST)) == []
    # a programme that began this year: large against the round before, in all columns
    began = "th_n2=12000 kh_n1=12500 uoc_n1=12600 kh_n=13000"
    small = "th_n2=110 kh_n1=115 uoc_n1=120 kh_n=130"
    assert told(began, nation_of(small, times=100)) == []


def test_a_rate_is_not_weighed_by_people():
    text = "th_n2=12 kh_n1=12.5 uoc_n1=12.6 kh_n=13"
    last = nation_of("th_n2=1200 kh_n1=1250 uoc_n1=1260 kh_n=1300")
    assert told(text, last, unit="%", kind=IndicatorKind.RATE) == []


def test_without_everybodys_population_nobody_knows_a_share():
    known = shipped_gazetteer()
    one = {key: value for key, value in known.facts.items() if key != (POPULATION, "01")}
    assert replace(known, facts=one).share(POPULATION, HA_GIANG, 2014) is None
    shares = [known.share(POPULATION, each.code, 2014) for each in known.provinces]
    assert abs(sum(shares) - 1) < Decimal("0.0001")
