"""What every part of the ledger stands on: the database, and one row of a message."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from pipeline.adapters.json_wire import AsItCame
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.packed_entry import KnownLayouts
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.rule_tally import RuleTally
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.domain.errors import OvertakenError, PermanentError
from pipeline.domain.mail.message import Arrival, Location, State
from pipeline.domain.verdict import Parsed
from pipeline.ports.ledger import MessageRecord

DAEMON = "daemon"
"""Who acts in the audit trail when no person does."""


class LockedRow(NamedTuple):
    """What is asked of a message's row before it is changed."""

    id: int
    digest: str | None
    duplicate_of: int | None
    state: str
    standing: str | None
    kind: str | None
    attempts: int
    lease_owner: str | None
    assigned_province: str | None
    letter_id: int | None
    purged_at: datetime | None


class RecordedRow(NamedTuple):
    """What `as_record` needs of a message's row."""

    id: int
    digest: str | None
    folder: str
    uidvalidity: int
    uid: int | None
    size: int | None
    arrived_at: datetime | None
    first_seen_at: datetime
    spam_folder: int
    state: str
    attempts: int


class Desk:
    """A part of the ledger: methods on one account's messages in one database."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
        self._tally = RuleTally()
        self._layouts = KnownLayouts()
        self._as_it_came = AsItCame()

    def one_look(self) -> AbstractContextManager[None]:
        """All that this thread reads within is of one moment; nothing is written there."""
        return self._database.one_look()

    def foresee_filing(self, parsed: Parsed, data: bytes) -> None:
        """The very JSON that was read, which `file` need not write anew."""
        self._as_it_came.hold(parsed, data)

    def _locked(self, connection: Connection, number: int) -> LockedRow:
        """The row of a message, kept from other writers; PermanentError without one."""
        found = locked(connection, number)
        if found is None:
            raise self._no_message(number)
        return found

    def _no_message(self, number: int) -> PermanentError:
        return PermanentError(
            f"no message {number} in {self._database.name}; `log` lists the numbers"
        )

    def _in_hand(self, connection: Connection, number: int, owner: str | None) -> LockedRow:
        """The row as `_locked` gives it; OvertakenError when its claim is another's.

        A claim that ran out and that nobody took is its owner's still.
        """
        row = self._locked(connection, number)
        only_of(row, owner)
        return row


def only_of(row: LockedRow, owner: str | None) -> None:
    """OvertakenError when the claim of a message is another's than the `owner` given."""
    if owner is not None and row.lease_owner != owner:
        raise OvertakenError(
            f"message {row.id}: {owner} has it in hand no more; its outcome is "
            "dropped, whoever claims the message now judges it"
        )


def locked(connection: Connection, number: int) -> LockedRow | None:
    """The row of a message, kept from other writers; None without one."""
    found = LOCKING.one(connection, {"message": number})
    return None if found is None else LockedRow(*found)


LOCKING = Prepared(
    select(*(messages.c[name] for name in LockedRow._fields))
    .where(messages.c.id == bindparam("message"))
    .with_for_update()
)
_CHANGING = Prepared(update(messages).where(messages.c.id == bindparam("message")))


RECORDED = tuple(messages.c[name] for name in RecordedRow._fields)


def as_record(row: RecordedRow | Row[Any]) -> MessageRecord:
    """A row of `message` as jobs see it."""
    return MessageRecord(
        id=row.id,
        arrival=Arrival(
            digest=row.digest or "",
            location=Location(row.folder, row.uidvalidity, row.uid or 0),
            size=row.size or 0,
            received_at=row.arrived_at,
            first_seen_at=row.first_seen_at,
            spam_folder=bool(row.spam_folder),
        ),
        state=State(row.state),
        attempts=row.attempts,
    )


def set_values(connection: Connection, number: int, **values: object) -> None:
    """Change columns of a message's row."""
    _CHANGING.run(connection, {"message": number, **values})
