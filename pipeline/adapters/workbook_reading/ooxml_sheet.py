"""One worksheet part, cell by cell: values, styles, formulas, and what is hidden."""

from dataclasses import dataclass

from pipeline.adapters.workbook_reading.around_cells import printed_lines
from pipeline.adapters.workbook_reading.ooxml_cells import (
    PlainCell,
    PlainCells,
    plain_region,
)
from pipeline.adapters.workbook_reading.ooxml_parts import (
    Parts,
    Style,
    style_at,
)
from pipeline.adapters.workbook_reading.raw import (
    MOST_CELLS,
    MOST_COLUMNS,
    AnyCell,
    RawCell,
    RawSheet,
    number_cell,
    scaled_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.seen_pieces import NotPlainError
from pipeline.adapters.workbook_reading.shared_strings import raised, unescaped
from pipeline.adapters.workbook_reading.xml_events import (
    Attributes,
    Handler,
    parse,
    parsed,
    whole,
)
from pipeline.domain.reading.formula import shifted
from pipeline.domain.reading.sheet import (
    CellKind,
    Span,
    UnreadableWorkbookError,
    column_letters,
    parse_address,
)

_MOST_MERGES = 20_000
_DIGITS = "0123456789"
_COLUMNS = {column_letters(column): column for column in range(702)}
_KEPT = frozenset(("v", "f", "t"))
_PRINTED = frozenset(
    f"{page}{end}" for page in ("odd", "even", "first") for end in ("Header", "Footer")
)
_KINDS = {"e": CellKind.ERROR, "b": CellKind.BOOLEAN, "d": CellKind.DATE}


@dataclass(slots=True)
class _Open:
    """The cell element that is being read."""

    place: tuple[int, int]
    type: str
    style: Style
    value: str | None = None
    formula: str | None = None
    inline: list[str] | None = None
    shared: str | None = None


def read_sheet(sheet: RawSheet, part: bytes, name: str, parts: Parts) -> None:
    """Fill a sheet out of its part, `name` in the package."""
    rest = _without_plain_cells(sheet, part, parts)
    around = None if rest is None else parsed(_Around, rest, name).sheet
    if around is None or around.cells or around.hidden_rows:
        # read in one go: where a cell without an address stands is told by those before
        sheet.cells.clear()
        sheet.hidden_rows.clear()
        parse(part, SheetHandler(sheet, parts), name)
    else:
        sheet.merged.extend(around.merged)
        sheet.printed.extend(around.printed)
        sheet.hidden_columns.update(around.hidden_columns)


def _without_plain_cells(sheet: RawSheet, part: bytes, parts: Parts) -> bytes | None:
    """The part without its cells when all of them were taken by their pattern."""
    region = plain_region(part)
    if region is None:
        return None
    try:
        PlainCells(sheet, parts, SheetHandler(sheet, parts).take).read(part, region)
    except NotPlainError:
        return None
    return part[: region[0]] + part[region[1] :]


class SheetHandler(Handler):
    """Fills a RawSheet out of the events of a worksheet part."""

    def __init__(self, sheet: RawSheet, parts: Parts) -> None:
        self.sheet = sheet
        self._parts = parts
        self._row = -1
        self._column = -1
        self._cell: _Open | None = None
        # characters since the last element began; of most elements they are not asked for
        self._text: list[str] = []
        self.text = self._text.append  # type: ignore[assignment, method-assign]
        self._styles: dict[str, Style] = {}
        self._phonetic = self._raised = False
        self._masters: dict[str, tuple[str, tuple[int, int]]] = {}

    def take(self, cell: PlainCell) -> None:
        """Keep a cell that was found by its pattern."""
        style = self._style((cell.style or b"0").decode())
        self._close_cell(
            _Open(
                cell.place,
                "n" if cell.kind is None else cell.kind.decode(),
                style,
                None if cell.value is None else cell.value.decode(),
                None if cell.formula is None else cell.formula.decode(),
                None if cell.inline is None else [cell.inline],
            )
        )

    def _style(self, number: str) -> Style:
        style = self._styles.get(number)
        if style is None:
            style = self._styles[number] = style_at(self._parts.styles, number)
        return style

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._open_cell(attributes)
        elif name in _KEPT:
            self._text.clear()
            if name == "f" and self._cell is not None:
                self._cell.formula = ""
                self._cell.shared = (
                    attributes.get("si") if attributes.get("t") == "shared" else None
                )
        else:
            self._start_other(name, attributes)

    def _start_other(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._open_row(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name == "vertAlign":
            self._raised = attributes.get("val") == "superscript"
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "col":
            self._hide_columns(attributes)
        elif name in _PRINTED:
            self._text.clear()

    def end(self, name: str) -> None:
        if name == "c":
            if self._cell is not None:
                self._close_cell(self._cell)
                self._cell = None
        elif name == "v":
            if self._cell is not None and not self._phonetic:
                self._cell.value = "".join(self._text)
        elif name in _KEPT:
            self._keep(name, "".join(self._text))
        elif name == "rPh":
            self._phonetic = False
        elif name in _PRINTED:
            self.sheet.printed.extend(printed_lines("".join(self._text)))

    def _keep(self, name: str, text: str) -> None:
        if self._cell is None or self._phonetic:
            return
        if name == "f":
            self._cell.formula = text
        elif self._cell.inline is None:
            self._cell.inline = [text]
        else:
            before = self._cell.inline[-1]
            self._cell.inline.append(raised(before, text) if self._raised else text)
        self._raised = False

    def _open_row(self, attributes: Attributes) -> None:
        number = whole(attributes.get("r", ""))
        self._row = self._row + 1 if number is None else number - 1
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.sheet.hidden_rows.add(self._row)

    def _open_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        place = _place(reference) if reference else None
        if place is None:
            place = (self._row, self._column + 1)
        self._row, self._column = place
        style = self._style(attributes.get("s", ""))
        self._cell = _Open(place, attributes.get("t", "n"), style)

    def _close_cell(self, cell: _Open) -> None:
        if cell.value is None and cell.formula is None and not cell.inline:
            return
        made = self._made(cell)
        if made is not None:
            self._keep_cell(cell.place, made)

    def _keep_cell(self, place: tuple[int, int], made: AnyCell) -> None:
        self.sheet.cells[place] = made
        if len(self.sheet.cells) > MOST_CELLS:
            raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")

    def _made(self, cell: _Open) -> AnyCell | None:
        style = cell.style
        # asked first: a string may be where a shared formula is spelled out
        formula = None if cell.formula is None else self._formula(cell)
        if cell.type == "s":
            return self._shared_string(cell.value or "", style)
        if cell.type == "inlineStr" or (cell.inline and cell.value is None):
            text = unescaped("".join(cell.inline or (cell.value or "",)))
            return text_cell(text, style.font) if text else None
        return _simple(cell, formula, recalculates=self._parts.recalculates)

    def _shared_string(self, index: str, style: Style) -> AnyCell | None:
        strings = self._parts.strings
        at = whole(index.strip())
        if at is None or at >= len(strings):
            return RawCell(CellKind.ERROR, f"string {index}")
        found = strings[at]
        if not found.text:
            return None
        if not found.runs:
            return text_cell(found.text, style.font)
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
        first, last = whole(attributes.get("min", "")), whole(attributes.get("max", ""))
        if first is not None and last is not None:
            self.sheet.hidden_columns.update(range(first - 1, min(last, MOST_COLUMNS)))


class _Around(SheetHandler):
    """What stands around the cells of a sheet, without knowledge of its workbook."""

    def __init__(self) -> None:
        super().__init__(RawSheet(""), Parts((), (), (), recalculates=False, macros=False))


def _place(reference: str) -> tuple[int, int] | None:
    letters = reference.rstrip(_DIGITS)
    column, digits = _COLUMNS.get(letters), reference[len(letters) :]
    if column is not None and 1 <= len(digits) <= 7:
        return int(digits) - 1, column
    try:
        return parse_address(reference)
    except ValueError:
        return None


def _simple(cell: _Open, formula: str | None, *, recalculates: bool) -> AnyCell | None:
    """Numbers, formula strings, booleans, errors and dates."""
    style = cell.style
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
    return scaled_cell(made, style.scale)
