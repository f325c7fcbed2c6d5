"""Against the round before: what is asked about, and what is an ordinary year."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.last_round import HistoryFigure, LastRound, national_sums
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import NO_MARKS, make_appendices, shipped_gazetteer
from tests.builders.small_rounds import (
    HA_GIANG,
    cells,
    form,
    round_of,
    row,
    rule,
)

RULE = rule("change", severity=Severity.QUERY, against="last_round")


def last_of(nation="1000000", **texts):
    own = cells(**texts)
    return LastRound(own, dict.fromkeys(own, Decimal(nation)))


def asked(text, last, one_rule=RULE, **fields):
    """(column, found, what the round before said) of what a rule asks about."""
    made = round_of(form([row("a", **fields)], [one_rule], like="PL01"))
    context = CheckContext(made, HA_GIANG, shipped_gazetteer(), last_round=last)
    found = check(make_appendices(made, cells(a=text), NO_MARKS), context)
    return [(f.column, f.found, f.expected) for f in found if f.rule is not None]


def test_without_the_round_before_nothing_is_asked():
    assert asked("uoc_n1=12000", LastRound()) == []


def test_an_ordinary_year_says_nothing():
    assert asked("uoc_n1=12000", last_of(a="uoc_n1=7000")) == []


@pytest.mark.parametrize("now", ["120000", "2400", "0"])
def test_a_jump_is_asked_about_with_what_stood_there(now):
    found = asked(f"uoc_n1={now}", last_of(a="uoc_n1=12000"))
    assert found == [("uoc_n1", now, "12000")]


def test_what_moves_no_national_total_is_let_be():
    last = last_of(nation="100000000", a="uoc_n1=12000")
    assert asked("uoc_n1=24000", last) == []
    assert asked("uoc_n1=240000", last) == [("uoc_n1", "240000", "12000")]


def test_a_rule_may_set_its_own_bounds():
    last = last_of(a="uoc_n1=10000")
    strict = rule("change", against="last_round", ratio=Decimal("1.2"))
    assert asked("uoc_n1=12500", last, strict) == [("uoc_n1", "12500", "10000")]
    coarse = rule("change", against="last_round", share_percent=Decimal(50))
    assert asked("uoc_n1=90000", last, coarse) == []


def test_a_few_more_persons_are_no_news():
    assert asked("uoc_n1=9", last_of(nation="20", a="uoc_n1=1")) == []


def test_rates_move_by_points_and_carry_no_weight():
    rate = {"kind": IndicatorKind.RATE, "unit": "%"}
    last = last_of(nation="100000", a="uoc_n1=12")
    assert asked("uoc_n1=25", last, **rate) == [("uoc_n1", "25", "12")]
    assert asked("uoc_n1=1.5", last_of(a="uoc_n1=4"), **rate) == []


def test_what_the_round_before_foresaw_is_no_news():
    """Its plan for the year after is now the plan of this year."""
    last = last_of(a="kh_n1=10000 kh_n=31000")
    assert asked("kh_n1=30000", last) == []
    assert asked("kh_n1=90000", last) == [("kh_n1", "90000", "10000")]


def test_a_fall_below_zero_is_asked_about():
    assert asked("uoc_n1=-600", last_of(a="uoc_n1=500"), unit="Triệu đồng") == [
        ("uoc_n1", "-600", "500")
    ]


def test_an_identity_may_look_at_the_round_before():
    never_fewer = rule("identity", expr="a >= a@-1")
    last = last_of(a="uoc_n1=12000")
    assert asked("uoc_n1=12000 kh_n=1", last, never_fewer) == []
    assert asked("uoc_n1=11999", last, never_fewer)[0][:2] == ("uoc_n1", "11999")
    fixed = rule("identity", expr="a@kh_n1 == a@kh_n@-1")
    assert asked("kh_n1=5", last_of(a="kh_n=5"), fixed) == []
    assert asked("kh_n1=6", last_of(a="kh_n=5"), fixed) == [("kh_n1", "6", "5")]


def test_thousands_are_compared_as_thousands():
    last = last_of(nation="1000", a="uoc_n1=12.5")
    found = asked("uoc_n1=12500", last, unit="1000 người")
    assert found == [("uoc_n1", "12500", "12.5")]


def test_the_nation_is_the_sum_of_its_provinces():
    figures = [HistoryFigure(p, "F1", "a", "kh_n", Decimal(n)) for p, n in
               (("01", 5), ("02", 7), ("04", -1))]  # fmt: skip
    assert national_sums(figures) == {("F1", "a", "kh_n"): Decimal(13)}


def test_what_begins_everywhere_this_year_is_no_question():
    assert asked("uoc_n1=500", last_of(nation="0", a="uoc_n1=0")) == []
    assert asked("uoc_n1=500", last_of(nation="900", a="uoc_n1=0")) == [
        ("uoc_n1", "500", "0")
    ]
