"""What counts, as the views of contract.md tell it, alike on both databases."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import Location, State
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.province import Sender
from pipeline.domain.verdict import Verdict
from tests.builders import decisions as make
from tests.builders.decisions import ROUND
from tests.servers.ledgers import (
    DIALECTS,
    VIEWS,
    TestDatabase,
    file_mail,
    new_database,
    store_totals,
)
from tests.servers.postgres import Postgres

COLUMNS = {
    "ingest_log": "id digest received_at first_seen_at folder uidvalidity uid sender "
    "subject kind state reason round_id province_code verdict late rows errors queries "
    "reply_state replied_at",
    "observations": "round_id province_code form_id indicator column_key value missing "
    "unit status verified version digest path sheet cell received_at",
    "observation_versions": "round_id province_code form_id indicator column_key value "
    "missing unit status verified version digest path sheet cell received_at",
    "findings": "id digest round_id province_code form_id code severity state rule "
    "indicator column_key path sheet cell found expected",
    "coverage": "round_id province_code form_id state verified late first_received_at "
    "first_clean_at versions",
    "totals": "run_id round_id level area form_id indicator column_key value "
    "value_strict unit reported expected provisional method",
    "outbox": "id digest template recipient message_id state attempts sent_at",
}
UNVERIFIED = make.identity(verified=False)
DEFICIENT = FormState.DEFICIENT


def tell_a_story(ledger: SqlLedger) -> None:
    """Every view gets rows of every kind."""
    ledger.know_round(ROUND, ["02", "04", "06"], ["PL01", "PL02", "PL03"])
    figures = [make.row("a", value="1.50"), make.nil_row("b"), make.row("c", value=None)]
    doubtful = [make.form(rows=figures, state=DEFICIENT), make.form("PL02")]
    faults = (make.finding(found="100", expected="110", rule="PL01.2"),)
    file_mail(ledger, "first", doubtful, letters=[make.letter()], findings=faults)
    file_mail(ledger, "mended", [make.form(rows=figures)], 10, [make.letter("k2")])
    file_mail(ledger, "worse", [make.form(state=DEFICIENT)], 20, late=True)
    file_mail(ledger, "held", [make.form()], 30, state=State.HELD, reason="question")
    file_mail(
        ledger,
        "cao bang",
        [make.form(), make.form("PL02", state=FormState.UNREADABLE)],
        40,
        [make.letter("k3", suppressed="N18")],
        identity=make.identity("04", verified=False),
        late=None,
    )
    lost = make.identity(None, verified=False)
    file_mail(ledger, "nobody", [make.form()], 50, identity=lost, state=State.HELD)
    ledger.arrive(make.arrival("first", 60, folder="Bulk"))
    ledger.arrive(make.arrival("new", 70, received_at=None))
    ledger.lose(Location("INBOX", 1, 5), make.at(80))
    ledger.confirm_sender(Sender("hagiang@example.vn", "04"), "lan", "", make.at(90))
    (item, _) = ledger.claim_letters(make.at(91), 9)
    ledger.settle_letter(item.id, LetterState.SENT, make.at(92))
    store_totals(ledger, "1.50")
    store_totals(ledger, "2.500")


def test_views_are_alike_on_both_databases(tmp_path: Path, postgres: Postgres) -> None:
    """The same story gives the same rows, types and all; decimals as canonical text."""
    told: dict[str, dict[str, Any]] = {}
    for dialect in DIALECTS:
        database = new_database(dialect, tmp_path, postgres)
        ledger = database.open()
        tell_a_story(ledger)
        told[dialect] = {
            "views": {view: _sorted(database, view) for view in VIEWS},
            "log": list(ledger.messages({})),
            "coverage": list(ledger.coverage(ROUND)),
            "figures": list(ledger.figures(ROUND, None)),
            "then": list(ledger.figures(ROUND, make.at(15))),
            "files": ledger.province_files(ROUND, "02", (make.at(15), 99)),
            "balance": list(ledger.balance()),
        }
        ledger.close()
    assert told["sqlite"] == told["postgresql"]
    assert all(told["sqlite"]["views"].values())


def _sorted(database: TestDatabase, view: str) -> list[dict[str, Any]]:
    return sorted(database.rows(f"SELECT * FROM {view}"), key=repr)


@pytest.mark.parametrize("view", VIEWS)
def test_view_has_the_columns_of_the_contract(database: TestDatabase, view: str) -> None:
    columns = COLUMNS[view].split()
    assert database.rows(f"SELECT {', '.join(columns)} FROM {view}") == []


def test_figure_types(database: TestDatabase, ledger: SqlLedger) -> None:
    """`value` is text on SQLite and NUMERIC on PostgreSQL: summed without a float."""
    rows = [make.row("a", value="0.1"), make.row("b", value="0.2")]
    file_mail(ledger, "a", [make.form(rows=rows)])
    kind = {"sqlite": "typeof(value)", "postgresql": "pg_typeof(value)::text"}
    types = database.rows(f"SELECT {kind[database.dialect]} AS t FROM observations")
    assert {row["t"] for row in types} == {
        {"sqlite": "text", "postgresql": "numeric"}[database.dialect]
    }


def test_coverage_of_a_round(ledger: SqlLedger) -> None:
    ledger.know_round(ROUND, ["02", "04"], ["PL01"])
    file_mail(ledger, "a", [make.form(state=DEFICIENT)])
    file_mail(ledger, "b", [make.form()], 10, late=True)
    file_mail(ledger, "c", [make.form()], 20, state=State.HELD, reason="change")
    assert [dict(row) for row in ledger.coverage(ROUND)] == [
        {
            "round_id": ROUND,
            "province_code": "02",
            "form_id": "PL01",
            "state": "accepted",
            "verified": 1,
            "late": 0,
            "first_received_at": "2013-07-10T12:00:00+07:00",
            "first_clean_at": "2013-07-10T12:10:00+07:00",
            "versions": 2,
            "shut": 0,
        },
        {
            "round_id": ROUND,
            "province_code": "04",
            "form_id": "PL01",
            "state": "missing",
            "verified": 0,
            "late": None,
            "first_received_at": None,
            "first_clean_at": None,
            "versions": 0,
            "shut": 0,
        },
    ]


@pytest.mark.parametrize("late", [True, False, None])
def test_late_form(ledger: SqlLedger, late: bool | None) -> None:
    ledger.know_round(ROUND, ["02"], ["PL01"])
    file_mail(ledger, "a", [make.form()], late=late)
    (row,) = ledger.coverage(ROUND)
    assert row["late"] == (None if late is None else int(late))


def test_round_may_change_what_it_expects(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    ledger.know_round("other", ["02"], ["X"])
    ledger.know_round(ROUND, ["02", "04"], ["PL01", "PL02"])
    ledger.know_round(ROUND, ["02", "04"], ["PL01", "PL02"])
    assert len(ledger.coverage(ROUND)) == 4
    ledger.know_round(ROUND, ["02"], ["PL03"])
    assert [row["form_id"] for row in ledger.coverage(ROUND)] == ["PL03"]
    ledger.know_round(ROUND, [], [])
    assert ledger.coverage(ROUND) == []
    assert len(database.rows("SELECT * FROM coverage")) == 1


def test_totals_show_the_newest_run_of_each_round(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    assert ledger.last_run(ROUND) is None
    store_totals(ledger, "1")
    newest = store_totals(ledger, "2.50", minutes=60)
    store_totals(ledger, "7", round_id="other")
    ours, other = database.rows("SELECT * FROM totals ORDER BY round_id")
    assert ours == {
        "run_id": newest,
        "round_id": ROUND,
        "level": "national",
        "area": "",
        "form_id": "PL01",
        "indicator": "th.viec_lam",
        "column_key": "kh_n",
        "value": "2.5",
        "value_strict": None,
        "unit": "Người",
        "reported": 40,
        "expected": 63,
        "provisional": 3,
        "method": "sum",
    }
    assert other["value"] == "7"
    assert ledger.last_run(ROUND) == make.at(60)


def test_a_past_asked_for_later_is_not_the_newest_run(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """Nor is the night done by it; one of the future is of the day it was made."""
    store_totals(ledger, "1", minutes=60)
    again = store_totals(ledger, "2", minutes=60)
    store_totals(ledger, "3", minutes=120, as_of=10)
    (row,) = database.rows("SELECT run_id, value FROM totals")
    assert (row["run_id"], row["value"]) == (again, "2")
    assert ledger.last_run(ROUND) == make.at(60)
    (kept,) = ledger.kept_totals(ROUND, [("national", "")])
    assert kept.run == again
    store_totals(ledger, "4", minutes=130, as_of=9999)
    assert ledger.last_run(ROUND) == make.at(130)
    store_totals(ledger, "5", minutes=140)
    (row,) = database.rows("SELECT value FROM totals")
    assert row["value"] == "5"


def test_findings_of_a_message(ledger: SqlLedger, database: TestDatabase) -> None:
    faults = (
        make.finding(rule="PL01.2", found="1", expected="2", indicator="a", column="kh_n"),
        make.finding("unsupported-type", severity=Severity.WARN, form=None, cell=None),
    )
    file_mail(ledger, "a", findings=faults, verdict=Verdict.DEFICIENT)
    first, second = database.rows("SELECT * FROM findings ORDER BY id")
    assert (first["code"], first["severity"], first["state"]) == (
        "total-mismatch",
        "error",
        "fail",
    )
    assert (first["rule"], first["indicator"], first["column_key"]) == (
        "PL01.2",
        "a",
        "kh_n",
    )
    assert (first["digest"], first["province_code"]) == (make.digest_of("a"), "02")
    assert (second["form_id"], second["cell"]) == (None, None)
