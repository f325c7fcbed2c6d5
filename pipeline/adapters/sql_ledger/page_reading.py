"""What the console's pages ask: every answer is bounded, every page found by a key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)

from pipeline.adapters.sql_ledger.reading import Reading, log_condition
from pipeline.adapters.sql_ledger.schema import (
    events,
    findings,
    letters,
    messages,
    runs,
)
from pipeline.adapters.sql_ledger.schema_rulings import acceptances
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.stages.report import local_time

Rows = Sequence[Mapping[str, Any]]

_LOG = table("ingest_log", column("id"))
_OUTBOX = table("outbox", column("id"), column("state"), column("ledger_id"))
_FORM_FIGURES = text(
    written_out("""
WITH s AS ({standings} WHERE m.round_id = :round AND v.form_id = :form)
SELECT s.round_id, s.province_code, s.form_id, f.indicator, f.column_key, f.value,
       f.missing, f.unit, {status} AS status, s.verified, s.version, s.digest, f.path,
       f.sheet, f.cell
FROM s JOIN figure f ON f.version_id = s.version_id
WHERE f.column_key = :column AND {counting}
""")
)
_TOTALS = table("totals", *map(column, ("round_id", "form_id", "level")))
_EQUAL = {
    "kind": messages.c.kind,
    "reason": messages.c.reason,
    "verdict": messages.c.verdict,
    "sender": messages.c.sender,
}
_EVERYTHING: Any = literal_column("*")


class PageReading(Reading):
    """Questions of the console."""

    def log_page(self, filters: Mapping[str, str], before: int | None, limit: int) -> Rows:
        """Rows of the view `ingest_log`, newest first, after the message `before`."""
        # the numbers are found in the table by its index: the view counts findings,
        # and that only for the rows that are shown
        wanted = select(messages.c.id).order_by(
            messages.c.received_at.desc(), messages.c.id.desc()
        )
        for name, value in filters.items():
            wanted = wanted.where(_log_filter(name, value))
        if before is not None:
            wanted = wanted.where(_earlier_than(before))
        with self._database.reading() as connection:
            numbers = connection.scalars(wanted.limit(limit)).all()
            query = select(_EVERYTHING).select_from(_LOG).where(_LOG.c.id.in_(numbers))
            found = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        return [found[number] for number in numbers]

    def state_counts(self) -> Mapping[str, int]:
        """Messages by state."""
        query = select(messages.c.state, func.count()).group_by(messages.c.state)
        with self._database.reading() as connection:
            return {str(state): int(n) for state, n in connection.execute(query)}

    def letter_counts(self) -> Mapping[str, int]:
        """Letters by state."""
        query = select(letters.c.state, func.count()).group_by(letters.c.state)
        with self._database.reading() as connection:
            return {str(state): int(n) for state, n in connection.execute(query)}

    def letter_page(
        self, filters: Mapping[str, str], before: int | None, limit: int
    ) -> Rows:
        """Rows of the view `outbox`, newest first; filters state, message."""
        query = select(_EVERYTHING).select_from(_OUTBOX).order_by(_OUTBOX.c.id.desc())
        if "state" in filters:
            query = query.where(_OUTBOX.c.state == filters["state"])
        if "message" in filters:
            query = query.where(_OUTBOX.c.ledger_id == int(filters["message"]))
        if before is not None:
            query = query.where(_OUTBOX.c.id < before)
        return self._rows(query.limit(limit))

    def letter_data(self, letter: int) -> bytes | None:
        """The frozen bytes of a letter."""
        query = select(letters.c.data).where(letters.c.id == letter)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def event_page(self, message: int | None, before: int | None, limit: int) -> Rows:
        """Audit events, newest first, of one message or of all."""
        query = select(events).order_by(events.c.number.desc()).limit(limit)
        if message is not None:
            query = query.where(events.c.message_id == message)
        if before is not None:
            query = query.where(events.c.number < before)
        with self._database.reading() as connection:
            return [
                {
                    "number": row.number,
                    "at": local_time(row.at),
                    "actor": row.actor,
                    "action": row.action,
                    "message": row.message_id,
                    "detail": json.loads(row.detail),
                }
                for row in connection.execute(query)
            ]

    def form_figures(self, round_id: str, form: str, column: str) -> Rows:
        """Rows of the view `observations` of one column of a form, without the times.

        Only the versions of the form are ranked: the view would rank every form's.
        """
        asked = {"round": round_id, "form": form, "column": column}
        with self._database.reading() as connection:
            found = connection.execute(_FORM_FIGURES, asked).mappings()
            return [dict(row) for row in found]

    def form_totals(self, round_id: str, form: str, level: str) -> Rows:
        """Rows of the view `totals` of one form at one level."""
        query = (
            select(_EVERYTHING)
            .select_from(_TOTALS)
            .where(
                _TOTALS.c.round_id == round_id,
                _TOTALS.c.form_id == form,
                _TOTALS.c.level == level,
            )
        )
        return self._rows(query)

    def accepted_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that a planner took as they are."""
        query = select(acceptances.c.form_id).where(
            acceptances.c.message_id == message, acceptances.c.withdrawn_at.is_(None)
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(query))

    def run_page(self, before: int | None, limit: int) -> Rows:
        """Consolidation runs, newest first: number, round, as_of, started_at,
        stored_at.
        """
        query = select(runs).order_by(runs.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(runs.c.id < before)
        with self._database.reading() as connection:
            return [
                {
                    "number": row.id,
                    "round": row.round_id,
                    "as_of": row.as_of,
                    "started_at": row.started_at,
                    "stored_at": local_time(row.stored_at),
                }
                for row in connection.execute(query)
            ]

    def findings_of(self, message: int) -> Rows:
        """Findings of a message with their numbers."""
        query = select(findings).where(findings.c.message_id == message)
        return self._rows(query.order_by(findings.c.id))


def _log_filter(name: str, value: str) -> ColumnElement[bool]:
    if name == "province":
        return messages.c.province_code == value
    if name in _EQUAL:
        return _EQUAL[name] == value
    if name in ("id", "verified"):
        return messages.c[name] == int(value)
    return log_condition(name, value)


def _earlier_than(number: int) -> ColumnElement[bool]:
    """Messages that stand below one in the log."""
    moment = select(messages.c.received_at).where(messages.c.id == number).scalar_subquery()
    return or_(
        messages.c.received_at < moment,
        and_(messages.c.received_at == moment, messages.c.id < number),
    )
