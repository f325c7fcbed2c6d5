"""A zip package under bounds that are counted while reading, not believed."""

import io
import lzma
import struct
import zipfile
import zlib

from pipeline.adapters.workbook_reading.xml_mending import mended
from pipeline.domain.mail.file_type import without_tail
from pipeline.domain.reading.sheet import UnreadableWorkbookError

MOST_INFLATED = 200 * 1024 * 1024
MOST_ENTRIES = 1_000
MOST_RATIO = 150
RATIO_FREE = 1024 * 1024
# what stands before an entry: mark, flags, lengths of its name and of what follows
_HEAD = struct.Struct("<4s2xH18xHH")
_ENTRY = b"PK\x03\x04"
_ODD_FLAGS = 0x2061  # encrypted, patched, or with its directory hidden
_BROKEN = (
    zipfile.BadZipFile,
    lzma.LZMAError,
    RuntimeError,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
)


class Package:
    """The parts of an office file, found without regard to case and slashes.

    `mend`: XML that no parser takes is made readable, what was spoilt marked as such.
    """

    def __init__(self, data: bytes, *, mend: bool = False) -> None:
        self._mend = mend
        self._data = without_tail(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(self._data))
        except _BROKEN as error:
            raise UnreadableWorkbookError("unreadable-file", f"zip: {error}") from error
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise UnreadableWorkbookError("too-big", f"{len(entries)} zip entries")
        self._entries = {_plain(entry.filename): entry for entry in entries}
        self._left = MOST_INFLATED

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._entries

    def names(self) -> list[str]:
        """The names of all parts, in lower case."""
        return list(self._entries)

    def size(self, name: str) -> int:
        """What a part says that it inflates to, in bytes; nothing when there is none."""
        entry = self._entries.get(_plain(name))
        return 0 if entry is None else entry.file_size

    def read(self, name: str) -> bytes:
        """A part's bytes, empty when there is no such part.

        UnreadableWorkbookError: too-big past the bounds, unreadable-file when damaged,
        password-protected when the entry is encrypted.
        """
        entry = self._entries.get(_plain(name))
        if entry is None:
            return b""
        if entry.flag_bits & 1:
            raise UnreadableWorkbookError("password-protected", name)
        try:
            data = self._inflate(entry)
            return mended(data) if self._mend else data
        except _BROKEN as error:
            raise UnreadableWorkbookError("unreadable-file", f"{name}: {error}") from error

    def _inflate(self, entry: zipfile.ZipInfo) -> bytes:
        bound = max(RATIO_FREE, MOST_RATIO * entry.compress_size)
        bound = min(bound, self._left)
        data = self._at_once(entry, bound)
        if data is None:
            with self._zip.open(entry) as stream:
                data = stream.read(bound + 1)
        if len(data) > bound:
            raise UnreadableWorkbookError("too-big", f"{entry.filename} inflates too far")
        self._left -= len(data)
        return data

    def _at_once(self, entry: zipfile.ZipInfo, bound: int) -> bytes | None:
        """A part as it is nearly always written, whole and sound; None for all others."""
        head = self._data[entry.header_offset : entry.header_offset + _HEAD.size]
        if entry.compress_type != zipfile.ZIP_DEFLATED or len(head) < _HEAD.size:
            return None
        mark, flags, name_size, more_size = _HEAD.unpack(head)
        name_at = entry.header_offset + _HEAD.size
        at = name_at + name_size + more_size
        same_name = self._data[name_at : name_at + name_size] == entry.filename.encode()
        if mark != _ENTRY or flags & _ODD_FLAGS or entry.flag_bits & _ODD_FLAGS:
            return None
        if not same_name or not entry.filename.isascii() or entry.file_size > bound:
            return None
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        written = self._data[at : at + entry.compress_size]
        data = inflating.decompress(written, entry.file_size + 1)
        sound = len(data) == entry.file_size and zlib.crc32(data) == entry.CRC
        return data if sound and inflating.eof else None


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
