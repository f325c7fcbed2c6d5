"""Schemas of programs of old: made by their own steps, or what came after taken back."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, inspect

from pipeline.adapters.sql_ledger import views
from pipeline.adapters.sql_ledger.migrate import SCRIPTS

KEPT_BY_ALEMBIC = "alembic_version"


@dataclass(frozen=True)
class TableShape:
    """The names in a table."""

    columns: frozenset[str]
    indexes: frozenset[str]


def make_schema(connection: Connection, revision: str) -> None:
    """The tables as that revision left them, in an empty database."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it says each step
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, revision)


def take_back(connection: Connection, revision: str) -> None:
    """Remove what the steps since that revision added: tables, columns, indexes, triggers.

    What stands in the rest stays. Of what a step removed tables come back, empty.
    """
    for statement in (
        *views.dropping(),
        *_untriggering(connection, revision),
        *_removing(connection, _shapes_at(revision)),
    ):
        connection.exec_driver_sql(statement)
    _tables_at(revision).create_all(connection)
    connection.exec_driver_sql(f"UPDATE {KEPT_BY_ALEMBIC} SET version_num = '{revision}'")


def _removing(connection: Connection, then: Mapping[str, TableShape]) -> Iterator[str]:
    now = _shapes(connection)
    for table in sorted(now.keys() - then.keys()):
        yield f"DROP TABLE {table}"
    for table in sorted(then.keys() & now.keys()):
        for index in sorted(now[table].indexes - then[table].indexes):
            yield f"DROP INDEX {index}"
        for column in sorted(now[table].columns - then[table].columns):
            yield f"ALTER TABLE {table} DROP COLUMN {column}"


@cache
def _shapes_at(revision: str) -> Mapping[str, TableShape]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        make_schema(connection, revision)
        found = _shapes(connection)
    engine.dispose()
    return found


@cache
def _tables_at(revision: str) -> MetaData:
    """In types that SQLite and PostgreSQL both know."""
    engine, tables = create_engine("sqlite://"), MetaData()
    with engine.begin() as connection:
        make_schema(connection, revision)
        tables.reflect(connection)
    engine.dispose()
    return tables


def _shapes(connection: Connection) -> Mapping[str, TableShape]:
    looked_at = inspect(connection)
    return {
        table: TableShape(
            frozenset(column["name"] for column in looked_at.get_columns(table)),
            frozenset(
                str(index["name"])
                for index in looked_at.get_indexes(table)
                if "duplicates_constraint" not in index  # PostgreSQL's way to be unique
            ),
        )
        for table in looked_at.get_table_names()
        if table != KEPT_BY_ALEMBIC
    }


_TRIGGERS = {
    "0023": ("figure_unpacked_by_update ON figure", "figure_unpacked_by_delete ON figure"),
    "0026": (
        "figure_has_version_by_insert ON figure",
        "figure_has_version_by_update ON figure",
        "version_has_figures ON version",
        "version_keeps_number ON version",
        "version_not_emptied ON version",
    ),
}
"""Those on tables that are older, by the revision that made them."""
_KEY = "ALTER TABLE figure ADD FOREIGN KEY (version_id) REFERENCES version (id)"


def _untriggering(connection: Connection, revision: str) -> Iterator[str]:
    named_with_table = connection.dialect.name == "postgresql"
    for made, triggers in _TRIGGERS.items():
        for trigger in triggers if made > revision else ():
            named = trigger if named_with_table else trigger.partition(" ")[0]
            yield f"DROP TRIGGER IF EXISTS {named}"
    if named_with_table and revision < "0026":
        yield _KEY
