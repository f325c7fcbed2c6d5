"""Outlook's winmail.dat (TNEF): the files inside it.

The format (MS-OXTNEF) is a list of attributes, each a level, an id, a length, data and
a checksum; an attachment begins with its rendering data. Its long name stands in a
list of MAPI properties.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.domain.mail.archive import ArchiveError, Budget, Member
from pipeline.domain.writing.raw_text import guess

_SIGNATURE = 0x223E9F78
_RENDERING = 0x00069002
_TITLE = 0x00018010
_DATA = 0x0006800F
_PROPERTIES = 0x00069005
# MAPI property ids of an attachment.
_LONG_NAME = 0x3707
_SHORT_NAME = 0x3704
_CONTENT = 0x3701
_FIXED_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8}
_FIXED_SIZES |= {0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x1E, 0x1F, 0xD, 0x102})


@dataclass(slots=True)
class _File:
    """An attachment while its attributes come in."""

    name: str = ""
    data: bytes = b""


def open_tnef(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The attached files of a winmail.dat, in order."""
    files: list[_File] = []
    for kind, value in _attributes(data):
        if kind == _RENDERING:
            budget.member()
            files.append(_File())
        elif files:
            _note(files[-1], kind, value)
    for one in files:
        budget.take(one.data, len(one.data), len(data))
        yield Member(one.name or "winmail.bin", one.data)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        raise ArchiveError("unreadable-file")
    at = 6
    while at + 9 <= len(data):
        _, kind, size = struct.unpack_from("<BII", data, at)
        if at + 9 + size > len(data):
            raise ArchiveError("unreadable-file")
        yield kind, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _note(current: _File, kind: int, value: bytes) -> None:
    """Keep what an attribute says about the attachment that is being read."""
    if kind == _TITLE:
        current.name = guess(value.rstrip(b"\0"))
    elif kind == _DATA:
        current.data = value
    elif kind == _PROPERTIES:
        for number, content in _properties(value):
            if number == _LONG_NAME or (number == _SHORT_NAME and not current.name):
                current.name = content if isinstance(content, str) else guess(content)
            elif number == _CONTENT and isinstance(content, bytes):
                current.data = current.data or content


def _properties(data: bytes) -> Iterator[tuple[int, bytes | str]]:
    """(property id, value) of a MAPI property list, as far as it can be read."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, 500)):
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= 0x8000:
                at = _after_name(data, at)
            values, at = _values(data, at, kind)
            for value in values:
                yield number, value
    except struct.error:
        return


def _after_name(data: bytes, at: int) -> int:
    """Where a named property's value begins: behind its set id and its name."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    (size,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + _padded(size)


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes | str], int]:
    base, many = kind & 0xFFF, bool(kind & 0x1000)
    count = 1
    if many or base in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    if base not in _VARIABLE:
        size = _FIXED_SIZES.get(base)
        if size is None:
            raise struct.error("unknown property type")
        return [], at + size * min(count, len(data))
    values: list[bytes | str] = []
    for _ in range(min(count, 100)):
        (size,) = struct.unpack_from("<I", data, at)
        raw = data[at + 4 : at + 4 + size]
        if base == 0x1F:
            values.append(raw.decode("utf-16-le", "replace").rstrip("\0"))
        else:
            values.append(raw.rstrip(b"\0") if base == 0x1E else raw)
        at += 4 + _padded(size)
    return values, at


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4
