"""`letters`, `pause`, `resume`: what waits to be sent, and who lets it go."""

import logging
from datetime import UTC, datetime

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger.ledger import SqlLedger
from pipeline.domain.letters.reply import LetterState
from tests.contract.test_commands import CLEAN, Place

NOW = datetime(2013, 7, 10, 9, tzinfo=UTC)
WHY = ("--why", "đã xem", "--by", "an")


@pytest.fixture
def waiting(tmp_path, capsys, monkeypatch) -> Place:
    """A place where every letter waits for a planner, and one does."""
    monkeypatch.delenv("LANG", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    place = Place(tmp_path, capsys)
    place.configure("policy: {replies: approve}\n")
    place.run("ingest", place.mail("a.eml", CLEAN))
    yield place
    root.handlers[:] = handlers
    root.setLevel(level)


def listed(place: Place) -> list[dict]:
    """The outbox as `letters list --json` prints it."""
    return place.json("letters", "list")[1]


def test_a_waiting_letter_goes_when_a_planner_lets_it(waiting) -> None:
    (letter,) = listed(waiting)
    assert letter["state"] == "waiting"
    number = str(letter["id"])

    code, _, _ = waiting.run("letters", "release", number, "-n", *WHY)
    assert (code, listed(waiting)[0]["state"]) == (0, "waiting")

    code, out, _ = waiting.run("letters", "release", number, *WHY)
    assert (code, letter["recipient"] in out) == (0, True)
    assert listed(waiting)[0]["state"] == "queued"
    code, _, err = waiting.run("letters", "release", number, *WHY)
    assert (code, "queued" in err) == (1, True)


def test_all_waiting_letters_may_go_at_once(waiting) -> None:
    _, released = waiting.json("letters", "release", "all", *WHY)

    assert [letter["id"] for letter in released] == [1]
    assert [row["state"] for row in listed(waiting)] == ["queued"]


def test_a_letter_of_unknown_outcome_is_released_in_the_journal_too(waiting) -> None:
    ledger = SqlLedger(f"sqlite:///{waiting.folder / 'data' / 'ingest.db'}")
    (letter,) = listed(waiting)
    ledger.settle_letter(letter["id"], LetterState.UNKNOWN, NOW)
    key = ledger.reply_key(letter["id"])
    ledger.close()

    assert waiting.run("letters", "release", str(letter["id"]), *WHY)[0] == 0

    journal = FileSendJournal(waiting.folder / "data" / "send-journal.jsonl")
    assert journal.last(key).event == "released"
    assert listed(waiting)[0]["state"] == "queued"


def test_a_letter_that_is_not_there_is_told(waiting) -> None:
    code, _, err = waiting.run("letters", "release", "99", *WHY)

    assert (code, "99" in err) == (1, True)


def test_letters_are_listed_for_a_person_by_state(waiting) -> None:
    assert "chờ duyệt" in waiting.run("letters", "list")[1]
    assert "chờ duyệt" not in waiting.run("letters", "list", "--state", "sent")[1]


def test_all_letters_can_be_looked_at(waiting) -> None:
    folder = waiting.folder / "samples"

    _, (told,) = waiting.json("letters", "preview", str(folder))
    assert "Trân trọng cảm ơn." in (folder / "answer.txt").read_text("utf-8")

    files = told["files"]
    assert sorted(path.name for path in folder.iterdir()) == files
    assert {name.rpartition(".")[2] for name in files} == {"txt", "html", "eml"}
    taken = waiting.folder / "daemon.yaml"
    assert waiting.run("letters", "preview", str(taken))[0] == 1


@pytest.mark.fault("F-S13-10")
def test_letters_pause_and_go_on(waiting) -> None:
    switch = waiting.folder / "data" / "letters.paused"

    assert waiting.json("pause", "-n", *WHY) == (0, [{"paused": True}])
    assert "Chưa đổi gì" in waiting.run("pause", "-n", *WHY)[1]
    assert not switch.exists()
    assert waiting.json("pause", *WHY) == (0, [{"paused": True}])
    assert switch.exists()
    assert waiting.json("resume", "-n", *WHY) == (0, [{"paused": False}])
    assert switch.exists()
    assert waiting.run("resume", *WHY)[0] == 0
    assert not switch.exists()
