"""The records of BIFF12 ([MS-XLSB]): how the parts of an .xlsb are written."""

import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

_LONGEST_TEXT = 1 << 20
_OF_HUNDRED, _WHOLE = 1, 2
Record = tuple[int, int, int]


class DamagedError(ValueError):
    """A part whose records do not add up."""


class WideText(NamedTuple):
    """A text and where it ends."""

    text: str
    end: int


def records(data: bytes, closing: int | None = None) -> Iterator[Record]:
    """Number, start and end of each record.

    DamagedError when one is longer than its part, or the `closing` one is not there.
    """
    at, whole, number = 0, len(data), -1
    closed = closing is None
    while at < whole:
        number = data[at]
        at += 1
        if number & 0x80 and at < whole:
            number = number & 0x7F | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            if at >= whole:
                raise DamagedError("a record without a size")
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if at + size > whole:
            raise DamagedError("a record that is cut")
        yield number, at, at + size
        closed = closed or number == closing
        at += size
    if not closed:
        raise DamagedError("a part without its end")


def wide_text(data: bytes, at: int, end: int) -> WideText:
    """A text of two bytes a letter behind its length; none at all for one that is null."""
    length = struct.unpack_from("<I", data, at)[0]
    if length == 0xFFFFFFFF:
        return WideText("", at + 4)
    last = at + 4 + 2 * length
    if length > _LONGEST_TEXT or last > end:
        raise DamagedError("a text that is cut")
    return WideText(data[at + 4 : last].decode("utf-16-le", "replace"), last)


def short_number(data: bytes, at: int) -> float | int | Decimal:
    """A number in four bytes: whole or not, perhaps a hundred times itself."""
    bits = struct.unpack_from("<i", data, at)[0]
    number: float | int
    if bits & _WHOLE:
        number = bits >> 2
    else:
        number = struct.unpack("<d", bytes(4) + struct.pack("<i", bits & ~3))[0]
    if not bits & _OF_HUNDRED:
        return number
    return Decimal(number) / 100 if isinstance(number, int) else number / 100
