"""A form that stands in a mail twice: equal, complementary or contradictory."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Missing, RowMatch
from pipeline.stages.settle_forms import settle_forms
from tests.builders import decisions as make


def copy(*rows, form: str = "PL01", sheet: str = "A"):
    matches = tuple(
        RowMatch(key, at, key, 1.0)
        for at, key in enumerate(dict.fromkeys(row.indicator for row in rows))
    )
    made = replace(make.appendix(form, rows), sheet=sheet, row_matches=matches)
    return replace(
        made, derived=rows[:1], notes=tuple((row.indicator, "n") for row in rows)
    )


ONE = make.row("a", value="1")
TWO = make.row("b", value="2")


def told(settled):
    return [(f.code, f.severity, f.form, f.sheet) for f in settled.findings]


def test_different_forms_stay_as_they_are() -> None:
    given = (copy(ONE), copy(ONE, form="PL02"))
    settled = settle_forms(given)
    assert (settled.appendices, settled.twice, settled.findings) == (given, frozenset(), ())


@pytest.mark.parametrize(
    "again",
    [
        ONE,
        replace(ONE, cell="Z9", raw="1,0", unit_written="ng", quantum=Decimal("0.1")),
    ],
)
def test_equal_contents_are_kept_once_with_a_warning(again) -> None:
    first, second = copy(ONE), copy(again, sheet="B")
    settled = settle_forms((first, second))
    assert settled.appendices == (first,)
    assert settled.twice == frozenset()
    assert told(settled) == [("form-twice", Severity.WARN, "PL01", "B")]


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, value=Decimal(2)),
        replace(ONE, value=None, missing=Missing.NIL),
        replace(ONE, value=None, raw="#REF!"),
        replace(ONE, column="uoc_n1"),
    ],
)
def test_different_contents_are_an_error_and_neither_is_dropped(other) -> None:
    first, second, third = copy(ONE), copy(other, sheet="B"), copy(ONE, form="PL02")
    settled = settle_forms((first, second, third))
    assert settled.appendices == (first, second, third)
    assert settled.twice == {"PL01"}
    assert told(settled) == [("form-twice", Severity.ERROR, "PL01", "B")]


def test_unreadable_cells_are_equal_when_the_same_is_written_in_them() -> None:
    broken = replace(ONE, value=None, raw="#REF!")
    assert settle_forms((copy(broken), copy(broken))).twice == frozenset()


def test_a_form_that_goes_on_in_another_sheet_is_joined_without_a_word() -> None:
    settled = settle_forms((copy(ONE), copy(TWO, sheet="B")))
    (joined,) = settled.appendices
    assert joined.rows == (ONE, TWO)
    assert [m.indicator for m in joined.row_matches] == ["a", "b"]
    assert joined.derived == (ONE, TWO)
    assert joined.notes == (("a", "n"), ("b", "n"))
    assert settled.findings == ()


def test_a_third_copy_is_weighed_against_what_the_first_two_give_together() -> None:
    whole = copy(ONE, TWO, sheet="C")
    settled = settle_forms((copy(ONE), copy(TWO, sheet="B"), whole))
    assert settled.twice == frozenset()
    assert told(settled) == [("form-twice", Severity.WARN, "PL01", "C")]
    other = copy(ONE, replace(TWO, value=Decimal(9)), sheet="C")
    assert settle_forms((copy(ONE), copy(TWO, sheet="B"), other)).twice == {"PL01"}
