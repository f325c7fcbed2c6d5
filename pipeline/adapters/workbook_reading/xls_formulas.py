"""Formulas of an .xls (BIFF8), and those of an .xlsb: xlrd shows only their results.

A tool that writes formulas leaves a result behind that no calculation gives: an empty
text for a sum, or 0 with the request to calculate on opening; these would be holes in the
totals. Those with a result tell which number was typed over one. What is not certain here
is left as it stands.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline.domain.reading.number import exact
from pipeline.domain.reading.sheet import column_letters

_BOF, _EOF, _BOUNDSHEET, _FORMULA, _SHARED = 0x809, 0x0A, 0x85, 0x06, 0x4BC
_PAGE = frozenset((0x14, 0x15))  # its head and foot
_WANTED = frozenset((_BOUNDSHEET, _FORMULA, _SHARED)) | _PAGE
_WORKSHEET = 0
_ON_OPENING = 0x0002
_EMPTY_TEXT = b"\x03\x00\x00\x00\x00\x00\xff\xff"
_ZERO = bytes(8)
_OPERATORS = {3: "+", 4: "-", 5: "*", 6: "/", 7: "^"}
_SIGNS = {0x12: "+", 0x13: "-"}
_FUNCTIONS = {4: "SUM", 5: "AVERAGE", 6: "MIN", 7: "MAX", 183: "PRODUCT", 344: "SUBTOTAL"}
_FIXED = {24: ("ABS", 1), 25: ("INT", 1), 27: ("ROUND", 2)}
_NOT_SHOWN = 0x41  # ptgAttr: white space, or a volatile mark
_ATTR_SUM = 0x10
_ELSEWHERE = b"\x01"
_ROW_GOES, _COLUMN_GOES = 0x8000, 0x4000
Place = tuple[int, int]


class _UnknownError(Exception):
    """A formula of other kinds: its result may be what it says."""


@dataclass(slots=True)
class Formulas:
    """The formulas of one worksheet by place: those without a result, and the others;
    what its printed pages have at head and foot.
    """  # fmt: skip

    uncalculated: dict[Place, str] = field(default_factory=dict)
    calculated: dict[Place, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)


def formulas_of(stream: bytes) -> list[Formulas]:
    """For each worksheet of a BIFF8 stream its formulas, as far as they are known here."""
    starts = [
        struct.unpack_from("<I", body)[0]
        for number, body in _records(stream, 0)
        if number == _BOUNDSHEET and len(body) > 5 and body[5] == _WORKSHEET
    ]
    return [_of_sheet(stream, start) for start in starts]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, charts inside it too."""
    depth = 0
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        depth += (number == _BOF) - (number == _EOF)
        if number in _WANTED:
            yield number, stream[at + 4 : at + 4 + size]
        at += 4 + size
        if depth <= 0:
            return


def _of_sheet(stream: bytes, start: int) -> Formulas:
    found = Formulas()
    shared: dict[Place, bytes] = {}
    sharing: dict[Place, Place] = {}
    at: Place = (0, 0)
    for number, body in _records(stream, start):
        if number == _SHARED and len(body) >= 10:
            shared[at] = body[10 : 10 + struct.unpack_from("<H", body, 8)[0]]
        if number in _PAGE:
            found.printed.extend(_printed(body))
        if number != _FORMULA or len(body) < 22:
            continue
        at = struct.unpack_from("<HH", body)
        tokens = body[22 : 22 + struct.unpack_from("<H", body, 20)[0]]
        if tokens[:1] == _ELSEWHERE and len(tokens) >= 5:
            sharing[at] = struct.unpack_from("<HH", tokens, 1)
        else:
            _note(found, at, body, tokens)
    _spell_out(found, shared, sharing)
    return found


def _spell_out(
    found: Formulas, shared: dict[Place, bytes], sharing: dict[Place, Place]
) -> None:
    for place, first in sharing.items():
        if first in shared:
            text = _written(shared[first], place)
            if text is not None:
                found.calculated[place] = text[0]


def _printed(body: bytes) -> Iterator[str]:
    """The head or foot of the printed page."""
    if len(body) > 3:
        yield body[3:].decode("utf-16-le" if body[2] & 1 else "latin-1", "ignore")


def _note(found: Formulas, place: Place, body: bytes, tokens: bytes) -> None:
    result, flags = body[6:14], body[14]
    written = _written(tokens, place)
    if written is None:
        return
    text, is_number = written
    if not (result == _EMPTY_TEXT or (result == _ZERO and flags & _ON_OPENING)):
        found.calculated[place] = text
    elif is_number:
        found.uncalculated[place] = text


