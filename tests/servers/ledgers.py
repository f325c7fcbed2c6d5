"""The ledger on every database it must run on: fixtures, and a short way to file mail.

A suite that uses the fixtures imports them, and `postgres`, in its conftest.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import Letter
from pipeline.domain.total import Level, Method, Run, Total
from pipeline.domain.verdict import FormResult
from pipeline.domain.writing.number_text import canonical
from tests.builders import decisions as make
from tests.servers.postgres import Postgres

DIALECTS = ("sqlite", "postgresql")
VIEWS = (
    "ingest_log",
    "observations",
    "observation_versions",
    "findings",
    "coverage",
    "totals",
    "outbox",
)


@dataclass(frozen=True)
class TestDatabase:
    """One database of a test, also reachable without the ledger."""

    __test__ = False

    dialect: str
    url: str

    def open(self, account: str = "default") -> SqlLedger:
        """A ledger on it, as another process would open it."""
        return SqlLedger(self.url, account)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a BI tool sees: rows by column name, decimals as canonical text."""
        with self._connected() as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [
                dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()
            ]

    def run(self, *statements: str) -> None:
        """Change the database behind the ledger's back."""
        with self._connected() as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def _connected(self) -> Any:
        if self.dialect == "sqlite":
            return closing(sqlite3.connect(self.url.removeprefix("sqlite:///")))
        return psycopg.connect(self.url.replace("+psycopg", ""))


def _plain(value: Any) -> Any:
    return canonical(value) if isinstance(value, Decimal) else value


def new_database(dialect: str, tmp_path: Path, server: Postgres) -> TestDatabase:
    """An empty ledger on one of the DIALECTS."""
    if dialect == "postgresql":
        return TestDatabase(dialect, server.migrated())
    return new_sqlite(tmp_path)


def new_sqlite(folder: Path) -> TestDatabase:
    """An empty ledger in a file of a folder."""
    file = folder / "ingest.db"
    file.write_bytes(_migrated_file())
    return TestDatabase("sqlite", f"sqlite:///{file}")


@cache
def _migrated_file() -> bytes:
    """An empty SQLite ledger: copying it is faster than migrating anew."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ingest.db"
        made = SqlLedger(f"sqlite:///{file}")
        made.migrate()
        made.close()
        return file.read_bytes()


@pytest.fixture(params=DIALECTS)
def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> Iterator[TestDatabase]:
    """A migrated database, SQLite and PostgreSQL in turn; the latter goes again."""
    made = new_database(request.param, tmp_path, postgres)
    yield made
    if made.dialect == "postgresql":
        postgres.drop(made.url)


@pytest.fixture(params=DIALECTS)
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> TestDatabase:
    """A database without a table; on SQLite not even a file or its folder."""
    if request.param == "postgresql":
        return TestDatabase(request.param, postgres.empty())
    return TestDatabase(request.param, f"sqlite:///{tmp_path}/data/ingest.db")


@pytest.fixture
def ledger(database: TestDatabase) -> Iterator[SqlLedger]:
    """The ledger under test."""
    opened = database.open()
    yield opened
    opened.close()


def file_mail(
    ledger: SqlLedger,
    name: str = "a",
    forms: Sequence[FormResult] = (),
    minutes: float = 0,
    letters: Sequence[Letter] = (),
    read: Mapping[str, Any] | None = None,
    **decided: Any,
) -> int:
    """Let a mail arrive and file it at once; its number."""
    number = ledger.arrive(make.arrival(name, minutes))
    ledger.file(
        number,
        make.parsed(name, forms, **(read or {})),
        make.decision(name, forms, minutes, **decided),
        letters,
        make.at(minutes + 3),
    )
    return number


def hang_up(ledger: SqlLedger) -> None:
    """End every connection to a ledger's server, as a restart of it does."""
    url = ledger._database.url
    database = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def store_totals(
    ledger: SqlLedger,
    value: str | None,
    minutes: float = 0,
    round_id: str = make.ROUND,
    as_of: float | None = None,
) -> int:
    """Store a run with one national figure, or none at all; its number."""
    of = minutes if as_of is None else as_of
    run = Run(round_id, make.at(of), make.at(minutes))
    totals = [] if value is None else [national_total(value)]
    return ledger.store_run(run, totals, make.at(minutes))


def national_total(value: str) -> Total:
    """A total of PL01, from 40 of 63 provinces."""
    return Total(
        level=Level.NATIONAL,
        area="",
        form="PL01",
        indicator="th.viec_lam",
        column="kh_n",
        value=Decimal(value),
        value_strict=None,
        unit="Người",
        reported=40,
        expected=63,
        provisional=3,
        method=Method.SUM,
    )
