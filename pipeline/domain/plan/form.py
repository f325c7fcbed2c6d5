"""A form as it came: the rows read out of one sheet, each with its origin."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Missing(StrEnum):
    """Why a figure that was written down has no number.

    nil (`-`, `không`) counts as 0; not applicable (`x`) and not available (`..`) do
    not count. An empty cell is no row at all.
    """

    NIL = "n"
    NOT_APPLICABLE = "x"
    NOT_AVAILABLE = "m"


class FormState(StrEnum):
    """What became of a form of one mail."""

    ACCEPTED = "accepted"
    DEFICIENT = "deficient"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a form, in the form's own unit, with the cell it stands in.

    `value` is None where the cell holds no number; `raw` is what stands there.
    `quantum` is one unit of the last digit shown, scaled like the value: the figure is
    known to half of it.
    """

    form: str
    indicator: str
    column: str
    value: Decimal | None
    missing: Missing | None
    unit: str
    unit_written: str | None
    raw: str
    path: str
    sheet: str
    cell: str
    hidden: bool = False
    encoding: str = "unicode"
    quantum: Decimal = Decimal(1)

    @property
    def counted(self) -> Decimal | None:
        """The number that sums and rules use: nil counts as 0 (contract.md)."""
        return Decimal(0) if self.missing is Missing.NIL else self.value


class Matched(StrEnum):
    """By what a row or column was told: its very words, alike ones, its code, its words
    out of their order, or what a planner said of it.
    """

    WORDS = "words"
    ALIKE = "alike"
    CODE = "code"
    MOVED = "moved"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Rival:
    """Another pairing that was about as good: an item of the form and a place in the
    sheet (a row or column from 0) with the text there.
    """

    key: str
    place: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class RowMatch:
    """Which sheet row an indicator was found in, and how sure that is (0 to 1).

    `margin` is what the pairing of all rows loses without this pair, None where nothing
    was weighed. For a close call only: `spelled` and `under`, the keys of this label and
    of the one above, and `rivals`, the best first.
    """

    indicator: str
    sheet_row: int
    label: str
    score: float
    how: Matched = Matched.WORDS
    margin: float | None = None
    sure: bool = True
    spelled: str = ""
    under: str = ""
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """Which sheet column a form's column was found in, by which header.

    `rival` is the other column of the sheet or form where that is a close call.
    """

    column: str
    sheet_column: int
    header: str
    score: float
    how: Matched = Matched.WORDS
    sure: bool = True
    rival: Rival | None = None


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row with figures that is none of the form's; `rivals` are the form's rows that
    were not found and are most like it.
    """

    sheet_row: int
    label: str
    spelled: str = ""
    under: str = ""
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Appendix:
    """One recognised form in one sheet (or two): how it was matched, and its rows.

    Sheet rows and columns count from 0. `derived` holds figures of derived columns,
    which are checked and not stored. `notes` maps an indicator to the text of its
    note column; `own_rows` are rows of the province's own.
    """

    form: str
    path: str
    sheet: str
    confidence: float
    row_matches: tuple[RowMatch, ...]
    column_matches: tuple[ColumnMatch, ...]
    rows: tuple[Row, ...]
    derived: tuple[Row, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    own_rows: tuple[OwnRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidFigure:
    """A figure of an earlier mail, wherever it stood and however it was written."""

    indicator: str
    column: str
    value: Decimal | None
    missing: Missing | None


@dataclass(frozen=True, slots=True)
class SaidForm:
    """What a form of an earlier mail said: the part of an `Appendix` that is compared."""

    form: str
    rows: tuple[SaidFigure, ...]
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SaidForms:
    """The forms of an earlier mail: the part of a `Parsed` that is compared."""

    appendices: tuple[SaidForm, ...]


def say_the_same(later: Iterable[Appendix], earlier: Iterable[Appendix | SaidForm]) -> bool:
    """Whether the later forms have the figures and notes of the earlier ones.

    Where they stand and how they are written does not matter; without a form, no.
    """
    known = tuple(earlier)
    said = tuple(later)
    return bool(said) and all(any(_says(a, b) for b in known) for a in said)


def _says(later: Appendix, earlier: Appendix | SaidForm) -> bool:
    """Whether two forms say the same; seen at the first figure when they do not."""
    if later.form != earlier.form:
        return False
    known = {(r.indicator, r.column, r.value, r.missing) for r in earlier.rows}
    said = [(r.indicator, r.column, r.value, r.missing) for r in later.rows]
    if not all(figure in known for figure in said) or not known.issubset(said):
        return False
    return frozenset(later.notes) == frozenset(earlier.notes)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that counts, by its key; what rules compare across mails."""

    form: str
    indicator: str
    column: str
    value: Decimal | None
    missing: Missing | None
    quantum: Decimal = Decimal(1)

    @property
    def counted(self) -> Decimal | None:
        """The number that sums and rules use: nil counts as 0."""
        return Decimal(0) if self.missing is Missing.NIL else self.value
