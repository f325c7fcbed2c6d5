"""The figures of a round of many units: added up where they lie, in one snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text
from sqlalchemy.types import ARRAY, Boolean, Integer, Text

from pipeline.adapters.sql_ledger.columns import Moment
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.paired_rows import paired_here
from pipeline.adapters.sql_ledger.paired_sums import paired_there
from pipeline.adapters.sql_ledger.rate_sums import PlacedVersion, rates_there
from pipeline.adapters.sql_ledger.schema import figures
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
STREAMED = 20_000
"""Figures that are kept at a time."""

_COUNTED = """
WITH s AS ({standings} WHERE m.round_id = :round AND m.received_at <= :as_of)
SELECT s.version_id, s.province_code, s.form_id, s.digest, {status} AS status, s.verified
FROM s WHERE {counting}
"""

_APART = """
SELECT c.place, f.indicator, f.column_key, f.value, f.missing
FROM (SELECT u.version_id, min(u.place) AS place
      FROM unnest(:versions, :places) AS u(version_id, place) GROUP BY u.version_id) c
JOIN figure f ON f.version_id = c.version_id
WHERE f.indicator = ANY(:indicators) ORDER BY c.place
"""

# The planner knows nothing of an array: that a version is there once says the grouping,
# and that they are too many to be looked up one by one the setting.
_PLAN = ("SET LOCAL work_mem = '128MB'", "SET LOCAL enable_nestloop = off")
_SUMS = """
SELECT c.place, f.indicator, f.column_key,
       sum(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END) AS amount,
       COALESCE(sum(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END)
           FILTER (WHERE c.clean), 0) AS amount_strict,
       count(*) AS used, count(*) FILTER (WHERE c.clean) AS clean,
       COALESCE(max(scale(trim_scale(f.value))), 0) AS decimals
FROM (SELECT u.version_id, min(u.place) AS place, bool_or(u.clean) AS clean
      FROM unnest(:versions, :places, :clean) AS u(version_id, place, clean)
      GROUP BY u.version_id) c
JOIN figure f ON f.version_id = c.version_id
WHERE f.missing = 'n' OR f.value IS NOT NULL
GROUP BY c.place, f.indicator, f.column_key
"""


@dataclass(frozen=True, slots=True)
class _Version:
    """A version that counts, by its number."""

    number: int
    counted: CountedVersion

    @property
    def clean(self) -> bool:
        return self.counted.verified and self.counted.status == "accepted"


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
            versions = [
                version
                for version in _counted(connection, round_id, as_of)
                if version.counted.province in alike
            ]
            there = self._database.dialect == "postgresql"
            summing, reading = (_summed_there, _apart_there) if there else (_summed, _apart)
            pairing = paired_there if there else paired_here
            told = {form for form, _ in paired.rows}
            rows = apart.others if there else apart.rows
            forms = {form for form, _ in rows}
            wanted = [version for version in versions if version.counted.form in forms]
            yield SummedRound(
                sums=summing(connection, versions, alike),
                versions=tuple(version.counted for version in versions),
                apart=reading(connection, wanted, rows),
                rates=rates_there(connection, _placed(versions, alike), apart.weighed)
                if there
                else (),
                paired=pairing(
                    connection,
                    [(v.number, v.counted) for v in versions if v.counted.form in told],
                    paired,
                ),
            )


def _placed(
    versions: Sequence[_Version], alike: Mapping[str, str]
) -> Sequence[PlacedVersion]:
    return [
        PlacedVersion(
            *(v.number, v.counted.province, v.counted.form),
            *(alike[v.counted.province], v.clean),
        )
        for v in versions
    ]


def _counted(connection: Connection, round_id: str, as_of: datetime) -> list[_Version]:
    query = text(written_out(_COUNTED)).bindparams(
        bindparam("as_of", as_of, type_=Moment), bindparam("round", round_id)
    )
    found = [
        _Version(
            row.version_id,
            CountedVersion(
                row.province_code, row.form_id, row.digest, row.status, bool(row.verified)
            ),
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda v: (v.counted.province, v.counted.form))


def _summed_there(
    connection: Connection, versions: Sequence[_Version], alike: Mapping[str, str]
) -> Sequence[UnitSum]:
    """Added up by the database itself: its numbers are exact."""
    places: dict[tuple[str, str], int] = {}
    where = [
        places.setdefault((alike[v.counted.province], v.counted.form), len(places))
        for v in versions
    ]
    query = text(_SUMS).bindparams(
        bindparam("versions", [v.number for v in versions], type_=ARRAY(Integer)),
        bindparam("places", where, type_=ARRAY(Integer)),
        bindparam("clean", [v.clean for v in versions], type_=ARRAY(Boolean)),
    )
    for setting in _PLAN:
        connection.execute(text(setting))
    names = tuple(places)
    return [UnitSum(*names[row[0]], *row[1:]) for row in connection.execute(query)]


def _summed(
    connection: Connection, versions: Sequence[_Version], alike: Mapping[str, str]
) -> Sequence[UnitSum]:
    """Added up here: SQLite has no exact numbers."""
    sums: dict[tuple[str, str, str, str], list[Any]] = {}
    for start in range(0, len(versions), BATCH):
        known = {v.number: v for v in versions[start : start + BATCH]}
        for row in _figures_of(connection, list(known)):
            version = known[row.version_id]
            value = Decimal(0) if row.missing == "n" else row.value
            if value is None:
                continue
            place = (alike[version.counted.province], version.counted.form)
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
    connection: Connection, versions: Sequence[_Version], rows: frozenset[tuple[str, str]]
) -> Iterator[Sequence[ObservedFigure]]:
    """The figures of some rows, whole units together."""
    indicators = sorted({indicator for _, indicator in rows})
    for batch in _whole_units(versions):
        known = {version.number: version.counted for version in batch}
        yield [
            _observed(row, known[row.version_id])
            for row in _figures_of(connection, list(known), indicators)
            if (known[row.version_id].form, row.indicator) in rows
        ]


def _apart_there(
    connection: Connection, versions: Sequence[_Version], rows: frozenset[tuple[str, str]]
) -> Iterator[Sequence[ObservedFigure]]:
    """The same in one pass of the database over its figures."""
    query = text(_APART).bindparams(
        bindparam("versions", [v.number for v in versions], type_=ARRAY(Integer)),
        bindparam("places", list(range(len(versions))), type_=ARRAY(Integer)),
        bindparam("indicators", sorted({row for _, row in rows}), type_=ARRAY(Text)),
    )
    # of this statement alone: options of the connection would stay, and a cursor of the
    # server works with one process
    streamed = {"stream_results": True, "yield_per": STREAMED}
    batch: list[ObservedFigure] = []
    for row in connection.execute(query, execution_options=streamed):
        version = versions[row.place].counted
        if (version.form, row.indicator) not in rows:
            continue
        if len(batch) >= STREAMED and batch[-1].province != version.province:
            yield batch
            batch = []
        batch.append(_observed(row, version))
    yield batch


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


def _whole_units(versions: Sequence[_Version]) -> Iterator[list[_Version]]:
    batch: list[_Version] = []
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
