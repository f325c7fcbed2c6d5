"""Figures written as text: what is certain, what is absent, what stays open."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.plan.form import Missing
from pipeline.domain.reading.number import (
    Absent,
    Ambiguous,
    Number,
    Unreadable,
    exact,
    parse_number,
    quantum_of,
    quantum_written,
)
from tests.builders.workbooks import vietnamese


@pytest.mark.parametrize(
    ("text", "value", "quantum"),
    [
        ("1234", "1234", "1"),
        ("1.234.567", "1234567", "1"),
        ("1,234,567", "1234567", "1"),
        ("12,34", "12.34", "0.01"),
        ("6.8", "6.8", "0.1"),
        ("1.234,5", "1234.5", "0.1"),
        ("1,234.5", "1234.5", "0.1"),
        ("1 234", "1234", "1"),
        ("1\u00a0234\u00a0567", "1234567", "1"),
        ("1 234,5", "1234.5", "0.1"),
        ("(12)", "-12", "1"),
        ("- 5", "-5", "1"),
        ("−0,5", "-0.5", "0.1"),
        ("+7", "7", "1"),
        ("0.123", "0.123", "0.001"),
        ("1234,567", "1234.567", "0.001"),
    ],
)
def test_certain_numbers(text: str, value: str, quantum: str) -> None:
    found = parse_number(text)
    assert isinstance(found, Number)
    assert (found.value, found.quantum) == (Decimal(value), Decimal(quantum))


@given(st.text("0123456789.,", min_size=1, max_size=14))
def test_bare_digits_are_read_as_among_spaces(text: str) -> None:
    assert parse_number(text) == parse_number(f" {text} ")


@pytest.mark.fault("T-35")
@pytest.mark.parametrize("text", ["1.234", "12,345", "(1.234)", "999.999"])
def test_one_mark_before_three_digits_has_two_readings(text: str) -> None:
    found = parse_number(text)
    assert isinstance(found, Ambiguous)
    assert found.thousands.value == found.decimal.value * 1000


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("-", Missing.NIL), ("–", Missing.NIL), ("không", Missing.NIL),
        ("Không có", Missing.NIL), ("x", Missing.NOT_APPLICABLE),
        ("X", Missing.NOT_APPLICABLE), ("..", Missing.NOT_AVAILABLE),
        ("…", Missing.NOT_AVAILABLE), ("...", Missing.NOT_AVAILABLE),
        ("chưa có", Missing.NOT_AVAILABLE), ("Chưa có số liệu", Missing.NOT_AVAILABLE),
    ],
)  # fmt: skip
def test_signs_of_absence(text: str, missing: Missing) -> None:
    assert parse_number(text) == Absent(missing)


@pytest.mark.parametrize(
    "text",
    ["trên 27.000", "600-700", "12/5", "(12", "12 34", "1.23.456", "1,2,3", "2.", "abc", "",
     "1.2,3.4", "1.23,4"],
)  # fmt: skip
def test_text_that_is_no_figure_stays_text(text: str) -> None:
    assert parse_number(text) == Unreadable()


def test_a_word_behind_the_digits_is_kept_for_the_unit() -> None:
    found = parse_number("1.234.567 người")
    assert isinstance(found, Number)
    assert found.tail == "người"


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_whatever_is_typed_in_vietnamese_notation_is_read_back(value: Decimal) -> None:
    """Two decimals leave no doubt about which mark is which."""
    found = parse_number(vietnamese(value))
    assert isinstance(found, Number)
    assert found.value == value


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse_number(text)


@pytest.mark.parametrize(
    ("number", "value"),
    [(0.1 + 0.2, "0.3"), (12.11, "12.11"), (12345.0, "12345"), (1e21, str(10**21))],
)
def test_number_cells_lose_their_binary_noise(number: float, value: str) -> None:
    assert str(exact(number)) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("1E+999999")])
def test_what_no_spreadsheet_holds_is_refused(number: float | Decimal) -> None:
    with pytest.raises(ValueError):
        exact(number)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_the_plain_notation_of_a_number_tells_its_quantum(value: Decimal) -> None:
    try:
        number = exact(value)
    except ValueError:
        return
    assert quantum_written(format(number, "f"), number) == quantum_of(number)


def test_the_quantum_is_the_last_digit_stored() -> None:
    assert quantum_of(Decimal("33.7466")) == Decimal("0.0001")
    assert quantum_of(Decimal(1200)) == 1
