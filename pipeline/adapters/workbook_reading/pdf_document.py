"""The door to pdfplumber: tables of PDFs that were born as text."""

import io
import logging
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.adapters.workbook_reading.pdf_letters import Box, CellGrid
from pipeline.adapters.workbook_reading.raw import RawSheet, text_cell
from pipeline.adapters.workbook_reading.word_document import (
    FEWEST,
    LINES_ABOVE,
    MOST_BODY,
    MOST_LINES,
    Document,
)
from pipeline.domain.reading.sheet import Span
from pipeline.domain.writing.legacy_text import decode
from pipeline.domain.writing.text import compose

MOST_PAGES = 60
_LARGEST = 20 * 1024 * 1024
_MOST_MARKS = 20_000
_NEAR = 2.0
_PAGE_NUMBER = 6
# What pdfminer is known to raise on damaged files, besides its own errors.
_BROKEN = (
    AssertionError,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def read_pdf(data: bytes, pages: int = MOST_PAGES) -> tuple[Document, int]:
    """A PDF as far as it can be read, and how many pages that took.

    A PDF of more than `pages` pages is a report: it is left alone. A table that goes on
    at the top of the next page is one table. A table in which text runs over the lines is
    left out: what stands in which row is then anybody's guess.
    """
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    reading = _Reading(Document())
    if len(data) > _LARGEST:
        return reading.document, 0
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) > pages:
                return reading.document, 0
            for page in pdf.pages:
                reading.page(page)
                page.close()
    except (
        PDFException,
        PSException,
        PdfminerException,
        MalformedPDFException,
        *_BROKEN,
    ):
        pass  # what was read until here is what there is
    reading.drop_overrun()
    return reading.document, reading.pages


class _Reading:
    """One PDF, page after page."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.pages = 0
        self._overrun: set[int] = set()
        self._last: _Placed | None = None
        self._above: list[str] = []

    def page(self, page: Any) -> None:
        """Take in one page; drawings full of lines and letters are no tables."""
        self.pages += 1
        marks = len(page.chars) + len(page.rects) + len(page.lines) + len(page.curves)
        if not page.chars or marks > _MOST_MARKS:
            self._last = None
            return
        font = _main_font(page)
        found = sorted(page.find_tables(), key=lambda table: table.bbox[1])
        top = 0.0
        for number, table in enumerate(found):
            lines = _lines(page, top, table.bbox[1], font)
            self._note(lines)
            placed = _Placed(table, font)
            self._table(placed, lines, is_first=number == 0)
            if placed.grid.is_overrun(page.chars):
                self._overrun.add(id(placed.sheet))
            top = max(top, table.bbox[3])
        rest = _lines(page, top, float(page.height), font)
        self._note(rest)
        self._above.extend(rest)
        if not found:
            self.document.prose += sum(map(len, rest))
        if any(len(line) > _PAGE_NUMBER for line in rest):
            self._last = None

    def drop_overrun(self) -> None:
        """Leave out the tables whose text does not keep to its cells."""
        self.document.tables[:] = [
            sheet for sheet in self.document.tables if id(sheet) not in self._overrun
        ]

    def _note(self, lines: Sequence[str]) -> None:
        room = MOST_LINES - len(self.document.lines)
        self.document.lines.extend(lines[:room])
        left = MOST_BODY - len(self.document.body)
        self.document.body.extend(lines[:left])

    def _table(self, placed: "_Placed", lines: list[str], *, is_first: bool) -> None:
        """A new table, or the rest of the one at the foot of the page before."""
        titled = any(len(line) > _PAGE_NUMBER for line in lines)
        if is_first and not titled and self._last and self._last.is_like(placed):
            placed.fill(self._last.sheet, self._last.rows)
            placed.take_over(self._last)
            self._last = placed
            return
        self._above.extend(lines)
        if placed.width < FEWEST or placed.rows < FEWEST:
            self._above.extend(placed.texts())
            self._last = None
            return
        number = len(self.document.tables) + 1
        placed.sheet.name = f"Bảng {number}"
        placed.sheet.above = tuple(self._above[-LINES_ABOVE:])
        placed.fill(placed.sheet, 0)
        self.document.tables.append(placed.sheet)
        self._above.clear()
        self._last = placed


class _Placed:
    """A table on a page, its cells told apart by the lines between them."""

    def __init__(self, table: Any, font: str | None) -> None:
        self._font = font
        boxes = [cell for cell in table.cells if cell is not None]
        self.columns = _edges(box[0] for box in boxes)
        self._tops = _edges(box[1] for box in boxes)
        self._cells: list[tuple[Box, str]] = [
            (box, text)
            for row, line in zip(table.rows, table.extract(), strict=True)
            for box, text in zip(row.cells, line, strict=True)
            if box is not None
        ]
        self.grid = CellGrid(self.columns, self._tops, dict(self._covered()))
        self.width = len(self.columns)
        self.rows = len(self._tops)
        self.sheet = RawSheet("")

    def _covered(self) -> Iterator[tuple[tuple[int, int], Box]]:
        """Each place of the grid with the cell that covers it."""
        for box, _ in self._cells:
            rows = range(_place(self._tops, box[1]), _last(self._tops, box[3]) + 1)
            columns = range(_place(self.columns, box[0]), _last(self.columns, box[2]) + 1)
            yield from (((row, column), box) for row in rows for column in columns)

    def is_like(self, other: "_Placed") -> bool:
        """Whether the columns of another table stand where these do."""
        return self.width == other.width and all(
            abs(mine - theirs) <= _NEAR * 2
            for mine, theirs in zip(self.columns, other.columns, strict=True)
        )

    def take_over(self, earlier: "_Placed") -> None:
        """Go on as the table that began on an earlier page."""
        self.sheet = earlier.sheet
        self.rows += earlier.rows

    def texts(self) -> list[str]:
        """What stands in the cells, for a table that is only an arrangement."""
        return [compose(decode(text, self._font)[0]) for _, text in self._cells if text]

    def fill(self, sheet: RawSheet, first_row: int) -> None:
        """Put the cells into a sheet, from a row on."""
        for (left, top, right, bottom), text in self._cells:
            row = first_row + _place(self._tops, top)
            column = _place(self.columns, left)
            if text and text.strip():
                sheet.cells[(row, column)] = text_cell(text, self._font)
            last_row = first_row + _last(self._tops, bottom)
            last_column = _last(self.columns, right)
            if last_row > row or last_column > column:
                sheet.merged.append(Span(row, column, last_row, last_column))


def _edges(places: Iterator[float]) -> list[float]:
    """Places in order, those closer than a line is wide taken as one."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _NEAR:
            edges.append(place)
    return edges


def _place(edges: Sequence[float], at: float) -> int:
    return max((n for n, edge in enumerate(edges) if edge <= at + _NEAR), default=0)


def _last(edges: Sequence[float], end: float) -> int:
    return max((n for n, edge in enumerate(edges) if edge < end - _NEAR), default=0)


def _main_font(page: Any) -> str | None:
    """The font of most letters of a page, without the mark of a subset."""
    names = Counter(letter["fontname"] for letter in page.chars)
    name = str(names.most_common(1)[0][0])
    return name.rpartition("+")[2]


def _lines(page: Any, top: float, bottom: float, font: str | None) -> list[str]:
    """The lines of text between two heights of a page."""
    if bottom - top < _NEAR:
        return []
    strip = page.crop((0, top, page.width, min(bottom, page.height)), strict=False)
    found = (compose(decode(line, font)[0]) for line in strip.extract_text().splitlines())
    return [line[:300] for line in found if line]
