"""`purge`: what may go goes, everything else is whole, and the audit knows of it."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.adapters.disk.export_shelf import ExportShelf
from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.jobs.audit import audit_ledger
from pipeline.jobs.purge import PurgeDesk, RetentionRules, purge
from tests.builders import decisions as make
from tests.contract.test_commands import CLEAN, NOBODY, Place, filled, place, taken_in
from tests.servers.ledgers import TestDatabase, file_mail

__all__ = ["filled", "place", "taken_in"]

END = make.at(0)
OVER = END + timedelta(days=800)


def desk_of(ledger: SqlLedger, folder: Path) -> PurgeDesk:
    rules = RetentionRules({make.ROUND: END}, 24, None)
    return PurgeDesk(
        ledger, FileArchive(folder / "archive"), ExportShelf(folder / "exports"), rules
    )


def stored(ledger: SqlLedger, desk: PurgeDesk, data: bytes) -> str:
    """A message in archive and ledger that was closed as a duplicate."""
    digest = desk.archive.store(data)
    arrival = replace(make.arrival("a"), digest=digest, size=len(data))
    arrival = replace(arrival, location=replace(arrival.location, uid=len(data)))
    desk.archive.record(arrival)
    ledger.ignore_duplicate(ledger.arrive(arrival), "same-bytes", make.at(1))
    return digest


def test_a_letter_that_waits_and_a_message_that_waits_keep_their_bytes(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    desk = desk_of(ledger, tmp_path)
    file_mail(ledger, "a", letters=[make.letter("k1")])
    ledger.arrive(make.arrival("b"))
    file_mail(ledger, "c")
    report = purge(desk, "lan", OVER, dry_run=True)
    assert report.kept == {"letter": 1, "undecided": 1}
    assert len(report.mails) == 1
    for letter in ledger.claim_letters(make.at(2), 10):
        ledger.settle_letter(letter.id, LetterState.SENT, make.at(2))
    assert purge(desk, "lan", OVER, dry_run=True).kept == {"undecided": 1}
    assert purge(desk, "lan", END + timedelta(days=700), dry_run=True).mails == ()


def test_an_open_question_keeps_its_mail_though_it_was_filed(
    ledger: SqlLedger, database: TestDatabase, tmp_path: Path
) -> None:
    desk = desk_of(ledger, tmp_path)
    file_mail(ledger, "a")
    database.run(
        "INSERT INTO question (message_id, signature, kind, passage, received_at, due, "
        "state) SELECT id, 's', 'question', 'x', received_at, received_at, 'assigned' "
        "FROM message"
    )
    report = purge(desk, "lan", OVER, dry_run=False)
    assert (report.mails, report.kept) == ((), {"question": 1})
    database.run("UPDATE question SET state = 'closed'")
    assert len(purge(desk, "lan", OVER, dry_run=True).mails) == 1


def test_what_was_opened_in_between_is_not_marked(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    file_mail(ledger, "a")
    (mail,) = ledger.raw_mails()
    ledger.reopen(mail.messages[0], make.at(3))
    assert ledger.purge(mail, "lan", OVER) is False
    assert ledger.purged() == frozenset()


@pytest.mark.fault("F-S16-4")
def test_a_purge_that_dies_anywhere_is_finished_by_the_next(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    """K44: between the mark in the database and the bytes on the disk."""
    desk = desk_of(ledger, tmp_path)
    digest = stored(ledger, desk, b"Subject: a\r\n\r\n")
    (mail,) = ledger.raw_mails()
    assert ledger.purge(mail, "lan", OVER)
    assert audit_ledger(ledger, desk.archive).problems == ()
    assert purge(desk, "lan", OVER, dry_run=False).mails == ()
    assert (desk.archive.digests(), desk.archive.buried()) == (set(), {digest})
    stone = next((tmp_path / "archive").glob("??/*.purged"))
    raw = stone.with_suffix(".eml")
    raw.write_bytes(b"Subject: a\r\n\r\n")  # the tombstone was there, the bytes as well
    purge(desk, "lan", OVER, dry_run=False)
    assert not raw.exists()
    assert audit_ledger(ledger, desk.archive).problems == ()
    stone.unlink()
    (problem,) = audit_ledger(ledger, desk.archive).problems
    assert problem["what"] == "lost"


def test_a_purged_message_is_never_judged_again(ledger: SqlLedger, tmp_path: Path) -> None:
    desk = desk_of(ledger, tmp_path)
    digest = stored(ledger, desk, b"Subject: a\r\n\r\n")
    purge(desk, "lan", OVER, dry_run=False)
    record = ledger.record(digest)
    assert record is not None
    before = ledger.audit_chain()
    ledger.reopen(record.id, OVER)
    again = ledger.record(digest)
    assert again is not None
    assert (again.state, before, ledger.audit_chain()) == (State.DUPLICATE, None, None)
    with pytest.raises(PermanentError, match="was purged"):
        desk.archive.load(digest)


def test_purged_spam_that_a_person_moves_to_the_inbox_keeps_its_new_bytes(
    ledger: SqlLedger, database: TestDatabase, tmp_path: Path
) -> None:
    desk, data = desk_of(ledger, tmp_path), b"Subject: a\r\n\r\n"
    digest = desk.archive.store(data)
    ledger.arrive(make.arrival(folder="Spam", digest=digest, spam_folder=True))
    database.run("UPDATE message SET state = 'ignored', reason = 'spam'")
    assert len(purge(desk, "lan", OVER, dry_run=False).mails) == 1
    desk.archive.store(data)
    ledger.arrive(make.arrival(digest=digest))
    assert ledger.record(digest).state is State.RECEIVED
    assert purge(desk, "lan", OVER, dry_run=False).kept == {"undecided": 1}
    assert desk.archive.load(digest) == data


def test_a_purge_that_is_told_to_stop_ends_between_two_mails(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    desk = desk_of(ledger, tmp_path)
    for number in range(3):
        stored(ledger, desk, b"x" * (number + 1))
    asked = iter([False, True])
    first = purge(desk, "lan", OVER, dry_run=False, stop=lambda: next(asked))
    assert (len(first.mails), len(desk.archive.digests())) == (1, 2)
    assert len(purge(desk, "lan", OVER, dry_run=False).mails) == 2


def test_products_of_old_nights_go_but_never_the_newest_totals(tmp_path: Path) -> None:
    shelf = tmp_path / "r"
    nights = [datetime(2013, 7, day, 2, tzinfo=make.at(0).tzinfo) for day in (1, 2, 3, 4)]
    names = ["20130701-090000", "20130702-090000", "20130702-090000-2", "20130703-090000"]
    for name in (*names, "20130704-090000", "kept-by-hand"):
        (shelf / name).mkdir(parents=True)
        (shelf / name / "totals.csv").write_bytes(b"12345")
    (shelf / "latest").symlink_to("20130703-090000")
    (shelf / ".run-at-x").symlink_to(names[0])
    store, before = ExportShelf(tmp_path), nights[3]
    told = store.prune("r", before, runs=[nights[1]], dry_run=True)
    assert told == (("r/20130701-090000",), 5)
    assert (shelf / names[0]).is_dir()
    assert store.prune("r", before, runs=[nights[1]], dry_run=False) == told
    assert {path.name for path in shelf.iterdir()} == {
        *names[1:],
        "20130704-090000",
        "kept-by-hand",
        "latest",
    }
    assert store.prune("none", before, runs=[], dry_run=False) == ((), 0)


def test_the_command_shows_first_then_removes_and_all_else_goes_on(place: Place) -> None:
    """The rounds of the checkout have been over for years."""
    place.configure("policy: {replies: off}\n")
    place.run("ingest", place.mail("a.eml", CLEAN), place.mail("b.eml", NOBODY))
    (would,) = place.json("purge", "-n")[1]
    assert (would["changed"], len(would["mails"]), would["kept"]) == (
        False,
        1,
        {"undecided": 1},
    )
    archive = FileArchive(place.folder / "data" / "archive")
    assert len(archive.digests()) == 2
    assert "Would go: 1 raw mails" in place.run("purge", "-n")[1]
    code, out, _ = place.run("purge", "--by", "lan")
    assert (code, "Removed: 1 raw mails" in out, "held" in out) == (0, True, True)
    assert len(archive.digests()) == 1
    assert place.json("purge")[1][0]["mails"] == []
    code, (audit,) = place.json("audit")
    assert (audit["balanced"], audit["problems"]) == (True, [])
    figures = place.json("status")[1]
    code, out, err = place.run("reprocess", "--all", "--why", "x")
    assert (code, "0 figures changed" in out) == (0, True), out + err
    assert place.json("status")[1] == figures


def test_a_ledger_rebuilt_after_a_purge_says_what_it_cannot_have(place: Place) -> None:
    place.configure("policy: {replies: off}\n")
    place.run("ingest", place.mail("a.eml", CLEAN), place.mail("b.eml", NOBODY))
    place.run("purge")
    for file in (place.folder / "data").glob("ingest.db*"):
        file.unlink()
    code, out, err = place.run("reprocess", "--all", "--why", "rebuild")
    assert code == 0
    assert re.search(r"1 mails of the archive were purged", out + err)
    (row,) = place.json("log")[1]
    assert row["state"] == "held"
    assert place.json("audit")[1][0]["balanced"] is True


def test_a_restored_ledger_learns_what_was_purged_since(
    place: Place, tmp_path: Path
) -> None:
    place.configure("policy: {replies: off}\n")
    place.run("ingest", place.mail("a.eml", CLEAN))
    place.run("backup", str(tmp_path / "vault"))
    place.run("purge")
    code, (restored,) = place.json("restore", str(tmp_path / "vault"))
    assert (code, restored["archive_missing"]) == (0, 0)
    assert place.json("audit")[1][0]["balanced"] is True
    code, out, _ = place.run("reprocess", "--all", "--why", "restored")
    (row,) = place.json("log")[1]
    assert (code, row["state"], "0 figures changed" in out) == (0, "filed", True)
