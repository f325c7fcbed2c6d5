"""Audit: what the send journal says against the outbox; both from outside the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import LetterState, SentRecord
from pipeline.jobs.audit import audit_ledger
from tests.builders import decisions as make
from tests.servers.ledgers import file_mail, new_sqlite


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = new_sqlite(tmp_path).open()
    file_mail(ledger, "a", letters=[make.letter("a")])
    yield ledger
    ledger.close()


@pytest.fixture
def journal(tmp_path: Path) -> FileSendJournal:
    return FileSendJournal(tmp_path / "sent.jsonl")


def problems(
    ledger: SqlLedger, journal: FileSendJournal, tmp_path: Path
) -> list[tuple[str, str, str]]:
    """What audit says of letters and journal; the bytes of the mail are not here."""
    found = audit_ledger(
        ledger, FileArchive(tmp_path / "archive"), journal=journal
    ).problems
    return [(p["what"], p["where"], p["detail"]) for p in found if p["what"] != "lost"]


def test_a_letter_that_was_sent_and_is_not_known_as_sent(
    ledger: SqlLedger, journal: FileSendJournal, tmp_path: Path
) -> None:
    (letter,) = ledger.claim_letters(make.at(5), 10)
    for event in ("sending", "dot", "sent"):
        journal.write(SentRecord(letter.reply_key, event, make.at(5)))
    assert problems(ledger, journal, tmp_path) == [], "to be settled by the next delivery"
    ledger.settle_letter(letter.id, LetterState.FAILED, make.at(5))
    assert problems(ledger, journal, tmp_path) == [("letter", letter.reply_key, "failed")]


def test_a_letter_that_a_restored_ledger_does_not_know(
    ledger: SqlLedger, journal: FileSendJournal, tmp_path: Path
) -> None:
    journal.write(SentRecord("k9", "sent", make.at(5)))
    expected = [("letter", "k9", "unknown to the ledger")]
    assert problems(ledger, journal, tmp_path) == expected


@pytest.mark.fault("T-30")
def test_a_changed_line_of_the_journal(
    ledger: SqlLedger, journal: FileSendJournal, tmp_path: Path
) -> None:
    (letter,) = ledger.claim_letters(make.at(5), 10)
    for event in ("sending", "failed"):
        journal.write(SentRecord(letter.reply_key, event, make.at(5)))
    path = tmp_path / "sent.jsonl"
    path.write_bytes(path.read_bytes().replace(b"2013", b"2012", 1))
    again = FileSendJournal(path)
    assert problems(ledger, again, tmp_path) == [("journal", "1", "")]
