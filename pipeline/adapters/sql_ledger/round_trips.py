"""What goes along on one way to the server and back.

A server may be milliseconds away, and a message takes dozens of statements. On PostgreSQL
what gives no rows waits for the next that does, or for the end of its transaction; the
beginning goes along with the first, the end with the last where that is known. A fault is
raised by the way on which its statement went, so within the same transaction. On SQLite
there is no way: everything is said at once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

Rows = list[tuple[Any, ...]]
Say = Callable[[Any], Any]
"""Says something on the driver's connection, and gives the cursor of it."""

BEGIN = "BEGIN"
BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGINNING = "khtc_begin"
"""The option of a connection that names another beginning than `BEGIN`."""
_WAITING = "waiting"


@contextmanager
def on_the_driver(connection: Connection, told: str) -> Iterator[Any]:
    """The driver's own connection; its faults as SQLAlchemy would raise them.

    What waits is said before.
    """
    if _waiting(connection):
        _go(connection, told, (), last=False)
    with _raw(connection, told) as driver:
        yield driver


@contextmanager
def _raw(connection: Connection, told: str) -> Iterator[Any]:
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    fault: type[Exception] = dialect.loaded_dbapi.Error
    try:
        yield driver
    except fault as error:
        raise _as_sqlalchemy(connection, driver, told, error) from error


def _as_sqlalchemy(
    connection: Connection, driver: Any, told: str, error: Exception
) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        told,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )


def say_later(connection: Connection, told: str, say: Say) -> None:
    """Say what gives no rows: with the next that does, or at the end."""
    if connection.dialect.name == "postgresql":
        _waiting(connection).append(say)
        return
    with on_the_driver(connection, told) as driver:
        say(driver)


def ask(
    connection: Connection, told: str, asked: Sequence[Say], *, last: bool = False
) -> list[Rows]:
    """The rows of each; where they are the `last` words, the transaction ends with them."""
    if connection.dialect.name == "postgresql" and (
        last or len(asked) > 1 or _waiting(connection)
    ):
        return _go(connection, told, asked, last=last)
    with on_the_driver(connection, told) as driver:
        return [say(driver).fetchall() for say in asked]


def _go(
    connection: Connection, told: str, asked: Sequence[Say], *, last: bool
) -> list[Rows]:
    waiting = _waiting(connection)
    before, waiting[:] = tuple(waiting), ()
    with _raw(connection, told) as driver:
        with driver.pipeline():
            for say in before:
                say(driver)
            cursors = [say(driver) for say in asked]
            if last:
                driver.execute("COMMIT", prepare=False)
        return [cursor.fetchall() for cursor in cursors]


def _waiting(connection: Connection) -> list[Say]:
    found: list[Say] = connection.info.setdefault(_WAITING, [])
    return found


def travel_together(engine: Engine) -> None:
    """Have the transactions of a PostgreSQL begin and end as said above.

    The driver commits by itself (`AUTOCOMMIT`): what begins one is ours to say.
    """
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _before_others)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _forget)
    event.listen(engine, "checkin", _came_back)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    _waiting(connection).clear()
    if options.get("isolation_level") != "AUTOCOMMIT":
        words = options.get(BEGINNING, BEGIN)
        say_later(connection, words, lambda driver: driver.execute(words, prepare=False))


def _before_others(connection: Connection, _cursor: object, told: str, *_: object) -> None:
    """SQLAlchemy speaks to the driver itself: what waits is said first."""
    if _waiting(connection):
        _go(connection, told, (), last=False)


def _commit(connection: Connection) -> None:
    if len(_waiting(connection)) == 1 and _is_idle(connection):
        _waiting(connection).clear()  # it had begun in name only
    elif _waiting(connection):
        _go(connection, "COMMIT", (), last=True)


def _is_idle(connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return int(driver.pgconn.transaction_status) == 0


def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # else it went with the line
        _waiting(connection).clear()


def _came_back(_connection: object, record: Any) -> None:
    record.info.pop(_WAITING, None)
