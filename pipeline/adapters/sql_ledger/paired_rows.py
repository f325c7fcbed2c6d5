"""Rows of units whose columns are held against each other, on SQLite and in general."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

from sqlalchemy import Connection, select

from pipeline.adapters.sql_ledger.schema import figures
from pipeline.domain.figure_sums import PairedRows, UnitRow
from pipeline.domain.run_changes import CountedVersion

Counted = tuple[int, CountedVersion]
"""A version by its number."""

BATCH = 1000
"""Versions that are read at a time."""


def paired_here(
    connection: Connection, versions: Sequence[Counted], wanted: PairedRows
) -> Iterator[UnitRow]:
    """Every row of every unit, laid side by side here: SQLite has no exact numbers."""
    table, rest = figures.c, iter(versions)
    indicators = sorted({row for _, row in wanted.rows})
    while batch := dict(islice(rest, BATCH)):
        query = select(
            *(table.version_id, table.indicator, table.column_key),
            *(table.value, table.missing),
        ).where(
            table.version_id.in_(list(batch)),
            table.indicator.in_(indicators),
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
