"""What every format reader hands over: cells before their text is decoded."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import itemgetter

from pipeline.adapters.workbook_reading.number_formats import Scale, shown_scale
from pipeline.domain.reading.number import exact, plain
from pipeline.domain.reading.sheet import (
    Cell,
    CellKind,
    Sheet,
    Span,
    UnreadableWorkbookError,
    encoding_of,
)
from pipeline.domain.writing.legacy_text import Run, decode, decode_runs

# written as `number_cell` would write it, and too short for binary noise
AS_IT_IS = r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{0,2}[1-9])?"
_AS_IT_IS = re.compile(AS_IT_IS)
_MOST_REMEMBERED = 300
_OF_NUMBERS = frozenset(".,0123456789")
_ROW: Callable[[tuple[int, int]], int] = itemgetter(0)
_COLUMN: Callable[[tuple[int, int]], int] = itemgetter(1)
_UNICODE = frozenset(("unicode",))
MOST_CELLS = 2_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 1_024
MOST_SHEETS = 100


@dataclass(slots=True)
class RawCell:
    """A cell as its file has it: `text` undecoded, `runs` where fonts change inside.

    A number has no text to decode: it is a `Cell` from the start. `alone` is the cell as
    it was decoded without regard to others: cells of `plain_text` are shared by sheets.
    """

    kind: CellKind
    text: str
    number: Decimal | None = None
    percent: bool = False
    formula: str | None = None
    font: str | None = None
    runs: tuple[Run, ...] = ()
    alone: Cell | None = field(default=None, compare=False, repr=False)


AnyCell = RawCell | Cell
Place = tuple[int, int]
Rows = Sequence[Sequence[object]]
"""The values of a sheet as another reader sees them; an empty text where there is none."""


@dataclass(slots=True)
class RawSheet:
    """A sheet while it is being read.

    `extent` is the area the file declares; `above` are the decoded lines over a
    document's table, `printed` and `comments` what is said outside the cells.
    """

    name: str
    hidden: bool = False
    cells: dict[tuple[int, int], AnyCell] = field(default_factory=dict)
    merged: list[Span] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    disputed: list[tuple[int, int]] = field(default_factory=list)
    extent: int = 0
    above: tuple[str, ...] = ()
    printed: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def area(self) -> int:
        """How many cells a reader would allocate that keeps the whole rectangle."""
        if not self.cells:
            return self.extent
        row, column = max(map(_ROW, self.cells)), max(map(_COLUMN, self.cells))
        return max((row + 1) * (column + 1), self.extent)


def text_cell(text: str, font: str | None = None, runs: tuple[Run, ...] = ()) -> RawCell:
    """A cell of text."""
    return RawCell(CellKind.TEXT, text, font=font, runs=runs)


def plain_text(text: str, font: str | None = None) -> RawCell:
    """A cell of text like `text_cell`; of a short text it may be one that was made before.

    Provinces send the labels of the forms again and again.
    """
    long = len(text) + len(font or "") > _MOST_REMEMBERED
    return text_cell(text, font) if long else _plain_text(text, font)


_plain_text = lru_cache(maxsize=8192)(text_cell)


def number_cell(
    written: float | str | Decimal, *, percent: bool = False, formula: str | None = None
) -> Cell:
    """A cell with a number, cleaned of binary noise; an error cell for inf and nan."""
    if isinstance(written, str) and _AS_IT_IS.fullmatch(written):
        return Cell(CellKind.NUMBER, written, Decimal(written), percent, formula)
    try:
        number = exact(Decimal(written) if isinstance(written, str) else written)
    except (InvalidOperation, ValueError):
        return Cell(CellKind.ERROR, str(written), formula=formula)
    return Cell(CellKind.NUMBER, format(number, "f"), number, percent, formula)


def scaled_cell(made: Cell, scale: Scale) -> AnyCell:
    """A number as its format shows it: in thousandths, with a word of size behind it.

    With a word it is a text. A fourth decimal says that the three before it are no
    thousands; digits that the format adds belong to the number.
    """
    if not scale or made.number is None:
        return made
    chosen = shown_scale(scale, made.number)
    if not chosen:
        return made
    word = chosen.lstrip(",")
    number = plain(made.number.scaleb(-3 * (len(chosen) - len(word))))
    shown = made._replace(text=format(number, "f"), number=number)
    if not word:
        return shown
    if word[0] in _OF_NUMBERS:
        return RawCell(CellKind.TEXT, f"{shown.text}{word}", formula=made.formula)
    digits = f"{shown.text}0" if shown.text[-4:-3] == "." else shown.text
    return RawCell(CellKind.TEXT, f"{digits} {word}", formula=made.formula)


def check_bounds(sheets: Iterable[RawSheet]) -> None:
    """Refuse what no return of a province ever is (reliability.md, "Limits")."""
    kept = list(sheets)
    cells = sum(len(sheet.cells) for sheet in kept)
    if len(kept) > MOST_SHEETS:
        raise UnreadableWorkbookError("too-big", f"{len(kept)} sheets")
    if cells > MOST_CELLS:
        raise UnreadableWorkbookError("too-big", f"{cells} cells")
    if cells > MOST_ROWS and any(_rows(sheet.cells) > MOST_ROWS for sheet in kept):
        raise UnreadableWorkbookError("too-big", f"more than {MOST_ROWS} rows")


def _rows(cells: Iterable[tuple[int, int]]) -> int:
    return len({row for row, _ in cells})


def finish(sheet: RawSheet) -> Sheet:
    """The sheet with its text decoded, each cell on its own, and far cells left out."""
    cells = sheet.cells
    far = 0
    if max(map(_COLUMN, cells), default=0) >= MOST_COLUMNS:
        far = sum(1 for _, column in cells if column >= MOST_COLUMNS)
    if 0 < far < len(cells):
        cells = {place: cell for place, cell in cells.items() if place[1] < MOST_COLUMNS}
    decoded = {
        place: cell if isinstance(cell, Cell) else cell.alone or _decoded(cell)
        for place, cell in cells.items()
    }
    majority = _majority(decoded.values())
    if majority:
        for place, cell in decoded.items():
            if cell.encoding == "unicode" and not cell.text.isascii():
                decoded[place] = _decode(cells[place], majority)
    return Sheet(
        name=sheet.name,
        cells=decoded,
        merged=tuple(sheet.merged),
        hidden_rows=frozenset(sheet.hidden_rows),
        hidden_columns=frozenset(sheet.hidden_columns),
        hidden=sheet.hidden,
        disputed=frozenset(sheet.disputed),
        above=sheet.above,
        printed=tuple(sheet.printed),
        comments=tuple(sheet.comments),
    )


def _decoded(cell: RawCell) -> Cell:
    """A cell on its own; the text of one that others have as well is decoded once."""
    cell.alone = made = _decode(cell, None)
    return made


def _decode(cell: AnyCell, majority: str | None) -> Cell:
    if isinstance(cell, Cell):
        return cell
    if cell.kind is not CellKind.TEXT:
        return Cell(cell.kind, cell.text, cell.number, cell.percent, cell.formula)
    if cell.runs:
        text, encoding = decode_runs(cell.runs, majority)
    elif cell.formula is None and len(cell.text) + len(cell.font or "") <= _MOST_REMEMBERED:
        return _decoded_text(cell.text, cell.font, majority)
    else:
        text, encoding = decode(cell.text, cell.font, majority)
    return Cell(CellKind.TEXT, text, None, False, cell.formula, encoding)  # noqa: FBT003


@lru_cache(maxsize=8192)
def _decoded_text(written: str, font: str | None, majority: str | None) -> Cell:
    text, encoding = decode(written, font, majority)
    return Cell(CellKind.TEXT, text, encoding=encoding)


def _majority(cells: Collection[Cell]) -> str | None:
    """The legacy charset of more than half of the sheet's texts beyond ASCII."""
    if set(map(encoding_of, cells)) <= _UNICODE:
        return None
    names = Counter(
        cell.encoding
        for cell in cells
        if cell.kind is CellKind.TEXT and not cell.text.isascii()
    )
    if not names:
        return None
    name, count = names.most_common(1)[0]
    return name if name in ("tcvn3", "vni") and 2 * count > names.total() else None
