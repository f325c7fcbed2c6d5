"""A copy of the ledger to try things out on."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Table, insert, inspect, select

from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.migrate import migrate, revisions
from pipeline.adapters.sql_ledger.schema import messages, metadata
from pipeline.domain.errors import PermanentError, TransientError

_AT_ONCE = 1_000


def copy_ledger(url: str, target: Path) -> str:
    """The URL of a copy at `target`, in SQLite; the ledger itself is only read.

    Of none yet the copy is an empty one. PermanentError for a PostgreSQL ledger whose
    schema is not this program's.
    """
    scheme, _, path = url.partition(":///")
    if scheme.startswith("sqlite") and path and Path(path).exists():
        try:
            with (
                closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
        except sqlite3.Error as error:
            raise TransientError(f"{path}: cannot be copied: {error}") from error
    copied = f"sqlite:///{target}"
    if not scheme.startswith("sqlite"):
        _copy_rows(Database(url), Database(copied))
    return copied


def _copy_rows(source: Database, target: Database) -> None:
    """Every row of one moment, its numbers kept."""
    try:
        with source.reading() as old:
            if not inspect(old).has_table(messages.name):
                return
            current, known = revisions(old)
            if current != known[0]:
                raise PermanentError(
                    f"{source.name} has schema {current}, this program's is {known[0]}: a "
                    "copy to try things on cannot be made; start the newer program once"
                )
            migrate(target)
            with target.writing() as new:
                # A message may be the duplicate of a later one.
                new.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                for table in metadata.sorted_tables:
                    _copy_table(table, old, new)
    finally:
        source.close()
        target.close()


def _copy_table(table: Table, old: Connection, new: Connection) -> None:
    read = old.execute(select(table), execution_options={"yield_per": _AT_ONCE})
    for rows in read.mappings().partitions():
        new.execute(insert(table), [dict(row) for row in rows])
