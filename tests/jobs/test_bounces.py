"""A letter that comes back is marked, by its token; nothing else follows from it."""

import pytest

from pipeline.domain.letters.reply import LetterState
from tests.builders.mails import OURS, SENDER, letter, narrative, workbooks
from tests.builders.workshop import World, open_world

HEAD = f"From: MAILER-DAEMON@mx.example.com\r\nTo: {OURS}\r\nMIME-Version: 1.0\r\n"


@pytest.fixture
def world(tmp_path) -> World:
    """A world that has sent one letter."""
    made = open_world(tmp_path)
    made.take(letter((*workbooks(), narrative())))
    (item,) = made.ledger.claim_letters(made.now, 9)
    made.ledger.settle_letter(item.id, LetterState.SENT, made.now)
    return made


def our_id(world: World) -> str:
    (row,) = world.ledger.outbox()
    return row["message_id"]


def report(quoted: str, action: str = "failed", kind: str = "delivery-status") -> bytes:
    body = f"""{HEAD}Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {SENDER}
Action: {action}
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: {quoted}
Subject: =?utf-8?b?eA==?=
--b--
"""
    return "\r\n".join(body.splitlines()).encode()


def plain(quoted: str, subject: str) -> bytes:
    return f"{HEAD}Subject: {subject}\r\n\r\nHi.\r\nMessage-ID: {quoted}\r\n".encode()


def states(world: World) -> list[str]:
    return [state for _, _, state in world.letters()]


@pytest.mark.fault("F-S13-6", "F-S13-7", "T-38")
def test_a_report_of_failure_marks_the_letter_it_quotes(world) -> None:
    document = world.take(report(our_id(world)), minutes=9)
    assert (document["kind"], document["state"], document["reason"]) == (
        "bounce",
        "ignored",
        "bounce",
    )
    assert states(world) == ["bounced"]
    assert document["reply"]["template"] == "none"
    assert world.ledger.audit_chain() is None
    assert world.take(letter((*workbooks(),), subject="x"), 10)["identity"]["verified"]


def test_a_bounce_of_no_standard_form_does_too(world) -> None:
    world.take(plain(our_id(world), "failure notice"), minutes=9)
    assert states(world) == ["bounced"]


@pytest.mark.fault("T-38")
@pytest.mark.parametrize(
    "made",
    [
        lambda own: report(own, action="delayed"),
        lambda own: report(own, action="delivered"),
        lambda own: report(own, kind="disposition-notification"),
        lambda own: plain(own, "Warning: could not send message for past 4 hours"),
        lambda own: plain(own, "Re: Chào"),
        lambda own: report("<khtc." + "a" * 26 + own[own.index("@") :]),
        lambda own: report("<other@example.com>"),
    ],
    ids=["delayed", "delivered", "read", "warning", "reply", "forged", "not-ours"],
)
def test_anything_else_changes_nothing(world, made) -> None:
    world.take(made(our_id(world)), minutes=9)
    assert states(world) == ["sent"]


def test_a_letter_that_was_not_sent_does_not_come_back(tmp_path) -> None:
    world = open_world(tmp_path)
    world.take(letter((*workbooks(), narrative())))
    world.take(report(our_id(world)), minutes=9)
    assert states(world) == ["queued"]


def test_a_letter_comes_back_before_the_ledger_hears_that_it_left(tmp_path) -> None:
    """Letters are told to be sent a group at a time; another daemon reads the bounce."""
    world = open_world(tmp_path)
    world.take(letter((*workbooks(), narrative())))
    (item,) = world.ledger.claim_letters(world.now, 9)
    world.take(report(our_id(world)), minutes=9)
    world.ledger.settle_sent([(item, world.now)])
    assert states(world) == ["bounced"]
