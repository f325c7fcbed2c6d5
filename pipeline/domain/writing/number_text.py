"""The one spelling of a figure, wherever it leaves the program as text."""

from decimal import Decimal

DIGITS_AT_MOST = 1000
"""Longer numbers are no figures: a cell "1E+999999999" would fill the memory."""


def canonical(value: Decimal) -> str:
    """A number as plain digits: "12345", "-0.5", "0"; never an exponent, never "-0".

    No zero stands at the end after the point. ValueError for NaN, infinity, and a
    number that needs more than a thousand digits on either side of the point.
    """
    plain = str(value)
    if len(plain) <= DIGITS_AT_MOST:
        if plain.isdecimal():  # most figures are counts
            return plain
        whole, point, rest = plain.partition(".")
        if point and rest.isdecimal() and whole.isdecimal():
            return plain if rest[-1] != "0" else plain.rstrip("0").rstrip(".")
    return _spelled_out(value)


def _spelled_out(value: Decimal) -> str:
    """Of any number at all: below zero, with an exponent, or none in truth."""
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    if not value:
        return "0"
    exponent = value.as_tuple().exponent
    lowest = exponent if isinstance(exponent, int) else 0
    if value.adjusted() >= DIGITS_AT_MOST or lowest < -DIGITS_AT_MOST:
        raise ValueError(f"more than {DIGITS_AT_MOST} digits before or after the point")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
