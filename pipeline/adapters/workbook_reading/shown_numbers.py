"""Numbers of a page, which holds them exactly and as they are shown: `x:num`, `sdval`."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pipeline.adapters.workbook_reading.number_formats import is_size
from pipeline.adapters.workbook_reading.raw import (
    AnyCell,
    number_cell,
    scaled_cell,
    text_cell,
)
from pipeline.domain.reading.number import Ambiguous, Number, parse_number

_POWERS = (0, 3, 6, 9)


class ShownCell(NamedTuple):
    """A number as people see it; whether it `differs` from the exact one by more than
    rounding.
    """  # fmt: skip

    cell: AnyCell
    differs: bool


def shown_cell(exact: str, text: str) -> ShownCell:
    """A number that a page gives both ways.

    In thousandths, or with a word of size behind it, it is read as it is shown. Where the
    two have nothing to do with each other the text is believed and the cell disputed.
    """
    percent = text.endswith("%")
    made = number_cell(exact, percent=percent)
    if made.number is None or not any(letter.isdigit() for letter in text):
        return ShownCell(made, differs=False)
    held = made.number * 100 if percent else made.number
    for power in _POWERS:
        for reading in _readings(text):
            if _is_rounded(held, reading, power):
                word = reading.tail if is_size(reading.tail) else ""
                cell = scaled_cell(made, "," * (power // 3) + word)
                return ShownCell(cell, differs=cell is not made)
    return ShownCell(text_cell(text), differs=True)


def _readings(text: str) -> Iterator[Number]:
    found = parse_number(text)
    if isinstance(found, Ambiguous):
        yield from (found.thousands, found.decimal)
    elif isinstance(found, Number):
        yield found


def _is_rounded(held: Decimal, shown: Number, power: int) -> bool:
    """Whether a number shown in units of a power of ten is the one held, but rounded."""
    return abs(held - shown.value.scaleb(power)) <= shown.quantum.scaleb(power) / 2
