"""Whose turn a message is, and messages that are closed without being read."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, tuple_, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.desk import DAEMON, Desk, as_record, set_values
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.domain.errors import OvertakenError, PermanentError
from pipeline.domain.mail.message import State
from pipeline.ports.ledger import MessageRecord

_UNCLAIMED: Mapping[str, None] = {"lease_owner": None, "lease_until": None}


class Claims(Desk):
    """Claims of workers, and what ends them but filing."""

    def claim(self, owner: str, now: datetime, lease_seconds: int) -> MessageRecord | None:
        """The oldest `received` message nobody works on, attempt counted; or None."""
        oldest = (
            select(messages.c.id)
            .where(
                messages.c.account == self._account,
                messages.c.state == State.RECEIVED,
                or_(messages.c.lease_until.is_(None), messages.c.lease_until <= now),
            )
            .order_by(messages.c.received_at, messages.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        with self._database.writing() as connection:
            claimed = connection.execute(
                update(messages)
                .where(messages.c.id == oldest)
                .values(
                    attempts=messages.c.attempts + 1,
                    lease_owner=owner,
                    lease_until=now + timedelta(seconds=lease_seconds),
                )
                .returning(messages)
            ).one_or_none()
        return None if claimed is None else as_record(claimed)

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
        query = select(messages.c.lease_owner).where(
            messages.c.account == self._account, messages.c.lease_owner.is_not(None)
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(query))

    def must_wait(self, message: int, owner: str, now: datetime) -> bool:
        """Whether another worker has a message in hand that ranks before this one."""
        mine = messages.alias()
        rank = tuple_(messages.c.received_at, messages.c.id)
        query = (
            select(messages.c.id)
            .join(mine, mine.c.id == message)
            .where(
                messages.c.account == self._account,
                messages.c.state == State.RECEIVED,
                messages.c.lease_owner != owner,
                messages.c.lease_until > now,
                rank < tuple_(mine.c.received_at, mine.c.id),
            )
        )
        with self._database.reading() as connection:
            return connection.scalar(query.limit(1)) is not None

    def free(self, owner: str) -> int:
        """End the claims of an owner that is dead; how many. Their attempts count."""
        with self._database.writing() as connection:
            freed = connection.execute(
                update(messages)
                .where(
                    messages.c.account == self._account,
                    messages.c.lease_owner == owner,
                )
                .values(**_UNCLAIMED)
            )
            return freed.rowcount

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
    database: Database, connection: Connection, row: Row[Any], now: datetime
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
