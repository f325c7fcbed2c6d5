"""Formulas of an .xls that nobody has calculated, found in its records (BIFF8).

A tool that writes formulas leaves a result behind that no calculation gives: an empty
text for a sum, or 0 with the request to calculate on opening. xlrd shows only the result,
so these would be holes in the totals. What is not certain here is left as it stands.
"""

import struct
from collections.abc import Iterator
from typing import Any

from pipeline.domain.reading.number import exact
from pipeline.domain.reading.sheet import address

_BOF, _EOF, _BOUNDSHEET, _FORMULA = 0x809, 0x0A, 0x85, 0x06
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
Place = tuple[int, int]


class _UnknownError(Exception):
    """A formula of other kinds: its result may be what it says."""


def uncalculated(stream: bytes) -> list[dict[Place, str]]:
    """For each worksheet of a BIFF8 stream the formulas without a result, by place."""
    starts = [
        struct.unpack_from("<I", body)[0]
        for number, body in _records(stream, 0)
        if number == _BOUNDSHEET and len(body) > 5 and body[5] == _WORKSHEET
    ]
    return [dict(_of_sheet(stream, start)) for start in starts]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, charts inside it too."""
    depth = 0
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        depth += (number == _BOF) - (number == _EOF)
        if number in (_BOUNDSHEET, _FORMULA):
            yield number, stream[at + 4 : at + 4 + size]
        at += 4 + size
        if depth <= 0:
            return


def _of_sheet(stream: bytes, start: int) -> Iterator[tuple[Place, str]]:
    for number, body in _records(stream, start):
        if number != _FORMULA or len(body) < 22:
            continue
        result = body[6:14]
        row, column, flags = (*struct.unpack_from("<HH", body), body[14])
        asks = result == _ZERO and flags & _ON_OPENING
        if asks or result == _EMPTY_TEXT:
            try:
                (size,) = struct.unpack_from("<H", body, 20)
                yield (row, column), _written(body[22 : 22 + size])
            except (_UnknownError, struct.error, IndexError, KeyError):
                continue


def _written(tokens: bytes) -> str:
    """The formula as text, if it can give nothing but a number."""
    reader = _Tokens(tokens)
    while reader.at < len(tokens):
        reader.step()
    if len(reader.stack) != 1 or not reader.stack[0][1]:
        raise _UnknownError
    return reader.stack[0][0]


class _Tokens:
    """A formula in reverse Polish notation; `stack` holds (text, surely a number)."""

    def __init__(self, tokens: bytes) -> None:
        self._tokens = tokens
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
        if kind == 0x24:
            self.stack.append((self._cell(), False))
        elif kind == 0x25:
            self.stack.append((self._area(), False))
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

    def _cell(self) -> str:
        row, column = self._take("<HH")
        return address(row, column & 0xFF)

    def _area(self) -> str:
        top, bottom, left, right = self._take("<4H")
        return f"{address(top, left & 0xFF)}:{address(bottom, right & 0xFF)}"

    def _pop(self) -> str:
        return self.stack.pop()[0]

    def _push(self, text: str) -> None:
        self.stack.append((text, True))

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._tokens, self.at)
        self.at += struct.calcsize(form)
        return values
