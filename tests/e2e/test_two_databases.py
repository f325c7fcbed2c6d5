"""SQLite and PostgreSQL give the same views; either is rebuilt from the archive."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation
from tests.e2e.world import files_of, views_of
from tests.servers.ledgers import DIALECTS, TestDatabase
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.databases@example.test"
ODD = (
    *("broken-sum", "missing-forms", "first", "resent", "zipped", "legacy-font", "late"),
    *("split-first", "split-second", "scan-first", "locked-first", "cut-first"),
    *("weak-identity", "unregistered", "auto-reply", "newsletter", "bounce"),
    *("question", "stranger"),
)


@dataclass(frozen=True)
class Twins:
    """The same mail in both databases, with the views of either."""

    programs: dict[str, Installation]
    views: dict[str, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def twins(
    installed: Install, mail: MailSystem, mailbag: Mailbag, postgres: Postgres
) -> Twins:
    """A mailbox of every sort, read by two installations with the same key of tokens."""
    mails = [*mailbag.of(*ODD), *mailbag.typical(2)]
    mail.file(USER, [*mails, mails[0]])
    databases = {
        "sqlite": None,
        "postgresql": TestDatabase("postgresql", postgres.empty()),
    }
    programs: dict[str, Installation] = {}
    for dialect in DIALECTS:
        program = installed(mailbox__username=USER, database=databases[dialect])
        if programs:
            program.data.mkdir(mode=0o700)
            key = programs["sqlite"].data / "token.key"
            shutil.copy(key, program.data / key.name)
        program.fine("once")
        program.fine("consolidate")
        programs[dialect] = program
    return Twins(programs, {name: views_of(each) for name, each in programs.items()})


def test_views_are_identical(twins: Twins) -> None:
    """Every column of every view, but for when each run looked."""
    sqlite, postgresql = (twins.views[dialect] for dialect in DIALECTS)
    assert sqlite.keys() == postgresql.keys()
    for view, rows in sqlite.items():
        assert rows, f"{view} has something to compare"
        assert postgresql[view] == rows, view


def test_views_have_the_columns_of_the_contract(twins: Twins) -> None:
    """Names as BI tools know them; times with Vietnam's offset, flags 0 and 1."""
    for program in twins.programs.values():
        for view, columns in COLUMNS.items():
            row = program.database.rows(f"SELECT * FROM {view} LIMIT 1")[0]
            assert set(columns.split()) <= set(row), view
        row = program.rows("observations")[0]
        assert str(row["received_at"]).endswith("+07:00")
        assert row["verified"] in (0, 1)


COLUMNS = {
    "ingest_log": "id digest received_at first_seen_at folder uidvalidity uid sender"
    " subject kind state reason round_id province_code verdict late rows errors queries"
    " reply_state replied_at",
    "observations": "round_id province_code form_id indicator column_key value missing"
    " unit status verified version digest path sheet cell received_at",
    "observation_versions": "round_id province_code form_id indicator column_key value"
    " missing unit status verified version digest path sheet cell received_at",
    "findings": "id digest round_id province_code form_id code severity state rule"
    " indicator column_key path sheet cell found expected",
    "coverage": "round_id province_code form_id state verified late first_received_at"
    " first_clean_at versions",
    "totals": "run_id round_id level area form_id indicator column_key value"
    " value_strict unit reported expected provisional method",
    "outbox": "id digest template recipient message_id state attempts sent_at",
}


@pytest.mark.fault("F-S16-3")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_archive_gives_back_a_dropped_database(
    dialect: str, twins: Twins, mail: MailSystem, postgres: Postgres
) -> None:
    """The same rows, versions and cells; and no letter leaves a second time."""
    program, wanted = twins.programs[dialect], twins.views[dialect]
    archive = files_of(program.data / "archive")
    recipients = [row["recipient"] for row in program.rows("outbox")]
    letters = mail.letter_ids(recipients)

    _drop(program, postgres)
    program.fine("reprocess", "--all", "--why", "the database was lost")
    program.fine("consolidate")
    found = views_of(program)
    for view in ("observations", "observation_versions", "findings", "coverage", "totals"):
        assert found[view] == wanted[view], view
    # what was sent is known from the journal, as soon as letters are looked at
    for view, column in (("ingest_log", "reply_state"), ("outbox", "state")):
        assert _without(found[view], column) == _without(wanted[view], column), view

    said = program.fine("once", "--json").document
    assert (said["collected"], said["processed"], said["sent"]) == (0, 0, 0)
    assert views_of(program) == wanted
    assert mail.letter_ids(recipients) == letters
    assert files_of(program.data / "archive") == archive
    assert program.fine("audit", "--json").document["balanced"] is True


def _drop(program: Installation, postgres: Postgres) -> None:
    if program.database.dialect == "sqlite":
        for file in Path(program.data).glob("ingest.db*"):
            file.unlink()
        return
    name = program.database.url.partition("?")[0].rpartition("/")[2]
    server = ("-h", str(postgres.home), "-U", "postgres")
    postgres.run("dropdb", *server, name)
    postgres.run("createdb", *server, name)


def _without(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != column} for row in rows]
