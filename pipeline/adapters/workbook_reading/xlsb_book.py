"""Binary workbooks (.xlsb) from their records: values, fonts, formats, hidden parts."""

import struct
from dataclasses import dataclass
from decimal import Decimal

from pipeline.adapters.workbook_reading.around_cells import (
    comment_parts,
    comments_of,
    kept_comment,
    printed_lines,
)
from pipeline.adapters.workbook_reading.ooxml_parts import (
    WITH_CELLS,
    BinaryParts,
    SheetPart,
    Style,
    binary_parts,
)
from pipeline.adapters.workbook_reading.package import Package
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
from pipeline.adapters.workbook_reading.shared_strings import SharedString
from pipeline.adapters.workbook_reading.xls_formulas import wide_formula
from pipeline.adapters.workbook_reading.xlsb_looks import (
    Look,
    rich_text,
    shared_strings,
)
from pipeline.adapters.workbook_reading.xlsb_records import (
    DamagedError,
    records,
    short_number,
    wide_text,
)
from pipeline.domain.reading.sheet import Cell, CellKind, Span, UnreadableWorkbookError

_MOST_MERGES = 20_000
_ON_OPENING = 0x02
_BUNDLE = 156
_BOOK_END, _SHEET_END = 132, 130
_ROW, _COLUMN, _MERGE, _RICH = 0, 60, 176, 62
_RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = 2, 3, 4, 5, 6, 7
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR = 8, 9, 10, 11
_CELLS = frozenset(range(2, 12)) | {_RICH}
_BLANK = 1
_PRINTED, _COMMENT = 479, 637
# The same as 1 to 7 in the column after the last one, which is not written down.
_SHORT = {number + 11: number for number in range(1, 8)}
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_BROKEN = (struct.error, IndexError, DamagedError)


def read_xlsb(package: Package) -> list[RawSheet]:
    """Every sheet; UnreadableWorkbookError when the records do not add up."""
    try:
        return _sheets(package)
    except _BROKEN as error:
        raise UnreadableWorkbookError("unreadable-file", f"xlsb: {error}") from error


def widest(package: Package) -> int:
    """The largest rectangle of cells in any part, as far as its records can be told."""
    most = 0
    for name in package.names():
        last = [0, 0]
        try:
            part = package.read(name) if "/worksheets/" in name else b""
            for number, at, _ in records(part):
                if number in (_ROW, _BLANK) or number in _CELLS:
                    place = number != _ROW
                    last[place] = max(last[place], struct.unpack_from("<I", part, at)[0])
        except _BROKEN:
            pass  # what cannot be told is not read by another either
        most = max(most, (last[0] + 1) * (last[1] + 1))
    return most


def _sheets(package: Package) -> list[RawSheet]:
    parts = binary_parts(package)
    look = Look.of(package.read(parts.styles))
    strings = shared_strings(package.read(parts.strings), look) if parts.strings else []
    sheets = []
    for listed in _listed(package.read(parts.book), parts):
        reader = _SheetReader(RawSheet(listed.name, listed.hidden), look, strings)
        reader.read(package.read(listed.part))
        for part in comment_parts(package, listed.part):
            reader.comments(package.read(part))
        reader.sheet.comments.extend(comments_of(package, listed.part, ("drawing",)))
        sheets.append(reader.sheet)
    if not sheets:
        raise UnreadableWorkbookError("unreadable-file", "xlsb: no worksheet in it")
    return sheets


def _listed(book: bytes, parts: BinaryParts) -> list[SheetPart]:
    """The sheets in order, those with cells only."""
    found, listed = [], 0
    for number, at, end in records(book, _BOOK_END):
        if number == _BUNDLE:
            state = struct.unpack_from("<I", book, at)[0]
            relation = wide_text(book, at + 8, end)
            name = wide_text(book, relation.end, end).text
            listed += 1
            kind, part = parts.sheet(relation.text, listed)
            if kind in WITH_CELLS:
                found.append(SheetPart(name, part, state != 0))
    return found


