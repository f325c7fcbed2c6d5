"""The names at the root of an OLE compound file, which tell what it holds.

Files embedded in a document, or attached to a saved mail, have names of their own deeper
down: a search through the bytes would take the outer file for one of them.
"""

import struct
from collections.abc import Iterator

MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_HEADER, _ENTRY = 512, 128
_IN_HEADER = 109
_LAST_SECTOR = 0xFFFFFFFA  # higher numbers end a chain
_NONE = 0xFFFFFFFF
_MOST_SECTORS, _MOST_ENTRIES = 4_000, 20_000


def root_names(data: bytes) -> frozenset[str] | None:
    """Names of the streams and storages at the root in lower case; None when damaged."""
    try:
        entries = _directory(data)
        return frozenset(_children(entries))
    except (struct.error, IndexError, ValueError):
        return None


def _directory(data: bytes) -> bytes:
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise ValueError("sector size")
    size = 1 << shift
    table = [
        sector
        for sector in struct.unpack_from(f"<{_IN_HEADER}I", data, 76)
        if sector <= _LAST_SECTOR
    ]
    parts = []
    at, steps = struct.unpack_from("<I", data, 48)[0], 0
    while at <= _LAST_SECTOR and steps < _MOST_SECTORS:
        parts.append(data[(at + 1) * size : (at + 2) * size])
        group, place = divmod(at, size // 4)
        at = struct.unpack_from("<I", data, (table[group] + 1) * size + 4 * place)[0]
        steps += 1
    return b"".join(parts)


def _children(entries: bytes) -> Iterator[str]:
    """The siblings under the root: a tree of entries that know their left and right."""
    todo, seen = [struct.unpack_from("<I", entries, 76)[0]], set[int]()
    while todo and len(seen) < _MOST_ENTRIES:
        number = todo.pop()
        if number == _NONE or number in seen:
            continue
        seen.add(number)
        at = number * _ENTRY
        length, _, _, left, right = struct.unpack_from("<HBBII", entries, at + 64)
        yield entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        todo += (left, right)
