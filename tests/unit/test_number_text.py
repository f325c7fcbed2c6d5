"""Canonical decimal text."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.writing.number_text import canonical


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("12345", "12345"),
        ("12.50", "12.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1.5E-3", "0.0015"),
        ("-0.0", "0"),
        ("-0E+7", "0"),
        ("0E-10", "0"),
        ("-7.000", "-7"),
        ("1E+999", "1" + "0" * 999),
        ("1E-1000", "0." + "0" * 999 + "1"),
    ],
)
def test_spelling(number: str, text: str) -> None:
    assert canonical(Decimal(number)) == text


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        canonical(Decimal(number))


@pytest.mark.parametrize("number", ["1E+1000", "1E+999999999", "1E-1001"])
def test_endless_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="1000 digits"):
        canonical(Decimal(number))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30
    )
)
def test_same_value_one_spelling(number: Decimal) -> None:
    text = canonical(number)
    assert Decimal(text) == number
    assert re.fullmatch(r"0|-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", text)
    assert canonical(Decimal(text)) == text
    assert text != "-0"
