"""Cells written the plain way, as nearly every program does, found by their pattern.

Events of an XML parser cost most of the time that a workbook takes. A sheet with anything
beyond the pattern, comments and declarations too, is left to the parser as a whole; and
so is, in every sheet, what stands around the cells.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pipeline.adapters.workbook_reading.ooxml_parts import Parts, Style, style_at
from pipeline.adapters.workbook_reading.raw import (
    AS_IT_IS,
    MOST_CELLS,
    RawCell,
    RawSheet,
    plain_text,
)
from pipeline.adapters.workbook_reading.repeated_cells import RepeatedCells
from pipeline.adapters.workbook_reading.seen_pieces import (
    PLACES,
    Found,
    Nothing,
    NotPlainError,
)
from pipeline.adapters.workbook_reading.shared_strings import unescaped
from pipeline.domain.reading.sheet import (
    Cell,
    CellKind,
    UnreadableWorkbookError,
)

_START, _END, _ROW_END, _CELL_END = b"<sheetData>", b"</sheetData>", b"</row>", b"</c>"
_NEXT_ROW, _EMPTY = b"</row><row", b"/>"
_Written = bytes | None
_Token = tuple[bytes, ...]
_Place = tuple[int, int]

# printable ASCII without what means something in XML
_TEXT = rb"[ -%'-;=?-~]*"
_ANY_TEXT = rb"[^<&>\x00-\x08\x0b-\x1f\x7f]*"
_TOKEN = re.compile(
    rb'(<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]{1,9})")?(?: t="([A-Za-z]{1,9})")?'
    rb"(?: ?/>|>(?:<v>(?:(" + AS_IT_IS.encode() + rb")|(" + _TEXT + rb"))</v>"
    rb"|<is><t(?: xml:space=\"preserve\")?>(" + _ANY_TEXT + rb")</t></is>"
    rb"|<f>(" + _TEXT + rb")</f>(?:<v>(" + _TEXT + rb")</v>|<v ?/>)?)?</c>)"
    rb'|(?:</row>)?<row((?: [A-Za-z_][\w:.]*="[ !#-%\'-;=-~]*")*) ?/?>|</row>)'
)
_OTHER_ENCODING = re.compile(
    rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE
)
_ROW_NUMBER = re.compile(rb' r="([0-9]{1,9})"')
_HIDDEN = re.compile(rb' hidden="(?:1|true)"')
_NAMES = re.compile(rb" ([\w:.]+)=")
# Three bytes of UTF-8 that Python takes for letters and XML does not.
_NO_LETTERS = ("\ufffe", "\uffff")
_WHOLE: Callable[[_Token], bytes] = itemgetter(0)
_SHORT_ROW, _SHORT_TEXT = 200, 300
_AT_ONCE, _MOST_AT_ONCE = 1 << 16, 1 << 20  # bytes: what is found in them is held
_NUMBER = CellKind.NUMBER


class PlainCell(NamedTuple):
    """A cell as it is written; None where something is not."""

    place: _Place
    style: _Written
    kind: _Written
    value: _Written
    inline: str | None
    formula: _Written


def plain_region(part: bytes) -> tuple[int, int] | None:
    """Where the cells of a worksheet part begin and end; None when it may not be plain."""
    start = part.find(_START)
    end = part.rfind(_END)
    written_in_bytes = part[:1] == b"<" and b"\0" not in part[:4]
    if start < 0 or end < start or not written_in_bytes:
        return None
    # an instruction or a comment may hold what looks like cells
    if (b"!" in part and b"<!" in part) or (b"?" in part[1:] and b"<?" in part[1:]):
        return None
    if _OTHER_ENCODING.match(part):
        return None
    return start + len(_START), end


class PlainCells:
    """Fills a sheet with cells that are found by their pattern.

    Nearly all are a number or a text and nothing else. The others, those with a formula
    or with a date's format for example, are left to `other`.
    """

    def __init__(
        self, sheet: RawSheet, parts: Parts, other: Callable[[PlainCell], None]
    ) -> None:
        self._sheet = sheet
        self._parts = parts
        self._other = other
        self._styles: dict[bytes, Style] = {}
        # by style: whether a number is a percentage; None where it takes a closer look
        self._percents: dict[bytes, bool | None] = {}
        self._fonts: dict[bytes, str | None] = {}
        self._open_rows = 0

    def read(self, part: bytes, region: tuple[int, int]) -> None:
        """Take the cells of a region. NotPlainError: not all of it is of the pattern."""
        cells, hidden = self._sheet.cells, self._sheet.hidden_rows
        repeated = RepeatedCells(self._parts.seen, self._parts.texts, self)
        for at, stop in _stretches(part, region):
            worth = repeated.is_worth_it and not self._open_rows
            if not (worth and repeated.take(part[at:stop], cells, hidden)):
                self._take(_tokens(part, at, stop))
            if len(cells) > MOST_CELLS:
                raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")
        if self._open_rows:
            raise NotPlainError

    def rows(self, head: bytes) -> tuple[int, ...] | None:
        """What a row begins with: the rows hidden there (`repeated_cells.Pattern`)."""
        tokens = _tokens(head, 0, len(head))
        empty = [whole.endswith(_EMPTY) for whole, *_ in tokens]
        if (
            not tokens
            or empty[-1]
            or not all(empty[:-1])
            or any(at for _, at, *_ in tokens)
        ):
            return None
        found = (_hidden_row.__wrapped__(attributes) for *_, attributes in tokens)
        return tuple(row for row in found if row is not None)

    def cell(self, written: bytes, place: _Place) -> Found | None:
        """Take a cell that was not seen before (`repeated_cells.Pattern`)."""
        found = _TOKEN.fullmatch(written)
        if found is None:
            raise NotPlainError
        _, _, style, kind, figure, _, inline, *_ = found.groups(b"")
        text = self._text(style, kind, figure, inline) if figure or inline else None
        if text is not None:
            self._sheet.cells[place] = text
        elif written.endswith(_EMPTY):
            return Nothing.EMPTY
        else:
            self._take_found(found, place)
        return text

    def percent(self, style: bytes) -> bool | None:
        """Whether a number of a style is a percentage, if nothing else."""
        return self._look(style)

    def _take(self, tokens: Sequence[_Token]) -> None:
        cells, percents = self._sheet.cells, self._percents
        for whole, reference, style, kind, figure, _, inline, _, _, attributes in tokens:
            if not reference:
                self._take_row(whole, attributes)
                continue
            place = PLACES[reference]
            if figure and (not kind or kind == b"n"):
                percent = percents[style] if style in percents else self._look(style)
                if percent is not None:
                    # Cell(...) spelled out, for a thousand are made a workbook
                    text = figure.decode()
                    made = (_NUMBER, text, Decimal(text), percent, None, "unicode")
                    cells[place] = tuple.__new__(Cell, made)
                    continue
            found = self._text(style, kind, figure, inline) if figure or inline else None
            if found is not None:
                cells[place] = found
            elif whole.endswith(_CELL_END):
                found_again = _TOKEN.fullmatch(whole)
                assert found_again is not None
                self._take_found(found_again, place)

    def _take_row(self, whole: bytes, attributes: bytes) -> None:
        """The end of a row, the beginning of one, or both."""
        if whole == _ROW_END or whole.startswith(_NEXT_ROW):
            self._open_rows -= 1
            if self._open_rows < 0:
                raise NotPlainError
        if whole != _ROW_END:
            self._open_rows += not whole.endswith(_EMPTY)
            known = len(attributes) <= _SHORT_ROW
            hidden = (_hidden_row if known else _hidden_row.__wrapped__)(attributes)
            if hidden is not None:
                self._sheet.hidden_rows.add(hidden)

    def _look(self, number: bytes) -> bool | None:
        style = self._style(number)
        plain = not style.date and not style.scale
        self._percents[number] = percent = style.percent if plain else None
        return percent

    def _style(self, number: bytes) -> Style:
        style = self._styles.get(number)
        if style is None:
            style = style_at(self._parts.styles, (number or b"0").decode())
            self._styles[number] = style
        return style

    def _font(self, number: bytes) -> str | None:
        self._fonts[number] = font = self._style(number).font
        return font

    def _text(
        self, style: bytes, kind: bytes, index: bytes, inline: bytes
    ) -> RawCell | None:
        """A text in the cell itself or in the shared table, when it is nothing but that."""
        if inline and kind == b"inlineStr":
            font = self._fonts[style] if style in self._fonts else self._font(style)
            known = len(inline) + len(font or "") <= _SHORT_TEXT
            return (_inline if known else _inline.__wrapped__)(inline, font)
        if inline:
            text = ""
        elif (
            kind == b"s"
            and index.isdigit()
            and len(index) < 10
            and int(index) < len(self._parts.strings)
        ):
            found = self._parts.strings[int(index)]
            text = "" if found.runs else found.text
        else:
            text = ""
        if not text:
            return None
        font = self._fonts[style] if style in self._fonts else self._font(style)
        return plain_text(text, font)

    def _take_found(self, found: re.Match[bytes], place: _Place) -> None:
        """Anything else; here it matters whether something is empty or not there."""
        _, _, style, kind, figure, value, inline, formula, result, _ = found.groups()
        if figure is not None:
            value = figure
        elif formula is not None:
            value = result
        if value is not None or inline is not None or formula is not None:
            text = None if inline is None else _decoded(inline)
            self._other(PlainCell(place, style, kind, value, text, formula))


def _stretches(part: bytes, region: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """A region some rows at a time."""
    at, end = region
    while at < end:
        stop = part.find(_ROW_END, at + _AT_ONCE, end)
        stop = end if stop < 0 else stop + len(_ROW_END)
        if stop - at > _MOST_AT_ONCE:
            raise NotPlainError
        yield at, stop
        at = stop


def _tokens(part: bytes, at: int, stop: int) -> list[_Token]:
    """What the pattern finds there, when it leaves nothing out."""
    tokens = _TOKEN.findall(part, at, stop)
    if sum(map(len, map(_WHOLE, tokens))) != stop - at:
        raise NotPlainError
    return tokens


@lru_cache(maxsize=8192)
def _inline(written: bytes, font: str | None) -> RawCell | None:
    """The cell of a text that stands in it."""
    text = unescaped(_decoded(written))
    return plain_text(text, font) if text else None


@lru_cache(maxsize=2048)
def _hidden_row(attributes: bytes) -> int | None:
    """The number of a row that is hidden."""
    names = _NAMES.findall(attributes)
    if len(set(names)) < len(names):
        raise NotPlainError
    return _number_of(attributes) - 1 if _HIDDEN.search(attributes) else None


def _decoded(text: bytes) -> str:
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise NotPlainError from error
    if not decoded.isascii() and any(letter in decoded for letter in _NO_LETTERS):
        raise NotPlainError
    return decoded


def _number_of(row: bytes) -> int:
    number = _ROW_NUMBER.search(row)
    if number is None:
        raise NotPlainError
    return int(number[1])
