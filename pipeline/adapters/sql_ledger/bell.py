"""How the daemons on one PostgreSQL call each other: LISTEN and NOTIFY (ADR 0018).

A call says only that it is worth looking, so one that is lost costs a moment.
"""

from contextlib import suppress

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline.adapters.sql_ledger.connection import Database, lock_number
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.round_trips import on_the_driver

_RING = Prepared(select(func.pg_notify(bindparam("bell"), bindparam("mark"))))


def ring(database: Database, connection: Connection, account: str) -> None:
    """Call the other daemons of an account when this transaction is committed."""
    if database.dialect == "postgresql":
        _RING.rows(connection, {"bell": _bell(account), "mark": database.mark})


class Bell:
    """The calls of others, heard on a connection of its own."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
        self._connection: Connection | None = None

    def heard(self, seconds: float) -> bool:
        """Whether another has called since we were last asked, or does within `seconds`.

        TransientError when the server is out of reach: asked again, we listen anew.
        """
        with self._database.translated():
            try:
                connection = self._listening()
                with on_the_driver(connection, "LISTEN") as driver:
                    calls = list(driver.notifies(timeout=seconds, stop_after=1))
                    calls += driver.notifies(timeout=0)
            except SQLAlchemyError:
                self.close()
                raise
        return any(call.payload != self._database.mark for call in calls)

    def close(self) -> None:
        """Listen no more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()  # nobody else must have one that listens
                connection.close()

    def _listening(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            self._connection.execute(text(f"LISTEN {_bell(self._account)}"))
        return self._connection


def _bell(account: str) -> str:
    return f"khtc_{lock_number(account) + 2**31:08x}"