def wide_formula(body: bytes, place: Place) -> tuple[str, bool] | None:
    """A formula of an .xlsb behind its size, as text; whether it gives only numbers."""
    if len(body) < 4:
        return None
    return _written(body[4 : 4 + struct.unpack_from("<I", body)[0]], place, _WIDE)


def _written(
    tokens: bytes, place: Place, extent: "_Extent | None" = None
) -> tuple[str, bool] | None:
    """The formula as text, and whether it can give nothing but a number."""
    reader = _Tokens(tokens, place, extent or _NARROW)
    try:
        while reader.at < len(tokens):
            reader.step()
    except (_UnknownError, struct.error, IndexError, KeyError):
        return None
    return reader.stack[0] if len(reader.stack) == 1 else None


class _Extent(NamedTuple):
    """How large a sheet is, and how its addresses are packed."""

    cell: str
    area: str
    rows: int
    columns: int


_NARROW = _Extent("<HH", "<4H", 0xFFFF, 0xFF)
_WIDE = _Extent("<IH", "<IIHH", 0xFFFFF, 0x3FFF)


class _Tokens:
    """A formula in reverse Polish notation; `stack` holds (text, surely a number)."""

    def __init__(self, tokens: bytes, place: Place, extent: _Extent) -> None:
        self._tokens = tokens
        self._place = place
        self._extent = extent
        self.at = 0
        self.stack: list[tuple[str, bool]] = []

    def step(self) -> None:
        """Take one token."""
        token = self._tokens[self.at]
        self.at += 1
        kind = token if token < 0x20 else (token & 0x1F) | 0x20
        if kind in _OPERATORS:
            right, left = self._pop(), self._pop()
            self._push(f"{left}{_OPERATORS[kind]}{right}")
        elif kind in _SIGNS:
            self._push(f"{_SIGNS[kind]}{self._pop()}")
        else:
            self._other(kind)

    def _other(self, kind: int) -> None:
        if kind == 0x14:
            self._push(f"{self._pop()}%")
        elif kind == 0x15:
            text, sure = self.stack.pop()
            self.stack.append((f"({text})", sure))
        elif kind == 0x19:
            self._attribute()
        elif kind == 0x1E:
            self._push(str(self._take("<H")[0]))
        elif kind == 0x1F:
            self._push(format(exact(self._take("<d")[0]), "f"))
        else:
            self._operand(kind)

    def _operand(self, kind: int) -> None:
        if kind in (0x24, 0x2C):
            self.stack.append((self._cell(moving=kind == 0x2C), False))
        elif kind in (0x25, 0x2D):
            self.stack.append((self._area(moving=kind == 0x2D), False))
        elif kind in (0x3A, 0x3B):
            # A cell of another sheet: certain to be uncalculated, not worked out here.
            self._take("<H")
            place = self._cell() if kind == 0x3A else self._area()
            self.stack.append((f"?!{place}", False))
        elif kind == 0x21:
            self._call(*_FIXED[self._take("<H")[0]])
        elif kind == 0x22:
            count, index = self._take("<BH")
            self._call(_FUNCTIONS[index], count & 0x7F)
        else:
            raise _UnknownError

    def _attribute(self) -> None:
        flags, _ = self._take("<BH")
        if flags & _ATTR_SUM:
            self._call("SUM", 1)
        elif not flags & _NOT_SHOWN:
            raise _UnknownError

    def _call(self, name: str, count: int) -> None:
        arguments = [self._pop() for _ in range(count)]
        self._push(f"{name}({','.join(reversed(arguments))})")

    def _cell(self, *, moving: bool = False) -> str:
        row, column = self._take(self._extent.cell)
        return self._reference(row, column, moving=moving)

    def _area(self, *, moving: bool = False) -> str:
        top, bottom, left, right = self._take(self._extent.area)
        start = self._reference(top, left, moving=moving)
        return f"{start}:{self._reference(bottom, right, moving=moving)}"

    def _reference(self, row: int, column: int, *, moving: bool) -> str:
        """An address, fixed parts with $; `moving` ones count from this cell."""
        fixed_row, fixed_column = not column & _ROW_GOES, not column & _COLUMN_GOES
        rows, columns = self._extent.rows, self._extent.columns
        column &= columns
        if moving and not fixed_row:
            row = (row + self._place[0]) & rows
        if moving and not fixed_column:
            column = (column + self._place[1]) & columns
        letters = column_letters(column)
        return f"{'$' * fixed_column}{letters}{'$' * fixed_row}{row + 1}"

    def _pop(self) -> str:
        return self.stack.pop()[0]

    def _push(self, text: str) -> None:
        self.stack.append((text, True))

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._tokens, self.at)
        self.at += struct.calcsize(form)
        return values
