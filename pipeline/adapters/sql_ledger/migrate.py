"""Bring a database to the schema of this code, in one transaction."""

import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect

from pipeline.adapters.sql_ledger import views
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.domain.errors import ConfigError

SCRIPTS = Path(__file__).parent / "migrations"
_KEPT_BY_ALEMBIC = "alembic_version"
# Alembic keeps the connection of its steps in the module: of two threads that copy at
# once (two pages of differences) one would run its steps on the other's database.
_STEPPING = Lock()


def migrate(database: Database) -> None:
    """Run the revisions that are missing, then make the views anew.

    Two processes may start at once: the second waits and finds nothing to do. A failed
    migration leaves the old schema. ConfigError when the database is newer than we are.
    """
    with database.writing() as connection:
        database.one_at_a_time(connection, "migrate")
        current, known = revisions(connection)
        newest = known[0]
        if current is not None and current not in known:
            raise ConfigError(
                "daemon.yaml",
                "database",
                f"{database.name} has schema {current}, newer than this program's "
                f"{newest}; install the newer program, nothing was changed",
            )
        if current != newest:
            _upgrade(connection, database.dialect)


def revisions(connection: Connection) -> tuple[str | None, Sequence[str]]:
    """The revision of a database, None for no schema yet; and ours, newest first."""
    known = known_revisions()
    if not inspect(connection).has_table(_KEPT_BY_ALEMBIC):
        return None, known
    kept = connection.exec_driver_sql(f"SELECT version_num FROM {_KEPT_BY_ALEMBIC}")  # noqa: S608
    return kept.scalar_one_or_none(), known


def known_revisions() -> Sequence[str]:
    """All revisions of this program, newest first."""
    # Alembic is asked only where there is a step to take: it costs 0.15 s to start.
    scripts = (SCRIPTS / "versions").glob("v[0-9]*_*.py")
    return sorted((path.stem[1:].split("_")[0] for path in scripts), reverse=True)


def _upgrade(connection: Connection, dialect: str) -> None:
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)  # it says each step
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    for statement in views.dropping():
        connection.exec_driver_sql(statement)
    with _STEPPING:
        command.upgrade(config, "head")
    for statement in views.creating(dialect):
        connection.exec_driver_sql(statement)
