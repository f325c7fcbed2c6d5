"""Bring a database to the schema of this code, in one transaction."""

import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from pipeline.adapters.sql_ledger import views
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.domain.errors import ConfigError

SCRIPTS = Path(__file__).parent / "migrations"


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
    # Alembic costs 0.2 s to import, and says each step at level INFO.
    from alembic.runtime.migration import MigrationContext

    known = known_revisions()
    return MigrationContext.configure(connection).get_current_revision(), known


def known_revisions() -> Sequence[str]:
    """All revisions of this program, newest first."""
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)
    return [each.revision for each in ScriptDirectory(str(SCRIPTS)).walk_revisions()]


def _upgrade(connection: Connection, dialect: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    for statement in views.dropping():
        connection.exec_driver_sql(statement)
    command.upgrade(config, "head")
    for statement in views.creating(dialect):
        connection.exec_driver_sql(statement)
