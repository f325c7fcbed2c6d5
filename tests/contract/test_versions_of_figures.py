"""No figure without its version: on PostgreSQL by triggers, once a statement (ADR 0032)."""

from collections.abc import Iterator, Sequence
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from pipeline.adapters.sql_ledger import SqlLedger
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.postgres import Postgres

_ONE_MORE = """
    INSERT INTO figure (version_id, indicator, column_key, value, quantum, unit, raw, path,
        sheet, cell, hidden, encoding)
    VALUES ({version}, 'th.other', 'kh_n1', 1, 1, 'tỷ', '1', 'a.xlsx', 'PL1', 'H9', 0, '')
"""
_WAITS = text(
    "SELECT wait_event_type IS NOT DISTINCT FROM 'Lock' FROM pg_stat_activity "
    "WHERE pid = :line"
)
_ONE_VERSION = text(
    "INSERT INTO version (message_id, place, form_id, state, counts, shut, verified) "
    "SELECT id, 999, 'PL01', 'accepted', 1, 0, 1 FROM message"
)
_MANY_VERSIONS = text(
    "INSERT INTO version (message_id, place, form_id, state, counts, shut, verified) "
    "SELECT message_id, 1000 + n, 'PL01', 'accepted', 1, 0, 1 "
    "FROM version, generate_series(1, 3000) n"
)
_LATE = "unnest(ARRAY(SELECT id FROM version WHERE place > 1000))"
_MANY_FIGURES = text(_ONE_MORE.format(version=_LATE))
_ROWS_READ = text(
    "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) "
    "FROM pg_stat_xact_user_tables WHERE relname IN ('version', 'figure') "
    "ORDER BY relname"
)


@pytest.fixture
def lines(ledger: SqlLedger, database: TestDatabase) -> Iterator[Any]:
    """A connection of its own, where a version has a figure."""
    file_mail(ledger, "a", [make.form("PL01")], 2)
    engine = create_engine(database.url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        _ONE_MORE.format(version="999"),
        "UPDATE figure SET version_id = 999",
        "UPDATE version SET id = 999",
    ],
)
def test_a_figure_of_no_version_is_refused(lines: Any, statement: str) -> None:
    with pytest.raises(IntegrityError):
        lines.execute(text(statement))


def test_a_version_that_has_figures_stays(lines: Any) -> None:
    lines.execute(text("DELETE FROM packed_figures"))
    with pytest.raises(IntegrityError):
        lines.execute(text("DELETE FROM version"))


def test_what_is_of_a_version_is_taken(lines: Any) -> None:
    of = "(SELECT id FROM version)"
    lines.execute(text(_ONE_MORE.format(version=of)))
    lines.execute(text("UPDATE version SET state = state, id = id"))
    lines.execute(text("DELETE FROM packed_figures"))
    assert lines.execute(text("DELETE FROM figure")).rowcount > 1
    assert lines.execute(text("DELETE FROM version")).rowcount == 1


def test_versions_are_not_emptied_below_their_figures(postgres: Postgres) -> None:
    ledger = SqlLedger(postgres.migrated())
    file_mail(ledger, "a", [make.form("PL01")], 2)
    with ledger._database.writing() as connection:
        connection.execute(text("DELETE FROM packed_figures"))
    engine = create_engine(ledger._database.url)
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text("TRUNCATE version CASCADE"))
    engine.dispose()
    ledger.close()


def test_a_version_goes_not_while_another_gives_it_a_figure(postgres: Postgres) -> None:
    """Who takes it away waits for who enters, and finds the figure then."""
    ledger = SqlLedger(postgres.migrated())
    file_mail(ledger, "a", [make.form("PL01")], 2)
    with ledger._database.writing() as connection:
        connection.execute(text("DELETE FROM packed_figures"))
        connection.execute(text("DELETE FROM figure"))
    engine = create_engine(ledger._database.url)
    lines: Queue[int] = Queue()
    found: list[Exception] = []

    def take_away() -> None:
        with engine.connect() as other:
            lines.put(other.execute(text("SELECT pg_backend_pid()")).scalar_one())
            try:
                other.execute(text("DELETE FROM version"))
                other.commit()
            except IntegrityError as fault:
                found.append(fault)

    with engine.connect() as entering, engine.connect() as looking:
        entering.execute(text(_ONE_MORE.format(version="(SELECT id FROM version)")))
        thread = Thread(target=take_away)
        thread.start()
        about = {"line": lines.get(timeout=20)}
        while thread.is_alive() and not looking.scalar(_WAITS, about):
            looking.rollback()
        entering.commit()
        thread.join(20)
        assert len(found) == 1
        assert looking.scalar(text("SELECT count(*) FROM version")) == 1
    engine.dispose()
    ledger.close()


def test_no_table_is_gone_through_however_large_it_became(postgres: Postgres) -> None:
    """A plan stays with its connection: the first ones are made of a handful of rows."""
    ledger = SqlLedger(postgres.migrated())
    file_mail(ledger, "a", [make.form("PL01")], 2)
    # our own words are planned anew each time; only the triggers' plans stay
    engine = create_engine(ledger._database.url, connect_args={"prepare_threshold": None})
    with engine.connect() as line:
        line.execute(text("DELETE FROM packed_figures"))
        line.commit()
        for _ in range(10):  # plans are settled after the fifth
            assert max(_read_of_each_table(line)) < 100
        line.execute(_MANY_VERSIONS)
        line.execute(_MANY_FIGURES)
        line.commit()
        for _ in range(10):
            assert max(_read_of_each_table(line)) < 100
    engine.dispose()
    ledger.close()


def _read_of_each_table(line: Connection) -> Sequence[int]:
    """Rows of `version` and of `figure` that are read where a version comes with a figure,
    and where a version goes.
    """
    before = line.scalars(_ROWS_READ).all()  # what the line has not handed in yet
    line.execute(_ONE_VERSION)
    line.execute(text(_ONE_MORE.format(version="(SELECT max(id) FROM version)")))
    line.execute(
        text("DELETE FROM figure WHERE version_id = (SELECT max(id) FROM version)")
    )
    line.execute(text("DELETE FROM version WHERE id = (SELECT max(id) FROM version)"))
    after = line.scalars(_ROWS_READ).all()
    line.rollback()
    return [late - early for late, early in zip(after, before, strict=True)]
