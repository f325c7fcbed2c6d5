"""Opening, migrating and losing a database; faults name it and never a secret."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.bulk import FEW, FIT, insert_rows
from pipeline.adapters.sql_ledger.migrate import known_revisions
from pipeline.adapters.sql_ledger.rule_tally import LAST_EVENT
from pipeline.adapters.sql_ledger.schema import expected_forms, metadata
from pipeline.domain.errors import ConfigError, PermanentError, TransientError
from tests.builders import decisions as make
from tests.servers.ledgers import (
    VIEWS,
    TestDatabase,
    file_mail,
    hang_up,
    store_totals,
)
from tests.servers.postgres import Postgres

REPOSITORY = Path(__file__).resolve().parents[2]


def _migrate(database: TestDatabase) -> None:
    ledger = database.open()
    try:
        ledger.migrate()
    finally:
        ledger.close()


def test_migrations_make_the_schema_of_the_code(database: TestDatabase) -> None:
    engine = create_engine(database.url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    named = [(what, key.table.name, *key.column_keys) for what, key in differences]
    of_figures = [("add_fk", "figure", "version_id")]  # by triggers there (ADR 0032)
    assert named == (of_figures if database.dialect == "postgresql" else [])


def test_migrating_again_changes_nothing(
    empty: TestDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(2):
        _migrate(empty)
    newest = known_revisions()[0]
    assert empty.rows("SELECT version_num FROM alembic_version") == [
        {"version_num": newest}
    ]
    assert not [entry for entry in caplog.records if entry.name.startswith("alembic")]


def test_processes_that_start_at_once_do_not_clash(empty: TestDatabase) -> None:
    program = (
        "import sys; from pipeline.adapters.sql_ledger import SqlLedger; "
        "ledger = SqlLedger(sys.argv[1]); ledger.migrate(); ledger.close()"
    )
    command = [sys.executable, "-W", "error", "-c", program, empty.url]
    started = [
        subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE) for _ in range(3)
    ]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert all(empty.rows(f"SELECT * FROM {view}") == [] for view in VIEWS)


@pytest.mark.fault("F-S0-7", "F-X-5")
def test_newer_schema_stops_and_is_left_alone(empty: TestDatabase) -> None:
    _migrate(empty)
    empty.run("UPDATE alembic_version SET version_num = '9999'", "DROP VIEW totals")
    newer = f"schema 9999, newer than this program's {known_revisions()[0]}"
    with pytest.raises(ConfigError, match=newer):
        _migrate(empty)
    assert empty.rows("SELECT version_num FROM alembic_version") == [
        {"version_num": "9999"}
    ]


@pytest.mark.fault("F-S0-8")
def test_failed_migration_leaves_nothing(empty: TestDatabase, tmp_path: Path) -> None:
    """Someone else's table is in the way of the last step."""
    (tmp_path / "data").mkdir()
    empty.run("CREATE TABLE event (x TEXT)")
    with pytest.raises(PermanentError, match="event"):
        _migrate(empty)
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    }
    assert empty.rows(catalogue[empty.dialect]) == [{"name": "event"}]


def test_database_that_was_not_migrated_is_no_passing_fault(empty: TestDatabase) -> None:
    ledger = empty.open()
    with pytest.raises(PermanentError, match="message"):
        ledger.arrive(make.arrival())
    ledger.close()


