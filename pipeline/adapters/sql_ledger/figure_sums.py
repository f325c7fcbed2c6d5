"""The figures of a round of many units: added up where they lie, in one snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from pipeline.adapters.sql_ledger.columns import Moment
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.paired_rows import paired_here, paired_there
from pipeline.adapters.sql_ledger.rate_sums import rates_there
from pipeline.adapters.sql_ledger.schema import figures
from pipeline.adapters.sql_ledger.sums_there import summed_there
from pipeline.adapters.sql_ledger.version_marks import PlacedVersion
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.figure_sums import (
    NOTHING_PAIRED,
    PairedRows,
    RowsApart,
    SummedRound,
    UnitSum,
)
from pipeline.domain.plan.form import Missing
from pipeline.domain.run_changes import CountedVersion
from pipeline.domain.total import EXACT, ObservedFigure

BATCH = 1000
"""Versions that are read at a time, some hundred figures each."""

_COUNTED = """
WITH s AS ({standings} WHERE m.round_id = :round AND m.received_at <= :as_of)
SELECT s.version_id, s.province_code, s.form_id, s.digest, {status} AS status, s.verified
FROM s WHERE {counting}
"""

# The planner knows nothing of an array: that they are too many to be looked up one by one
# says the setting.
_PLAN = ("SET LOCAL work_mem = '128MB'", "SET LOCAL enable_nestloop = off")


class FigureSums(Desk):
    """ports.RunBook.summed."""

    @contextmanager
    def summed(
        self,
        round_id: str,
        as_of: datetime,
        alike: Mapping[str, str],
        apart: RowsApart,
        paired: PairedRows = NOTHING_PAIRED,
    ) -> Iterator[SummedRound]:
        with self._database.reading() as connection:
            versions = _counted(connection, round_id, as_of, alike)
            told = {form for form, _ in paired.rows}
            pairing = [(v.number, v.counted) for v in versions if v.counted.form in told]
            if self._database.dialect == "postgresql":
                sums = summed_there(connection, versions)
                rates = rates_there(connection, versions, apart)
                for setting in _PLAN:
                    connection.execute(text(setting))
                rows = paired_there(connection, pairing, paired)
                reading: Iterable[Sequence[ObservedFigure]] = ()
            else:
                sums, rates = _summed(connection, versions), ()
                rows = paired_here(connection, pairing, paired)
                reading = _apart(connection, versions, apart.rows)
            yield SummedRound(
                sums=sums,
                versions=tuple(version.counted for version in versions),
                apart=reading,
                rates=rates,
                paired=rows,
            )


def _counted(
    connection: Connection, round_id: str, as_of: datetime, alike: Mapping[str, str]
) -> list[PlacedVersion]:
    """What counts of these units, by unit and form."""
    query = text(written_out(_COUNTED)).bindparams(
        bindparam("as_of", as_of, type_=Moment), bindparam("round", round_id)
    )
    rows = (row for row in connection.execute(query) if row[1] in alike)
    return [
        PlacedVersion(
            *(number, CountedVersion(unit, form, digest, status, bool(verified))),
            alike[unit],
        )
        for number, unit, form, digest, status, verified in sorted(
            rows, key=itemgetter(1, 2)
        )
    ]


def _summed(connection: Connection, versions: Sequence[PlacedVersion]) -> Sequence[UnitSum]:
    """Added up here: SQLite has no exact numbers."""
    sums: dict[tuple[str, str, str, str], list[Any]] = {}
    for start in range(0, len(versions), BATCH):
        known = {v.number: v for v in versions[start : start + BATCH]}
        for row in _figures_of(connection, list(known)):
            version = known[row.version_id]
            value = Decimal(0) if row.missing == "n" else row.value
            if value is None:
                continue
            place = (version.alike, version.counted.form)
            key = (*place, row.indicator, row.column_key)
            found = sums.setdefault(key, [Decimal(0), Decimal(0), 0, 0, 0])
            found[0] = EXACT.add(found[0], value)
            found[2] += 1
            if version.clean:
                found[1] = EXACT.add(found[1], value)
                found[3] += 1
            exponent = value.normalize().as_tuple().exponent
            found[4] = max(found[4], -int(exponent))
    return [UnitSum(*key, *found) for key, found in sums.items()]


def _apart(
    connection: Connection,
    versions: Sequence[PlacedVersion],
    rows: frozenset[tuple[str, str]],
) -> Iterator[Sequence[ObservedFigure]]:
    """The figures of some rows, whole units together."""
    indicators, forms = sorted({row for _, row in rows}), {form for form, _ in rows}
    wanted = [version for version in versions if version.counted.form in forms]
    for batch in _whole_units(wanted):
        known = {version.number: version.counted for version in batch}
        yield [
            _observed(row, known[row.version_id])
            for row in _figures_of(connection, list(known), indicators)
            if (known[row.version_id].form, row.indicator) in rows
        ]


def _observed(row: Row[Any], version: CountedVersion) -> ObservedFigure:
    """A figure without its unit and origin: it is only added up."""
    return ObservedFigure(
        province=version.province,
        form=version.form,
        indicator=row.indicator,
        column=row.column_key,
        value=row.value,
        missing=None if row.missing is None else Missing(row.missing),
        unit="",
        status=version.status,
        verified=version.verified,
        digest=version.digest,
        path="",
        sheet="",
        cell="",
    )


def _whole_units(versions: Sequence[PlacedVersion]) -> Iterator[list[PlacedVersion]]:
    batch: list[PlacedVersion] = []
    for version in versions:
        new = batch and batch[-1].counted.province != version.counted.province
        if new and len(batch) >= BATCH:
            yield batch
            batch = []
        batch.append(version)
    if batch:
        yield batch


def _figures_of(
    connection: Connection, versions: Sequence[int], indicators: Sequence[str] = ()
) -> Iterator[Row[Any]]:
    table = figures.c
    query = select(
        table.version_id,
        table.indicator,
        table.column_key,
        table.value,
        table.missing,
    ).where(table.version_id.in_(versions))
    if indicators:
        query = query.where(table.indicator.in_(indicators))
    return iter(connection.execute(query))
