"""A slip of unit alike in all columns of a return judged alone: heads speak against it."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.last_round import LastRound
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import (
    Figures,
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

ROUND = shipped_round()
BAC_KAN = "06"
HA_NOI = "01"
THOUSANDTH = Decimal("0.001")


def asked(
    figures: Figures, province: str | None = BAC_KAN, before: Figures | None = None
) -> set[tuple[str, str, str]]:
    """The cells whose unit is asked about."""
    last = LastRound(own=before or {})
    context = CheckContext(ROUND, province, shipped_gazetteer(), last_round=last)
    return {
        (f.form or "", f.indicator or "", f.column or "")
        for f in check(make_appendices(ROUND, figures), context)
        if f.code == "unit-scale" and f.severity >= Severity.QUERY
    }


def slipped(figures: Figures, row: tuple[str, str], factor: Decimal) -> Figures:
    """A row in another unit in every column, in whole figures."""
    return {
        key: (value * factor).quantize(Decimal(1)) if key[:2] == row else value
        for key, value in figures.items()
    }


def cells(figures: Figures, row: tuple[str, str]) -> set[tuple[str, str, str]]:
    return {key for key, value in figures.items() if key[:2] == row and value}


@pytest.mark.parametrize("province", [BAC_KAN, HA_NOI])
@pytest.mark.parametrize(
    ("row", "factor"),
    [
        (("PL04", "ncc.tb"), THOUSANDTH),
        (("PL06", "te.tong"), THOUSANDTH),
        (("PL05", "gn.bhyt"), THOUSANDTH),
        (("PL04", "ncc.kp"), THOUSANDTH),
        (("PL09", "kp.vldn1"), Decimal(1000)),
        (("PL09", "kp.gnbv3"), Decimal(1000)),
        (("PL09", "kp.bdg"), Decimal(1_000_000)),
    ],
)
def test_a_row_slipped_in_every_column_is_asked_about(province, row, factor) -> None:
    wrong = slipped(consistent_return(ROUND, province, 4), row, factor)
    assert asked(wrong, province) == cells(wrong, row)


def test_a_form_in_thousands_is_asked_about_alone_as_it_comes() -> None:
    """Rows whose usual size nobody knows slipped with the form that they stand in."""
    form = ROUND.form("PL01")
    rows = {row.key for row in form.indicators if row.kind is not IndicatorKind.RATE}
    figures = {
        key: (value * THOUSANDTH).quantize(Decimal(1))
        for key, value in consistent_return(ROUND, HA_NOI, 4).items()
        if key[0] == "PL01" and key[1] in rows
    }
    assert asked(figures, HA_NOI) == {key for key, value in figures.items() if value}


@pytest.mark.parametrize(
    "row",
    [
        ("PL01", "th.xkld"),
        ("PL02", "vl.bhtn_hn"),
        ("PL02", "vl.ldnn"),
        ("PL04", "ncc.tkn"),
        ("PL06", "te.h7"),
    ],
)
def test_a_handful_of_what_is_rare_is_believed(row) -> None:
    """Three street children in the smallest province are no three thousand."""
    clean = consistent_return(ROUND, BAC_KAN, 4)
    few = {key: Decimal(2) if key[:2] == row else value for key, value in clean.items()}
    assert not asked(few) & cells(few, row)


def test_a_handful_in_a_form_in_thousands_is_asked_about_with_it() -> None:
    rows = {row.key for row in ROUND.form("PL06").indicators}
    figures = {
        key: value * THOUSANDTH if key[0] == "PL06" and key[1] in rows else value
        for key, value in consistent_return(ROUND, BAC_KAN, 4).items()
    }
    row = ("PL06", "te.h7")
    assert cells(figures, row)
    assert cells(figures, row) <= asked(figures)


def test_nobody_is_asked_who_is_not_known() -> None:
    wrong = slipped(consistent_return(ROUND, BAC_KAN, 4), ("PL04", "ncc.tb"), THOUSANDTH)
    assert asked(wrong, None) == set()


def test_what_stood_there_in_the_round_before_is_not_asked_again() -> None:
    row = ("PL09", "kp.bdg")
    same = slipped(consistent_return(ROUND, BAC_KAN, 4), row, Decimal(1000))
    assert asked(same, BAC_KAN, before=same) == set()


def test_a_return_that_is_like_none_is_not_measured_by_the_usual() -> None:
    """Half of the rows thirty times the usual: what is usual says nothing here."""
    clean = consistent_return(ROUND, BAC_KAN, 4)
    rows = sorted({key[:2] for key in clean})
    larger = set(rows[::2]) - {("PL04", "ncc.tb")}
    figures = {
        key: value * 30 if key[:2] in larger else value for key, value in clean.items()
    }
    row = ("PL04", "ncc.tb")
    assert not asked(slipped(figures, row, THOUSANDTH)) & cells(figures, row)


POOR = (("PL01", "th.hngheo"), ("PL05", "gn."), ("PL09", "kp.gnbv"))
RATES = (("PL01", "th.tlhn"), ("PL05", "gn.tl_"))


def nearly_without_poor(share: Decimal) -> Figures:
    """The return of a city that has next to no poor households left."""
    figures = consistent_return(ROUND, HA_NOI, 5)
    return {
        key: _fewer(key, value, share)
        for key, value in figures.items()
        if key[:2] != ("PL05", "gn.tong_ho")
    }


def _fewer(key: tuple[str, str, str], value: Decimal, share: Decimal) -> Decimal:
    def among(rows: tuple[tuple[str, str], ...]) -> bool:
        return any(key[0] == form and key[1].startswith(row) for form, row in rows)

    if among(RATES):
        return (value * share).quantize(Decimal("0.01"))
    return (value * share).quantize(Decimal(1)) if among(POOR) else value


@pytest.mark.parametrize("share", ["0.1", "0.01", "0.001", "0.0001"])
def test_next_to_no_poor_households_are_what_their_percentage_says(share: str) -> None:
    assert asked(nearly_without_poor(Decimal(share)), HA_NOI) == set()


@pytest.mark.parametrize("row", [("PL01", "th.hngheo"), ("PL05", "gn.ho_ngheo")])
def test_few_poor_households_slipped_are_more_than_their_percentage(row) -> None:
    """Ten in a thousand of Hà Nội's households are fewer than the nation has."""
    few = nearly_without_poor(Decimal("0.01"))
    assert asked(slipped(few, row, Decimal(1000)), HA_NOI) >= cells(few, row)
