"""The engine: how SQLite and PostgreSQL are opened, read, and written to."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from zlib import crc32

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    StaticPool,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pipeline.adapters.sql_ledger.faults import translate
from pipeline.adapters.sql_ledger.living_lines import watch_lines
from pipeline.adapters.sql_ledger.prepared import (
    NONE,
    Prepared,
    Values,
    foresee,
    forget_foreseen,
    together,
)
from pipeline.adapters.sql_ledger.round_trips import (
    BEGIN_READING,
    BEGINNING,
    Rows,
    on_the_driver,
    travel_together,
)
from pipeline.domain.errors import ConfigError, PermanentError

BUSY_MILLISECONDS = 30_000
LOCKS = 0x4B48_5443  # "KHTC": our half of every advisory lock, away from other programs

# The server lets go of a machine that went dark, and of its locks, after 20 seconds.
_PROMPT = " ".join(
    f"-c {name}"
    for name in (
        "tcp_keepalives_idle=5",
        "tcp_keepalives_interval=5",
        "tcp_keepalives_count=3",
        "tcp_user_timeout=20000",
    )
)
_READING_SQLITE = {"sqlite_begin": "BEGIN"}
_READING_SERVER = {BEGINNING: BEGIN_READING}
_WAITING_FOR = Prepared(text("SELECT pg_advisory_xact_lock(:ours, :name)"))
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class Database:
    """One database, opened when first used."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self._looking = threading.local()
        self.dialect = self.url.get_backend_name()
        self.mark = f"khtc-ingest {token_hex(8)}"
        """What the server knows our connections by, and nobody else's."""
        sqlite = self.dialect == "sqlite"
        self.engine = _sqlite(self.url) if sqlite else _server(self.url, self.mark)
        # the same connections, told so once and not at each look
        self._for_reading = self.engine.execution_options(
            **(_READING_SQLITE if sqlite else _READING_SERVER)
        )

    @property
    def name(self) -> str:
        """The database as messages name it: never with its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """All that this thread reads within sees one snapshot, in one transaction.

        A look within a look is part of it.
        """
        before = getattr(self._looking, "connection", None)
        with self.reading() as connection:
            self._looking.connection = connection
            try:
                yield
            finally:
                self._looking.connection = before
                if before is None:
                    forget_foreseen(connection)

    def foresee(self, questions: Sequence[tuple[Prepared, Values]]) -> None:
        """Ask at once what this thread will ask within its look.

        Where there is no server away (SQLite), and outside of a look, nothing is asked.
        """
        looking: Connection | None = getattr(self._looking, "connection", None)
        if looking is not None and self.dialect == "postgresql":
            with self.translated():
                foresee(looking, questions)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot from its first statement on."""
        looking: Connection | None = getattr(self._looking, "connection", None)
        if looking is not None:
            with self.translated():
                yield looking
            return
        with self.translated(), self._for_reading.begin() as connection:
            yield connection

    def ask(self, question: Prepared, values: Values = NONE) -> Rows:
        """What one question brings, asked on one way to the server and back."""
        (found,) = self.ask_all((question, values))
        return found

    def ask_all(self, *questions: tuple[Prepared, Values]) -> list[Rows]:
        """The same of several, of one moment."""
        within = getattr(self._looking, "connection", None) is not None
        with self.reading() as connection:
            return together(connection, *questions, last=not within)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it, or nothing at all.

        On SQLite it has the write lock from its start: a lock asked for half-way is
        refused at once, without waiting.
        """
        with self.translated(), self.engine.begin() as connection:
            yield connection

    def one_at_a_time(self, connection: Connection, name: str) -> None:
        """Wait until no other transaction holds `name`; held to the end of this one.

        SQLite has one writer at a time anyway.
        """
        if self.dialect == "postgresql":
            _WAITING_FOR.run(connection, {"ours": LOCKS, "name": lock_number(name)})

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Faults of the database as ours."""
        try:
            yield
        except SQLAlchemyError as error:
            # The cause is left out: its text may quote the values of a row.
            raise translate(error, self.url) from None


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        parsed = None
    if parsed is None or parsed.get_backend_name() not in _DRIVERS:
        raise ConfigError(
            "daemon.yaml",
            "database",
            "not a database address; write sqlite:///data/ingest.db or "
            "postgresql+psycopg://user@host/name",
        )
    return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])


def _sqlite(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    if not in_memory:
        _make_room(Path(str(url.database)), url)
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
        **({"poolclass": StaticPool} if in_memory else {}),
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_room(file: Path, url: URL) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermanentError(
            f"database {url}: its folder cannot be made ({error.strerror}); "
            "make it and let the daemon's user write there"
        ) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = options.get("sqlite_begin", "BEGIN IMMEDIATE")
    with on_the_driver(connection, begin) as driver:
        driver.execute(begin)


def _server(url: URL, mark: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "connect_timeout": 10,
            "application_name": mark,
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "options": _PROMPT,
        },
    )
    travel_together(engine)
    watch_lines(engine)
    return engine


def lock_number(name: str) -> int:
    """A name as the signed 32 bits that PostgreSQL wants."""
    return crc32(name.encode("utf-8")) - 2**31
