"""Totals against an independent recomputation in exact fractions."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Aggregate, Indicator
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import COUNTRY, Level, Method, ObservedFigure, Total
from tests.builders.totals import every_key, figure, small_gazetteer, small_round

ROUND = small_round()
PLACES = small_gazetteer()

Picked = dict[tuple[str, str, str, str], ObservedFigure]


def _recomputed(
    indicator: Indicator, where: tuple[str, str], codes: Sequence[str], all_: Picked
) -> tuple[Fraction | None, int]:
    """A total the slow way, in fractions: (value, units used)."""
    form, column = where
    amount, weight_sum, used = Fraction(0), Fraction(0), 0
    for code in codes:
        found = all_.get((code, form, indicator.key, column))
        if found is None or found.counted is None:
            continue
        weight: Fraction | None = Fraction(1)
        if indicator.aggregate is Aggregate.WEIGHTED:
            weight = _weight(indicator, (code, form, column), all_)
        if weight is None:
            continue
        used += 1
        amount += Fraction(found.counted) * weight
        weight_sum += weight
    if indicator.aggregate is Aggregate.NONE or used == 0:
        return None, used
    if indicator.aggregate is Aggregate.SUM:
        return amount, used
    return (amount / weight_sum if weight_sum else None), used


def _weight(
    indicator: Indicator, where: tuple[str, str, str], all_: Picked
) -> Fraction | None:
    code, form, column = where
    name = indicator.weight or ""
    if name.startswith("registry:"):
        year = {"th_n2": 2012, "uoc_n1": 2013, "kh_n": 2014}[column]
        fact = PLACES.fact("communes", code, year)
        return None if fact is None else Fraction(fact)
    weight_form, _, row = name.rpartition(":")
    for try_column in (column, "uoc_n1"):
        found = all_.get((code, weight_form or form, row, try_column))
        if found is not None and found.counted is not None:
            return Fraction(found.counted)
    return None


def _members(gazetteer: Gazetteer, total: Total) -> list[str]:
    names = {
        Level.NATIONAL: lambda p: COUNTRY,
        Level.REGION6: lambda p: p.region6,
        Level.REGION8: lambda p: p.region8,
        Level.UNIT2025: lambda p: p.unit2025,
    }
    return [p.code for p in gazetteer.provinces if names[total.level](p) == total.area]


KEYS = [
    (f"0{n}", form, indicator.key, column)
    for form, indicator, column in every_key(ROUND)
    for n in (1, 2, 3, 4)
]
CELL = st.one_of(
    st.none(),
    st.sampled_from(list(Missing)),
    st.decimals(min_value=0, max_value=10**9, places=3),
)
RETURNS = st.lists(
    st.tuples(CELL, st.sampled_from(["accepted", "provisional"]), st.booleans()),
    min_size=len(KEYS),
    max_size=len(KEYS),
)


@settings(max_examples=40, deadline=None)
@given(RETURNS)
def test_every_total_equals_an_independent_recomputation(
    cells: list[tuple[Decimal | Missing | None, str, bool]],
) -> None:
    """Sums to the last digit, rates to half of the twelfth decimal, on both values."""
    all_: Picked = {}
    for key, (cell, status, verified) in zip(KEYS, cells, strict=True):
        if cell is not None:
            value = cell if isinstance(cell, Decimal) else None
            missing = cell if isinstance(cell, Missing) else None
            all_[key] = figure(key, value, missing, status, verified)
    strict = {k: f for k, f in all_.items() if f.verified and f.status == "accepted"}
    for total in consolidate_figures(all_.values(), ROUND, PLACES):
        indicator = ROUND.form(total.form).indicator(total.indicator)
        codes, where = _members(PLACES, total), (total.form, total.column)
        value, used = _recomputed(indicator, where, codes, all_)
        value_strict, _ = _recomputed(indicator, where, codes, strict)
        assert (total.reported, total.expected) == (used, len(codes))
        for found, wanted in ((total.value, value), (total.value_strict, value_strict)):
            if wanted is None or found is None:
                assert found is wanted
            elif total.method is Method.SUM:
                assert Fraction(found) == wanted
            else:
                assert abs(Fraction(found) - wanted) <= Fraction(1, 2 * 10**12)
        if total.provisional == 0:
            assert total.value == total.value_strict
