"""Locks that a process holds while it lives: by them others know that it does."""

import logging
import time
from contextlib import suppress
from threading import RLock

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline.adapters.sql_ledger.connection import LOCKS, Database, lock_number
from pipeline.adapters.sql_ledger.living_lines import is_silent

_TRY = text("SELECT pg_try_advisory_lock(:ours, :name)")
_WAIT = text("SELECT pg_advisory_lock(:ours, :name)")
_UNLOCK = text("SELECT pg_advisory_unlock(:ours, :name)")
# Whoever holds a lock shows on its connection that it lives (`stay`): one that has asked
# nothing for so long hangs, though its machine still answers for it.
_HUNG = text(
    """
    SELECT holder.application_name
    FROM pg_locks held JOIN pg_stat_activity holder ON holder.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND held.classid::bigint = :ours AND held.objid::bigint = :name
      AND holder.usename = current_user AND holder.application_name <> ''
      AND holder.state = 'idle'
      AND holder.state_change < clock_timestamp() - make_interval(secs => :seconds)
    """
)
_END = text(
    """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = :process AND datname = current_database()
      AND usename = current_user AND pid <> pg_backend_pid()
    """
)
HUNG_SECONDS = 10.0
SURE_SECONDS = 1.0
"""Well under the time after which who hangs is ended: who wakes asks."""

log = logging.getLogger("khtc.daemon")


class HeldLocks:
    """Session locks of a PostgreSQL on one connection of their own.

    The server drops them with the connection, however that ends: at once when the
    process dies, after some 20 seconds when its machine does. TransientError when the
    server is out of reach.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = RLock()  # a thread of its own says that we live
        self._connection: Connection | None = None
        self._wanted: set[str] = set()
        self._won: set[str] = set()
        self._answered = -SURE_SECONDS

    def hold(self, name: str) -> None:
        """Hold a lock that is ours alone, from now on and after every reconnection."""
        with self._turn:
            connection = self._living()
            if name not in self._wanted:
                with self._database.translated():
                    connection.execute(_WAIT, _named(name))
                self._wanted.add(name)

    def let_go(self, name: str) -> None:
        """Hold a lock no more; one that was lost with its connection is gone already."""
        with self._turn:
            for each in {name, _shown(name)} & self._wanted:
                if self._connection is not None:
                    with suppress(SQLAlchemyError):
                        self._connection.execute(_UNLOCK, _named(each))
                self._wanted.discard(each)

    def try_hold(self, name: str) -> bool:
        """Whether we hold a lock that others want too; taken when it is free.

        A holder that hangs loses it, with every connection of its own: what it had begun
        ends with them, and it begins nothing more without seeing so.
        """
        with self._turn:
            if name in self._won and self._stands():
                return True
            connection = self._living()
            if name not in self._won and (
                self._asked(connection, name)
                or (self._ended_hung(connection, name) and self._asked(connection, name))
            ):
                self._won.add(name)
            return name in self._won

    def stay(self) -> None:
        """Show those who would take our locks that we live; for a thread of its own.

        Who once did is missed when it does so no more.
        """
        with self._turn:
            if self._connection is None or not self._answers(self._connection):
                return
            names = {_shown(name) for name in self._wanted if not _is_shown(name)}
            for name in names - self._wanted:
                with suppress(SQLAlchemyError):
                    if self._connection.scalar(_TRY, _named(name)):
                        self._wanted.add(name)

    def is_held(self, name: str) -> bool:
        """Whether anybody holds a lock, we included.

        A process that showed itself under this name and hangs is ended: asked once
        more, it does not hold it.
        """
        with self._turn:
            connection = self._living()
            if name in self._won | self._wanted:
                return True
            with self._database.translated():
                free = bool(connection.scalar(_TRY, _named(name)))
                if free:
                    connection.execute(_UNLOCK, _named(name))
            if not free:
                self._ended_hung(connection, _shown(name))
            return not free

    def close(self) -> None:
        """Drop every lock."""
        with self._turn:
            connection, self._connection = self._connection, None
            self._won.clear()
            if connection is not None:
                # a server notices that we hung up a moment later; being told is faster
                with suppress(SQLAlchemyError):
                    connection.execute(text("SELECT pg_advisory_unlock_all()"))
                connection.close()

    def _asked(self, connection: Connection, name: str) -> bool:
        with self._database.translated():
            return bool(connection.scalar(_TRY, _named(name)))

    def _ended_hung(self, connection: Connection, name: str) -> bool:
        """Whether a holder that hung was found; all its connections end."""
        about = {
            "ours": LOCKS,
            "name": lock_number(name) % (1 << 32),  # as an oid shows it
            "seconds": HUNG_SECONDS,
        }
        with self._database.translated():
            hung = connection.scalars(_HUNG, about).all()
            for process in hung:
                log.warning("%s hangs: its connections are ended", process)
                connection.execute(_END, {"process": process})
        return bool(hung)

    def _living(self) -> Connection:
        """Our connection, made anew when it was lost, and all locks with it."""
        if self._connection is not None and not self._answers(self._connection):
            self.close()
        if self._connection is None:
            with self._database.translated():
                made = self._database.engine.connect().execution_options(
                    isolation_level="AUTOCOMMIT"
                )
                made.detach()
                self._connection = made
                for name in sorted(self._wanted):
                    made.execute(_WAIT, _named(name))
        return self._connection

    def _stands(self) -> bool:
        """Whether our line answered a moment ago, and nobody has hung up since.

        Asked before every letter: each time one more way to the server and back.
        """
        connection = self._connection
        if connection is None or connection.invalidated:
            return False
        if time.monotonic() - self._answered > SURE_SECONDS:
            return False
        return is_silent(connection.connection.dbapi_connection)

    def _answers(self, connection: Connection) -> bool:
        try:
            connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        self._answered = time.monotonic()
        return True


_SHOWN = ": shown"


def _shown(name: str) -> str:
    """The lock that says of a process of a name that it shows itself."""
    return f"{name}{_SHOWN}"


def _is_shown(name: str) -> bool:
    return name.endswith(_SHOWN)


def _named(name: str) -> dict[str, int]:
    return {"ours": LOCKS, "name": lock_number(name)}
