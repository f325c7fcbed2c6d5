"""Consolidations that were kept: their totals, and the versions that they counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.bulk import insert_columns
from pipeline.adapters.sql_ledger.counted_packing import read_versions, written_versions
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.entries import outbox_row
from pipeline.adapters.sql_ledger.schema import events, runs, total_figures
from pipeline.adapters.sql_ledger.schema import letters as outbox
from pipeline.adapters.sql_ledger.schema_history import history
from pipeline.adapters.sql_ledger.schema_runs import newest_first, run_counts, stands_for
from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.run_changes import Cell, CountedVersion, EarlierRun, Pair
from pipeline.domain.total import Level, Run, Total


class RunBook(Desk):
    """ports.RunBook."""

    def store_run(
        self,
        run: Run,
        totals: Sequence[Total],
        now: datetime,
        versions: Sequence[CountedVersion] = (),
    ) -> int:
        last_event = select(func.coalesce(func.max(events.c.number), 0)).scalar_subquery()
        with self._database.writing() as connection:
            number = connection.execute(
                insert(runs)
                .values(
                    round_id=run.round,
                    as_of=run.as_of,
                    started_at=run.started_at,
                    stored_at=now,
                    last_event=last_event,
                )
                .returning(runs.c.id)
            ).scalar_one()
            insert_columns(connection, total_figures, _totals(number, totals))
            if versions:
                row = {"run_id": number, "versions": written_versions(versions)}
                connection.execute(insert(run_counts).values(row))
        return int(number)

    def last_run(self, round_id: str) -> datetime | None:
        query = select(stands_for).where(runs.c.round_id == round_id)
        with self._database.reading() as connection:
            return connection.scalar(query.order_by(*newest_first).limit(1))

    def run_before(self, round_id: str, as_of: datetime) -> EarlierRun | None:
        query = (
            select(runs.c.id, runs.c.as_of)
            .where(runs.c.round_id == round_id, runs.c.as_of < as_of)
            .order_by(runs.c.as_of.desc(), runs.c.id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).first()
            if found is None:
                return None
            totals = _national(connection, found.id)
            return EarlierRun(found.id, found.as_of, totals, _counted(connection, found.id))

    def history_figures(self, round_id: str) -> Sequence[HistoryFigure]:
        columns = (
            history.c.province_code,
            history.c.form_id,
            history.c.indicator,
            history.c.column_key,
            history.c.value,
        )
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*columns).where(history.c.round_id == round_id)
            )
            found = [HistoryFigure(*row) for row in rows]
        # Sorted here: databases disagree on the order of "_" and ".".
        return sorted(found, key=lambda f: (f.province, *f.cell))

    def post_digests(self, letters: Sequence[Letter], by: str, now: datetime) -> int:
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "digests")
            keys = [letter.reply_key for letter in letters]
            known = connection.scalars(
                select(outbox.c.reply_key).where(outbox.c.reply_key.in_(keys))
            ).all()
            fresh = [letter for letter in letters if letter.reply_key not in known]
            for letter in fresh:
                row = outbox_row(letter, now, brings_forms=False)
                connection.execute(insert(outbox).values(row | {"account": self._account}))
            if fresh:
                about = {"letters": [letter.reply_key for letter in fresh]}
                append(self._database, connection, now, (by, "night-digest", None), about)
        return len(fresh)


def _national(connection: Connection, run: int) -> Mapping[Cell, Pair]:
    table = total_figures.c
    query = select(
        table.form_id, table.indicator, table.column_key, table.value, table.value_strict
    ).where(table.run_id == run, table.level == Level.NATIONAL)
    rows = connection.execute(query)
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}


def _counted(connection: Connection, run: int) -> Sequence[CountedVersion]:
    table = run_counts.c
    written = connection.scalar(select(table.versions).where(table.run_id == run))
    return [] if written is None else read_versions(written)


def _totals(number: int, totals: Sequence[Total]) -> Mapping[str, Sequence[Any]]:
    return {
        "run_id": [number] * len(totals),
        "level": [total.level.value for total in totals],
        "area": [total.area for total in totals],
        "form_id": [total.form for total in totals],
        "indicator": [total.indicator for total in totals],
        "column_key": [total.column for total in totals],
        "value": [total.value for total in totals],
        "value_strict": [total.value_strict for total in totals],
        "unit": [total.unit for total in totals],
        "reported": [total.reported for total in totals],
        "expected": [total.expected for total in totals],
        "provisional": [total.provisional for total in totals],
        "method": [total.method.value for total in totals],
    }
