"""What is tried on a copy of a PostgreSQL ledger: -n, and the difference page."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.schema import metadata
from pipeline.adapters.sql_ledger.scratch import copy_ledger
from pipeline.assembly import open_ledger, read_plan
from pipeline.assembly.enquiries import Office
from pipeline.cli.main import system_clock
from pipeline.domain.errors import PermanentError
from pipeline.settings import load_settings
from tests.contract.test_commands import BROKEN, Place
from tests.contract.test_sender_commands import PLAIN, STRANGER
from tests.servers.postgres import Postgres

WHY = ("--why", "phoned", "--by", "lan")


@pytest.fixture
def decided(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres: Postgres,
) -> Iterator[Place]:
    """On PostgreSQL: a confirmed sender of mail 1, and a waived finding in mail 2."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    place = Place(tmp_path, capsys)
    place.configure(f"database: {postgres.migrated()}\n")
    place.run("ingest", place.mail("a.eml", PLAIN), place.mail("b.eml", BROKEN))
    place.run("senders", "confirm", STRANGER, "02", *WHY)
    finding = next(f for f in shown(place, 2)["findings"] if f["severity"] == "error")
    place.run("waive", str(finding["id"]), *WHY)
    yield place
    root.handlers[:] = handlers
    root.setLevel(level)


def shown(place: Place, message: int) -> dict[str, Any]:
    (document,) = place.json("show", str(message))[1]
    return document


def test_what_planners_decided_holds_on_a_copy(decided: Place, tmp_path: Path) -> None:
    """As SQLite's own copy has it: nothing differs, and the ledger is not touched."""
    settings = load_settings(decided.folder / "daemon.yaml", os.environ)
    before = every_row(settings.database)
    assert {"message", "figure", "sender_entry", "waiver", "event"} <= before.keys()

    code, (report,) = decided.json("reprocess", "--all", "-n")
    assert (code, report) == (0, {"messages": 2, "changes": [], "quarantined": []})
    plan = read_plan(settings)
    ledger = open_ledger(plan)
    office = Office(plan, ledger, system_clock)
    assert office.reprocessing(1) == {"rows": [], "heads": []}
    ledger.close()

    assert every_row(copy_ledger(settings.database, tmp_path / "copy.db")) == before
    assert every_row(settings.database) == before


def every_row(url: str) -> dict[str, list[Any]]:
    opened = Database(url)
    with opened.reading() as connection:
        rows = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    opened.close()
    return {name: found for name, found in rows.items() if found}


def test_no_ledger_yet_gives_an_empty_copy(tmp_path: Path, postgres: Postgres) -> None:
    url = copy_ledger(postgres.empty(), tmp_path / "copy.db")
    assert url == f"sqlite:///{tmp_path}/copy.db"
    assert not (tmp_path / "copy.db").exists()


def test_a_schema_of_another_program_is_not_copied(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.migrated()
    opened = Database(url)
    with opened.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")
    opened.close()
    with pytest.raises(PermanentError, match="has schema 0007"):
        copy_ledger(url, tmp_path / "copy.db")
