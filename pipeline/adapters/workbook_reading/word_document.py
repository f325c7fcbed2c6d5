"""Word documents out of word/document.xml: paragraphs, and tables as sheets."""

from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.raw import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_SHEETS,
    RawSheet,
    text_cell,
)
from pipeline.adapters.workbook_reading.word_fonts import WordFonts, read_fonts
from pipeline.adapters.workbook_reading.xml_events import (
    Attributes,
    Handler,
    local,
    parse,
    whole,
)
from pipeline.domain.reading.sheet import Span, UnreadableWorkbookError
from pipeline.domain.writing.legacy_text import Run, decode_runs
from pipeline.domain.writing.text import compose

_BODY = "word/document.xml"
_LARGEST_XML = 20 * 1024 * 1024
_LONGEST_LINE = 300
_LONGEST_PARAGRAPH = 2_000
_SENTENCE = 80
MOST_BODY = 2_000
MOST_LINES = 40
LINES_ABOVE = 8
# A table of fewer columns or rows is a letterhead or a block of signatures.
FEWEST = 3
# What is not on the page: deleted text, text moved away, formats of before, the other
# of two drawings of one thing.
_UNSEEN = frozenset(
    ("Fallback", "del", "moveFrom", "rPrChange", "pPrChange", "tcPrChange", "trPrChange")
)
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


@dataclass(slots=True)
class Document:
    """A document as read: the lines at its top, its tables, the extent of its prose.

    `body` are its paragraphs outside of tables, longer than `lines` keeps them.
    `prose` counts the characters of running text: titles and notes of tables are none.
    Tables keep the lines over them (`above`); cells are addressed inside their table.
    """

    lines: list[str] = field(default_factory=list)
    tables: list[RawSheet] = field(default_factory=list)
    prose: int = 0
    body: list[str] = field(default_factory=list)


def read_docx(data: bytes) -> Document:
    """A .docx as far as it can be read: a narrative is never an error."""
    document = Document()
    try:
        package = Package(data)
        body = package.read(_BODY)
        if len(body) <= _LARGEST_XML:
            fonts = read_fonts(package.read("word/styles.xml"))
            parse(body, _Body(document, fonts), _BODY)
    except UnreadableWorkbookError:
        pass  # what was read until here is what there is
    return document


@dataclass(slots=True)
class _Paragraph:
    """A paragraph that is open; a text box opens one inside another."""

    style: str | None = None
    runs: list[Run] = field(default_factory=list)


@dataclass(slots=True)
class _Cell:
    across: int = 1
    goes_on: bool = False
    runs: list[Run] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    """A table that is open. `tall` maps a column to the span that may grow downwards."""

    sheet: RawSheet
    row: int = -1
    column: int = 0
    width: int = 0
    cell: _Cell | None = None
    texts: list[str] = field(default_factory=list)
    tall: dict[int, Span] = field(default_factory=dict)

    def close_cell(self) -> None:
        """Put the open cell into the grid, or let the one above it grow."""
        cell, self.cell = self.cell, None
        if cell is None:
            return
        right = self.column + cell.across - 1
        upper = self.tall.get(self.column)
        span = Span(self.row, self.column, self.row, right)
        if cell.goes_on and upper is not None and upper.bottom == self.row - 1:
            span = Span(upper.top, upper.left, self.row, upper.right)
            upper = None
        elif any(text.strip() for text, _ in cell.runs):
            text = "".join(text for text, _ in cell.runs)
            made = text_cell(text, runs=tuple(cell.runs))
            self.sheet.cells[(self.row, self.column)] = made
        self.tall[self.column] = span
        if upper is not None:
            self.keep(upper)
        self.column = right + 1
        self.width = max(self.width, self.column)

    def keep(self, span: Span) -> None:
        """Note a merged rectangle; a single cell is none."""
        if span.bottom > span.top or span.right > span.left:
            self.sheet.merged.append(span)

    def close(self) -> None:
        for span in self.tall.values():
            self.keep(span)


