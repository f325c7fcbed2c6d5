"""The registry of senders in the ledger: every entry is kept, with its dates."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import NONE, Prepared
from pipeline.adapters.sql_ledger.round_trips import Rows
from pipeline.adapters.sql_ledger.schema import messages, senders, versions
from pipeline.domain.mail.message import State
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import SenderEntry

ENTRIES = Prepared(
    select(
        senders.c.address,
        senders.c.province_code,
        senders.c.name,
        senders.c.phone,
        senders.c.confirmed_by,
        senders.c.confirmed_at,
        senders.c.retired_by,
        senders.c.retired_at,
    ).order_by(senders.c.id)
)
ASSIGNED = Prepared(
    select(messages.c.id, messages.c.assigned_province).where(
        messages.c.id.in_(bindparam("messages", expanding=True))
    )
)


class Registry(Desk):
    """Planners' words on addresses."""

    def senders(self) -> tuple[Sender, ...]:
        """Addresses that planners confirmed and have not retired, by address."""
        current = [e.sender for e in self.sender_entries() if e.retired_at is None]
        return tuple(sorted(current, key=lambda sender: sender.address))

    def sender_entries(self) -> tuple[SenderEntry, ...]:
        """Every entry ever made, retired ones too, in the order they were made."""
        return _entries(self._database.ask(ENTRIES))

    def placing(
        self, numbers: Sequence[int]
    ) -> tuple[tuple[SenderEntry, ...], Mapping[int, str | None]]:
        """What planners said that tells whose some messages are: every entry of the
        registry, and the province assigned to each message, if any.
        """
        assigned = (ASSIGNED, {"messages": list(numbers)})
        entries, found = self._database.ask_all((ENTRIES, NONE), assigned)
        return _entries(entries), dict(found)

    def confirm_sender(self, sender: Sender, by: str, why: str, now: datetime) -> None:
        """Add an address to the registry, audited; what it sent is verified with it.

        Verified are the filed messages of the address for that province. A second
        confirmation, for another province too, takes the place of the first.
        """
        address = sender.address.lower()
        with self._database.writing() as connection:
            _close(connection, address, by, now)
            _add(connection, sender, by, now)
            about = {
                "address": address,
                "province": sender.province,
                "why": why,
                "verified": _verify(connection, address, sender.province),
            }
            who = (by, "confirm-sender", None)
            append(self._database, connection, now, who, about)

    def retire_sender(self, sender: Sender, by: str, why: str, now: datetime) -> None:
        """Take an address out of the registry from now on, audited.

        Mail received before keeps its standing. An address that only stands in
        senders.csv is retired by an entry that says so.
        """
        address = sender.address.lower()
        with self._database.writing() as connection:
            if not _close(connection, address, by, now):
                _add(connection, sender, by, now)
                _close(connection, address, by, now)
            about = {"address": address, "province": sender.province, "why": why}
            append(self._database, connection, now, (by, "retire-sender", None), about)

    def unverified_from(self, address: str) -> Sequence[int]:
        """The messages of an address that a confirmation may change: held, or filed
        unverified; the oldest first.
        """
        doubtful = (messages.c.state == State.HELD) | (
            (messages.c.state == State.FILED) & (messages.c.verified == 0)
        )
        query = select(messages.c.id).where(
            messages.c.sender == address.lower(), messages.c.digest.is_not(None), doubtful
        )
        with self._database.reading() as connection:
            return connection.scalars(query.order_by(messages.c.id)).all()


def _entries(rows: Rows) -> tuple[SenderEntry, ...]:
    return tuple(SenderEntry(Sender(*row[:5]), *row[5:]) for row in rows)


def _add(connection: Connection, sender: Sender, by: str, now: datetime) -> None:
    connection.execute(
        insert(senders).values(
            address=sender.address.lower(),
            province_code=sender.province,
            name=sender.name,
            phone=sender.phone,
            confirmed_by=by,
            confirmed_at=now,
        )
    )


def _close(connection: Connection, address: str, by: str, now: datetime) -> int:
    """End the entry of an address that is open; how many there were."""
    return connection.execute(
        update(senders)
        .where(senders.c.address == address, senders.c.retired_at.is_(None))
        .values(retired_by=by, retired_at=now)
    ).rowcount


def _verify(connection: Connection, address: str, province: str) -> list[int]:
    """Believe what an address has sent for a province; the numbers of the messages."""
    sent = connection.scalars(
        select(messages.c.id)
        .where(
            messages.c.sender == address,
            messages.c.province_code == province,
            messages.c.standing == State.FILED,
        )
        .order_by(messages.c.id)
        .with_for_update()
    ).all()
    for table, column in ((messages, messages.c.id), (versions, versions.c.message_id)):
        connection.execute(update(table).where(column.in_(sent)).values(verified=1))
    return list(sent)
