"""Planners' decisions hold, change belief, and stand in a trail that shows tampering."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import State
from pipeline.domain.senders.province import Sender
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

BY = ("lan", "đã gọi điện")


def test_assignment_is_kept_until_withdrawn(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    assert ledger.assigned(number) is None
    ledger.assign(number, "04", *BY, make.at(1))
    assert ledger.assigned(number) == "04"
    ledger.assign(number, None, *BY, make.at(2))
    assert ledger.assigned(number) is None


def test_hold_takes_figures_out_at_once(ledger: SqlLedger, database: TestDatabase) -> None:
    number = file_mail(ledger, "a", [make.form()])
    assert ledger.planner_hold(number) is None
    ledger.hold(number, *BY, make.at(5), held=True)
    assert ledger.planner_hold(number) is True
    assert database.rows("SELECT * FROM observations") == []
    (row,) = ledger.messages({"state": "held"})
    assert (row["reason"], row["verdict"]) == ("by-planner", "held")
    document = ledger.document(number)
    assert document is not None
    assert (document["state"], document["reason"]) == ("held", "by-planner")
    ledger.hold(number, *BY, make.at(6), held=False)
    assert ledger.planner_hold(number) is False


def test_hold_of_a_message_that_is_being_processed_again(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    number = file_mail(ledger, "a", [make.form()])
    ledger.reopen(number, make.at(4))
    ledger.hold(number, *BY, make.at(5), held=True)
    assert database.rows("SELECT * FROM observations") == []
    assert ledger.claim("w", make.at(6), 60) is not None


def test_hold_of_an_unread_message_is_a_mark(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    ledger.hold(number, *BY, make.at(5), held=True)
    (row,) = ledger.messages({})
    assert (row["state"], row["verdict"]) == ("received", None)


def test_confirmed_sender_is_registered(ledger: SqlLedger) -> None:
    sender = Sender("Moi@Example.vn", "02", "Chị Mơ", "0219")
    ledger.confirm_sender(sender, *BY, make.at(1))
    ledger.confirm_sender(Sender("khac@example.vn", "04"), *BY, make.at(2))
    assert ledger.senders() == (
        Sender("khac@example.vn", "04", "", "", "lan"),
        Sender("moi@example.vn", "02", "Chị Mơ", "0219", "lan"),
    )
    ledger.confirm_sender(Sender("moi@example.vn", "04"), *BY, make.at(3))
    assert [sender.province for sender in ledger.senders()] == ["04", "04"]


def test_confirmation_verifies_what_was_sent(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """Filed mail of this address for this province; nothing else."""
    unverified = make.identity(verified=False)
    file_mail(ledger, "a", [make.form()], identity=unverified)
    file_mail(
        ledger,
        "held",
        [make.form("PL02")],
        identity=unverified,
        state=State.HELD,
        reason="change",
    )
    file_mail(ledger, "b", [make.form()], identity=make.identity("04", verified=False))
    other = {"envelope": make.envelope("other@example.vn")}
    file_mail(ledger, "c", [make.form("PL03")], read=other, identity=unverified)
    ledger.confirm_sender(Sender("hagiang@example.vn", "02"), *BY, make.at(9))
    verified = database.rows("SELECT digest, verified FROM ingest_log ORDER BY id")
    assert [row["verified"] for row in verified] == [1, 0, 0, 0]
    figures = database.rows(
        "SELECT form_id, province_code FROM observation_versions WHERE verified = 1"
    )
    assert figures == [{"form_id": "PL01", "province_code": "02"}]
    document = ledger.document(1)
    assert document is not None
    assert document["identity"]["verified"] is True
    assert document["identity"]["strength"] == "strong"


def test_every_decision_leaves_an_event(ledger: SqlLedger, database: TestDatabase) -> None:
    number = file_mail(ledger, "a", [make.form()])
    ledger.confirm_sender(Sender("hagiang@example.vn", "02"), *BY, make.at(4))
    ledger.assign(number, "04", *BY, make.at(4))
    ledger.hold(number, *BY, make.at(5), held=True)
    ledger.hold(number, *BY, make.at(6), held=False)
    ledger.reopen(number, make.at(7))
    ledger.set_aside(number, "bug", "", make.at(8))
    ledger.ignore_duplicate(number, "same-content", make.at(9))
    ledger.note("lan", "pause", {"why": "kiểm tra \0 \ud800"}, make.at(11))
    trail = database.rows(
        "SELECT number, actor, action, message_id, detail FROM event ORDER BY number"
    )
    assert [(row["actor"], row["action"], row["message_id"]) for row in trail] == [
        ("daemon", "file", number),
        ("lan", "confirm-sender", None),
        ("lan", "assign", number),
        ("lan", "hold", number),
        ("lan", "release", number),
        ("daemon", "reopen", number),
        ("daemon", "set-aside", number),
        ("daemon", "duplicate", number),
        ("lan", "pause", None),
    ]
    assert json.loads(trail[2]["detail"])["why"] == "đã gọi điện"
    assert json.loads(trail[1]["detail"])["verified"] == [number]
    assert ledger.audit_chain() is None


def test_hostile_names_do_not_break_the_chain(ledger: SqlLedger) -> None:
    ledger.note("x\0\ud800", "pause\0", {}, make.at(1))
    ledger.note("y", "resume", {}, make.at(2))
    assert ledger.audit_chain() is None


@pytest.mark.fault("T-30")
def test_audit_trail_refuses_changes(database: TestDatabase, ledger: SqlLedger) -> None:
    ledger.note("lan", "pause", {}, make.at(1))
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(Exception, match="append-only"):
            database.run(statement)
    assert len(database.rows("SELECT * FROM event")) == 1


@pytest.mark.fault("T-30")
@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE event SET actor = 'x' WHERE number = 2", "event 2 was changed"),
        ("UPDATE event SET detail = '{}' WHERE number = 1", "event 1 was changed"),
        ("DELETE FROM event WHERE number = 2", "event 2 is missing"),
        ("DELETE FROM event WHERE number = 1", "event 1 is missing"),
    ],
)
def test_tampering_shows(
    ledger: SqlLedger, database: TestDatabase, tampering: str, problem: str
) -> None:
    for minute in range(3):
        ledger.note("lan", "pause", {"n": str(minute)}, make.at(minute))
    guards = {
        "sqlite": ["DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"],
        "postgresql": ["DROP TRIGGER event_append_only ON event"],
    }
    database.run(*guards[database.dialect], tampering)
    assert ledger.audit_chain() == f"audit {problem}"


def test_events_of_many_writers_make_one_chain(database: TestDatabase) -> None:
    ledgers = [database.open() for _ in range(3)]

    def write(which: int) -> None:
        for step in range(10):
            ledgers[which].note(f"w{which}", "note", {"n": str(step)}, make.at(step))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    assert ledgers[0].audit_chain() is None
    for opened in ledgers:
        opened.close()
    assert database.rows("SELECT max(number) AS n FROM event") == [{"n": 30}]


def test_decisions_on_no_message_are_refused(ledger: SqlLedger) -> None:
    with pytest.raises(PermanentError, match="no message 3"):
        ledger.assign(3, "04", *BY, make.at(1))
    with pytest.raises(PermanentError, match="no message 3"):
        ledger.hold(3, *BY, make.at(1), held=True)
    assert ledger.assigned(3) is None
    assert ledger.planner_hold(3) is None
