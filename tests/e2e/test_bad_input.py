"""Files and mails that go wrong, through the whole program and from a real mailbox."""

import hashlib
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.builders.mails import SENT
from tests.e2e.bad_mails import FATES, Fate, bad_mails, huge_mail
from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import OURS, Installation, Said
from tests.e2e.world import assert_letters_came_once

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.bad@example.test"
HUGE = "huge"


@dataclass(frozen=True)
class Ended:
    """A cycle over all of them, the good mail last."""

    mails: dict[str, bytes]
    program: Installation
    said: Said


@pytest.fixture(scope="module")
def mails(mailbag: Mailbag) -> dict[str, bytes]:
    return bad_mails(mailbag.senders)


@pytest.fixture(scope="module")
def ended(installed: Install, mail: MailSystem, mails: dict[str, bytes]) -> Ended:
    mail.put(USER, [huge_mail("sldtbxh.to@example.vn"), *mails.values()], when=SENT)
    program = installed(mailbox__username=USER, mailbox__addresses=[USER, OURS])
    return Ended(mails, program, program.fine("once", "--json"))


def _row(ended: Ended, view: str, name: str) -> list[dict[str, Any]]:
    digest = hashlib.sha256(ended.mails[name]).hexdigest()
    return [row for row in ended.program.rows(view, "1") if row["digest"] == digest]


@pytest.mark.fault("F-S8-2", "F-S8-3")
@pytest.mark.parametrize("name", FATES)
def test_each_ends_as_it_should(name: str, ended: Ended, mail: MailSystem) -> None:
    """A named finding and a letter that is sent, or a reason to set it aside."""
    fate = FATES[name]
    (row,) = _row(ended, "ingest_log", name)
    assert (row["state"], row["reason"]) == (fate.state, fate.reason)
    codes = {
        finding["code"]
        for finding in _row(ended, "findings", name)
        if finding["severity"] in ("fatal", "error")
    }
    assert codes == ({fate.code} if fate.code else set())
    letters = _row(ended, "outbox", name)
    assert [r["template"] for r in letters] == [fate.template] * (fate.template != "none")
    for letter in letters:
        assert letter["state"] == "sent"
        assert letter["recipient"] == row["sender"]
        assert_polite(_letter(mail, letter), fate)


def assert_polite(letter: EmailMessage, fate: Fate) -> None:
    """It greets, says what is asked, and names the file where a file is the matter."""
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Kính gửi" in text
    assert "trân trọng" in text.lower()
    if fate.code is not None:
        assert ".xls" in text or ".zip" in text


def _letter(mail: MailSystem, row: dict[str, Any]) -> EmailMessage:
    (found,) = (
        message
        for data in mail.bytes_of(row["recipient"])
        if (message := message_from_bytes(data, policy=policy.default))["Message-ID"]
        == row["message_id"]
    )
    assert isinstance(found, EmailMessage)
    return found


def test_nothing_is_lost_and_nobody_sees_a_traceback(
    ended: Ended, mail: MailSystem
) -> None:
    """One row a message; the too big one is held unfetched; the daemon goes on."""
    assert "Traceback" not in ended.said.err
    report = ended.said.document
    assert report["collected"] == report["processed"] == len(FATES)
    assert report["trouble"] is None
    log = ended.program.rows("ingest_log")
    assert len(log) == len(FATES) + 1
    (huge,) = (row for row in log if row["digest"] is None)
    assert (huge["state"], huge["reason"], huge["verdict"]) == ("held", "too-big", "held")
    assert_letters_came_once(ended.program, mail)
    audit = ended.program.fine("audit", "--json").document
    assert audit["balanced"] is True
    before = ended.program.rows("ingest_log")
    ended.program.fine("once")
    assert ended.program.rows("ingest_log") == before


def test_files_from_disk_end_the_same_way(
    installed: Install, mails: dict[str, bytes], tmp_path: Path
) -> None:
    """`ingest` of all of them in one call, the huge one between: exit 1, no traceback."""
    files = {**mails, HUGE: huge_mail("sldtbxh.to@example.vn")}
    paths = [tmp_path / f"{number}.eml" for number in range(len(files))]
    for path, raw in zip(paths, files.values(), strict=True):
        path.write_bytes(raw)
    program = installed()
    said = program.run("ingest", "--json", *map(str, paths))
    assert said.code == 1
    assert "Traceback" not in said.err
    found = {
        name: (
            document["state"],
            document["reason"],
            document["reply"]["template"],
        )
        for name, document in zip(files, said.documents, strict=True)
    }
    wanted = {
        name: (fate.state, fate.reason, fate.template) for name, fate in FATES.items()
    }
    assert found == {**wanted, HUGE: ("quarantined", "limits", "none")}
    assert program.rows("outbox"), "letters are queued"
    assert {row["state"] for row in program.rows("outbox")} == {"queued"}
