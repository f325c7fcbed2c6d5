"""What a message or a look counts of all others is counted in an index."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect

from bench.speed.old_mails import remember
from pipeline.adapters.sql_ledger import SqlLedger
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail, new_sqlite
from tests.servers.older_schemas import take_back

SIZE = 300


@pytest.fixture(params=[True, False], ids=["with statistics", "without"])
def watched(
    tmp_path: Path, request: pytest.FixtureRequest
) -> tuple[SqlLedger, list[str], TestDatabase]:
    """A ledger of old mails on SQLite, and the statements that it is asked."""
    database = new_sqlite(tmp_path)
    remember(database.url, SIZE, 1)
    if not request.param:
        database.run("DELETE FROM sqlite_stat1")
    ledger, told = database.open(), []

    def watch(connection: Any, _: object) -> None:
        connection.set_trace_callback(told.append)

    event.listen(ledger._database.engine, "connect", watch)
    yield ledger, told, database
    ledger.close()


ACTS: dict[str, Callable[[SqlLedger], object]] = {
    "messages and letters by state": lambda ledger: ledger.tallies(),
    "letters of a day": lambda ledger: ledger.letters_made("a@b.vn", make.at(0)),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_counting_goes_through_an_index_only(
    watched: tuple[SqlLedger, list[str], TestDatabase],
    act: Callable[[SqlLedger], object],
) -> None:
    ledger, told, database = watched
    act(ledger)
    counting = [statement for statement in told if "count(*)" in statement]
    assert counting
    for statement in counting:
        plan = " ".join(
            str(row["detail"]) for row in database.rows(f"EXPLAIN QUERY PLAN {statement}")
        )
        assert "COVERING INDEX" in plan or "INDEX letter_created" in plan
        assert "TEMP B-TREE" not in plan


def test_a_ledger_of_old_has_its_indexes_made_anew(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """Those of the same name, too, of which only the columns are others."""
    file_mail(ledger, "a", letters=[make.letter("k1")])
    counted = ledger.tallies()
    _as_before(ledger)
    new = database.open()
    new.migrate()
    found = {
        each["name"]: each["column_names"]
        for table in ("message", "letter")
        for each in inspect(new._database.engine).get_indexes(table)
    }
    assert found["message_queue"] == ["state", "received_at", "id", "account"]
    assert found["letter_queue"] == ["state", "created_at", "id", "account"]
    assert new.tallies() == counted
    history = new.letters_made("hagiang@example.vn", make.at(1))
    assert (history.in_hour, history.in_day) == (1, 1)
    new.close()


def _as_before(ledger: SqlLedger) -> None:
    """The indexes as the first revisions made them."""
    with ledger._database.writing() as connection:
        take_back(connection, "0024")
        for index, columns in (
            ("message_queue", "message (state, received_at, id)"),
            ("letter_queue", "letter (state, created_at, id)"),
            ("letter_created", "letter (created_at)"),
        ):
            connection.exec_driver_sql(f"DROP INDEX {index}")
            connection.exec_driver_sql(f"CREATE INDEX {index} ON {columns}")
    ledger.close()
