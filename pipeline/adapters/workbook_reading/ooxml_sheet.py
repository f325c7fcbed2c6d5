"""One worksheet part, cell by cell: values, styles, formulas, and what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.ooxml_parts import Parts, Style, unescaped
from pipeline.adapters.workbook_reading.raw import (
    MOST_CELLS,
    MOST_COLUMNS,
    RawCell,
    RawSheet,
    number_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler
from pipeline.domain.reading.formula import shifted
from pipeline.domain.reading.sheet import (
    CellKind,
    Span,
    UnreadableWorkbookError,
    parse_address,
)

_MOST_MERGES = 20_000
_PLAIN = Style()
_KEPT = frozenset(("v", "f", "t"))
_KINDS = {"e": CellKind.ERROR, "b": CellKind.BOOLEAN, "d": CellKind.DATE}


@dataclass(slots=True)
class _Open:
    """The cell element that is being read."""

    place: tuple[int, int]
    type: str
    style: int
    value: str | None = None
    formula: str | None = None
    inline: list[str] = field(default_factory=list)
    shared: str | None = None


class SheetHandler(Handler):
    """Fills a RawSheet out of the events of a worksheet part."""

    def __init__(self, sheet: RawSheet, parts: Parts) -> None:
        self.sheet = sheet
        self._parts = parts
        self._row = -1
        self._column = -1
        self._cell: _Open | None = None
        self._text: list[str] | None = None
        self._phonetic = False
        self._masters: dict[str, tuple[str, tuple[int, int]]] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._open_cell(attributes)
        elif name in _KEPT:
            self._text = []
            if name == "f" and self._cell is not None:
                self._cell.formula = ""
                self._cell.shared = (
                    attributes.get("si") if attributes.get("t") == "shared" else None
                )
        elif name == "row":
            self._open_row(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "col":
            self._hide_columns(attributes)

    def end(self, name: str) -> None:
        if name in _KEPT:
            self._keep(name, "".join(self._text or ()))
            self._text = None
        elif name == "rPh":
            self._phonetic = False
        elif name == "c" and self._cell is not None:
            self._close_cell(self._cell)
            self._cell = None

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _keep(self, name: str, text: str) -> None:
        if self._cell is None or self._phonetic:
            return
        if name == "v":
            self._cell.value = text
        elif name == "f":
            self._cell.formula = text
        else:
            self._cell.inline.append(text)

    def _open_row(self, attributes: Attributes) -> None:
        number = attributes.get("r", "")
        self._row = int(number) - 1 if number.isdigit() else self._row + 1
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.sheet.hidden_rows.add(self._row)

    def _open_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        place = _place(reference) if reference else None
        row, column = place or (self._row, self._column + 1)
        self._row, self._column = row, column
        style = attributes.get("s", "0")
        self._cell = _Open(
            place=(row, column),
            type=attributes.get("t", "n"),
            style=int(style) if style.isdigit() else 0,
        )

    def _close_cell(self, cell: _Open) -> None:
        if cell.value is None and cell.formula is None and not cell.inline:
            return
        made = self._made(cell)
        if made is None:
            return
        self.sheet.cells[cell.place] = made
        if len(self.sheet.cells) > MOST_CELLS:
            raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")

    def _made(self, cell: _Open) -> RawCell | None:
        style = _style(self._parts.styles, cell.style)
        formula = self._formula(cell)
        if cell.type == "s":
            return self._shared_string(cell.value or "", style)
        if cell.type == "inlineStr":
            text = unescaped("".join(cell.inline))
            return text_cell(text, style.font) if text else None
        return _simple(cell, style, formula, recalculates=self._parts.recalculates)

    def _shared_string(self, index: str, style: Style) -> RawCell | None:
        strings = self._parts.strings
        if not index.strip().isdigit() or int(index) >= len(strings):
            return RawCell(CellKind.ERROR, f"string {index}")
        found = strings[int(index)]
        if not found.text:
            return None
        runs = tuple((text, font or style.font) for text, font in found.runs)
        return text_cell(found.text, style.font, runs)

    def _formula(self, cell: _Open) -> str | None:
        """The formula's text; a shared one is moved from the cell that spells it out."""
        if cell.shared is None:
            return cell.formula
        if cell.formula:
            self._masters[cell.shared] = (cell.formula, cell.place)
            return cell.formula
        master = self._masters.get(cell.shared)
        if master is None:
            return cell.formula
        formula, (row, column) = master
        return shifted(formula, cell.place[0] - row, cell.place[1] - column)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, bottom = _place(first), _place(last or first)
        if top and bottom and len(self.sheet.merged) < _MOST_MERGES:
            self.sheet.merged.append(Span(*top, *bottom))

    def _hide_columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden") not in ("1", "true"):
            return
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if first.isdigit() and last.isdigit():
            end = min(int(last), MOST_COLUMNS)
            self.sheet.hidden_columns.update(range(int(first) - 1, end))


def _place(reference: str) -> tuple[int, int] | None:
    try:
        return parse_address(reference)
    except ValueError:
        return None


def _style(styles: Sequence[Style], index: int) -> Style:
    return styles[index] if index < len(styles) else _PLAIN


def _simple(
    cell: _Open, style: Style, formula: str | None, *, recalculates: bool
) -> RawCell | None:
    """Numbers, formula strings, booleans, errors and dates."""
    if not cell.value:
        # An array's other cells and data tables have an empty formula of their own.
        uncached = RawCell(CellKind.UNCACHED, "", percent=style.percent, formula=formula)
        return uncached if formula else None
    kind = CellKind.DATE if style.date and cell.type == "n" else _KINDS.get(cell.type)
    if kind is not None:
        return RawCell(kind, cell.value, formula=formula)
    if cell.type == "str":
        return RawCell(
            CellKind.TEXT, unescaped(cell.value), formula=formula, font=style.font
        )
    made = number_cell(cell.value, percent=style.percent, formula=formula)
    if formula and recalculates and not made.number:
        # A writer that puts 0 in place of every result, and asks to be recalculated.
        return RawCell(CellKind.UNCACHED, "", percent=style.percent, formula=formula)
    return made
