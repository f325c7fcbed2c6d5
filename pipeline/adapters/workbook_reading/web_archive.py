"""The pages of a workbook that Excel saved as one web page (MHTML, often called .xls)."""

import binascii
import quopri
import re
from collections.abc import Iterator

from pipeline.adapters.workbook_reading.raw import MOST_SHEETS, RawSheet
from pipeline.adapters.workbook_reading.text_tables import read_html
from pipeline.domain.reading.sheet import UnreadableWorkbookError

_BOUNDARY = re.compile(rb"""(?i)\bboundary\s*=\s*["']?([^"'\s;]{1,200})""")
_TRANSFER = re.compile(rb"(?im)^content-transfer-encoding:[ \t]*([a-z0-9-]{1,20})")
_CONTENT = re.compile(rb"(?im)^content-type:[ \t]*text/html\b")
_CHARSET = re.compile(rb"(?i)\bcharset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})")
_BLANK = re.compile(rb"\r?\n\r?\n")
_LONGEST_HEAD = 8192


def read_web_archive(data: bytes) -> list[RawSheet]:
    """A sheet for each page with a table; UnreadableWorkbookError when there is none."""
    sheets: list[RawSheet] = []
    for page in _pages(data):
        for sheet in read_html(page):
            if sheet.cells and len(sheets) <= MOST_SHEETS:
                sheet.name = f"html {len(sheets) + 1}"
                sheets.append(sheet)
    if not sheets:
        raise UnreadableWorkbookError("unreadable-file", "a web archive without a table")
    return sheets


def _pages(data: bytes) -> Iterator[bytes]:
    boundary = _BOUNDARY.search(data[:_LONGEST_HEAD])
    if boundary is None:
        return
    for part in data.split(b"--" + boundary[1])[1:]:
        blank = _BLANK.search(part, 0, _LONGEST_HEAD)
        head = part[: blank.start()] if blank else b""
        if blank and _CONTENT.search(head):
            page = _decoded(part[blank.end() :], head)
            charset = _CHARSET.search(head)
            # a page that does not name its charset has the one of its part
            yield b"<meta charset=%s>" % charset[1] + page if charset else page


def _decoded(body: bytes, head: bytes) -> bytes:
    transfer = _TRANSFER.search(head)
    if transfer is None:
        return body
    try:
        if transfer[1].lower() == b"base64":
            return binascii.a2b_base64(body)
        return quopri.decodestring(body) if b"quoted" in transfer[1].lower() else body
    except binascii.Error as error:
        raise UnreadableWorkbookError("unreadable-file", f"base64: {error}") from error
