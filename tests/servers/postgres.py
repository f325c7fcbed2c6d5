"""A private PostgreSQL on a unix socket: one server a run, one cloned database a test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from pipeline.adapters.sql_ledger import SqlLedger
from tests.servers.quick_disk import quick_disk

_DEBIAN = Path("/usr/lib/postgresql")
_TEMPLATE = "migrated"
# Texts sort as in Vietnam, where a ministry's server may stand: a query that leans on
# the order of bytes shows itself.
_INITDB = (
    *("--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"),
    *("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi"),
)
# The data do not outlive the run: nothing is flushed to the disk.
_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off"


@dataclass
class Postgres:
    """A running server; its databases are reached without a password."""

    home: Path
    programs: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str = "postgres") -> str:
        """The address of a database as the ledger takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def empty(self) -> str:
        """The address of a new database without any table."""
        return self._made()

    def migrated(self) -> str:
        """The address of a new database with the ledger's schema."""
        return self._made(self._template)

    @property
    def process(self) -> int:
        """The number of the server's own process, the parent of its others."""
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])

    def drop(self, url: str) -> None:
        """A database goes, and who is still at work in it."""
        name = url.partition("@/")[2].partition("?")[0]
        drop = SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name))
        self._line.execute(drop)

    def close(self) -> None:
        """Hang up, where anything was asked."""
        if "_line" in self.__dict__:
            self._line.close()

    def run(self, program: str, *arguments: str) -> str:
        """What one of the server's own programs says; it runs as the server's user."""
        return _as_server_user(self.home, [str(self.programs / program), *arguments])

    @cached_property
    def _template(self) -> str:
        self._create(_TEMPLATE)
        ledger = SqlLedger(self.url(_TEMPLATE))
        ledger.migrate()
        ledger.close()
        return _TEMPLATE

    @cached_property
    def _line(self) -> psycopg.Connection[Any]:
        """One line for all: a program for each database takes ten times as long."""
        url = self.url().replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)

    def _made(self, template: str = "template1") -> str:
        name = f"test_{next(self._numbers)}"
        self._create(name, template)
        return self.url(name)

    def _create(self, name: str, template: str = "template1") -> None:
        # Nothing is flushed, so that copying files is quicker than logging their pages.
        create = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._line.execute(create.format(Identifier(name), Identifier(template)))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for the time of the context; RuntimeError when none is installed."""
    programs = _newest_programs()
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=quick_disk()))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
    server = Postgres(home, programs)
    data = str(home / "data")
    try:
        server.run("initdb", *_INITDB, "-D", data)
        options = f"-k {home} {_OPTIONS}"
        log = str(home / "log")
        server.run("pg_ctl", "-w", "-D", data, "-l", log, "-o", options, "start")
        try:
            yield server
        finally:
            server.close()
            server.run("pg_ctl", "-w", "-m", "immediate", "-D", data, "stop")
    finally:
        shutil.rmtree(home)


def _newest_programs() -> Path:
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError(
            f"no PostgreSQL server under {_DEBIAN}: install the Debian package postgresql"
        )
    return found[-1].parent


def _as_server_user(home: Path, command: Sequence[str]) -> str:
    """Run a program; as user `postgres` when we are root, whom the server refuses."""
    root = os.geteuid() == 0
    done = subprocess.run(
        command,
        cwd=home,
        user="postgres" if root else None,
        group="postgres" if root else None,
        extra_groups=[] if root else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout.strip()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the whole run."""
    with running_postgres() as server:
        yield server
