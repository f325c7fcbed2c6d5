"""What falls short: shares, effects, and what is left out."""

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.figure_sums import UnitRow
from pipeline.domain.shortfall import MEASURES, Shortfall
from pipeline.stages.rank_shortfalls import rank_shortfalls, rank_units
from tests.builders.returns import shipped_round
from tests.builders.totals import figure

ATTAINMENT, PACE, DISBURSEMENT = MEASURES


def ranked(measure, *given: tuple[str, str, str, str, str]):
    figures = [figure(key, value) for *key, value in given]  # type: ignore[arg-type]
    return rank_shortfalls(measure, shipped_round().forms, figures)


def told(found: tuple[Shortfall, ...]) -> list[tuple[object, ...]]:
    return [(s.indicator.key, s.province, str(s.rate), f"{s.effect:.2f}") for s in found]


def test_effects_of_provinces_are_points_of_the_country() -> None:
    country, provinces = ranked(
        ATTAINMENT,
        ("01", "PL02", "vl.tong", "kh_n1", "900"),
        ("01", "PL02", "vl.tong", "uoc_n1", "810"),
        ("02", "PL02", "vl.tong", "kh_n1", "100"),
        ("02", "PL02", "vl.tong", "uoc_n1", "50"),
        ("04", "PL02", "vl.tong", "kh_n1", "1000"),
        ("04", "PL02", "vl.tong", "uoc_n1", "1010"),
    )
    assert told(country) == [("vl.tong", None, "93.50", "6.50")]
    assert told(provinces) == [
        ("vl.tong", "01", "90.00", "4.50"),
        ("vl.tong", "02", "50.00", "2.50"),
    ]
    assert country[0].units == 3


def test_what_is_not_known_or_not_planned_is_no_shortfall() -> None:
    country, provinces = ranked(
        PACE,
        ("01", "PL02", "vl.tong", "kh_n1", "900"),
        ("02", "PL02", "vl.tong", "kh_n1", "0"),
        ("02", "PL02", "vl.tong", "th6t_n1", "0"),
        ("04", "PL02", "vl.llld", "kh_n1", "10"),
        ("04", "PL02", "vl.llld", "th6t_n1", "1"),
    )
    assert (country, provinces) == ((), ())


def test_money_is_due_by_half_at_half_year() -> None:
    country, provinces = ranked(
        DISBURSEMENT,
        ("01", "PL09", "kp.vldn", "dt_n1", "200"),
        ("01", "PL09", "kp.vldn", "gn6t_n1", "20"),
    )
    assert told(country) == [("kp.vldn", None, "10.00", "40.00")]
    assert provinces[0].done == Decimal(20)


# few values: units alike, and rows alike, are the rule
VALUES = st.sampled_from(["0", "1", "5", "9.5", "10", "12"])
RETURNS = st.lists(
    st.tuples(
        st.sampled_from([f"{n:02}" for n in range(1, 40)]),
        st.sampled_from(["vl.tong", "vl.xkld"]),
        VALUES,
        VALUES,
    ),
    max_size=60,
    unique_by=lambda each: each[:2],
)


@given(RETURNS, st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_heaviest_units_are_the_same_whatever_order_they_stream_in(
    returns, most, dice
) -> None:
    forms = shipped_round().forms
    figures = [
        figure((province, "PL02", row, column), value)
        for province, row, done, whole in returns
        for column, value in (("uoc_n1", done), ("kh_n1", whole))
    ]
    country, provinces = rank_shortfalls(ATTAINMENT, forms, figures)
    rows = [
        UnitRow(province, "PL02", row, {"uoc_n1": Decimal(done), "kh_n1": Decimal(whole)})
        for province, row, done, whole in returns
    ]
    dice.shuffle(rows)
    found = rank_units((ATTAINMENT, PACE), forms, iter(rows), most)
    seen = Counter[str]()
    heaviest = []
    for each in provinces:
        seen[each.indicator.key] += 1
        if seen[each.indicator.key] <= most:
            heaviest.append(each)
    assert found["attainment"] == (country, tuple(heaviest))
    assert found["attainment"][1][:most] == provinces[:most]
    assert found["pace"] == ((), ())


def test_a_unit_too_small_to_be_seen_in_the_country_is_ranked_all_the_same() -> None:
    """With thousands of units hardly one moves the country by a hundredth of a point."""
    given = [(f"{n:05}", Decimal(100), Decimal(n)) for n in range(100)]
    given.append(("big", Decimal(10**9), Decimal(10**9)))
    rows = [
        UnitRow(unit, "PL02", "vl.tong", {"kh_n1": whole, "uoc_n1": done})
        for unit, whole, done in given
    ]
    found = rank_units((ATTAINMENT,), shipped_round().forms, rows, 3)
    country, units = found["attainment"]
    assert country == ()  # not a hundredth of a point in all
    assert [each.province for each in units] == ["00000", "00001", "00002"]