def test_sqlite_is_safe_against_power_cuts(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ingest.db")
    ledger.migrate()
    with ledger._database.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    ledger.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_ledger_in_memory() -> None:
    """`ingest -n` keeps its ledger nowhere."""
    ledger = SqlLedger("sqlite://")
    ledger.migrate()
    file_mail(ledger, "a", [make.form()], letters=[make.letter()])
    assert len(list(ledger.figures(make.ROUND, None))) == 1
    ledger.close()


@pytest.mark.parametrize(
    "url", ["", "ingest.db", "mysql://host/db", "sqlite", "postgresql://h:port/x"]
)
def test_address_of_no_database_is_a_configuration_fault(url: str) -> None:
    with pytest.raises(ConfigError, match=r"daemon.yaml: database: .*sqlite:///"):
        SqlLedger(url)


def test_server_out_of_reach_is_tried_again() -> None:
    ledger = SqlLedger("postgresql://khtc:s3cr3t@127.0.0.1:1/ingest")
    with pytest.raises(TransientError, match=r"khtc:\*\*\*@127.0.0.1:1/ingest") as caught:
        ledger.migrate()
    with pytest.raises(TransientError):
        ledger.leads()
    ledger.close()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.fault("F-DB-3")
def test_server_restart_between_calls_is_not_noticed(postgres: Postgres) -> None:
    ledger = SqlLedger(postgres.migrated())
    number = ledger.arrive(make.arrival())
    hang_up(ledger)
    assert ledger.record(str(number)) is not None
    ledger.close()


def _ask(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")


def _ask_the_driver(connection: Connection) -> None:
    LAST_EVENT.one(connection)


def _copy(connection: Connection) -> None:
    insert_rows(connection, expected_forms, _rows(FEW + 1))


def _say(connection: Connection) -> None:
    insert_rows(connection, expected_forms, _rows(3))


def _rows(count: int) -> list[dict[str, str]]:
    names = [column.name for column in expected_forms.columns]
    return [dict.fromkeys(names, f"x{n}") for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, FIT // 3, FIT // 3 + 1, FEW, FEW + 1])
def test_rows_come_in_however_many_they_are(
    ledger: SqlLedger, database: TestDatabase, count: int
) -> None:
    """In one statement, each by itself, or copied."""
    with ledger._database.writing() as connection:
        insert_rows(connection, expected_forms, _rows(count))
    found = database.rows("SELECT * FROM expected_form")
    assert sorted(row["form_id"] for row in found) == sorted(f"x{n}" for n in range(count))


@pytest.mark.fault("F-DB-3")
@pytest.mark.parametrize("act", [_ask, _ask_the_driver, _copy, _say])
def test_connection_lost_half_way_is_a_passing_fault(
    postgres: Postgres, act: Callable[[Connection], None]
) -> None:
    ledger = SqlLedger(postgres.migrated())
    with pytest.raises(TransientError, match="tried again"):
        _lose_the_server_in_a_transaction(ledger, act)
    assert ledger.audit_chain() is None  # on a connection made anew
    assert ledger.coverage("x1") == []
    ledger.close()


def _lose_the_server_in_a_transaction(
    ledger: SqlLedger, act: Callable[[Connection], None]
) -> None:
    with ledger._database.writing() as connection:
        act(connection)
        hang_up(ledger)
        act(connection)


def test_what_the_driver_refuses_names_no_value(ledger: SqlLedger) -> None:
    known = {"round_id": "secret-round", "province_code": "02", "form_id": "PL01"}
    with pytest.raises(PermanentError) as told, ledger._database.writing() as connection:
        insert_rows(connection, expected_forms, [known, known])
    assert "doctor" in str(told.value)
    assert "secret-round" not in str(told.value)


@pytest.mark.fault("F-DB-1", "F-DB-7")
def test_somebody_who_holds_the_file_is_waited_for_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spreadsheet or a database browser with an open change; nothing is half-done."""
    monkeypatch.setattr("pipeline.adapters.sql_ledger.connection.BUSY_MILLISECONDS", 50)
    path = tmp_path / "ingest.db"
    ledger = SqlLedger(f"sqlite:///{path}")
    ledger.migrate()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="locked"):
        ledger.arrive(make.arrival("a"))
    assert ledger.placed("INBOX", 1) == frozenset()
    holder.execute("ROLLBACK")
    holder.close()
    assert ledger.arrive(make.arrival("a")) > 0
    ledger.close()


@pytest.mark.fault("F-DB-2")
def test_sqlite_file_that_is_none_is_no_passing_fault(tmp_path: Path) -> None:
    (tmp_path / "ingest.db").write_text("Kính gửi Vụ KHTC\n" * 500)
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ingest.db")
    with pytest.raises(PermanentError, match="not a database"):
        ledger.migrate()
    ledger.close()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(PermanentError, match="folder cannot be made"):
        SqlLedger(f"sqlite:///{tmp_path}/data/ingest.db")


def test_fault_quotes_no_value(ledger: SqlLedger, database: TestDatabase) -> None:
    """PostgreSQL's DETAIL line would tell what stands in a cell."""
    database.run("CREATE UNIQUE INDEX one_raw ON figure (raw)")
    rows = [make.row("a", raw="Nguyễn Văn A"), make.row("b", raw="Nguyễn Văn A")]
    with pytest.raises(PermanentError, match=r"one_raw|figure\.raw") as caught:
        file_mail(ledger, "a", [make.form(rows=rows)])
    assert "Nguyễn" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.fault("F-S0-5")
def test_one_leads_until_it_is_gone(database: TestDatabase) -> None:
    """On SQLite the daemon's lock file decides, so everybody may."""
    one, two, theirs = database.open(), database.open(), database.open("theirs")
    shared = database.dialect == "postgresql"
    assert one.leads() is True
    assert two.leads() is not shared
    assert one.leads() is theirs.leads() is True
    one.close()
    assert two.leads() is True
    two.close()
    theirs.close()


def test_who_lives_is_known_by_name(database: TestDatabase) -> None:
    one, two = database.open(), database.open()
    one.enter("a:1:0")
    living = None if database.dialect == "sqlite" else True
    assert one.lives("a:1:0") is two.lives("a:1:0") is living
    gone = None if database.dialect == "sqlite" else False
    assert two.lives("a:2:0") is gone
    assert two.lives("a:2:0") is gone  # asking is not holding
    one.close()
    assert two.lives("a:1:0") is gone
    two.close()


@pytest.mark.fault("F-S0-5")
def test_leader_that_lost_its_connection_comes_back_as_one_of_many(
    postgres: Postgres,
) -> None:
    url = postgres.migrated()
    one, two = SqlLedger(url), SqlLedger(url)
    one.enter("a:1:0")
    assert one.leads()
    hang_up(one)
    assert two.leads()
    assert two.lives("a:1:0") is False
    assert not one.leads()
    assert two.lives("a:1:0") is True
    two.close()
    assert one.leads()
    one.close()


def test_run_without_a_figure_is_kept(ledger: SqlLedger, database: TestDatabase) -> None:
    store_totals(ledger, "1")
    ledger.note("lan", "pause", {}, make.at(1))
    store_totals(ledger, None, 60)
    assert ledger.last_run(make.ROUND) == make.at(60)
    assert database.rows("SELECT * FROM totals") == []
    seen = database.rows("SELECT last_event FROM run ORDER BY id")
    assert [row["last_event"] for row in seen] == [0, 1]
