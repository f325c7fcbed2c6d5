"""A form found in a workbook: where its tables stand, how its rows and columns map."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.domain.plan.form import ColumnMatch, RowMatch
from pipeline.domain.reading.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it; rows and columns count from 0, ends included.

    `headers` maps a column to its header path; `title` is the text above the header.
    """

    sheet: Sheet
    title: str
    header_top: int
    header_bottom: int
    body_top: int
    body_bottom: int
    headers: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a table play which part for a form.

    `values` and `derived` are matches of form columns; `labels` the columns that hold
    labels; `doubtful` form columns whose header fits two sheet columns or only half.
    """

    code: int | None
    labels: tuple[int, ...]
    unit: int | None
    note: int | None
    values: tuple[ColumnMatch, ...]
    derived: tuple[ColumnMatch, ...]
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FormTable:
    """One table of a form, with its rows told apart.

    `uncertain` are indicators whose row is a close call; `extra` sheet rows with
    figures of the province's own; `duplicates` (indicator, second sheet row).
    """

    table: Table
    layout: Layout
    rows: tuple[RowMatch, ...]
    uncertain: frozenset[str] = frozenset()
    extra: tuple[int, ...] = ()
    duplicates: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form recognised in one table; a form that goes on elsewhere has two of these."""

    form: str
    round: str
    path: str
    confidence: float
    found: FormTable
