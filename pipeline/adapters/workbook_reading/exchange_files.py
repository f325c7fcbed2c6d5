"""SYLK and DIF, the exchange formats of the first spreadsheets, which Excel still has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pipeline.adapters.workbook_reading.grid import Grid
from pipeline.adapters.workbook_reading.number_formats import look_of
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
from pipeline.adapters.workbook_reading.text_tables import decode_bytes
from pipeline.adapters.workbook_reading.xml_events import whole
from pipeline.domain.reading.sheet import Cell, CellKind, UnreadableWorkbookError

_ESCAPED = re.compile("\x1b([ -/])([0-?])")
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,30}(?:[.,]\d{0,30})?|[.,]\d{1,30})(?:[Ee][-+]?\d{1,3})?"
)
_TRUTHS = frozenset(("TRUE", "FALSE"))
_LAST_ROW = 1_048_576
_MOST_LINES = 50  # of a text between quotes
_TOLD = re.compile(r"\s*(?:-1|0|1),\S*\s*")


@dataclass(slots=True)
class _Sylk:
    """Follows the records of a SYLK file: where it stands, and how cells are shown."""

    sheet: RawSheet = field(default_factory=lambda: RawSheet("slk"))
    row: int = 0
    column: int = 0
    codes: list[str] = field(default_factory=list)
    looks: dict[tuple[int | None, int | None], int] = field(default_factory=dict)

    def take(self, record: str) -> None:
        """One line of the file."""
        kind, *written = _fields(record)
        values = {each[:1]: each[1:] for each in written if each}
        if kind == "P" and "P" in values:
            self.codes.append(values["P"])
        elif kind in ("C", "F") and self._moves(values):
            if kind == "C":
                self._cell(values)
            else:
                self._format(values)

    def _moves(self, values: dict[str, str]) -> bool:
        """Whether a record stands at a place that sheets have."""
        row, column = self.row, self.column
        if "Y" in values:
            row = (whole(values["Y"]) or 0) - 1
        if "X" in values:
            column = (whole(values["X"]) or 0) - 1
        inside = 0 <= row < _LAST_ROW and 0 <= column < _LAST_ROW
        if inside:
            self.row, self.column = row, column
        return inside

    def _format(self, values: dict[str, str]) -> None:
        look = whole(values.get("P", ""))
        row, column = whole(values.get("R", "")), whole(values.get("C", ""))
        if "W" in values:
            self._width(values["W"])
        if values.get("M") == "0" and row:
            self.sheet.hidden_rows.add(row - 1)
        if look is None:
            return
        placed = "X" in values or "Y" in values
        place = (self.row, self.column) if placed else (_before(row), _before(column))
        if len(self.looks) < MOST_CELLS:
            self.looks[place] = look

    def _width(self, written: str) -> None:
        """Columns from one to another, out of sight where they have no width."""
        first, last, width = ([whole(each) for each in written.split()] + [None] * 3)[:3]
        if first and last and width == 0:
            within = range(first - 1, min(last, MOST_COLUMNS))
            self.sheet.hidden_columns.update(within)

    def _cell(self, values: dict[str, str]) -> None:
        place = self.row, self.column
        held = _held(values.get("K"), values.get("E"))
        if held is None:
            return
        percent, date, scale = look_of(0, self._code())
        if isinstance(held, Cell) and held.kind is CellKind.NUMBER:
            number = held._replace(percent=percent)
            held = RawCell(CellKind.DATE, held.text) if date else scaled_cell(number, scale)
            if not date and held is not number:  # no second reader would tell
                self.sheet.disputed.append(place)
        self.sheet.cells[place] = held
        if len(self.sheet.cells) > MOST_CELLS:
            raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")

    def _code(self) -> str:
        """The number format of this place: the cell's, the row's, the column's, all's."""
        row, column = self.row, self.column
        places = ((row, column), (row, None), (None, column), (None, None))
        look = next((self.looks[at] for at in places if at in self.looks), 0)
        return self.codes[look] if look < len(self.codes) else ""


def _before(number: int | None) -> int | None:
    return number - 1 if number else None


def _fields(record: str) -> Iterator[str]:
    """The fields of a record; a semicolon of their own is written twice."""
    pieces = record.split(";")
    taken, at = "", 0
    while at < len(pieces):
        taken += pieces[at]
        if at + 2 < len(pieces) and not pieces[at + 1]:
            taken += ";"
            at += 2
            continue
        yield taken
        taken = ""
        at += 1


def _held(written: str | None, formula: str | None) -> AnyCell | None:
    """What a record holds; a formula's own notation is left aside."""
    if written is None:
        return RawCell(CellKind.UNCACHED, "") if formula else None
    if written.startswith('"'):
        inside = written[1:].removesuffix('"').replace('""', '"')
        text = _ESCAPED.sub(_character, inside)
        return text_cell(text) if text.strip() else None
    return _value(written)


def _character(found: re.Match[str]) -> str:
    return chr((ord(found[1]) - 0x20) << 4 | ord(found[2]) - 0x30)


def _value(written: str) -> AnyCell | None:
    written = written.strip()
    if written in _TRUTHS:
        return RawCell(CellKind.BOOLEAN, written)
    if _NUMBER.fullmatch(written):
        return number_cell(written.replace(",", "."))
    return RawCell(CellKind.ERROR, written) if written else None


def _lines(data: bytes) -> list[str]:
    """The lines of a file; other signs that Python parts lines at stand inside texts."""
    text = decode_bytes(data).replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")


def _to_its_end(written: str, rest: list[str]) -> str:
    """A text with the lines that follow inside its quotes: a header broken by hand.

    `rest` is what follows, last line first; one that nothing closes stands alone.
    """
    if not written.startswith('"') or (len(written) > 1 and written.endswith('"')):
        return written
    for count, line in enumerate(islice(reversed(rest), _MOST_LINES), 1):
        if _TOLD.fullmatch(line):
            break
        if line.rstrip().endswith('"'):
            return "\n".join([written, *(rest.pop().strip() for _ in range(count))])
    return written


def read_slk(data: bytes) -> list[RawSheet]:
    """The one sheet of a SYLK file."""
    sylk = _Sylk()
    for record in _lines(data):
        sylk.take(record)
    return [sylk.sheet]


def read_dif(data: bytes) -> list[RawSheet]:
    """The one sheet of a DIF file: after its head two lines a value."""
    grid = Grid(RawSheet("dif"))
    lines = _lines(data)[::-1]
    while lines and lines.pop().strip().upper() != "DATA":
        pass
    del lines[-2:]
    while lines:
        kind, _, value = lines.pop().strip().partition(",")
        written = lines.pop().strip() if lines else ""
        if kind == "1":
            written = _to_its_end(written, lines)
        if kind == "-1" and written.upper() == "EOD":
            break
        if kind == "-1":
            grid.next_row()
        elif grid.row >= 0:
            grid.place(_of_pair(kind, value, written))
    return [grid.sheet]


def _of_pair(kind: str, value: str, written: str) -> AnyCell | None:
    """The value that two lines tell: a text in the second, or a number in the first."""
    if kind == "1":
        bare = written
        if len(written) > 1 and written[0] == written[-1] == '"':
            bare = written[1:-1].replace('""', '"')
        return text_cell(bare) if bare.strip() else None
    if written.upper() in ("V", '"V"'):
        return _value(value)
    truth = written.upper() in _TRUTHS
    return RawCell(CellKind.BOOLEAN if truth else CellKind.ERROR, written)
