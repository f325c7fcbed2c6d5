"""A workbook as read: sparse sheets of typed cells, whatever the file format was."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pipeline.domain.plan.finding import Finding


class UnreadableWorkbookError(Exception):
    """A file that gives no cells at all; a fault of the submission, not of the world.

    `code` is a finding code (unreadable-file, password-protected, unsupported-type,
    empty-file, too-big); `detail` says what was met, for the log.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class CellKind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"
    UNCACHED = "uncached"


class Cell(NamedTuple):
    """One cell that is not empty. Numbers are exact; `text` is what stands there.

    `percent` says that the number format multiplies by 100; an UNCACHED cell has a
    formula that nobody has calculated. `encoding` is what its text was decoded from.
    A named tuple, for thousands are made a workbook.
    """

    kind: CellKind
    text: str
    number: Decimal | None = None
    percent: bool = False
    formula: str | None = None
    encoding: str = "unicode"


# of many cells at once, quicker than by their names
formula_of: Callable[[Cell], str | None] = itemgetter(Cell._fields.index("formula"))
encoding_of: Callable[[Cell], str] = itemgetter(Cell._fields.index("encoding"))


@dataclass(frozen=True, slots=True)
class Span:
    """A merged rectangle; rows and columns count from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


Cells = Mapping[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its cells by (row, column) from 0, and what is hidden or merged.

    `disputed` are cells in which two readers of the file saw different values. `above`
    are the lines that stand over the first row, where a document's table has them.
    `printed` is what each printed page has at its head and foot, `comments` the texts of
    the notes that hang on cells.
    """

    name: str
    cells: Cells
    merged: tuple[Span, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    disputed: frozenset[tuple[int, int]] = frozenset()
    above: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether a reader of the file would not see this cell."""
        return self.hidden or row in self.hidden_rows or column in self.hidden_columns


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file as read. `findings` are about the file as such (macros, readers differ)."""

    path: str
    type: str
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = field(default=())


@lru_cache(maxsize=2048)
def column_letters(column: int) -> str:
    """The letters of a column counted from 0: 0 is A, 27 is AB."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The A1 address of a cell counted from 0."""
    return f"{column_letters(column)}{row + 1}"


_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def parse_address(text: str) -> tuple[int, int]:
    """Row and column, from 0, of an A1 address; ValueError when it is none."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found.group(2)) - 1, parse_letters(found.group(1))


@lru_cache(maxsize=2048)
def parse_letters(letters: str) -> int:
    """The column, from 0, that capital letters name."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1
