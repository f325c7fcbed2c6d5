"""When forms say what earlier ones said."""

from dataclasses import replace
from decimal import Decimal

from pipeline.domain.plan.form import say_the_same
from tests.builders import decisions as make


def test_figures_and_notes_make_the_content_and_places_do_not() -> None:
    one, other = make.form("PL01").appendix, make.form("PL02").appendix
    moved = replace(
        one,
        path="b.xls",
        rows=tuple(replace(r, cell="Z9", raw="x") for r in one.rows),
    )
    changed = replace(
        one, rows=tuple(replace(r, value=Decimal(987654321)) for r in one.rows)
    )
    explained = replace(one, notes=(("a", "vì mưa bão"),))
    assert one.rows
    assert say_the_same([moved], [one, other])
    assert not say_the_same([one, other], [one])
    assert not say_the_same([changed], [one])
    assert not say_the_same([explained], [one])
    assert not say_the_same([], [one])
    assert not say_the_same([one], [])


def test_a_form_that_says_less_or_the_same_of_another_form_says_something_else() -> None:
    one = make.form("PL01", rows=(make.row(), make.row(column="e"))).appendix
    less = replace(one, rows=one.rows[:1])
    assert not say_the_same([less], [one])
    assert not say_the_same([one], [less])
    assert not say_the_same([replace(one, form="PL02")], [one])
    assert say_the_same([one, one], [less, one])
