"""Figures with the mails they came in, and totals as runs kept them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text, tuple_

from pipeline.adapters.sql_ledger.columns import Amount, Moment
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.rounds import observed
from pipeline.adapters.sql_ledger.schema import runs, total_figures
from pipeline.adapters.sql_ledger.schema_runs import newest_first
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.lineage import KeptTotal, SourcedFigure
from pipeline.domain.total import Level, Method, Total

OF_A_FIGURE = 13  # columns that NOW has too, in front
_SOURCED = """
WITH s AS ({standings} WHERE m.round_id = :round{until}{forms})
SELECT s.province_code, s.form_id, f.indicator, f.column_key, f.value, f.missing, f.unit,
       {status} AS status, s.verified, s.digest, f.path, f.sheet, f.cell,
       s.message_id, s.version, s.received_at, mail.sender
FROM s JOIN figure f ON f.version_id = s.version_id
JOIN message mail ON mail.id = s.message_id
WHERE {counting}{only}
"""


class Lineage(Desk):
    """ports.Lineage."""

    def sourced_figures(
        self,
        round_id: str,
        rows: Collection[tuple[str, str]] | None = None,
        as_of: datetime | None = None,
    ) -> Sequence[SourcedFigure]:
        sql, bound = written_out(_SOURCED), {"round": round_id}
        sql = sql.replace("{until}", "" if as_of is None else " AND m.received_at <= :at")
        sql = sql.replace("{forms}", "" if rows is None else " AND v.form_id IN :forms")
        sql = sql.replace("{only}", "" if rows is None else " AND f.indicator IN :keys")
        query = text(sql)
        if as_of is not None:
            query = query.bindparams(bindparam("at", as_of, type_=Moment))
        if rows is not None:
            keys = sorted({row for _, row in rows})
            forms = sorted({form for form, _ in rows})
            query = query.bindparams(
                bindparam("keys", keys, expanding=True),
                bindparam("forms", forms, expanding=True),
            )
        asked = query.bindparams(**bound).columns(value=Amount, received_at=Moment)
        shared: dict[str, str] = {}
        with self._database.reading() as connection:
            found = [
                _sourced(row, shared)
                for row in connection.execute(asked)
                if rows is None or (row.form_id, row.indicator) in rows
            ]
        return sorted(found, key=_place)

    def kept_total(self, round_id: str, about: Total) -> KeptTotal | None:
        with self._database.reading() as connection:
            run = _newest_run(connection, round_id)
            if run is None:
                return None
            row = connection.execute(
                select(total_figures).where(
                    total_figures.c.run_id == run.id,
                    total_figures.c.level == about.level,
                    total_figures.c.area == about.area,
                    total_figures.c.form_id == about.form,
                    total_figures.c.indicator == about.indicator,
                    total_figures.c.column_key == about.column,
                )
            ).one_or_none()
        return None if row is None else KeptTotal(run.id, run.as_of, _total(row))

    def kept_totals(
        self, round_id: str, areas: Collection[tuple[str, str]]
    ) -> Sequence[KeptTotal]:
        place = tuple_(total_figures.c.level, total_figures.c.area)
        with self._database.reading() as connection:
            run = _newest_run(connection, round_id)
            if run is None:
                return []
            rows = connection.execute(
                select(total_figures).where(
                    total_figures.c.run_id == run.id, place.in_(list(areas))
                )
            )
            return [KeptTotal(run.id, run.as_of, _total(row)) for row in rows]


def _newest_run(connection: Connection, round_id: str) -> Row[Any] | None:
    query = select(runs).where(runs.c.round_id == round_id)
    return connection.execute(query.order_by(*newest_first).limit(1)).one_or_none()


def _sourced(row: Any, shared: dict[str, str]) -> SourcedFigure:
    return SourcedFigure(
        figure=observed(row[:OF_A_FIGURE], shared),
        message=row.message_id,
        version=row.version,
        received_at=row.received_at,
        sender=row.sender,
    )


def _place(found: SourcedFigure) -> tuple[str, str, str, str]:
    figure = found.figure
    return figure.province, figure.form, figure.indicator, figure.column


def _total(row: Any) -> Total:
    return Total(
        level=Level(row.level),
        area=row.area,
        form=row.form_id,
        indicator=row.indicator,
        column=row.column_key,
        value=row.value,
        value_strict=row.value_strict,
        unit=row.unit,
        reported=row.reported,
        expected=row.expected,
        provisional=row.provisional,
        method=Method(row.method),
    )
