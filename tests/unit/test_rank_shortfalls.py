"""What falls short: shares, effects, and what is left out."""

from decimal import Decimal

from pipeline.stages.rank_shortfalls import MEASURES, Shortfall, rank_shortfalls
from tests.builders.returns import shipped_round
from tests.builders.totals import figure

ATTAINMENT, PACE, DISBURSEMENT = MEASURES


def ranked(measure, *given: tuple[str, str, str, str, str]):
    figures = [figure(key, value) for *key, value in given]  # type: ignore[arg-type]
    return rank_shortfalls(measure, shipped_round().forms, figures)


def told(found: tuple[Shortfall, ...]) -> list[tuple[object, ...]]:
    return [(s.indicator.key, s.province, str(s.rate), str(s.effect)) for s in found]


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