@dataclass(slots=True)
class _SheetReader:
    sheet: RawSheet
    look: Look
    strings: list[SharedString]
    _row: int = -1
    _column: int = -1

    def read(self, part: bytes) -> None:
        """Fill the sheet out of its part."""
        for number, at, end in records(part, _SHEET_END):
            if number in _CELLS or number == _BLANK:
                self._column = struct.unpack_from("<I", part, at)[0]
                if number != _BLANK:
                    self._keep(number, part, at + 4, end)
            elif number in _SHORT:
                self._column += 1
                if _SHORT[number] != _BLANK:
                    self._keep(_SHORT[number], part, at, end)
            elif number == _PRINTED:
                self._printed(part, at + 2, end)
            else:
                self._other(number, part, at)

    def _printed(self, part: bytes, at: int, end: int) -> None:
        """The heads and feet of the printed page; those after the last are not there."""
        while at + 4 <= end:
            written, at = wide_text(part, at, end)
            self.sheet.printed.extend(printed_lines(written))

    def comments(self, part: bytes) -> None:
        """Keep the comments of a part."""
        for number, at, end in records(part):
            if number == _COMMENT:
                text = wide_text(part, at + 1, end).text
                self.sheet.comments.append(kept_comment(text))

    def _other(self, number: int, part: bytes, at: int) -> None:
        if number == _ROW:
            self._row, self._column = struct.unpack_from("<I", part, at)[0], -1
            if part[at + 11] & 0x10:
                self.sheet.hidden_rows.add(self._row)
        elif number == _COLUMN:
            first, last = struct.unpack_from("<II", part, at)
            if struct.unpack_from("<H", part, at + 16)[0] & 1:
                self.sheet.hidden_columns.update(range(first, min(last + 1, MOST_COLUMNS)))
        elif number == _MERGE and len(self.sheet.merged) < _MOST_MERGES:
            top, bottom, left, right = struct.unpack_from("<4I", part, at)
            self.sheet.merged.append(Span(top, left, bottom, right))

    def _keep(self, number: int, part: bytes, at: int, end: int) -> None:
        """A cell from the number of its style on."""
        key = int.from_bytes(part[at : at + 3], "little")
        styles = self.look.styles
        style = styles[key] if key < len(styles) else Style()
        made = self._made(number, (part, at + 4, end), style)
        if made is not None:
            self.sheet.cells[(self._row, self._column)] = made
            if len(self.sheet.cells) > MOST_CELLS:
                raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")

    def _made(
        self, number: int, body: tuple[bytes, int, int], style: Style
    ) -> AnyCell | None:
        part, at, end = body
        if number in (_RK, _REAL):
            real = number == _REAL
            written = struct.unpack_from("<d", part, at)[0] if real else 0
            return _number(written if real else short_number(part, at), style)
        if number in (_SHARED, _RICH):
            return self._text(number, body, style)
        if number >= _FORMULA_TEXT:
            return self._calculated(number, body, style)
        if number == _TEXT:
            text = wide_text(part, at, end).text
            return text_cell(text, style.font) if text else None
        return _mark(number, part[at])

    def _text(
        self, number: int, body: tuple[bytes, int, int], style: Style
    ) -> AnyCell | None:
        part, at, end = body
        if number == _RICH:
            found = rich_text(part, at, end, self.look)
        else:
            index = struct.unpack_from("<I", part, at)[0]
            if index >= len(self.strings):
                return RawCell(CellKind.ERROR, f"string {index}")
            found = self.strings[index]
        if not found.text:
            return None
        runs = tuple((text, font or style.font) for text, font in found.runs)
        return text_cell(found.text, style.font, runs)

    def _calculated(
        self, number: int, body: tuple[bytes, int, int], style: Style
    ) -> AnyCell | None:
        part, at, end = body
        text = ""
        if number == _FORMULA_TEXT:
            text, after = wide_text(part, at, end)
        else:
            after = at + (8 if number == _FORMULA_NUMBER else 1)
        written = wide_formula(part[after + 2 : end], (self._row, self._column))
        formula = written[0] if written else None
        sure = written is not None and written[1]
        if number in (_FORMULA_BOOL, _FORMULA_ERROR):
            return _mark(_BOOL if number == _FORMULA_BOOL else _ERROR, part[at])
        if number == _FORMULA_TEXT and text:
            return RawCell(CellKind.TEXT, text, formula=formula, font=style.font)
        result = 0 if number == _FORMULA_TEXT else struct.unpack_from("<d", part, at)[0]
        waits = number == _FORMULA_TEXT or part[after] & _ON_OPENING
        if sure and waits and not result:
            return RawCell(CellKind.UNCACHED, "", percent=style.percent, formula=formula)
        if number == _FORMULA_TEXT:
            return None
        made = _number(result, style)
        return made._replace(formula=formula) if isinstance(made, Cell) else made


def _number(number: float | Decimal, style: Style) -> AnyCell:
    if style.date:
        return RawCell(CellKind.DATE, str(number))
    return scaled_cell(number_cell(number, percent=style.percent), style.scale)


def _mark(number: int, value: int) -> RawCell:
    if number == _BOOL:
        return RawCell(CellKind.BOOLEAN, str(value))
    return RawCell(CellKind.ERROR, _ERRORS.get(value, "#ERROR!"))
