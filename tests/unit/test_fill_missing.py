"""What stands for units without a figure."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.nation_terms import MissingUnits, NationTerms
from pipeline.stages.fill_missing import IMPUTED, fill_missing
from tests.builders.totals import figure, small_gazetteer, small_round

CELL = ("PL01", "tong", "kh_n")


def filled(policy: MissingUnits, unit: str = "Người") -> Mapping[str, Decimal | None]:
    """Units 01 and 02 report, 03 says "not available", 04 nothing."""
    made = small_round()
    forms = tuple(
        replace(f, indicators=tuple(replace(row, unit=unit) for row in f.indicators))
        for f in made.forms
    )
    plan_round = replace(made, forms=forms, nation=NationTerms(policy))
    figures = [
        figure(("01", *CELL), "110"),
        figure(("02", *CELL), "220"),
        figure(("03", *CELL), None, Missing.NOT_AVAILABLE),
    ]
    history = [
        HistoryFigure(unit, *CELL, Decimal(value))
        for unit, value in (("01", 100), ("02", 200), ("03", 300), ("04", 7))
    ]
    found = fill_missing(figures, history, (plan_round, small_gazetteer()))
    assert all(each.status == IMPUTED and not each.clean for each in found)
    assert all((each.form, each.indicator, each.column) == CELL for each in found)
    return {each.province: each.value for each in found}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (MissingUnits.NONE, {}),
        (MissingUnits.CARRY_FORWARD, {"04": Decimal(7)}),
        (MissingUnits.RATIO, {"04": Decimal(8)}),
    ],
)
def test_only_a_unit_that_said_nothing_is_filled(
    policy: MissingUnits, wanted: Mapping[str, Decimal]
) -> None:
    assert filled(policy) == wanted


def test_what_is_counted_is_filled_with_whole_ones_and_nothing_else_is() -> None:
    told = {unit: filled(MissingUnits.RATIO, unit)["04"] for unit in ("Hộ", "1000 người")}
    assert told == {"Hộ": Decimal(8), "1000 người": Decimal("7.7")}


@pytest.mark.parametrize("policy", list(MissingUnits))
def test_without_the_round_before_nothing_is_filled(policy: MissingUnits) -> None:
    plan_round = replace(small_round(), nation=NationTerms(policy))
    figures = [figure(("01", *CELL), "110")]
    assert fill_missing(figures, (), (plan_round, small_gazetteer())) == ()


def test_rates_are_never_filled() -> None:
    plan_round = replace(small_round(), nation=NationTerms(MissingUnits.CARRY_FORWARD))
    history = [
        HistoryFigure("04", form.id, indicator.key, column.key, Decimal(1))
        for form in plan_round.forms
        for indicator in form.indicators
        for column in form.value_columns
    ]
    found = fill_missing((), history, (plan_round, small_gazetteer()))
    kinds = {
        plan_round.form(each.form).indicator(each.indicator).aggregate.value
        for each in found
    }
    assert kinds == {"sum"}
