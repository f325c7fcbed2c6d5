"""A form found in a workbook: where its tables stand, how its rows and columns map."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.plan.form import ColumnMatch, OwnRow, RowMatch
from pipeline.domain.reading.sheet import Cell, Sheet

Rows = Mapping[int, Sequence[tuple[int, Cell]]]
"""The cells of a sheet by row, from the first, each with its column, from the left."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it; rows and columns count from 0, ends included.

    `headers` maps a column to its header path; `title` is the text above the header.
    `rows` are the cells of the whole sheet; what belongs to this table ends at
    `foot_bottom`, and `followed` says that another table begins there.
    """

    sheet: Sheet
    title: str
    header_top: int
    header_bottom: int
    body_top: int
    body_bottom: int
    headers: Mapping[int, str]
    rows: Rows = field(compare=False, repr=False)
    foot_bottom: int = -1
    followed: bool = False

    def body(self) -> Iterator[tuple[int, Sequence[tuple[int, Cell]]]]:
        """The rows below the header that are not empty, top to bottom."""
        top, bottom = self.body_top, self.body_bottom
        return ((row, cells) for row, cells in self.rows.items() if top <= row <= bottom)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a table play which part for a form.

    `values` and `derived` are matches of form columns; `labels` the columns that hold
    labels.
    """

    code: int | None
    labels: tuple[int, ...]
    unit: int | None
    note: int | None
    values: tuple[ColumnMatch, ...]
    derived: tuple[ColumnMatch, ...]

    @property
    def doubtful(self) -> frozenset[str]:
        """Form columns whose header fits two sheet columns or only half."""
        matches = (*self.values, *self.derived)
        return frozenset(match.column for match in matches if not match.sure)


@dataclass(frozen=True, slots=True)
class FormTable:
    """One table of a form, with its rows told apart.

    `own` are rows with figures of the province's own; `duplicates` (indicator, second
    sheet row).
    """

    table: Table
    layout: Layout
    rows: tuple[RowMatch, ...]
    own: tuple[OwnRow, ...] = ()
    duplicates: tuple[tuple[str, int], ...] = ()

    @property
    def uncertain(self) -> frozenset[str]:
        """Indicators whose row is a close call."""
        return frozenset(row.indicator for row in self.rows if not row.sure)

    @property
    def last(self) -> int | None:
        """The last row of the form that was found."""
        return max((row.sheet_row for row in self.rows), default=None)

    @property
    def extra(self) -> tuple[int, ...]:
        """Where the province's own rows stand."""
        return tuple(row.sheet_row for row in self.own)


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form recognised in one table; a form that goes on elsewhere has two of these.

    `covers` are the lines of the workbook's sheets without tables that tell a unit.
    """

    form: str
    round: str
    path: str
    confidence: float
    found: FormTable
    covers: tuple[str, ...] = ()

    def goes_on_in(self, other: "FormMatch") -> bool:
        """Whether another table is the rest of this form, or its beginning."""
        if (self.form, self.round) != (other.form, other.round):
            return False
        rows, others = self.found.rows, other.found.rows
        return {row.indicator for row in rows}.isdisjoint(row.indicator for row in others)
