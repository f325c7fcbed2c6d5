"""Whose turn a message is, and messages that are closed without being read."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.desk import (
    DAEMON,
    RECORDED,
    Desk,
    LockedRow,
    RecordedRow,
    as_record,
    set_values,
)
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.domain.errors import OvertakenError, PermanentError
from pipeline.domain.mail.message import State
from pipeline.ports.claims import MessageRecord, OthersClaim

_UNCLAIMED: Mapping[str, None] = {
    "lease_owner": None,
    "lease_until": None,
    "lease_reporter": None,
}
# As words of the statement: a parameter would not show that `message_waiting` holds all.
_WAITING = messages.c.state == literal_column(f"'{State.RECEIVED}'")
# No parameter may be called like a column: an UPDATE would set that column to it.
FREE = Prepared(
    select(messages.c.id, messages.c.attempts)
    .where(
        messages.c.account == bindparam("whose"),
        _WAITING,
        or_(messages.c.lease_until.is_(None), messages.c.lease_until <= bindparam("now")),
    )
    .order_by(messages.c.received_at, messages.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIMING = Prepared(
    update(messages)
    .where(messages.c.id.in_(bindparam("chosen", expanding=True)))
    .values(
        attempts=messages.c.attempts + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        lease_reporter=None,
    )
    .returning(*RECORDED)
)
_HELD = func.coalesce(messages.c.lease_until > bindparam("now"), false())
NOT_OURS = Prepared(
    select(messages.c.id, messages.c.received_at, _HELD, messages.c.lease_reporter).where(
        messages.c.account == bindparam("whose"),
        _WAITING,
        messages.c.received_at <= bindparam("received_by"),
        or_(messages.c.lease_owner != bindparam("owner"), not_(_HELD)),
    )
)
# Nothing but `received` is ever in hand. Asked in the order of the index of that state:
# SQLite with statistics of a settled ledger takes the state for a common one, and would
# go through all messages instead.
_IN_HAND = (
    select(messages.c.id, messages.c.lease_owner)
    .where(
        messages.c.account == bindparam("whose"),
        messages.c.state == State.RECEIVED,
        messages.c.lease_owner.is_not(None),
    )
    .order_by(messages.c.received_at, messages.c.id)
)
_FREEING = (
    update(messages)
    .where(
        messages.c.id == bindparam("message"), messages.c.lease_owner == bindparam("owner")
    )
    .values(attempts=messages.c.attempts - bindparam("undone"), **_UNCLAIMED)
)
_TELLING = Prepared(
    update(messages)
    .where(
        messages.c.id == bindparam("message"), messages.c.lease_owner == bindparam("owner")
    )
    .values(lease_reporter=bindparam("reporter"))
)


class Claims(Desk):
    """Claims of workers, and what ends them but filing."""

    def claim(self, owner: str, now: datetime, lease_seconds: int) -> MessageRecord | None:
        """The oldest `received` message nobody works on, attempt counted; or None."""
        claimed = self.claim_some(owner, now, lease_seconds, 1)
        return claimed[0] if claimed else None

    def claim_some(
        self, owner: str, now: datetime, lease_seconds: int, most: int
    ) -> Sequence[MessageRecord]:
        """The oldest of these, in their order, as many as may be together.

        One that was tried before comes alone: what kills the whole program must not use
        up the attempts of its neighbours.
        """
        which = {"whose": self._account, "now": now, "most": most}
        until = now + timedelta(seconds=lease_seconds)
        with self._database.writing() as connection:
            free = FREE.rows(connection, which)
            fresh = takewhile(lambda row: row[1] == 0, free)
            chosen = [number for number, _ in fresh] or [number for number, _ in free[:1]]
            if not chosen:
                return ()
            claim = {"chosen": chosen, "owner": owner, "until": until}
            claimed = _CLAIMING.rows(connection, claim, last=True)
        records = (as_record(RecordedRow(*row)) for row in claimed)
        return sorted(records, key=lambda record: chosen.index(record.id))

    def give_back(self, message: int, owner: str | None = None) -> None:
        """Release a claim unfinished, without its attempt counted (transient fault).

        Nothing happens when `owner` is given and has the message in hand no more.
        """
        with suppress(OvertakenError), self._database.writing() as connection:
            row = self._in_hand(connection, message, owner)
            attempts = max(row.attempts - 1, 0)
            set_values(connection, row.id, attempts=attempts, **_UNCLAIMED)

    def claimants(self) -> frozenset[str]:
        """The owners of claims that are held now."""
        with self._database.reading() as connection:
            rows = connection.execute(_IN_HAND, {"whose": self._account})
            return frozenset(row.lease_owner for row in rows)

    def not_ours(
        self, owner: str, received_by: datetime, now: datetime
    ) -> Sequence[OthersClaim]:
        """The `received` messages to a moment that `owner` has not in hand, in no order."""
        values = {
            "whose": self._account,
            "owner": owner,
            "received_by": received_by,
            "now": now,
        }
        return [OthersClaim(*row) for row in self._database.ask(NOT_OURS, values)]

    def tell_reporters(self, owner: str, reporters: Mapping[int, str]) -> None:
        """Let other workers know whose messages in hand are, before they are filed.

        Nothing happens to a message that `owner` has in hand no more.
        """
        with self._database.writing() as connection:
            for message, reporter in sorted(reporters.items()):
                values = {"message": message, "owner": owner, "reporter": reporter}
                _TELLING.run(connection, values)

    def free(self, owner: str, *, counted: bool = True) -> int:
        """End the claims of an owner; how many. The attempts of one that is dead count."""
        undone = 0 if counted else 1
        with self._database.writing() as connection:
            rows = connection.execute(_IN_HAND, {"whose": self._account})
            theirs = [
                {"message": row.id, "owner": owner, "undone": undone}
                for row in rows
                if row.lease_owner == owner
            ]
            return sum(connection.execute(_FREEING, one).rowcount for one in theirs)

    def set_aside(
        self,
        message: int,
        reason: str,
        detail: str,
        now: datetime,
        owner: str | None = None,
    ) -> None:
        """Quarantine a message (worker-died, limits, bug) with what happened.

        OvertakenError when `owner` is given and has the message in hand no more.
        """
        self._close(message, State.QUARANTINED, (reason, detail), now, owner)

    def ignore_duplicate(self, message: int, reason: str, now: datetime) -> None:
        """Close a message as a duplicate that needs no parsing (same-bytes)."""
        self._close(message, State.DUPLICATE, (reason, None), now)

    def _close(
        self,
        number: int,
        state: State,
        why: tuple[str, str | None],
        now: datetime,
        owner: str | None = None,
    ) -> None:
        reason, detail = why
        with self._database.writing() as connection:
            row = self._in_hand(connection, number, owner)
            set_values(
                connection,
                row.id,
                state=state,
                reason=reason,
                detail=detail,
                **_UNCLAIMED,
            )
            action = "set-aside" if state is State.QUARANTINED else "duplicate"
            about = {"reason": reason, "attempts": row.attempts}
            append(self._database, connection, now, (DAEMON, action, row.id), about)

    def reopen(self, message: int, now: datetime) -> None:
        """Back to `received`, attempts 0, to be processed again (planner, reprocess).

        What was filed goes on counting until the new outcome replaces it; for ever where
        the raw mail was purged.
        PermanentError for a message that was never fetched, and for a copy of the same
        bytes: those are never answered.
        """
        with self._database.writing() as connection:
            row = self._locked(connection, message)
            if row.digest is None:
                raise PermanentError(
                    f"message {message} was never fetched: there is nothing to "
                    "process; ask the sender to send it again"
                )
            if row.duplicate_of is not None:
                raise PermanentError(
                    f"message {message} is the same bytes as message "
                    f"{row.duplicate_of}: process that one again"
                )
            open_again(self._database, connection, row, now)

    def balance(self) -> Sequence[Mapping[str, Any]]:
        """For each folder and UIDVALIDITY: `all` rows bound there, and every state."""
        place = (messages.c.account, messages.c.folder, messages.c.uidvalidity)
        states = [
            func.count().filter(messages.c.state == state).label(state) for state in State
        ]
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*place, func.count().label("all"), *states)
                .where(messages.c.uid.is_not(None))
                .group_by(*place)
                .order_by(*place)
            )
            return [dict(row) for row in rows.mappings()]


def open_again(
    database: Database, connection: Connection, row: LockedRow, now: datetime
) -> None:
    """A message back to `received`, attempts 0, to be processed again. Audited.

    What has no bytes any more cannot be judged again: it stays as it was filed.
    """
    if row.purged_at is not None:
        append(database, connection, now, (DAEMON, "reopen-purged", row.id), {})
        return
    set_values(
        connection,
        row.id,
        state=State.RECEIVED,
        reason=None,
        detail=None,
        attempts=0,
        **_UNCLAIMED,
    )
    append(database, connection, now, (DAEMON, "reopen", row.id), {"state": row.state})
