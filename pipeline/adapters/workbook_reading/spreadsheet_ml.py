"""SpreadsheetML of 2003: a workbook as one XML file, usually called .xls."""

import re
from dataclasses import dataclass, field, replace

from pipeline.adapters.workbook_reading.grid import Grid
from pipeline.adapters.workbook_reading.number_formats import Scale, scale_of
from pipeline.adapters.workbook_reading.raw import (
    MOST_COLUMNS,
    AnyCell,
    RawCell,
    RawSheet,
    number_cell,
    scaled_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler, parse, whole
from pipeline.domain.reading.sheet import CellKind, column_letters

_R1C1 = re.compile(
    r"(?<![A-Za-z0-9_!'.])R(\[-?\d{1,7}\]|\d{1,7})?C(\[-?\d{1,5}\]|\d{1,5})?"
    r"(?![A-Za-z0-9_(\[])"
)
_LONGEST_FORMULA = 1000
# What hangs on a cell, with data of its own.
_ASIDE = frozenset(("Comment", "PhoneticText"))
_KINDS = {
    "Error": CellKind.ERROR,
    "Boolean": CellKind.BOOLEAN,
    "DateTime": CellKind.DATE,
}


def read_spreadsheet_ml(data: bytes) -> list[RawSheet]:
    """Every sheet of the file."""
    handler = _Workbook()
    parse(data, handler, "workbook")
    return handler.sheets


@dataclass(slots=True)
class _Style:
    font: str | None = None
    percent: bool = False
    scale: Scale = ""


@dataclass(slots=True)
class _Workbook(Handler):
    sheets: list[RawSheet] = field(default_factory=list)
    _grid: Grid = field(default_factory=lambda: Grid(RawSheet("")))
    _styles: dict[str, _Style] = field(default_factory=dict)
    _style: _Style = field(default_factory=_Style)
    _cell: Attributes = field(default_factory=dict)
    _columns: int = 0
    _rows: _Style = field(default_factory=_Style)
    _aside: int = 0
    _scaled: bool = False
    _type: str | None = None
    _text: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        self._aside += name in _ASIDE
        if self._aside:
            return
        opener = getattr(self, f"_start_{name.lower()}", None)
        if opener is not None:
            opener({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= name in _ASIDE
        elif name == "Cell":
            across = _integer(self._cell.get("MergeAcross"), 0) + 1
            down = _integer(self._cell.get("MergeDown"), 0) + 1
            place = self._grid.row, self._grid.next_column()
            self._grid.place(self._made(), across, down)
            if self._scaled:  # no second reader would tell
                self.sheets[-1].disputed.append(place)
        elif name == "Visible" and self.sheets and self._text is not None:
            self.sheets[-1].hidden = "".join(self._text) != "SheetVisible"
            self._text = None

    def text(self, data: str) -> None:
        if self._text is not None and not self._aside:
            self._text.append(data)

    def _start_style(self, attributes: Attributes) -> None:
        parent = self._styles.get(attributes.get("Parent", "Default"), _Style())
        self._style = self._styles.setdefault(attributes.get("ID", ""), replace(parent))

    def _start_numberformat(self, attributes: Attributes) -> None:
        written = attributes.get("Format", "")
        self._style.percent = "%" in written or written == "Percent"
        self._style.scale = scale_of(written)

    def _start_font(self, attributes: Attributes) -> None:
        if self._type is None:
            self._style.font = attributes.get("FontName", self._style.font)

    def _start_worksheet(self, attributes: Attributes) -> None:
        self.sheets.append(RawSheet(attributes.get("Name", "")))
        self._grid = Grid(self.sheets[-1])
        self._columns = 0

    def _start_column(self, attributes: Attributes) -> None:
        first = _integer(attributes.get("Index"), self._columns + 1) - 1
        self._columns = min(first + _integer(attributes.get("Span"), 0) + 1, MOST_COLUMNS)
        if attributes.get("Hidden") == "1":
            self.sheets[-1].hidden_columns.update(range(first, self._columns))

    def _start_row(self, attributes: Attributes) -> None:
        index = _integer(attributes.get("Index"), self._grid.row + 2)
        self._grid.next_row(max(index - self._grid.row - 2, 0))
        self._rows = self._style_of(attributes, self._styles.get("Default", _Style()))
        if attributes.get("Hidden") == "1":
            self.sheets[-1].hidden_rows.add(self._grid.row)

    def _start_cell(self, attributes: Attributes) -> None:
        self._cell, self._type, self._text = attributes, None, None
        if "Index" in attributes:
            self._grid.column = min(_integer(attributes["Index"], 1), MOST_COLUMNS) - 1

    def _start_data(self, attributes: Attributes) -> None:
        self._type, self._text = attributes.get("Type", "String"), []

    def _start_visible(self, attributes: Attributes) -> None:
        self._text = []

    def _made(self) -> AnyCell | None:
        text, kind = "".join(self._text or ()), self._type
        self._scaled = False
        self._type, self._text = None, None
        style = self._style_of(self._cell, self._rows)
        formula = self._formula()
        if formula and kind in (None, "Number") and not text:
            return RawCell(CellKind.UNCACHED, "", percent=style.percent, formula=formula)
        if not text or kind is None:
            return None
        if kind == "Number":
            made = number_cell(text, percent=style.percent, formula=formula)
            shown = scaled_cell(made, style.scale)
            self._scaled = shown is not made
            return shown
        if kind in _KINDS:
            return RawCell(_KINDS[kind], text)
        return text_cell(text, style.font)

    def _style_of(self, attributes: Attributes, default: _Style) -> _Style:
        return self._styles.get(attributes.get("StyleID", ""), default)

    def _formula(self) -> str | None:
        """The formula of the cell in hand with addresses in the place of distances."""
        written = self._cell.get("Formula")
        if written is None or len(written) > _LONGEST_FORMULA:
            return None
        row, column = self._grid.row, self._grid.next_column()

        def move(found: re.Match[str]) -> str:
            down, across = _moved(found[1], row), _moved(found[2], column)
            if min(down[1], across[1]) < 0:
                return "#REF!"
            letters = column_letters(across[1])
            return f"{across[0]}{letters}{down[0]}{down[1] + 1}"

        return _R1C1.sub(move, written.removeprefix("="))


def _moved(written: str | None, here: int) -> tuple[str, int]:
    """A dollar and a place that stays, or nothing and one so far from here."""
    if not written:
        return "", here
    if written.startswith("["):
        return "", here + int(written[1:-1])
    return "$", int(written) - 1


def _integer(text: str | None, default: int) -> int:
    number = None if text is None else whole(text)
    return default if number is None else number
