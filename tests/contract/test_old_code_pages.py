"""A BIFF stream that names a code page nobody knows."""

import struct

import pytest

from pipeline.adapters.workbook_reading.xlrd_book import read_xls
from pipeline.domain.reading.sheet import UnreadableWorkbookError


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def test_an_unknown_code_page_is_an_unreadable_file() -> None:
    start = record(0x809, struct.pack("<HHHH", 0x500, 5, 0x0DBB, 0x07CC))
    page = record(0x42, struct.pack("<H", 0x9999))
    with pytest.raises(UnreadableWorkbookError) as caught:
        read_xls(start + page + record(0x0A, b"") + bytes(600))
    assert isinstance(caught.value.__cause__, LookupError)