class _Body(Handler):
    """Fills a Document out of the events of its body."""

    def __init__(self, document: Document, fonts: WordFonts) -> None:
        self._document = document
        self._fonts = fonts
        self._tables: list[_Table] = []
        self._paragraphs: list[_Paragraph] = []
        self._above: list[str] = []
        self._in_run = False
        self._hidden = False
        self._font: str | None = None
        self._style: str | None = None
        self._text: list[str] | None = None
        self._unseen = 0
        self._cells = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _UNSEEN:
            self._unseen += 1
        if self._unseen:
            return
        opener = getattr(self, f"_start_{name}", None)
        if opener is not None:
            opener(attributes)
        elif name in _BREAKS and self._in_run:
            self._add(_BREAKS[name])

    def end(self, name: str) -> None:
        if name in _UNSEEN:
            self._unseen -= 1
        if self._unseen:
            return
        closer = getattr(self, f"_end_{name}", None)
        if closer is not None:
            closer()

    def text(self, data: str) -> None:
        if self._text is not None and not self._unseen:
            self._text.append(data)

    def _start_p(self, attributes: Attributes) -> None:
        self._paragraphs.append(_Paragraph())

    def _start_pStyle(self, attributes: Attributes) -> None:  # noqa: N802  the format's
        if self._paragraphs:
            self._paragraphs[-1].style = local(attributes, "val")

    def _start_r(self, attributes: Attributes) -> None:
        self._in_run, self._hidden = True, False
        self._font = self._style = None

    def _start_rStyle(self, attributes: Attributes) -> None:  # noqa: N802
        if self._in_run:
            self._style = local(attributes, "val")

    def _start_rFonts(self, attributes: Attributes) -> None:  # noqa: N802
        if self._in_run:
            self._font = local(attributes, "ascii") or local(attributes, "hAnsi")

    def _start_vanish(self, attributes: Attributes) -> None:
        off = local(attributes, "val") in ("0", "false", "off")
        self._hidden = self._in_run and not off

    def _start_t(self, attributes: Attributes) -> None:
        self._text = []

    def _start_tbl(self, attributes: Attributes) -> None:
        above = tuple(self._above[-LINES_ABOVE:]) if not self._tables else ()
        self._tables.append(_Table(RawSheet("", above=above)))

    def _start_tr(self, attributes: Attributes) -> None:
        if self._tables:
            self._tables[-1].row += 1
            self._tables[-1].column = 0

    def _start_gridBefore(self, attributes: Attributes) -> None:  # noqa: N802
        if self._tables:
            self._tables[-1].column += _integer(attributes)

    def _start_tc(self, attributes: Attributes) -> None:
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")
        if self._tables:
            self._tables[-1].cell = _Cell()

    def _start_gridSpan(self, attributes: Attributes) -> None:  # noqa: N802
        if (cell := self._cell()) is not None:
            cell.across = max(_integer(attributes), 1)

    def _start_vMerge(self, attributes: Attributes) -> None:  # noqa: N802
        if (cell := self._cell()) is not None:
            cell.goes_on = local(attributes, "val") != "restart"

    def _end_t(self) -> None:
        self._add("".join(self._text or ()))
        self._text = None

    def _end_r(self) -> None:
        self._in_run = False

    def _end_p(self) -> None:
        runs = self._paragraphs.pop().runs
        cell = self._cell()
        if cell is not None:
            cell.runs.extend([("\n", None), *runs] if cell.runs else runs)
        whole = compose(decode_runs(runs)[0]) if runs else ""
        line = whole[:_LONGEST_LINE]
        if not line:
            return
        if len(self._document.lines) < MOST_LINES:
            self._document.lines.append(line)
        if self._tables:
            self._tables[-1].texts.append(line)
        else:
            self._above.append(line)
            if len(self._document.body) < MOST_BODY:
                self._document.body.append(whole[:_LONGEST_PARAGRAPH])
            self._document.prose += len(line) if len(line) >= _SENTENCE else 0

    def _end_tc(self) -> None:
        if self._tables:
            self._tables[-1].close_cell()

    def _end_tbl(self) -> None:
        table = self._tables.pop()
        table.close()
        found = self._document.tables
        if table.width < FEWEST or table.row + 1 < FEWEST or len(found) >= MOST_SHEETS:
            self._above.extend(table.texts[:LINES_ABOVE])
            return
        table.sheet.name = f"Bảng {len(found) + 1}"
        found.append(table.sheet)
        self._above.clear()

    def _cell(self) -> _Cell | None:
        return self._tables[-1].cell if self._tables else None

    def _add(self, text: str) -> None:
        if self._hidden or not text or not self._paragraphs:
            return
        paragraph = self._paragraphs[-1]
        font = self._font or self._fonts.of(self._style, paragraph.style)
        paragraph.runs.append((text, font))


def _integer(attributes: Attributes) -> int:
    number = whole(local(attributes, "val") or "")
    return min(number or 0, MOST_COLUMNS)
