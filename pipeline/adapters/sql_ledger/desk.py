"""What every part of the ledger stands on: the database, and one row of a message."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.rule_tally import RuleTally
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.domain.errors import OvertakenError, PermanentError
from pipeline.domain.mail.message import Arrival, Location, State
from pipeline.ports.ledger import MessageRecord

DAEMON = "daemon"
"""Who acts in the audit trail when no person does."""


class Desk:
    """A part of the ledger: methods on one account's messages in one database."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
        self._tally = RuleTally()

    def one_look(self) -> AbstractContextManager[None]:
        """All that this thread reads within is of one moment; nothing is written there."""
        return self._database.one_look()

    def _locked(self, connection: Connection, number: int) -> Row[Any]:
        """The row of a message, kept from other writers; PermanentError without one."""
        found = connection.execute(_LOCKING, {"message": number}).one_or_none()
        if found is None:
            raise PermanentError(
                f"no message {number} in {self._database.name}; `log` lists the numbers"
            )
        return found

    def _in_hand(self, connection: Connection, number: int, owner: str | None) -> Row[Any]:
        """The row as `_locked` gives it; OvertakenError when its claim is another's.

        A claim that ran out and that nobody took is its owner's still.
        """
        row = self._locked(connection, number)
        if owner is not None and row.lease_owner != owner:
            raise OvertakenError(
                f"message {number}: {owner} has it in hand no more; its outcome is "
                "dropped, whoever claims the message now judges it"
            )
        return row


_LOCKING = select(messages).where(messages.c.id == bindparam("message")).with_for_update()
_CHANGING = update(messages).where(messages.c.id == bindparam("message"))


def as_record(row: Row[Any]) -> MessageRecord:
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
    connection.execute(_CHANGING, {"message": number, **values})
