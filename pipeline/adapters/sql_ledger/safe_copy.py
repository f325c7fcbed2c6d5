"""Whole copies of the database: SQLite's online backup; pg_dump, pg_restore and psql."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, func, inspect, select

from pipeline.adapters.disk.durable_files import blamed_on, sync_folder
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.migrate import known_revisions, revisions
from pipeline.adapters.sql_ledger.schema import (
    events,
    figures,
    letters,
    messages,
    metadata,
)
from pipeline.domain.backup import Counts
from pipeline.domain.errors import PermanentError, TransientError

_COUNTED = (messages, figures, letters, events)
_BESIDE = ("", "-wal", "-shm")
_SCRIPT_FAILED = 3  # psql's status; a server out of reach is 2


class SqlCopies:
    """ports.DatabaseCopies for the database of a URL."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self.dialect = self._database.dialect

    def save(self, folder: Path) -> str:
        if self.dialect == "postgresql":
            return self._dump(folder / "database.dump")
        target = folder / "database.sqlite3"
        with blamed_on(target):
            _copy_sqlite(self._file, target)
        return target.name

    def counts(self) -> Counts | None:
        if self.dialect == "sqlite" and not self._file.exists():
            return None
        try:
            with self._database.reading() as connection:
                if not inspect(connection).has_table(messages.name):
                    return None
                return {
                    table.name: connection.scalar(select(func.count()).select_from(table))
                    or 0
                    for table in _COUNTED
                }
        except PermanentError:  # a file that is no database any more
            return None
        finally:
            self._database.close()

    def schema(self) -> str:
        try:
            with self._database.reading() as connection:
                return revisions(connection)[0] or ""
        finally:
            self._database.close()

    def knows(self, schema: str) -> bool:
        return schema in known_revisions()

    def newer_schema(self) -> str:
        if self.dialect == "sqlite":
            return ""  # the file is replaced as a whole
        here = self.schema()
        return "" if not here or self.knows(here) else here

    def load(self, file: Path, stamp: str) -> None:
        if self.dialect == "postgresql":
            self._load_dump(file)
            return
        here = self._file
        with blamed_on(here):
            here.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            arriving = here.with_name(f"{here.name}.arriving")
            arriving.unlink(missing_ok=True)
            _copy_sqlite(file, arriving)
            for ending in _BESIDE:
                part = here.with_name(here.name + ending)
                if part.exists():
                    part.rename(here.with_name(f"{here.name}.before-{stamp}{ending}"))
            arriving.rename(here)
            sync_folder(here.parent)

    @property
    def _file(self) -> Path:
        return Path(str(self._database.url.database))

    def _dump(self, target: Path) -> str:
        options = ("--format=custom", "--no-owner", f"--file={target}")
        _run("pg_dump", (*options, _address(self._url)), self._url)
        with blamed_on(target):
            target.chmod(0o600)
            _sync(target)
        return target.name

    def _load_dump(self, file: Path) -> None:
        """In one transaction: the old tables stay until the new ones are whole.

        A dump names only the tables of its day: those made since refer to them, and
        must go first. The script is whole before its first line is run.
        """
        with TemporaryDirectory(prefix="khtc-") as folder:
            ours, script = Path(folder) / "ours.sql", Path(folder) / "dump.sql"
            ours.write_text(_dropping())
            options = ("--clean", "--if-exists", "--no-owner", f"--file={script}")
            _run("pg_restore", (*options, str(file)), self._url)
            quietly = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
            whole = ("--single-transaction", f"--file={ours}", f"--file={script}")
            _run("psql", (*quietly, *whole, _address(self._url)), self._url)

    @property
    def _url(self) -> URL:
        return self._database.url


def _copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy while others write; TransientError when it cannot be made."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(
                sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
            ) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise TransientError(f"{source}: cannot be copied: {error}") from error
    _sync(target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def _dropping() -> str:
    """SQL that drops our tables with the views and references that stand on them."""
    names = (*metadata.tables, "alembic_version")
    drops = [f'DROP TABLE IF EXISTS "{name}" CASCADE;' for name in names]
    return "\n".join(("SET LOCAL client_min_messages = error;", *drops, ""))


def _address(url: URL) -> str:
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    return f"--dbname={plain}"


def _run(program: str, options: Sequence[str], url: URL) -> None:
    """A tool of PostgreSQL on our database; its password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise PermanentError(
            f"{program} is not installed; install postgresql-client of the server's version"
        )
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603 - the program is PostgreSQL's own
        [found, *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if line.strip()), "no word")
        if program == "psql" and done.returncode == _SCRIPT_FAILED:
            raise PermanentError(
                f"psql: {said[:300]}; the backup does not fit into this database, which "
                "is as it was: remove what is named, or restore into an empty one"
            )
        raise TransientError(f"{program}: {said[:300]}")
