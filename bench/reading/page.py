"""A sheet before any file format, and the truth about every figure on it."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

Place = tuple[int, int]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, with the result that the program stored (None: it stored none)."""

    text: str
    result: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error cell, such as #REF!."""

    text: str


Value = str | int | Decimal | Formula | Wrong


@dataclass(frozen=True, slots=True)
class Ink:
    """One cell as it is to be written; `font` None means Times New Roman."""

    value: Value
    percent: bool = False
    font: str | None = None


class Wanted(StrEnum):
    """What a careful clerk would do with a cell."""

    VALUE = "value"
    MISSING = "missing"
    ASK = "ask"


@dataclass(slots=True)
class Fact:
    """The truth of one cell: `value` in the form's unit, or `missing` n, x, m.

    `open` says that the cell alone has two meanings: asking is right, guessing is not.
    `slip` says that the province itself wrote it in another unit without a word.
    """

    wanted: Wanted
    value: Decimal | None = None
    missing: str | None = None
    open: bool = False
    slip: bool = False
    sheet: str = ""
    cell: Place = (0, 0)


@dataclass(slots=True)
class Page:
    """One sheet: cells, merged rectangles (top, left, bottom, right), hidden parts.

    `far` is a cell that only carries formatting, far outside the table.
    """

    name: str
    cells: dict[Place, Ink] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hidden: bool = False
    far: Place | None = None

    def put(self, row: int, column: int, value: Value | None) -> None:
        if value is not None and value != "":
            self.cells[row, column] = Ink(value)

    @property
    def height(self) -> int:
        return max((row for row, _ in self.cells), default=-1) + 1

    @property
    def width(self) -> int:
        return max((column for _, column in self.cells), default=-1) + 1


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a form stands: its sheet and its body rows, both ends included."""

    form: str
    sheet: str
    top: int
    bottom: int


@dataclass(slots=True)
class Case:
    """One file with everything that is known about it.

    `accepted` are finding codes that a careful clerk would write too; `clean` says that
    nothing is wrong with it but its looks.
    """

    name: str
    province: str
    kind: str
    data: bytes
    traits: tuple[str, ...]
    facts: dict[Key, Fact]
    stands: list[Stand]
    clean: bool = True
    accepted: frozenset[str] = frozenset()
    encoding: str = "unicode"
    form_traits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
