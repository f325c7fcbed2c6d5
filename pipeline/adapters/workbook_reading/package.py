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
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(without_tail(data)))
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
        with self._zip.open(entry) as stream:
            data = stream.read(bound + 1)
        if len(data) > bound:
            raise UnreadableWorkbookError("too-big", f"{entry.filename} inflates too far")
        self._left -= len(data)
        return data


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
