"""Figures of the round before: imported by planners, looked up by judgements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    column,
    delete,
    select,
    text,
    tuple_,
)

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.bulk import insert_rows
from pipeline.adapters.sql_ledger.columns import Amount
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import runs, total_figures
from pipeline.adapters.sql_ledger.schema_history import history, history_totals
from pipeline.adapters.sql_ledger.schema_runs import newest_first
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.plan.last_round import (
    NOTHING_KNOWN,
    Cell,
    HistoryFigure,
    HistoryFile,
    HistoryOrigin,
    LastRound,
    national_sums,
)
from pipeline.domain.total import Level

_ACCEPTED = Prepared(
    text(
        written_out("""
WITH s AS ({standings} WHERE m.round_id = :round AND m.province_code = :province)
SELECT s.form_id, f.indicator, f.column_key, f.value
FROM s JOIN figure f ON f.version_id = s.version_id
WHERE {counting} AND s.state = 'accepted' AND f.value IS NOT NULL
""")
    ).columns(
        column("form_id"),
        column("indicator"),
        column("column_key"),
        column("value", Amount),
    )
)


class History(Desk):
    """ports.History."""

    def import_history(
        self,
        round_id: str,
        figures: Sequence[HistoryFigure],
        by: str,
        now: datetime,
        file: HistoryFile | None = None,
    ) -> int:
        with self._database.writing() as connection:
            known = {_key(figure): figure for figure in _kept(connection, round_id)}
            given = {
                _key(figure): replace(figure, origin=_origin(figure, file, by, now))
                for figure in figures
            }
            together = {**known, **given}
            for table in (history, history_totals):
                connection.execute(delete(table).where(table.c.round_id == round_id))
            insert_rows(
                connection,
                history,
                [
                    {
                        **_row(round_id, figure.cell, figure.value),
                        "province_code": figure.province,
                        **_origin_row(figure.origin),
                    }
                    for figure in together.values()
                ],
            )
            sums = national_sums(together.values())
            rows = [_row(round_id, cell, value) for cell, value in sums.items()]
            insert_rows(connection, history_totals, rows)
            replaced = len(known) + len(given) - len(together)
            about: dict[str, Any] = {
                "round": round_id,
                "figures": len(given),
                "replaced": replaced,
            }
            if file is not None:
                about |= {"file": file.name, "sha256": file.digest}
            append(self._database, connection, now, (by, "history-import", None), about)
        return replaced

    def past_figures(
        self, round_id: str, rows: Collection[tuple[str, str]]
    ) -> Sequence[HistoryFigure]:
        pair = tuple_(history.c.form_id, history.c.indicator)
        query = select(history).where(history.c.round_id == round_id, pair.in_(list(rows)))
        with self._database.reading() as connection:
            found = [_figure(row) for row in connection.execute(query)]
        return sorted(found, key=_key)

    def last_round(
        self, round_id: str, province: str, earlier: str | None = None
    ) -> LastRound:
        with self._database.reading() as connection:
            mine = {"round": round_id, "province": province}
            own = _by_cell(OWN.rows(connection, mine))
            if earlier is not None:
                own = {**_accepted(connection, earlier, province), **own}
            if not own:
                return NOTHING_KNOWN
            nation = _by_cell(_NATION.rows(connection, {"round": round_id}))
            if earlier is not None:
                nation = {**_consolidated(connection, earlier), **nation}
            return LastRound(own, nation)


def _accepted(
    connection: Connection, round_id: str, province: str
) -> Mapping[Cell, Decimal]:
    """A province's figures of the accepted forms that count in a round of this ledger."""
    return _by_cell(_ACCEPTED.rows(connection, {"round": round_id, "province": province}))


def _consolidated(connection: Connection, round_id: str) -> Mapping[Cell, Decimal]:
    """The nation's figures by the newest consolidation of a round; none without one."""
    totals = _by_cell(_CONSOLIDATED.rows(connection, {"round": round_id}))
    return {cell: abs(value) for cell, value in totals.items()}


def _by_cell(rows: Iterable[tuple[Any, ...]]) -> Mapping[Cell, Decimal]:
    return {(form, indicator, column): value for form, indicator, column, value in rows}


def _cells(table: Table) -> Select[Any]:
    """What `_by_cell` takes."""
    names = ("form_id", "indicator", "column_key", "value")
    return select(*(table.c[name] for name in names))


_OF_ROUND: BindParameter[str] = bindparam("round")
OWN = Prepared(
    _cells(history).where(
        history.c.round_id == _OF_ROUND, history.c.province_code == bindparam("province")
    )
)
_NATION = Prepared(_cells(history_totals).where(history_totals.c.round_id == _OF_ROUND))
_CONSOLIDATED = Prepared(
    _cells(total_figures).where(
        total_figures.c.run_id
        == select(runs.c.id)
        .where(runs.c.round_id == _OF_ROUND)
        .order_by(*newest_first)
        .limit(1)
        .scalar_subquery(),
        total_figures.c.level == Level.NATIONAL,
        total_figures.c.value.is_not(None),
    )
)


def _kept(connection: Connection, round_id: str) -> list[HistoryFigure]:
    rows = connection.execute(select(history).where(history.c.round_id == round_id))
    return [_figure(row) for row in rows]


def _figure(row: Row[Any]) -> HistoryFigure:
    origin = None
    if row.file is not None:
        file = HistoryFile(row.file, row.file_digest)
        origin = HistoryOrigin(file, row.line, row.imported_by, row.imported_at)
    return HistoryFigure(
        row.province_code,
        row.form_id,
        row.indicator,
        row.column_key,
        row.value,
        line=row.line or 0,
        origin=origin,
    )


def _origin(
    figure: HistoryFigure, file: HistoryFile | None, by: str, now: datetime
) -> HistoryOrigin | None:
    return None if file is None else HistoryOrigin(file, figure.line, by, now)


def _origin_row(origin: HistoryOrigin | None) -> Mapping[str, Any]:
    names = ("file", "file_digest", "line", "imported_by", "imported_at")
    if origin is None:
        return dict.fromkeys(names)
    told = (origin.file.name, origin.file.digest, origin.line, origin.by, origin.at)
    return dict(zip(names, told, strict=True))


def _key(figure: HistoryFigure) -> tuple[str, Cell]:
    return figure.province, figure.cell


def _row(round_id: str, cell: Cell, value: Decimal) -> dict[str, Any]:
    form, indicator, column = cell
    return {
        "round_id": round_id,
        "form_id": form,
        "indicator": indicator,
        "column_key": column,
        "value": value,
    }
