"""One suite for every way out: in memory, aiosmtpd with TLS and login, real Postfix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from pipeline.adapters.imap_mailbox import ImapMailbox
from pipeline.adapters.smtp_postbox import SmtpPostbox
from pipeline.domain.errors import (
    PermanentError,
    RefusedLoginError,
    TransientError,
    UnreachableError,
)
from pipeline.ports import Postbox
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.postfix import Postfix

pytest_plugins = ["tests.servers.fixtures"]

LETTER = b"Subject: [KHTC 7]\r\nX-KHTC-Reply: t\r\n\r\nMot\r\n.hai\r\n..\r\n.\r\nba\r\n"
_numbers = count(1)


@dataclass
class World:
    """A way out and what is at its other end."""

    postbox: Callable[[], Postbox]
    arrived: Callable[[str], list[bytes]]


@pytest.fixture(scope="module")
def aiosmtpd(certificates: Certificates) -> Iterator[AioSmtp]:
    with running_aiosmtpd(certificates) as server:
        server.refusals["nobody@refused.test"] = "550 5.1.1 no such mailbox"
        server.refusals["busy@refused.test"] = "450 4.2.1 mailbox busy"
        yield server


def memory_world() -> World:
    server = MemoryServer()
    server.refusals["nobody@refused.test"] = PermanentError("no such mailbox")
    server.refusals["busy@refused.test"] = TransientError("mailbox busy")
    return World(
        postbox=lambda: MemoryPostbox(server),
        arrived=lambda to: [data for who, data in server.letters if who == to],
    )


def aiosmtpd_world(server: AioSmtp) -> World:
    return World(
        postbox=lambda: SmtpPostbox(server.access()),
        arrived=lambda to: [data for who, data in server.letters if who == to],
    )


def postfix_world(server: Postfix, security: str) -> World:
    def arrived(recipient: str) -> list[bytes]:
        mailbox = ImapMailbox(server.dovecot.access(recipient))
        status = mailbox.examine("INBOX")
        if not status.uids and mailbox.wait(10):
            status = mailbox.examine("INBOX")
        found = [message.data for message in mailbox.fetch(status.uids)]
        mailbox.close()
        return [data[data.index(b"Subject:") :] for data in found]

    return World(lambda: SmtpPostbox(server.access(security)), arrived)


@pytest.fixture(params=["memory", "aiosmtpd", "postfix-tls", "postfix-starttls"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return memory_world()
    if request.param == "aiosmtpd":
        return aiosmtpd_world(request.getfixturevalue("aiosmtpd"))
    security = request.param.removeprefix("postfix-")
    return postfix_world(request.getfixturevalue("postfix"), security)


@pytest.fixture
def recipient() -> str:
    return f"so-ldtbxh-{next(_numbers)}@hanam.test"


def never() -> None:
    raise AssertionError("the dot must not be reached")


def test_a_letter_arrives_as_it_was_written(world: World, recipient: str) -> None:
    dots: list[str] = []
    postbox = world.postbox()
    postbox.send(recipient, LETTER, lambda: dots.append("dot"))
    postbox.close()
    assert dots == ["dot"]
    assert [mine(data) for data in world.arrived(recipient)] == [mine(LETTER)]


def mine(data: bytes) -> tuple[bytes, bytes]:
    """Our subject and text: a real server may add fields between them."""
    head, _, text = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], text


def test_a_refused_recipient_is_permanent(world: World, recipient: str) -> None:
    postbox = world.postbox()
    with pytest.raises(PermanentError):
        postbox.send("nobody@refused.test", LETTER, never)
    postbox.send(recipient, LETTER, lambda: None)
    postbox.close()


def test_a_busy_recipient_is_transient(world: World, recipient: str) -> None:
    postbox = world.postbox()
    with pytest.raises(TransientError) as caught:
        postbox.send("busy@refused.test", LETTER, never)
    assert not isinstance(caught.value, UnreachableError), "the others can be sent"
    postbox.send(recipient, LETTER, lambda: None)
    postbox.close()


def test_who_stops_at_the_dot_sends_nothing(world: World, recipient: str) -> None:
    """The journal's disk is full: the letter must not leave."""

    def full() -> None:
        raise TransientError("disk full")

    postbox = world.postbox()
    with pytest.raises(TransientError, match="disk full"):
        postbox.send(recipient, LETTER, full)
    postbox.send(f"then.{recipient}", LETTER, lambda: None)
    postbox.close()
    assert len(world.arrived(f"then.{recipient}")) == 1


def test_can_be_checked_and_closed_at_any_time(world: World, recipient: str) -> None:
    postbox = world.postbox()
    postbox.close()
    postbox.check()
    postbox.send(recipient, LETTER, lambda: None)
    postbox.check()
    postbox.close()
    postbox.close()


@pytest.mark.parametrize(
    "address",
    ["a b@x.test", "a@x.test\nRCPT TO:<b@x.test>", "a@x.test\r", "ñ@x.test", "a@", "@x", ""],
)
def test_only_plain_addresses_leave(world: World, address: str) -> None:
    with pytest.raises(PermanentError):
        world.postbox().send(address, LETTER, never)
