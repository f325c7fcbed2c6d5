"""The audit trail: who did what when, each event bound to the one before."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from pipeline.adapters.sql_ledger.columns import safe_text, utc_text
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.rule_tally import LAST_EVENT
from pipeline.adapters.sql_ledger.schema import events

START = "0" * 64
"""What stands in for the hash before the first event."""


class AuditTrail(Desk):
    """Reads the trail and adds to it."""

    def note(
        self, actor: str, action: str, detail: Mapping[str, str], now: datetime
    ) -> None:
        """An audit event of its own."""
        with self._database.writing() as connection:
            append(self._database, connection, now, (actor, action, None), detail)

    def audit_chain(self) -> str | None:
        """What is wrong with the trail, naming the event; None when it is whole.

        Events cut off at the end leave no trace here: compare with a backup.
        """
        previous, expected = START, 1
        with self._database.reading() as connection:
            for row in connection.execute(select(events).order_by(events.c.number)):
                if row.number != expected:
                    return f"audit event {expected} is missing"
                who = (row.actor, row.action, row.message_id)
                if row.hash != _hash(previous, row.number, row.at, who, row.detail):
                    return f"audit event {row.number} was changed"
                previous, expected = row.hash, expected + 1
        return None


Who = tuple[str, str, int | None]


def append(
    database: Database,
    connection: Connection,
    now: datetime,
    who: Who,
    detail: Mapping[str, object],
) -> None:
    """Write an event (actor, action, message) into the running transaction.

    Called last in it: from here on other writers of events wait.
    """
    database.one_at_a_time(connection, "event")
    last = LAST_EVENT.one(connection)
    number, previous = (last[0] + 1, last[1]) if last else (1, START)
    actor, action, about = safe_text(who[0]), safe_text(who[1]), who[2]
    written = json.dumps(detail, sort_keys=True, ensure_ascii=True)
    event = {
        "number": number,
        "at": now,
        "actor": actor,
        "action": action,
        "message_id": about,
        "detail": written,
        "hash": _hash(previous, number, now, (actor, action, about), written),
    }
    _ADDING.run(connection, event)


_ADDING = Prepared(insert(events))


def _hash(previous: str, number: int, at: datetime, who: Who, detail: str) -> str:
    bound = json.dumps([previous, number, utc_text(at), *who, detail], ensure_ascii=True)
    return hashlib.sha256(bound.encode("ascii")).hexdigest()
