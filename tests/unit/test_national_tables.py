"""Totals of single figures: sums, rates, weights, what is missing, what is strict."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters.national import national_tables
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Aggregate
from pipeline.domain.total import COUNTRY, Level, Method, ObservedFigure, Total
from tests.builders.totals import every_key, figure, small_gazetteer, small_round

ROUND = small_round()
PLACES = small_gazetteer()


def totals_of(
    figures: Sequence[ObservedFigure], area: str = COUNTRY
) -> dict[tuple[str, str, str], Total]:
    return {
        (t.form, t.indicator, t.column): t
        for t in consolidate_figures(figures, ROUND, PLACES)
        if t.area == area
    }


def test_a_sum_is_exact_where_binary_fractions_are_not() -> None:
    """0.1 + 0.2 is 0.3, and a long figure keeps its last digit."""
    figures = [
        figure(("01", "PL01", "tong", "kh_n"), "0.1"),
        figure(("02", "PL01", "tong", "kh_n"), "0.2"),
        figure(("03", "PL01", "tong", "kh_n"), "9007199254740993.5"),
    ]
    assert totals_of(figures)["PL01", "tong", "kh_n"].value == Decimal("9007199254740993.8")


def test_values_come_in_canonical_form() -> None:
    """No trailing zeros, no exponent, no minus zero."""
    figures = [
        figure(("01", "PL01", "tong", "kh_n"), "1.50"),
        figure(("02", "PL01", "tong", "kh_n"), "98.5"),
        figure(("01", "PL01", "tong", "th_n2"), "-0.0"),
    ]
    found = totals_of(figures)
    assert str(found["PL01", "tong", "kh_n"].value) == "100"
    assert str(found["PL01", "tong", "th_n2"].value) == "0"


def test_nil_counts_as_zero_and_what_is_missing_is_left_out() -> None:
    """`n` is a figure of 0; `x`, `m` and an unreadable cell are none."""
    key = ("PL01", "tong", "kh_n")
    figures = [
        figure(("01", *key), "5"),
        figure(("02", *key), None, Missing.NIL),
        figure(("03", *key), None, Missing.NOT_APPLICABLE),
        figure(("04", *key), None, Missing.NOT_AVAILABLE),
    ]
    total = totals_of(figures)[key]
    assert (total.value, total.reported, total.expected) == (Decimal(5), 2, 4)
    assert totals_of([figure(("01", *key), None)])[key].reported == 0


def test_an_area_without_figures_has_no_value() -> None:
    total = totals_of([])["PL01", "tong", "kh_n"]
    assert (total.value, total.value_strict, total.reported) == (None, None, 0)


def test_the_strict_value_stands_on_accepted_and_verified_figures_only() -> None:
    key = ("PL01", "tong", "kh_n")
    figures = [
        figure(("01", *key), "1"),
        figure(("02", *key), "10", status="provisional"),
        figure(("03", *key), "100", verified=False),
    ]
    total = totals_of(figures)[key]
    assert (total.value, total.value_strict) == (Decimal(111), Decimal(1))
    assert (total.reported, total.provisional) == (3, 2)
    only = totals_of([figures[1]])[key]
    assert (only.value, only.value_strict) == (Decimal(10), None)


def test_a_rate_is_the_weighted_mean() -> None:
    """(10 % of 300 + 20 % of 100) / 400 = 12.5 %."""
    figures = [
        figure(("01", "PL01", "tl_tong", "kh_n"), "10"),
        figure(("01", "PL01", "tong", "kh_n"), "300"),
        figure(("02", "PL01", "tl_tong", "kh_n"), "20"),
        figure(("02", "PL01", "tong", "kh_n"), "100"),
    ]
    total = totals_of(figures)["PL01", "tl_tong", "kh_n"]
    assert total.value == total.value_strict == Decimal("12.5")
    assert total.method is Method.WEIGHTED


def test_a_rate_is_rounded_once_to_twelve_decimals() -> None:
    figures = [
        figure(("01", "PL01", "tl_tong", "kh_n"), "1"),
        figure(("01", "PL01", "tong", "kh_n"), "1"),
        figure(("02", "PL01", "tl_tong", "kh_n"), "0"),
        figure(("02", "PL01", "tong", "kh_n"), "2"),
    ]
    total = totals_of(figures)["PL01", "tl_tong", "kh_n"]
    assert str(total.value) == "0.333333333333"


def test_a_blank_weight_is_taken_from_the_estimate_column() -> None:
    """01 has its own weight, 02 that of uoc_n1, 03 none: it is left out."""
    figures = [
        figure(("01", "PL01", "tl_khac", "kh_n"), "10"),
        figure(("01", "PL02", "nen", "kh_n"), "1"),
        figure(("01", "PL02", "nen", "uoc_n1"), "1000"),
        figure(("02", "PL01", "tl_khac", "kh_n"), "20"),
        figure(("02", "PL02", "nen", "kh_n"), None, Missing.NOT_AVAILABLE),
        figure(("02", "PL02", "nen", "uoc_n1"), "3"),
        figure(("03", "PL01", "tl_khac", "kh_n"), "99"),
    ]
    total = totals_of(figures)["PL01", "tl_khac", "kh_n"]
    assert (total.value, total.reported) == (Decimal("17.5"), 2)


def test_a_registry_weight_is_that_of_the_newest_year_not_after_the_column() -> None:
    """2012: 01 has 10 communes, 02 nothing published yet; 2014: 12 and 7."""
    figures = [
        figure((code, "PL01", "tl_xa", column), rate)
        for code, rate in (("01", "10"), ("02", "20"))
        for column in ("th_n2", "kh_n")
    ]
    found = totals_of(figures)
    assert found["PL01", "tl_xa", "th_n2"].value == Decimal(10)
    assert found["PL01", "tl_xa", "th_n2"].reported == 1
    assert found["PL01", "tl_xa", "kh_n"].value == Decimal("13.684210526316")


def test_weights_that_add_up_to_zero_give_no_rate() -> None:
    """A nil weight is a weight of 0, and the unit has still reported."""
    figures = [
        figure(("01", "PL01", "tl_tong", "kh_n"), "10"),
        figure(("01", "PL01", "tong", "kh_n"), None, Missing.NIL),
    ]
    total = totals_of(figures)["PL01", "tl_tong", "kh_n"]
    assert (total.value, total.reported, total.provisional) == (None, 1, 0)


def test_a_rate_on_a_provisional_weight_is_provisional() -> None:
    """The strict rate falls back to a weight that can be stood by."""
    figures = [
        figure(("01", "PL01", "tl_khac", "kh_n"), "10"),
        figure(("01", "PL02", "nen", "kh_n"), "5", status="provisional"),
        figure(("02", "PL01", "tl_khac", "kh_n"), "40"),
        figure(("02", "PL02", "nen", "kh_n"), "1", verified=False),
        figure(("02", "PL02", "nen", "uoc_n1"), "2"),
    ]
    total = totals_of(figures)["PL01", "tl_khac", "kh_n"]
    assert (total.value, total.value_strict) == (Decimal(15), Decimal(40))
    assert (total.reported, total.provisional) == (2, 2)


def test_a_rate_without_a_weight_row_is_not_averaged() -> None:
    """The lint refuses such a round; were it used all the same, nothing is guessed."""
    form = ROUND.forms[1]
    bare = replace(form.indicators[0], aggregate=Aggregate.WEIGHTED)
    odd = replace(ROUND, forms=(replace(form, indicators=(bare,)),))
    figures = [figure(("01", "PL02", "nen", "kh_n"), "10")]
    assert {t.reported for t in consolidate_figures(figures, odd, PLACES)} == {0}


def test_a_row_that_is_never_added_counts_its_units_and_has_no_value() -> None:
    figures = [figure(("01", "PL01", "le", "kh_n"), "10")]
    total = totals_of(figures)["PL01", "le", "kh_n"]
    assert (total.value, total.value_strict, total.reported) == (None, None, 1)
    assert total.method is Method.NONE


def test_regions_and_units_of_2025_add_up_their_own_provinces() -> None:
    key = ("PL01", "tong", "kh_n")
    figures = [figure((f"0{n}", *key), str(10**n)) for n in (1, 2, 3, 4)]
    found = {
        (t.level, t.area): (t.value, t.expected)
        for t in consolidate_figures(figures, ROUND, PLACES)
        if (t.form, t.indicator, t.column) == key
    }
    assert found == {
        (Level.NATIONAL, COUNTRY): (Decimal(11110), 4),
        (Level.REGION6, "Bắc"): (Decimal(110), 2),
        (Level.REGION6, "Nam"): (Decimal(11000), 2),
        (Level.REGION8, "Bắc A"): (Decimal(10), 1),
        (Level.REGION8, "Bắc B"): (Decimal(100), 1),
        (Level.REGION8, "Nam"): (Decimal(11000), 2),
        (Level.UNIT2025, "Một"): (Decimal(110), 2),
        (Level.UNIT2025, "Hai"): (Decimal(1000), 1),
        (Level.UNIT2025, "Ba"): (Decimal(10000), 1),
    }


def test_figures_that_the_round_does_not_know_are_ignored() -> None:
    figures = [
        figure(("01", "PL77", "tong", "kh_n"), "1"),
        figure(("01", "PL01", "tong", "khac"), "1"),
        figure(("99", "PL01", "tong", "kh_n"), "1"),
    ]
    assert all(t.reported == 0 for t in consolidate_figures(figures, ROUND, PLACES))


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in many chunks equals a run in one."""
    figures = [
        figure((f"0{n}", form, indicator.key, column), f"{n}.{n}")
        for form, indicator, column in every_key(ROUND)
        for n in (1, 2, 3, 4)
    ]
    whole = consolidate_figures(figures, ROUND, PLACES)
    monkeypatch.setattr(national_tables, "CHUNK", 7)
    assert consolidate_figures(figures, ROUND, PLACES) == whole
