"""Figures of one form as a matrix: a unit in each row, one of its figures in each column.

Every number is whole, times ten to as many decimals as the block has: sums and products
are exact. They are made in 64 bits where the largest that can come fits, else number by
number as Python's own, which have no end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.total import EXACT
from pipeline.domain.writing.number_text import DIGITS_AT_MOST

Key = tuple[str, str]
"""Row and column of a figure in its form."""
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Numbers = NDArray[Any]
"""Of 64 bits or of Python's whole numbers."""

_TOO_LARGE = 2**63
_PACKED = np.dtype(">i8")
_WIDE = Context(prec=3 * DIGITS_AT_MOST)
"""For any figure that can be stored, written with the decimals of any other."""


@dataclass(frozen=True)
class UnitRows:
    """Which unit each row of a block is of, by its number, and who can be stood by."""

    units: Sequence[int]
    clean: Sequence[bool]

    @cached_property
    def unit(self) -> Places:
        return np.array(self.units, dtype=np.int64)

    @cached_property
    def sure(self) -> Flags:
        return np.array(self.clean, dtype=np.bool_)


@dataclass(frozen=True)
class Block:
    """Numbers of one form; 0 where none is `given`."""

    form: str
    places: Mapping[Key, int]
    decimals: int
    rows: UnitRows
    numbers: Numbers
    given: Flags

    @cached_property
    def largest(self) -> int:
        """No number is farther from 0."""
        return largest(self.numbers)


def block_of_packed(
    about: tuple[str, Mapping[Key, int], int],
    rows: UnitRows,
    packs: Iterable[bytes],
    nothing: int,
) -> Block:
    """Of rows of 64 bits each, the highest first; `nothing` is where no figure is.

    `about` is the form, the place of each figure, and the decimals.
    """
    form, places, decimals = about
    flat = np.frombuffer(b"".join(packs), dtype=_PACKED).astype(np.int64)
    numbers = flat.reshape(len(rows.units), len(places))
    given = numbers != nothing
    numbers[~given] = 0
    return Block(form, places, decimals, rows, numbers, given)


def block_of_figures(
    form: str, rows: UnitRows, figures: Sequence[Mapping[Key, Decimal]]
) -> Block:
    """Of figures that are too large, or too exact, to be packed."""
    places: dict[Key, int] = {}
    for known in figures:
        for key in known:
            places.setdefault(key, len(places))
    decimals = max((_decimals(v) for known in figures for v in known.values()), default=0)
    numbers = np.zeros((len(figures), len(places)), dtype=object)
    given = np.zeros(numbers.shape, dtype=np.bool_)
    for row, known in enumerate(figures):
        for key, value in known.items():
            numbers[row, places[key]] = int(value.scaleb(decimals, _WIDE))
            given[row, places[key]] = True
    return Block(form, places, decimals, rows, numbers, given)


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def largest(numbers: Numbers) -> int:
    """How far the farthest number is from 0."""
    if not numbers.size:
        return 0
    return max(int(numbers.max()), -int(numbers.min()))


def wide_enough(numbers: Numbers, bound: int) -> Numbers:
    """The numbers so that nothing as large as `bound` made of them is cut off."""
    return numbers if bound < _TOO_LARGE else numbers.astype(object)


def scaled(numbers: Numbers, more: int) -> Numbers:
    """The same numbers with so many decimals more."""
    if not more:
        return numbers
    factor = 10**more
    wide = wide_enough(numbers, max(1, largest(numbers)) * factor)
    found: Numbers = wide * factor
    return found


def as_decimal(number: int, decimals: int) -> Decimal:
    """A whole number of a block as the figure that it is."""
    whole = Decimal(number)
    return EXACT.scaleb(whole, -decimals) if decimals else whole
