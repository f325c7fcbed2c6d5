"""Cells written the plain way, as nearly every program does, found by their pattern.

Events of an XML parser cost most of the time that a workbook takes. A sheet with anything
beyond the pattern, comments and declarations too, is left to the parser as a whole; and
so is, in every sheet, what stands around the cells.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_START, _END = b"<sheetData>", b"</sheetData>"
# printable ASCII without what means something in XML
_TEXT = rb"[ -%'-;=?-~]*"
_ANY_TEXT = rb"[^<&\x00-\x08\x0b-\x1f\x7f]*"
_TOKEN = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]{1,9})")?(?: t="([A-Za-z]{1,9})")?'
    rb"(?: ?/>|>(?:<v>(" + _TEXT + rb")</v>"
    rb"|<is><t(?: xml:space=\"preserve\")?>(" + _ANY_TEXT + rb")</t></is>"
    rb"|<f>(" + _TEXT + rb")</f>(?:<v>(" + _TEXT + rb")</v>|<v ?/>)?)?</c>)"
    rb'|<row((?: [\w:.]+="[^"<&]*")*) ?/?>|</row>'
)
_OTHER_ENCODING = re.compile(
    rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE
)
_ROW_NUMBER = re.compile(rb' r="([0-9]{1,9})"')
_HIDDEN = re.compile(rb' hidden="(?:1|true)"')

_Written = bytes | None


class PlainCell(NamedTuple):
    """A cell as it is written; None where something is not."""

    letters: bytes
    digits: bytes
    style: _Written
    kind: _Written
    value: _Written
    inline: str | None
    formula: _Written


class NotPlainError(Exception):
    """The sheet has more in it than the pattern knows."""


def plain_region(part: bytes) -> tuple[int, int] | None:
    """Where the cells of a worksheet part begin and end; None when it may not be plain."""
    start = part.find(_START)
    end = part.find(_END, start)
    written_in_bytes = part[:1] == b"<" and b"\0" not in part[:4]
    if start < 0 or end < 0 or not written_in_bytes or b"<!" in part:
        return None
    if _OTHER_ENCODING.match(part):
        return None
    return start + len(_START), end


def plain_cells(
    part: bytes, region: tuple[int, int], hide: Callable[[int], None]
) -> Iterator[PlainCell]:
    """The cells with a value or a formula; `hide` hears of hidden rows, from 0.

    NotPlainError at the first thing that is not of the pattern.
    """
    at, end = region
    match = _TOKEN.match
    while at < end:
        found = match(part, at, end)
        if found is None:
            raise NotPlainError
        at = found.end()
        groups = found.groups()
        letters, digits, style, kind, value, inline, formula, result, row = groups
        if value is not None:
            yield PlainCell(letters, digits, style, kind, value, None, None)
        elif inline is not None:
            yield PlainCell(letters, digits, style, kind, None, _decoded(inline), None)
        elif formula is not None:
            yield PlainCell(letters, digits, style, kind, result, None, formula)
        elif row and _HIDDEN.search(row):
            _hide(row, hide)


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise NotPlainError from error


def _hide(row: bytes, hide: Callable[[int], None]) -> None:
    number = _ROW_NUMBER.search(row)
    if number is None:
        raise NotPlainError
    hide(int(number[1]) - 1)
