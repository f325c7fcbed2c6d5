"""Figures known only to the last digit shown: arithmetic on what they may really be."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_TWO = Decimal(2)
_ZERO = Decimal(0)
_DIGITS = 27  # one less than the decimal context carries


class Interval(NamedTuple):
    """A figure as printed (`value`) with the least and most it may stand for.

    A named tuple, for two thousand are made a return, most with its name spelled out.
    """

    value: Decimal
    low: Decimal
    high: Decimal

    def __add__(self, other: "Interval") -> "Interval":  # type: ignore[override]
        made = (self.value + other.value, self.low + other.low, self.high + other.high)
        return tuple.__new__(Interval, made)

    def __sub__(self, other: "Interval") -> "Interval":
        made = (self.value - other.value, self.low - other.high, self.high - other.low)
        return tuple.__new__(Interval, made)

    def __mul__(self, other: "Interval") -> "Interval":  # type: ignore[override]
        value = self.value * other.value
        if self.low >= _ZERO and other.low >= _ZERO:  # nearly always
            made = (value, self.low * other.low, self.high * other.high)
            return tuple.__new__(Interval, made)
        corners = (
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        )
        return Interval(value, min(corners), max(corners))

    def __truediv__(self, other: "Interval") -> "Interval":
        """ZeroDivisionError when the divisor may be zero."""
        if other.low <= _ZERO <= other.high:
            raise ZeroDivisionError
        value = self.value / other.value
        if self.low >= _ZERO and other.low > _ZERO:
            made = (value, self.low / other.high, self.high / other.low)
            return tuple.__new__(Interval, made)
        corners = (
            self.low / other.low,
            self.low / other.high,
            self.high / other.low,
            self.high / other.high,
        )
        return Interval(value, min(corners), max(corners))

    def __neg__(self) -> "Interval":
        return Interval(-self.value, -self.high, -self.low)

    def meets(self, other: "Interval") -> bool:
        """Whether both may stand for the same number."""
        return self.low <= other.high and other.low <= self.high

    def exceeds(self, other: "Interval") -> bool:
        """Whether this is greater than the other whatever the digits not shown are."""
        return self.low > other.high


def around(value: Decimal, quantum: Decimal) -> Interval:
    """A printed figure: known to half a unit of its last digit."""
    half = half_of(quantum)
    return tuple.__new__(Interval, (value, value - half, value + half))


@lru_cache(maxsize=256)
def half_of(quantum: Decimal) -> Decimal:
    """How far a printed figure may lie from what it stands for."""
    return abs(quantum) / _TWO


def exact(value: Decimal) -> Interval:
    """A figure that is known exactly."""
    return Interval(value, value, value)


def added(intervals: Iterable[Interval]) -> Interval:
    """The sum of figures; zero when there are none."""
    value = low = high = _ZERO
    for each, least, most in intervals:
        value += each
        low += least
        high += most
    return tuple.__new__(Interval, (value, low, high))


def rounded(value: Decimal, quantum: Decimal) -> Decimal:
    """A number with as many decimals as a figure of this quantum shows."""
    exponent = quantum.normalize().as_tuple().exponent
    decimals = min(exponent, 0) if isinstance(exponent, int) else None
    if decimals is None or value.adjusted() - decimals >= _DIGITS:
        return value
    return value.quantize(Decimal((0, (1,), decimals)))
