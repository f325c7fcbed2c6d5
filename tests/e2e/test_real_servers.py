"""120 messages through Dovecot over TLS and Postfix, in and out."""

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation, Said
from tests.e2e.world import (
    TERMINAL,
    assert_letters_came_once,
    files_of,
    raw_files_of,
    tables_of,
)

pytest_plugins = ["tests.servers.fixtures"]

COUNT = 120
INBOX, SECOND = "INBOX", "Báo cáo & số liệu/2014"
FOLDERS = (INBOX, SECOND)
USER = "khtc.200@example.test"


@dataclass(frozen=True)
class Played:
    """A cycle over the full mailbox, and the mailbox before and after it."""

    program: Installation
    said: Said
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def played(installed: Install, mail: MailSystem, mailbag: Mailbag) -> Played:
    mails = [*mailbag.odd, *mailbag.typical(COUNT - len(mailbag.odd))]
    assert len(mails) == COUNT
    mail.send(mails, USER)
    mail.put(USER, [], SECOND)
    with mail.hands_in(USER, INBOX) as client:  # the planners were at it before
        uids = client.search()
        client.add_flags(uids[::3], [b"\\Seen"])
        client.add_flags(uids[::7], [b"\\Flagged", b"$Label1"])
        client.add_flags(uids[5], [b"\\Deleted"])
        client.copy(uids[10:12], SECOND)
        client.move(uids[20:23], SECOND)
    program = installed(mailbox__username=USER, mailbox__folders=list(FOLDERS))
    before = mail.state_of(USER, FOLDERS)
    said = program.fine("once", "--json")
    return Played(program, said, before, mail.state_of(USER, FOLDERS))


def test_every_message_ends_in_a_state_that_stays(played: Played) -> None:
    """Each UID of each folder has one row, and none is left in flight."""
    rows = played.program.rows("ingest_log")
    there = {
        (folder, status[b"UIDVALIDITY"], uid)
        for folder, (status, mails) in played.before.items()
        for uid in mails
    }
    assert len(there) == COUNT + 2
    assert {(r["folder"], r["uidvalidity"], r["uid"]) for r in rows} == there
    assert len(rows) == COUNT + 2
    assert {row["state"] for row in rows} <= TERMINAL
    assert not [row for row in rows if row["state"] in ("quarantined", "gone")]
    assert played.said.document["collected"] == COUNT + 2
    assert "Traceback" not in played.said.err
    assert played.program.fine("audit", "--json").document["balanced"] is True


def test_archive_holds_the_bytes_that_the_server_gives(played: Played) -> None:
    """Every message is in the archive under its digest, equal to BODY.PEEK[]."""
    kept = raw_files_of(played.program)
    served = [
        item["BODY[]"] for _, mails in played.before.values() for item in mails.values()
    ]
    assert sorted(kept.values()) == sorted(set(served))
    logged = {row["digest"] for row in played.program.rows("ingest_log")}
    assert {name.removesuffix(".eml") for name in kept} == logged


@pytest.mark.fault("F-S5-9")
def test_mailbox_is_as_it_was(played: Played) -> None:
    """Flags, folders, UIDs, dates, bytes and the server's own change counter."""
    assert played.after == played.before
    flags = [item["FLAGS"] for item in played.before[INBOX][1].values()]
    assert any(b"\\Seen" in marks for marks in flags), "the planners' marks are there"


def test_letters_arrive_once_and_in_the_thread(played: Played, mail: MailSystem) -> None:
    """Each sent letter lies once at its recipient's, answering the mail it is about."""
    assert_letters_came_once(played.program, mail)
    letters = played.program.rows("outbox")
    assert len(letters) > COUNT * 3 // 4
    assert {row["state"] for row in letters} == {"sent"}
    asked = {
        name.removesuffix(".eml"): _header(raw)
        for name, raw in raw_files_of(played.program).items()
    }
    for row in letters:
        (letter,) = (
            found
            for found in mail.letters(row["recipient"])
            if found["Message-ID"] == row["message_id"]
        )
        question = asked[row["digest"]]["Message-ID"]
        assert letter["In-Reply-To"] == question
        assert str(letter["References"]).split()[-1] == question
        assert row["recipient"] in str(letter["To"])
        assert letter["Auto-Submitted"] == "auto-replied"


def _header(raw: bytes) -> Message:
    return BytesHeaderParser().parsebytes(raw)


def test_second_cycle_writes_and_sends_nothing(played: Played, mail: MailSystem) -> None:
    """Tables and files are the same to the last byte; only the heartbeats are newer."""
    recipients = [row["recipient"] for row in played.program.rows("outbox")]
    tables = tables_of(played.program.database)
    files = files_of(played.program.data)
    letters = mail.letter_ids(recipients)
    said = played.program.fine("once", "--json").document
    assert said == {
        "collected": 0,
        "processed": 0,
        "sent": 0,
        "waiting": 0,
        "trouble": None,
    }
    assert tables_of(played.program.database) == tables
    assert files_of(played.program.data) == files
    assert mail.letter_ids(recipients) == letters
    assert mail.state_of(USER, FOLDERS) == played.before
