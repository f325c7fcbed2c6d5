"""Estimate and plan against the path: which value, which side, by how much."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.domain.five_year_path import How, PathPoint, Standing, aim_of
from pipeline.domain.plan.five_year import Better, Target
from pipeline.domain.plan.form import Missing
from pipeline.stages.follow_path import follow_path
from tests.builders.totals import figure, small_gazetteer, small_round


def target(year: int, value: str, unit: str | None = None, way: str = "up") -> Target:
    where = ("PL01", "tong", year, unit)
    return Target(*where, Decimal(value), Better(way), "Resolution 1", 2)


def points(*targets: Target, figures=()) -> tuple[PathPoint, ...]:
    round_, places = replace(small_round(), targets=targets), small_gazetteer()
    totals = consolidate_figures(figures, round_, places)
    return follow_path(round_, totals, figures)


def given(province: str, column: str, value: str | None, missing: Missing | None = None):
    return figure((province, "PL01", "tong", column), value, missing)


def test_between_given_years_the_path_is_a_straight_line() -> None:
    path = [target(2010, "40"), target(2013, "47.5"), target(2015, "55")]
    aims = {year: aim_of(path, year) for year in (2009, 2010, 2011, 2014, 2015, 2016)}
    told = {year: aim and (aim.how, str(aim.value)) for year, aim in aims.items()}
    assert told == {
        2009: (How.LATER, "40"),
        2010: (How.GIVEN, "40"),
        2011: (How.BETWEEN, "42.5"),
        2014: (How.BETWEEN, "51.25"),
        2015: (How.GIVEN, "55"),
        2016: None,
    }
    assert aims[2009] is not None
    assert aims[2009].year == 2010


def test_the_country_is_compared_by_its_totals_and_a_unit_by_its_own_figure() -> None:
    found = points(
        target(2013, "100"),
        target(2014, "300"),
        target(2014, "50", "02"),
        figures=[
            given("01", "uoc_n1", "60"),
            given("02", "uoc_n1", "50"),
            given("02", "kh_n", "20"),
            given("01", "th_n2", "9"),
        ],
    )
    estimate, plan, later, own = found
    assert (estimate.column.key, plan.column.key) == ("uoc_n1", "kh_n")
    assert (estimate.value, estimate.gap, estimate.share) == (110, 10, Decimal("110.00"))
    assert (estimate.standing, plan.standing) == (Standing.AHEAD, Standing.INCOMPLETE)
    assert estimate.total is not None
    assert estimate.total.reported == 2
    assert not plan.complete
    assert (later.province, later.standing, later.a_year) == ("02", Standing.REACHED, None)
    assert (own.value, own.gap, own.standing) == (20, -30, Standing.BEHIND)
    assert own.source is not None
    assert own.source.cell


def test_where_less_is_better_below_is_ahead() -> None:
    low = points(target(2013, "10", "01", "down"), figures=[given("01", "uoc_n1", "9.5")])
    high = points(target(2013, "10", "01", "down"), figures=[given("01", "uoc_n1", "10.5")])
    assert [each.standing for each in (*low, *high)] == [Standing.AHEAD, Standing.BEHIND]
    assert low[0].gap == Decimal("-0.5")


@pytest.mark.parametrize(
    ("value", "standing"),
    [
        ("10", Standing.ON),
        ("10.004", Standing.ON),
        ("10.01", Standing.AHEAD),
        ("9.99", Standing.BEHIND),
    ],
)
def test_on_the_path_is_equal_to_a_hundredth(value: str, standing: Standing) -> None:
    (point,) = points(target(2013, "10", "01"), figures=[given("01", "uoc_n1", value)])
    assert point.standing is standing


@pytest.mark.parametrize(
    ("way", "value", "standing"),
    [
        ("up", "9", Standing.INCOMPLETE),
        ("up", "10", Standing.ON),
        ("up", "11", Standing.AHEAD),
        ("down", "9", Standing.INCOMPLETE),
        ("down", "10", Standing.INCOMPLETE),
        ("down", "11", Standing.BEHIND),
    ],
)
def test_a_sum_that_lacks_units_is_judged_where_growth_changes_nothing(
    way: str, value: str, standing: Standing
) -> None:
    found = [given("01", "uoc_n1", value)]
    (point,) = points(target(2013, "10", None, way), figures=found)
    assert point.standing is standing
    whole = [*found, given("02", "uoc_n1", "0"), given("03", "uoc_n1", "0")]
    (point,) = points(
        target(2013, "10", None, way), figures=[*whole, given("04", "uoc_n1", "0")]
    )
    assert point.standing is not Standing.INCOMPLETE


@pytest.mark.parametrize("value", ["1", "10", "99"])
@pytest.mark.parametrize("year", [2013, 2015])
def test_a_rate_that_lacks_units_is_not_judged_at_all(year: int, value: str) -> None:
    """One unit of four says nothing of the country's rate, whichever side it is on."""
    rate = replace(target(year, "10"), indicator="tl_tong")

    def told(*units: str) -> Standing:
        rows = (("tong", "5"), ("tl_tong", value))
        cells = [(unit, row, text) for unit in units for row, text in rows]
        figures = [figure((u, "PL01", row, "uoc_n1"), text) for u, row, text in cells]
        return points(rate, figures=figures)[0].standing

    assert told("01") is Standing.INCOMPLETE
    assert told("01", "02", "03", "04") not in (Standing.INCOMPLETE, Standing.UNKNOWN)


def test_a_target_of_a_later_year_says_what_has_yet_to_come_each_year() -> None:
    estimate, plan = points(target(2015, "100", "01"), figures=[given("01", "kh_n", "94")])
    assert estimate.standing is Standing.UNKNOWN  # nothing was reported
    assert (plan.standing, plan.gap, plan.a_year) == (Standing.TO_GO, -6, 6)
    assert plan.aim.year == 2015


def test_a_nil_counts_as_nothing_and_a_gap_in_the_data_is_not_known() -> None:
    (nil,) = points(
        target(2013, "0", "01", "down"),
        figures=[given("01", "uoc_n1", None, Missing.NIL)],
    )
    (gone,) = points(
        target(2013, "5", "01"),
        figures=[given("01", "uoc_n1", None, Missing.NOT_AVAILABLE)],
    )
    assert (nil.standing, nil.share) == (Standing.ON, None)
    assert (gone.standing, gone.gap) == (Standing.UNKNOWN, None)


def test_targets_that_are_over_are_not_drawn_on() -> None:
    assert points(target(2010, "5"), target(2012, "6")) == ()
