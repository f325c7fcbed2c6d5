"""The standing of this process among others on the same database."""

from time import sleep

from pipeline.adapters.sql_ledger.bell import Bell, ring
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.held_locks import HeldLocks


class Standing(Desk):
    """Who lives, and who leads. On SQLite the daemon's lock file decides both."""

    def __init__(self, database: Database, account: str) -> None:
        super().__init__(database, account)
        shared = database.dialect == "postgresql"
        self._locks = HeldLocks(database) if shared else None
        self._bell = Bell(database, account) if shared else None

    def enter(self, name: str) -> None:
        """Be known as alive under a name of our own, until it or this ledger is left."""
        if self._locks is not None:
            self._locks.hold(name)

    def depart(self, name: str) -> None:
        """Be known by a name of our own no more; no fault when it was not."""
        if self._locks is not None:
            self._locks.let_go(name)

    def lives(self, name: str) -> bool | None:
        """Whether a process of that name is alive; None when nobody can tell (SQLite)."""
        return None if self._locks is None else self._locks.is_held(name)

    def leads(self) -> bool:
        """Whether this process leads the account: the first to ask, until it is gone.

        On SQLite always True.
        """
        return self._locks is None or self._locks.try_hold(self._lead)

    def stay(self) -> None:
        """Show the others that this process does not hang; from a thread of its own."""
        if self._locks is not None:
            self._locks.stay()

    def call(self) -> None:
        """Call the other processes that work on the account: there is something to do."""
        if self._bell is not None:
            with self._database.writing() as connection:
                ring(self._database, connection, self._account)

    def called(self, seconds: float) -> bool:
        """Whether another has called since we were last asked, or does within `seconds`."""
        if self._bell is None:
            sleep(seconds)
            return False
        return self._bell.heard(seconds)

    def hear_no_more(self) -> None:
        """Listen no more until `called` is asked again: unread calls hold a server up."""
        if self._bell is not None:
            self._bell.close()

    def led(self) -> bool | None:
        """Whether anybody leads the account; None when nobody can tell (SQLite)."""
        return None if self._locks is None else self._locks.is_held(self._lead)

    @property
    def _lead(self) -> str:
        return f"{self._account}: lead"

    def leave(self) -> None:
        """Give up name and lead, and hear no more calls."""
        if self._locks is not None:
            self._locks.close()
        self.hear_no_more()
