"""What a resend changed: every figure that says something else, and no other."""

from dataclasses import astuple
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.plan.figure_change import figure_changes
from pipeline.domain.plan.form import Missing, Row
from pipeline.domain.writing.number_text import canonical
from tests.builders.decisions import appendix, nil_row, row

KEY = ("PL01", "th.viec_lam", "kh_n")


def changes(before: dict[tuple[str, str, str], str | None], *rows: Row) -> list[object]:
    """The changes of PL01 as plain values."""
    return [astuple(change) for change in figure_changes(before, [appendix(rows=rows)])]


def test_a_figure_that_says_the_same_is_no_change() -> None:
    assert changes({KEY: "100"}, row(value="100.00")) == []
    assert changes({KEY: "n"}, nil_row("th.viec_lam")) == []
    assert changes({KEY: None}, row(value=None)) == []


def test_what_was_said_and_what_is_said_now() -> None:
    assert changes({KEY: "100"}, row(value="1E+3")) == [(*KEY, "100", "1000", "H12")]
    assert changes({KEY: "0"}, nil_row("th.viec_lam")) == [(*KEY, "0", "n", "H12")]
    assert changes({KEY: "7"}, row(value=None)) == [(*KEY, "7", None, "H12")]


def test_a_figure_that_is_new_or_gone() -> None:
    here = row("b", value="2")
    known: dict[tuple[str, str, str], str | None] = {
        ("PL01", "z", "kh_n"): "4",
        ("PL01", "a", "kh_n"): "3",
        ("PL09", "a", "kh_n"): "5",
    }
    assert changes(known, here) == [
        ("PL01", "b", "kh_n", None, "2", "H12"),
        ("PL01", "a", "kh_n", "3", None, None),
        ("PL01", "z", "kh_n", "4", None, None),
    ]


def test_a_form_that_did_not_come_before_is_no_change() -> None:
    assert changes({("PL02", "a", "kh_n"): "1"}, row()) == []
    assert changes({}, row()) == []


Said = dict[str, Missing | Decimal]
FIGURES = st.dictionaries(
    st.sampled_from("abcde"),
    st.one_of(
        st.sampled_from(Missing),
        st.decimals(-100, 100, allow_nan=False, places=1),
        st.integers(0, 3).map(Decimal),
    ),
    min_size=1,
    max_size=5,
)


def rows_of(said: Said) -> list[Row]:
    return [
        row(name, value=str(figure))
        if isinstance(figure, Decimal)
        else row(name, value=None, missing=figure)
        for name, figure in said.items()
    ]


def kept(said: Said) -> dict[tuple[str, str, str], str | None]:
    """As a ledger keeps it."""
    return {
        ("PL01", name, "kh_n"): canonical(figure)
        if isinstance(figure, Decimal)
        else figure.value
        for name, figure in said.items()
    }


def number(text: str | None) -> object:
    return text if text is None or text in set(Missing) else Decimal(text)


@given(FIGURES, FIGURES)
def test_each_change_and_nothing_else(before: Said, after: Said) -> None:
    found = figure_changes(kept(before), [appendix(rows=rows_of(after))])
    told = {c.indicator: (number(c.before), number(c.after)) for c in found}
    assert told == {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    whole = tuple(found)
    assert len(found) == len(whole) == len(told)
    assert found[:2] == whole[:2]
    assert [found[place] for place in range(len(whole))] == list(whole)
