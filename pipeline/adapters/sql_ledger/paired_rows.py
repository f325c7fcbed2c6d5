"""Rows of units whose columns are held against each other, a few at a time."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Text

from pipeline.adapters.sql_ledger.schema import figures
from pipeline.domain.figure_sums import PairedRows, UnitRow
from pipeline.domain.run_changes import CountedVersion

Counted = tuple[int, CountedVersion]
"""A version by its number."""

BATCH = 1000
"""Versions that are read at a time from SQLite."""
STREAMED = 20_000
"""Rows that are kept at a time of PostgreSQL's."""

_ROWS = """
SELECT c.place, f.indicator, {columns}
FROM (SELECT u.version_id, min(u.place) AS place
      FROM unnest(:versions, :places) AS u(version_id, place) GROUP BY u.version_id) c
JOIN figure f ON f.version_id = c.version_id
WHERE f.indicator = ANY(:indicators) AND f.column_key = ANY(:columns)
  AND (f.missing = 'n' OR f.value IS NOT NULL)
GROUP BY c.place, f.indicator
"""
_COLUMN = (
    "max(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END)"
    " FILTER (WHERE f.column_key = :column_{0}) AS value_{0}"
)


def paired_there(
    connection: Connection, versions: Sequence[Counted], wanted: PairedRows
) -> Iterator[UnitRow]:
    """Laid side by side by the database, in one pass over its figures."""
    if not wanted.columns:
        return
    columns = [_COLUMN.format(n) for n in range(len(wanted.columns))]
    query = text(_ROWS.format(columns=", ".join(columns))).bindparams(
        bindparam("versions", [number for number, _ in versions], type_=ARRAY(Integer)),
        bindparam("places", list(range(len(versions))), type_=ARRAY(Integer)),
        bindparam("indicators", _indicators(wanted), type_=ARRAY(Text)),
        bindparam("columns", list(wanted.columns), type_=ARRAY(Text)),
        **{f"column_{n}": column for n, column in enumerate(wanted.columns)},
    )
    streamed = connection.execution_options(stream_results=True, yield_per=STREAMED)
    for place, indicator, *values in streamed.execute(query):
        counted = versions[place][1]
        if (counted.form, indicator) in wanted.rows:
            given = zip(wanted.columns, values, strict=True)
            cells = {column: value for column, value in given if value is not None}
            yield UnitRow(counted.province, counted.form, indicator, cells)


def paired_here(
    connection: Connection, versions: Sequence[Counted], wanted: PairedRows
) -> Iterator[UnitRow]:
    """Laid side by side here: SQLite has no exact numbers."""
    table, rest = figures.c, iter(versions)
    while batch := dict(islice(rest, BATCH)):
        query = select(
            *(table.version_id, table.indicator, table.column_key),
            *(table.value, table.missing),
        ).where(
            table.version_id.in_(list(batch)),
            table.indicator.in_(_indicators(wanted)),
            table.column_key.in_(wanted.columns),
        )
        found: dict[tuple[int, str], dict[str, Decimal]] = {}
        for row in connection.execute(query):
            value = Decimal(0) if row.missing == "n" else row.value
            if value is not None:
                cells = found.setdefault((row.version_id, row.indicator), {})
                cells[row.column_key] = value
        for (number, indicator), cells in found.items():
            counted = batch[number]
            if (counted.form, indicator) in wanted.rows:
                yield UnitRow(counted.province, counted.form, indicator, cells)


def _indicators(wanted: PairedRows) -> list[str]:
    return sorted({row for _, row in wanted.rows})
