"""What an OLE compound file holds at its root, by its directory.

Files embedded in a document, or attached to a saved mail, have names of their own deeper
down: a search through the bytes would take the outer file for one of them.
"""

import struct
from collections.abc import Iterator, Sequence

MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_HEADER, _ENTRY = 512, 128
_IN_HEADER = 109
_LAST_SECTOR = 0xFFFFFFFA  # higher numbers end a chain
_NONE = 0xFFFFFFFF
_MOST_SECTORS, _MOST_ENTRIES = 4_000, 20_000
_SMALL = 4096  # a smaller stream is kept in pieces of 64 bytes
_BROKEN = (struct.error, IndexError, ValueError)


def root_names(data: bytes) -> frozenset[str] | None:
    """Names of the streams and storages at the root in lower case; None when damaged."""
    try:
        entries = _Sectors(data).directory()
        return frozenset(name for name, _ in _children(entries))
    except _BROKEN:
        return None


def sizes_fit(data: bytes) -> bool:
    """Whether no size that the file tells of its parts is larger than the file.

    A reader that makes room for what is told would ask for gigabytes.
    """
    try:
        counts = [struct.unpack_from("<I", data, at)[0] for at in (40, 44, 64, 72)]
        entries = _Sectors(data).directory()
        sizes = [
            struct.unpack_from("<I", entries, at + 120)[0]
            for at in range(0, len(entries) - _ENTRY + 1, _ENTRY)
            if entries[at + 66]
        ]
    except _BROKEN:
        return False
    most = len(data) // _HEADER + 1
    return all(count <= most for count in counts) and max(sizes, default=0) <= len(data)


def stream_of(data: bytes, names: Sequence[str]) -> bytes:
    """The bytes of the first stream at the root that has one of the names; or nothing."""
    try:
        sectors = _Sectors(data)
        entries = sectors.directory()
        found = dict(_children(entries))
        at = next((found[name] for name in names if name in found), None)
        return b"" if at is None else sectors.stream(entries, at)
    except _BROKEN:
        return b""


class _Sectors:
    """The sectors of a file and the table of which comes after which."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift = struct.unpack_from("<H", data, 30)[0]
        if shift not in (9, 12):
            raise ValueError("sector size")
        self._size = 1 << shift
        self._table = self._tables()

    def _tables(self) -> list[int]:
        """The sectors of the table: the first in the header, the others in a chain."""
        table = list(struct.unpack_from(f"<{_IN_HEADER}I", self._data, 76))
        at, steps = struct.unpack_from("<I", self._data, 68)[0], 0
        while at <= _LAST_SECTOR and steps < _MOST_SECTORS:
            *more, at = struct.unpack_from(
                f"<{self._size // 4}I", self._data, (at + 1) * self._size
            )
            table += more
            steps += 1
        return [sector for sector in table if sector <= _LAST_SECTOR]

    def directory(self) -> bytes:
        """The entries of all streams and storages."""
        return b"".join(self._chain(struct.unpack_from("<I", self._data, 48)[0]))

    def stream(self, entries: bytes, at: int) -> bytes:
        """The bytes of a stream by its entry; a small one lies among others."""
        start, size = struct.unpack_from("<II", entries, at + 116)
        if size >= _SMALL:
            return b"".join(self._chain(start))[:size]
        inside = b"".join(self._chain(struct.unpack_from("<I", entries, 116)[0]))
        table = b"".join(self._chain(struct.unpack_from("<I", self._data, 60)[0]))
        parts: list[bytes] = []
        while start <= _LAST_SECTOR and len(parts) < _MOST_SECTORS:
            parts.append(inside[64 * start : 64 * start + 64])
            start = struct.unpack_from("<I", table, 4 * start)[0]
        return b"".join(parts)[:size]

    def _chain(self, at: int) -> Iterator[bytes]:
        size, steps = self._size, 0
        most = len(self._data) // size + 1
        while at <= _LAST_SECTOR and steps < most:
            yield self._data[(at + 1) * size : (at + 2) * size]
            group, place = divmod(at, size // 4)
            there = (self._table[group] + 1) * size + 4 * place
            at = struct.unpack_from("<I", self._data, there)[0]
            steps += 1


def _children(entries: bytes) -> Iterator[tuple[str, int]]:
    """The siblings under the root: a tree of entries that know their left and right."""
    todo, seen = [struct.unpack_from("<I", entries, 76)[0]], set[int]()
    while todo and len(seen) < _MOST_ENTRIES:
        number = todo.pop()
        if number == _NONE or number in seen:
            continue
        seen.add(number)
        at = number * _ENTRY
        length, _, _, left, right = struct.unpack_from("<HBBII", entries, at + 64)
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        yield name.lower(), at
        todo += (left, right)
