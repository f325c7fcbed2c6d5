"""Tables in text files, as old programs export them and call them .xls: HTML and CSV."""

import csv
import io
import re
import unicodedata
from html.parser import HTMLParser

from pipeline.adapters.workbook_reading.grid import Grid
from pipeline.adapters.workbook_reading.raw import (
    RawSheet,
    text_cell,
)
from pipeline.adapters.workbook_reading.shown_numbers import shown_cell
from pipeline.adapters.workbook_reading.xml_events import whole
from pipeline.domain.mail.file_type import wide_encoding
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from pipeline.domain.writing.raw_text import from_tcvn3, from_vni, plausibility

_CHARSET = re.compile(rb"charset=[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_DELIMITERS = ("\t", ";", ",", "|")
# The first line in which Excel is told what parts the fields; it is no row of the table.
_SEPARATOR = re.compile(r"sep=([;,|\t])\r?\n", re.IGNORECASE)
# What hangs on a cell and is no part of its text.
_ASIDE = frozenset(("comment", "style", "script"))
_OUT_OF_SIGHT = re.compile(r"\bdisplay\s*:\s*none\b", re.IGNORECASE)
_LONGEST_FIELD = 1_000_000
# A Vietnamese Windows names its own code page, whatever font draws the letters.
_OF_WINDOWS = frozenset(("windows-1258", "cp1258"))


def read_csv(data: bytes) -> list[RawSheet]:
    """One sheet of text cells; the delimiter is the one that parts lines alike."""
    text = decode_bytes(data)
    sheet = RawSheet("csv")
    csv.field_size_limit(_LONGEST_FIELD)
    grid = Grid(sheet)
    told = _SEPARATOR.match(text)
    if told:
        text = text[told.end() :]
        grid.next_row()
    mark = told[1] if told else _delimiter(text)
    try:
        for fields in csv.reader(io.StringIO(text, newline=None), delimiter=mark):
            grid.next_row()
            for written in fields:
                grid.place(text_cell(written) if written.strip() else None)
    except csv.Error as error:
        if not sheet.cells:
            raise UnreadableWorkbookError("unreadable-file", f"csv: {error}") from error
    return [sheet]


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    counts = {mark: sum(line.count(mark) for line in lines) for mark in _DELIMITERS}
    # A comma also begins decimals: it wins only where nothing else parts the lines.
    for mark in ("\t", ";", "|"):
        if counts[mark] >= len(lines):
            return mark
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def read_html(data: bytes) -> list[RawSheet]:
    """The tables of a page, one below the other on one sheet."""
    parser = _Tables()
    parser.feed(decode_bytes(data))
    parser.close()
    return [parser.sheet]


def decode_bytes(data: bytes) -> str:
    """Text of unknown charset: UTF-8, its own word, else what old Vietnam wrote."""
    wide = wide_encoding(data[:8192])
    if wide:
        return data.decode(wide, "replace")
    declared = _CHARSET.search(data[:4096])
    names = [declared.group(1).decode("ascii").lower()] if declared else []
    for name in ("utf-8-sig", *names):
        if name in _OF_WINDOWS:
            break
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return _of_old_fonts(data)


def _of_old_fonts(data: bytes) -> str:
    """Windows-1258, unless the bytes make better sense in the fonts of TCVN3 or VNI:
    those are told apart later, cell by cell, and need their bytes unchanged.
    """  # fmt: skip
    modern = data.decode("cp1258", "replace")
    legacy = max(plausibility(from_tcvn3(data)), plausibility(from_vni(data)))
    if legacy <= plausibility(unicodedata.normalize("NFC", modern)):
        # Its tone marks stay apart: by them a cell is known as windows-1258 later.
        return modern
    return data.decode("cp1252", "replace")


class _Tables(HTMLParser):
    """Lays the cells of all tables into one grid."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = RawSheet("html")
        self._grid = Grid(self.sheet)
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._font: str | None = None
        self._aside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._aside += tag in _ASIDE
        attributes = {key: value or "" for key, value in attrs}
        if tag == "tr":
            self._close_cell()
            self._grid.next_row()
            if _OUT_OF_SIGHT.search(attributes.get("style", "")):
                self.sheet.hidden_rows.add(self._grid.row)
        elif tag in ("td", "th"):
            self._close_cell()
            self._cell, self._text, self._font = attributes, [], None
        elif tag == "br":
            self._text.append("\n")
        elif tag == "font":
            self._font = attributes.get("face") or self._font

    def handle_endtag(self, tag: str) -> None:
        if tag in _ASIDE:
            self._aside = max(self._aside - 1, 0)
        elif tag in ("td", "th", "tr", "table"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if not self._aside:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._close_cell()

    def _close_cell(self) -> None:
        self._aside = 0
        if self._cell is None:
            return
        attributes, self._cell = self._cell, None
        if self._grid.row < 0:
            self._grid.next_row()
        across = _integer(attributes.get("colspan"))
        down = _integer(attributes.get("rowspan"))
        place = self._grid.row, self._grid.next_column()
        exact = attributes.get("x:num") or attributes.get("sdval")
        text = "".join(self._text).strip()
        made = shown_cell(exact, text) if exact else None
        if made is not None and made.differs:
            self.sheet.disputed.append(place)
        plain = text_cell(text, self._font) if text else None
        self._grid.place(made.cell if made else plain, across, down)


def _integer(text: str | None) -> int:
    return (whole(text) or 1) if text else 1
