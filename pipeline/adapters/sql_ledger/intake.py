"""Taking mail in: every sighting of a message has one row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    delete,
    insert,
    update,
)

from pipeline.adapters.sql_ledger.bell import ring
from pipeline.adapters.sql_ledger.desk import Desk, set_values
from pipeline.adapters.sql_ledger.intake_queries import (
    ADDING,
    ANY_BYTES,
    HERE,
    NUMBERS,
    OLD_NUMBERING,
    PLACED,
    PLACED_SIZES,
    STOOD_HERE,
    TWIN,
)
from pipeline.adapters.sql_ledger.schema import messages, past_locations
from pipeline.domain.mail.message import Arrival, Location, State
from pipeline.domain.verdict import Verdict

_LAST_UID = 2**63 - 1


class Intake(Desk):
    """Arrivals, and messages that could not be fetched."""

    def arrive(self, arrival: Arrival) -> int:
        """File an arrival; its ledger number. Idempotent by location.

        Same bytes under a renumbered UIDVALIDITY of the same folder take over the old
        row (no new row); same bytes elsewhere become a `duplicate`/`same-bytes` row.
        Another message under a UID that is taken (a broken server) gets a row of its
        own, and the old row keeps its place only in the past.
        """
        return self.arrive_all([arrival])[0]

    def arrive_all(self, arrivals: Sequence[Arrival]) -> list[int]:
        """File arrivals in their order as `arrive` does, all of them or none."""
        with self._database.writing() as connection:
            # in one order everywhere: else two of us wait for each other for ever
            for digest in sorted({arrival.digest for arrival in arrivals}):
                self._database.one_at_a_time(connection, f"digest {digest}")
            ring(self._database, connection, self._account)
            if len(arrivals) > 1 and self._all_new(connection, arrivals):
                return self._enter_all(connection, arrivals)
            return [self._arrive(connection, arrival) for arrival in arrivals]

    def _arrive(self, connection: Connection, arrival: Arrival) -> int:
        here = connection.execute(HERE, self._at(arrival.location)).one_or_none()
        if here is not None and here.digest == arrival.digest:
            return int(here.id)
        known = self._stood_here(connection, arrival)
        if known is not None:
            return known
        blank = here if here is not None and here.digest is None else None
        if here is not None and blank is None:
            _move_out(connection, here, arrival)
        old = self._old_numbering(connection, arrival)
        if old is not None:
            return _move_here(connection, old, arrival, blank)
        return self._enter(connection, arrival, blank)

    def _all_new(self, connection: Connection, arrivals: Sequence[Arrival]) -> bool:
        """Whether neither bytes nor places are known: then each is a new row, no more.

        Of one folder, for that is how they come.
        """
        digests = {arrival.digest for arrival in arrivals}
        places = {arrival.location for arrival in arrivals}
        folders = {(place.folder, place.uidvalidity) for place in places}
        if not len(digests) == len(places) == len(arrivals) or len(folders) > 1:
            return False
        if connection.scalar(ANY_BYTES, {"digests": list(digests)}) is not None:
            return False
        return not connection.execute(NUMBERS, self._at_all(arrivals)).first()

    def _enter_all(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[int]:
        rows = [
            self._new_row(arrival.location, arrival.first_seen_at) | _bytes_of(arrival)
            for arrival in arrivals
        ]
        connection.execute(insert(messages), rows)
        found = connection.execute(NUMBERS, self._at_all(arrivals))
        numbers = {row.uid: row.id for row in found}
        return [numbers[arrival.location.uid] for arrival in arrivals]

    def _at_all(self, arrivals: Sequence[Arrival]) -> dict[str, Any]:
        """The places of arrivals in one folder."""
        uids = [arrival.location.uid for arrival in arrivals]
        return self._at(arrivals[0].location) | {"uid": uids}

    def _at(self, location: Location) -> dict[str, Any]:
        return self._folder(location.folder, location.uidvalidity) | {"uid": location.uid}

    def _stood_here(self, connection: Connection, arrival: Arrival) -> int | None:
        """The message that left this place after it was seen there.

        The archive tells an old sighting again when a ledger is rebuilt from it: that
        moves nothing. A server that really goes back to an old numbering is seen later.
        """
        seen = {"digest": arrival.digest, "seen_at": arrival.first_seen_at}
        return connection.scalar(STOOD_HERE, self._at(arrival.location) | seen)

    def _old_numbering(self, connection: Connection, arrival: Arrival) -> Row[Any] | None:
        """The row that these bytes had before the folder was renumbered."""
        which = self._at(arrival.location) | {"digest": arrival.digest}
        return connection.execute(OLD_NUMBERING, which).one_or_none()

    def _enter(
        self, connection: Connection, arrival: Arrival, blank: Row[Any] | None
    ) -> int:
        """A new row, `received`, or `duplicate` where the bytes are known.

        A row of this place that had no bytes yet (gone, refused) is filled in instead.
        """
        twin = connection.execute(TWIN, {"digest": arrival.digest}).one_or_none()
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
            set_values(connection, blank.id, **values)
            return int(blank.id)
        return int(connection.execute(ADDING, values).scalar_one())

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
            "scan": 0,
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
        self, location: Location, outcome: dict[str, Any], now: datetime
    ) -> None:
        with self._database.writing() as connection:
            if connection.execute(HERE, self._at(location)).one_or_none() is None:
                row = self._new_row(location, now) | outcome
                connection.execute(insert(messages).values(row))

    def placed(
        self, folder: str, uidvalidity: int, first: int = 0, last: int | None = None
    ) -> frozenset[int]:
        """The UIDs of a folder, from `first` to `last`, that have a ledger row.

        Rows refused as `fetch-failed` are left out, so that they are tried again.
        """
        last = _LAST_UID if last is None else last
        which = self._folder(folder, uidvalidity) | {"first": first, "last": last}
        with self._database.reading() as connection:
            return frozenset(PLACED.scalars(connection, which))

    def placed_sizes(self, folder: str, uidvalidity: int) -> dict[int, int]:
        """How many bytes lie under each UID of a folder whose bytes we have."""
        which = self._folder(folder, uidvalidity)
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = PLACED_SIZES.rows(connection, which)
        return dict(rows)

    def _folder(self, folder: str, uidvalidity: int) -> dict[str, Any]:
        return {"account": self._account, "folder": folder, "uidvalidity": uidvalidity}


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
    set_values(connection, row.id, uid=None)


def _move_here(
    connection: Connection, row: Row[Any], arrival: Arrival, blank: Row[Any] | None
) -> int:
    """Give a row of the old numbering its new place; a row without bytes gives way."""
    if blank is not None:
        connection.execute(delete(messages).where(messages.c.id == blank.id))
    _remember_place(connection, row, arrival.first_seen_at)
    place = arrival.location
    set_values(connection, row.id, uidvalidity=place.uidvalidity, uid=place.uid)
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
    set_values(connection, twin.id, spam_folder=0)
    if twin.state == State.IGNORED and twin.reason == "spam":
        if twin.purged_at is not None:  # the bytes have just come again
            same = messages.c.digest == twin.digest
            connection.execute(update(messages).where(same).values(purged_at=None))
        set_values(connection, twin.id, state=State.RECEIVED, reason=None, attempts=0)
