"""Taking mail in: which sightings have a row, and whose turn it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import DAEMON, Desk, as_record
from pipeline.adapters.sql_ledger.schema import messages, past_locations
from pipeline.domain.errors import PermanentError
from pipeline.domain.message import Arrival, Location, State
from pipeline.domain.verdict import Verdict
from pipeline.ports.ledger import MessageRecord

_UNCLAIMED: Mapping[str, None] = {"lease_owner": None, "lease_until": None}


class Intake(Desk):
    """Arrivals, claims, and messages that are closed without being read."""

    def arrive(self, arrival: Arrival) -> int:
        """File an arrival; its ledger number. Idempotent by location.

        Same bytes under a renumbered UIDVALIDITY of the same folder take over the old
        row (no new row); same bytes elsewhere become a `duplicate`/`same-bytes` row.
        Another message under a UID that is taken (a broken server) gets a row of its
        own, and the old row keeps its place only in the past.
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, f"digest {arrival.digest}")
            here = connection.execute(
                select(messages).where(self._at(arrival.location))
            ).one_or_none()
            if here is not None and here.digest == arrival.digest:
                return int(here.id)
            blank = here if here is not None and here.digest is None else None
            if here is not None and blank is None:
                _move_out(connection, here, arrival)
            old = self._old_numbering(connection, arrival)
            if old is not None:
                return _move_here(connection, old, arrival, blank)
            return self._enter(connection, arrival, blank)

    def _at(self, location: Location) -> ColumnElement[bool]:
        return (
            (messages.c.account == self._account)
            & (messages.c.folder == location.folder)
            & (messages.c.uidvalidity == location.uidvalidity)
            & (messages.c.uid == location.uid)
        )

    def _old_numbering(self, connection: Connection, arrival: Arrival) -> Row[Any] | None:
        """The row that these bytes had before the folder was renumbered."""
        place = arrival.location
        return connection.execute(
            select(messages)
            .where(
                messages.c.account == self._account,
                messages.c.folder == place.folder,
                messages.c.digest == arrival.digest,
                messages.c.uidvalidity != place.uidvalidity,
            )
            .order_by(_DUPLICATES_LAST, messages.c.id)
            .limit(1)
        ).one_or_none()

    def _enter(
        self, connection: Connection, arrival: Arrival, blank: Row[Any] | None
    ) -> int:
        """A new row, `received`, or `duplicate` where the bytes are known.

        A row of this place that had no bytes yet (gone, refused) is filled in instead.
        """
        twin = connection.execute(
            select(messages)
            .where(messages.c.digest == arrival.digest)
            .order_by(_DUPLICATES_LAST, messages.c.id)
            .limit(1)
        ).one_or_none()
        values = self._new_row(arrival.location, arrival.first_seen_at) | _bytes_of(arrival)
        if twin is not None:
            values |= {
                "state": State.DUPLICATE,
                "reason": "same-bytes",
                "duplicate_of": twin.duplicate_of or twin.id,
            }
            if not arrival.spam_folder:
                _take_out_of_spam(connection, twin)
        if blank is not None:
            _set(connection, blank.id, **values)
            return int(blank.id)
        added = insert(messages).values(values).returning(messages.c.id)
        return int(connection.execute(added).scalar_one())

    def _new_row(self, location: Location, seen_at: datetime) -> dict[str, Any]:
        return {
            "account": self._account,
            "folder": location.folder,
            "uidvalidity": location.uidvalidity,
            "uid": location.uid,
            "received_at": seen_at,
            "first_seen_at": seen_at,
            "spam_folder": 0,
            "state": State.RECEIVED,
            "reason": None,
            "verdict": None,
            "attempts": 0,
            "verified": 0,
            "narrative": 0,
            "row_count": 0,
        }

    def refuse(self, location: Location, size: int, reason: str, now: datetime) -> None:
        """File a message whose bytes were not taken, as `held`; idempotent by location.

        `reason` is `too-big` or `fetch-failed`. A later `arrive` at the same location
        fills the row in.
        """
        held = {
            "state": State.HELD,
            "verdict": Verdict.HELD,
            "reason": reason,
            "size": size,
        }
        self._enter_without_bytes(location, held, now)

    def lose(self, location: Location, now: datetime) -> None:
        """Note a message that was listed but vanished before it was fetched (gone)."""
        self._enter_without_bytes(location, {"state": State.GONE}, now)

    def _enter_without_bytes(
        self, location: Location, outcome: Mapping[str, object], now: datetime
    ) -> None:
        with self._database.writing() as connection:
            if connection.scalar(select(messages.c.id).where(self._at(location))) is None:
                row = self._new_row(location, now) | outcome
                connection.execute(insert(messages).values(row))

    def placed(self, folder: str, uidvalidity: int) -> frozenset[int]:
        """The UIDs of a folder that have a ledger row.

        Rows refused as `fetch-failed` are left out, so that they are tried again.
        """
        with self._database.reading() as connection:
            uids = connection.scalars(
                select(messages.c.uid).where(
                    messages.c.account == self._account,
                    messages.c.folder == folder,
                    messages.c.uidvalidity == uidvalidity,
                    messages.c.uid.is_not(None),
                    messages.c.reason.is_distinct_from("fetch-failed"),
                )
            )
            return frozenset(uids)

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

    def give_back(self, message: int) -> None:
        """Release a claim unfinished, without its attempt counted (transient fault)."""
        with self._database.writing() as connection:
            row = self._locked(connection, message)
            attempts = max(row.attempts - 1, 0)
            _set(connection, row.id, attempts=attempts, **_UNCLAIMED)

    def set_aside(self, message: int, reason: str, detail: str, now: datetime) -> None:
        """Quarantine a message (worker-died, limits, bug) with what happened."""
        self._close(message, State.QUARANTINED, (reason, detail), now)

    def ignore_duplicate(self, message: int, reason: str, now: datetime) -> None:
        """Close a message as a duplicate that needs no parsing (same-bytes)."""
        self._close(message, State.DUPLICATE, (reason, None), now)

    def _close(
        self, number: int, state: State, why: tuple[str, str | None], now: datetime
    ) -> None:
        reason, detail = why
        with self._database.writing() as connection:
            row = self._locked(connection, number)
            _set(
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

        What was filed goes on counting until the new outcome replaces it.
        PermanentError for a message that was never fetched.
        """
        with self._database.writing() as connection:
            row = self._locked(connection, message)
            if row.digest is None:
                raise PermanentError(
                    f"message {message} was never fetched: there is nothing to "
                    "process; ask the sender to send it again"
                )
            _set(
                connection,
                row.id,
                state=State.RECEIVED,
                reason=None,
                detail=None,
                duplicate_of=None,
                attempts=0,
                **_UNCLAIMED,
            )
            about = {"state": row.state}
            append(self._database, connection, now, (DAEMON, "reopen", row.id), about)

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


_DUPLICATES_LAST = messages.c.state == State.DUPLICATE


def _bytes_of(arrival: Arrival) -> dict[str, Any]:
    """What an arrival says about the message itself, wherever it lies."""
    return {
        "digest": arrival.digest,
        "size": arrival.size,
        "arrived_at": arrival.received_at,
        "received_at": arrival.received_at or arrival.first_seen_at,
        "spam_folder": int(arrival.spam_folder),
    }


def _move_out(connection: Connection, row: Row[Any], arrival: Arrival) -> None:
    """Free a UID that a broken server has given to other bytes."""
    _remember_place(connection, row, arrival.first_seen_at)
    _set(connection, row.id, uid=None)


def _move_here(
    connection: Connection, row: Row[Any], arrival: Arrival, blank: Row[Any] | None
) -> int:
    """Give a row of the old numbering its new place; a row without bytes gives way."""
    if blank is not None:
        connection.execute(delete(messages).where(messages.c.id == blank.id))
    _remember_place(connection, row, arrival.first_seen_at)
    place = arrival.location
    _set(connection, row.id, uidvalidity=place.uidvalidity, uid=place.uid)
    return int(row.id)


def _remember_place(connection: Connection, row: Row[Any], now: datetime) -> None:
    connection.execute(
        insert(past_locations).values(
            message_id=row.id,
            folder=row.folder,
            uidvalidity=row.uidvalidity,
            uid=row.uid,
            left_at=now,
        )
    )


def _take_out_of_spam(connection: Connection, twin: Row[Any]) -> None:
    """A person moved this mail out of the spam folder: it is to be read after all."""
    if not twin.spam_folder:
        return
    _set(connection, twin.id, spam_folder=0)
    if twin.state == State.IGNORED and twin.reason == "spam":
        _set(connection, twin.id, state=State.RECEIVED, reason=None, attempts=0)


def _set(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(messages).where(messages.c.id == number).values(**values))
