"""OpenDocument spreadsheets out of content.xml: values, percent, spans, hidden parts."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.adapters.workbook_reading.around_cells import kept_comment
from pipeline.adapters.workbook_reading.ods_styles import OdsStyles
from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.raw import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    AnyCell,
    RawCell,
    RawSheet,
    number_cell,
    scaled_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.shared_strings import raised
from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler, parse, whole
from pipeline.domain.reading.sheet import CellKind, Span, UnreadableWorkbookError

_FURTHEST_ROW = 1_100_000
_KINDS = {
    "date": CellKind.DATE,
    "time": CellKind.DATE,
    "boolean": CellKind.BOOLEAN,
}
_PARAGRAPHS = frozenset(("p", "creator", "date"))
_NUMBERS = frozenset(("float", "percentage", "currency"))
# What lies on a sheet or hangs on a cell, with texts and whole tables of its own.
_ASIDE = frozenset(
    ("annotation", "shapes", "frame", "object", "g", "custom-shape", "rect", "line",
     "circle", "ellipse", "polygon", "polyline", "path", "connector", "measure", "caption",
     "control", "tracked-changes")
)  # fmt: skip
_PRINTED = frozenset(
    f"{end}{page}" for end in ("header", "footer") for page in ("", "-left", "-first")
)
_BREAKS = {"line-break": "\n", "tab": "\t"}


def read_flat_ods(data: bytes) -> list[RawSheet]:
    """Every sheet of a spreadsheet that is one XML file, not a package."""
    handler = _Content()
    parse(data, handler, "flat")
    return handler.sheets


def read_ods(package: Package) -> list[RawSheet]:
    """Every sheet; UnreadableWorkbookError, password-protected when encrypted."""
    if b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise UnreadableWorkbookError("password-protected", "an encrypted document")
    handler = _Content()
    common = package.read("styles.xml")
    if common:
        parse(common, handler, "styles.xml")
    parse(package.read("content.xml"), handler, "content.xml")
    return handler.sheets


class _Outer(NamedTuple):
    """Where the reading of a table stands whose cell holds another one."""

    sheet: RawSheet
    row: int
    repeat: int
    column: int
    cell: Attributes
    text: list[str]


@dataclass(slots=True)
class _Content(Handler):
    """Follows tables, rows and cells, with their repetitions."""

    sheets: list[RawSheet] = field(default_factory=list)
    _sheet: RawSheet = field(default_factory=lambda: RawSheet(""))
    _styles: OdsStyles = field(default_factory=OdsStyles)
    _looks: list[tuple[int, str]] = field(default_factory=list)
    _row_look: str = ""
    _scaled: bool = False
    _row: int = 0
    _row_repeat: int = 1
    _column: int = 0
    _columns: int = 0
    _cell: Attributes | None = None
    _covered: bool = False
    _text: list[str] = field(default_factory=list)
    _paragraph: bool = False
    _aside: int = 0
    _outer: list[_Outer] = field(default_factory=list)
    _left: int = MOST_CELLS
    _page: str = ""
    _pages: dict[str, list[str]] = field(default_factory=dict)
    _comment: list[str] = field(default_factory=list)
    _spans: list[tuple[bool, int]] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _ASIDE:
            self._aside += 1
            self._comment = []
        if self._aside:
            return
        self._styles.start(name, attributes)
        opener = getattr(self, f"_start_{name.replace('-', '_')}", None)
        if opener is not None:
            opener({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._styles.end(name)
        if name in _ASIDE:
            self._aside -= 1
            if name == "annotation" and self._cell is not None:
                self._sheet.comments.append(kept_comment("".join(self._comment)))
        elif self._aside:
            self._comment.append("\n" * (name in _PARAGRAPHS))
        elif name in _BREAKS:
            self.text(_BREAKS[name])
        elif name in ("p", "h"):
            self._paragraph = False
        else:
            self._end_other(name)

    def _end_other(self, name: str) -> None:
        if name == "table" and self._outer:
            (
                self._sheet, self._row, self._row_repeat,
                self._column, self._cell, self._text,
            ) = self._outer.pop()  # fmt: skip
        elif name in ("table-cell", "covered-table-cell"):
            self._close_cell()
        elif name == "table-row":
            self._row += self._row_repeat
        elif name == "span" and self._spans:
            self._close_span(*self._spans.pop())
        elif name in _PRINTED:
            lines = "".join(self._text).splitlines()
            self._pages.setdefault(self._page, []).extend(lines)
            self._text = []

    def text(self, data: str) -> None:
        if self._aside:
            self._comment.append(data)
            return
        if self._styles.text(data):
            return
        if self._paragraph:
            self._text.append(data)

    def _start_master_page(self, attributes: Attributes) -> None:
        self._page = attributes.get("name", "")
        self._text = []

    def _start_region_left(self, attributes: Attributes) -> None:
        self._text.append("\n")

    _start_region_center = _start_region_right = _start_region_left

    def _start_span(self, attributes: Attributes) -> None:
        raises = self._styles.raises(attributes.get("style-name", ""))
        self._spans.append((raises, len(self._text)))

    def _close_span(self, raises: bool, start: int) -> None:  # noqa: FBT001
        if raises:
            written = raised("".join(self._text[:start]), "".join(self._text[start:]))
            self._text[start:] = [written]

    def _start_table(self, attributes: Attributes) -> None:
        style = self._styles.named(attributes.get("style-name", ""))
        if self._cell is not None:  # a table in a cell: a sheet of its own, then go on
            self._outer.append(
                _Outer(
                    self._sheet,
                    self._row,
                    self._row_repeat,
                    self._column,
                    self._cell,
                    self._text,
                )
            )
            self._cell = None
        self._sheet = RawSheet(attributes.get("name", ""), style.hidden)
        self._sheet.printed.extend(self._pages.get(style.page, ()))
        self.sheets.append(self._sheet)
        self._row = self._columns = 0
        self._looks = []

    def _start_table_column(self, attributes: Attributes) -> None:
        count = _count(attributes, "number-columns-repeated")
        if attributes.get("visibility", "visible") != "visible":
            end = min(self._columns + count, MOST_COLUMNS)
            self._sheet.hidden_columns.update(range(self._columns, end))
        self._columns += count
        if len(self._looks) < MOST_COLUMNS:
            look = attributes.get("default-cell-style-name", "")
            self._looks.append((self._columns, look))

    def _start_table_row(self, attributes: Attributes) -> None:
        self._row_repeat = _count(attributes, "number-rows-repeated")
        self._row_look = attributes.get("default-cell-style-name", "")
        self._column = 0
        hidden = attributes.get("visibility", "visible") != "visible"
        if hidden and self._row_repeat <= MOST_ROWS and self._row < _FURTHEST_ROW:
            end = self._row + self._row_repeat
            self._sheet.hidden_rows.update(range(self._row, end))

    def _start_table_cell(self, attributes: Attributes) -> None:
        self._cell, self._text, self._covered = attributes, [], False

    def _start_covered_table_cell(self, attributes: Attributes) -> None:
        self._cell, self._text, self._covered = attributes, [], True

    def _start_p(self, attributes: Attributes) -> None:
        if self._text:
            self._text.append("\n")
        self._paragraph = True

    _start_h = _start_p

    def _start_s(self, attributes: Attributes) -> None:
        self.text(" " * min(_count(attributes, "c"), 1000))

    def _close_cell(self) -> None:
        attributes, self._cell = self._cell or {}, None
        repeat = _count(attributes, "number-columns-repeated")
        self._scaled = False
        made = None if self._covered else self._made(attributes)
        if made is not None and self._row < _FURTHEST_ROW:
            self._put(made, repeat)
        across = _count(attributes, "number-columns-spanned")
        down = _count(attributes, "number-rows-spanned")
        if across > 1 or down > 1:
            self._sheet.merged.append(
                Span(
                    self._row, self._column, self._row + down - 1, self._column + across - 1
                )
            )
        self._column += repeat

    def _put(self, made: AnyCell, repeat: int) -> None:
        """A cell, as often as it is repeated; endless repetitions are formatting."""
        rows = self._row_repeat if self._row_repeat <= MOST_ROWS else 1
        columns = repeat if repeat <= MOST_COLUMNS else 1
        self._left -= rows * columns
        if self._left < 0:
            raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")
        for row in range(self._row, self._row + rows):
            for column in range(self._column, self._column + columns):
                self._sheet.cells[(row, column)] = made
                if self._scaled:  # a flat file has no second reader that would tell
                    self._sheet.disputed.append((row, column))

    def _made(self, attributes: Attributes) -> AnyCell | None:
        kind = attributes.get("value-type", "")
        text = "".join(self._text)
        formula = _formula(attributes.get("formula"))
        if text.startswith(("#", "Err:")) and formula:
            return RawCell(CellKind.ERROR, text, formula=formula)
        style = self._styles.named(attributes.get("style-name") or self._usual_look())
        if kind in _NUMBERS:
            percent = kind == "percentage"
            written = attributes.get("value", "")
            held = number_cell(written, percent=percent, formula=formula)
            shown = scaled_cell(held, style.scale)
            self._scaled = shown is not held
            return shown
        text = text or attributes.get(f"{kind}-value", "")
        if kind in _KINDS:
            return RawCell(_KINDS[kind], text)
        if formula and not text and not kind:
            return RawCell(CellKind.UNCACHED, "", formula=formula)
        return text_cell(text, style.font) if text else None

    def _usual_look(self) -> str:
        """The style of cells that name none: the row's, else the column's."""
        if self._row_look:
            return self._row_look
        return next((look for end, look in self._looks if self._column < end), "")


def _formula(written: str | None) -> str | None:
    """An OpenFormula in the notation of the other formats: [.A1] becomes A1."""
    if not written:
        return None
    bare = written.partition("=")[2] if ":" in written.partition("=")[0] else written
    return bare.replace("[.", "").replace(":.", ":").replace("]", "").replace(";", ",")


def _count(attributes: Attributes, name: str) -> int:
    number = whole(attributes.get(name, "1"))
    return 1 if number is None else number
