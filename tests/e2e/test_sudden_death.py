"""SIGKILL at an exact place, and a restart: the world of an undisturbed run."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem, until
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation, Said
from tests.e2e.world import assert_letters_came_once, files_of, raw_files_of, views_of

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.death@example.test"
# What becomes of one letter when we die so near to its sending that nobody can know:
# the journal says that the final dot was about to leave, and not what came of it.
UNSETTLED = {"FileSendJournal.write 2", "SmtpPostbox.send 2"}
PLACES = (
    "FileArchive.keep 1",  # archived, no row
    "SqlLedger.arrive_all 1",
    "SqlLedger.claim_some 1",  # several claimed, none filed
    "SqlLedger.file 2",  # filed, its letter queued
    "SqlLedger.claim_letters 1",  # letters `sending`, nothing begun
    "FileSendJournal.write 1",  # `sending` written, no connection yet
    "FileSendJournal.write 2",  # `dot` written, the dot not sent
    "SmtpPostbox.send 2",  # 250 read, nothing written
    "FileSendJournal.write 3",  # `sent` written, the ledger not told
)


@pytest.fixture(scope="module")
def undisturbed(installed: Install, mail: MailSystem, mailbag: Mailbag) -> Installation:
    """A mailbox of all sorts, and what a run without trouble makes of it."""
    complete, *others = mailbag.typical(2)
    odd = mailbag.of("broken-sum", "weak-identity", "auto-reply")
    mails = [complete, *odd, *others]
    mail.put(USER, [*(m.raw for m in mails), complete.raw])
    program = installed(mailbox__username=USER)
    program.fine("once")
    return program


@pytest.mark.fault("F-S0-6")
@pytest.mark.parametrize("place", PLACES)
def test_restart_ends_in_the_same_world(
    place: str, undisturbed: Installation, installed: Install, mail: MailSystem
) -> None:
    """No row, letter or byte more or less, wherever the first run was killed."""
    before = mail.state_of(USER)
    program = installed(mailbox__username=USER)
    killed = program.run("once", deadly=place.split())
    assert killed.code == -signal.SIGKILL
    assert_no_orphans(killed)
    program.fine("once")
    assert_same_world(program, undisturbed, lost=place in UNSETTLED)
    assert_letters_lie_as_told(program, mail, place)
    assert program.fine("audit", "--json").document["balanced"] is True
    assert mail.state_of(USER) == before


def assert_no_orphans(killed: Said) -> None:
    """The parsing children end by themselves when the daemon is gone."""
    line = next(x for x in killed.err.splitlines() if x.startswith("children:"))
    for child in line.split()[1:]:
        until(lambda child=child: not _lives(child), f"child {child} ends")


def _lives(process: str) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def assert_same_world(
    program: Installation, undisturbed: Installation, *, lost: bool
) -> None:
    # the tokens of letters are made with a key of each installation's own
    found = views_of(program, without=("message_id",))
    wanted = views_of(undisturbed, without=("message_id",))
    if lost:
        _forgive_one(found, "outbox", "state")
        _forgive_one(found, "ingest_log", "reply_state")
    for view, rows in wanted.items():
        assert found[view] == rows, view
    assert raw_files_of(program) == raw_files_of(undisturbed)
    archive = set(files_of(undisturbed.data / "archive"))
    assert set(files_of(program.data / "archive")) == archive


def _forgive_one(views: dict[str, list[dict[str, Any]]], view: str, column: str) -> None:
    (letter,) = (row for row in views[view] if row[column] == "unknown")
    letter[column] = "sent"


def assert_letters_lie_as_told(program: Installation, mail: MailSystem, place: str) -> None:
    """At most once in any case; exactly once where the ledger says `sent`."""
    if place not in UNSETTLED:
        assert_letters_came_once(program, mail)
        return
    letters = program.rows("outbox")
    lying = mail.letter_ids(row["recipient"] for row in letters)
    for row in letters:
        count = lying.count(row["message_id"])
        taken = place.startswith("SmtpPostbox")
        assert count == (1 if row["state"] == "sent" or taken else 0)
    program.fine("once")
    assert sorted(mail.letter_ids(row["recipient"] for row in letters)) == sorted(lying)
