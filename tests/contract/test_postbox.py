"""One suite for every way out: in memory, aiosmtpd with TLS and login, real Postfix."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.domain.errors import (
    ConfigError,
    PermanentError,
    RefusedLoginError,
    TransientError,
    UnreachableError,
)
from pipeline.ports import Postbox, PostboxAccess
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.faulty_smtp import faulty_smtp
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


@pytest.mark.fault("F-S13-9", "T-20")
@pytest.mark.parametrize(
    "address",
    [
        "a b@x.test",
        "a@x.test\nRCPT TO:<b@x.test>",
        "a@x.test\r",
        "ñ@x.test",
        "a@",
        "@x",
        "",
    ],
)
def test_only_plain_addresses_leave(world: World, address: str) -> None:
    with pytest.raises(PermanentError):
        world.postbox().send(address, LETTER, never)


@pytest.mark.fault("F-S13-8")
def test_a_line_is_used_for_so_many_letters(
    aiosmtpd: AioSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some providers hang up after twenty without a word."""
    made = []
    make = ssl.create_default_context
    monkeypatch.setattr(
        ssl, "create_default_context", lambda **given: made.append(1) or make(**given)
    )
    postbox = SmtpPostbox(aiosmtpd.access())
    before = len(aiosmtpd.letters)
    for _ in range(23):
        postbox.send("so@hanam.test", LETTER, lambda: None)
    postbox.close()
    assert len(aiosmtpd.letters) - before == 23
    assert made == [1], "whom to trust is read once for all lines of a run"
    postbox.check()
    assert made == [1, 1]


def test_bare_line_ends_are_put_right(aiosmtpd: AioSmtp) -> None:
    postbox = SmtpPostbox(aiosmtpd.access())
    postbox.send("eol@hanam.test", b"Subject: a\n\nb\rc\n.d", lambda: None)
    postbox.close()
    assert aiosmtpd.letters[-1] == ("eol@hanam.test", b"Subject: a\r\n\r\nb\r\nc\r\n.d\r\n")


def test_eight_bit_letters_are_announced(aiosmtpd: AioSmtp) -> None:
    postbox = SmtpPostbox(aiosmtpd.access())
    letter = "Subject: a\r\n\r\nSở Lao động\r\n".encode()
    postbox.send("so@hanam.test", letter, lambda: None)
    postbox.close()
    assert aiosmtpd.letters[-1][1] == letter
    assert "BODY=8BITMIME" in aiosmtpd.mail_options[-1]


@pytest.mark.fault("T-25")
def test_a_wrong_password_is_said_but_not_shown(aiosmtpd: AioSmtp) -> None:
    for password in ("sai-mat-khau-2013", "mật-khẩu-sai"):
        with pytest.raises(RefusedLoginError, match=r"smtp\.username") as caught:
            SmtpPostbox(aiosmtpd.access(password)).check()
        assert password not in str(caught.value)
        assert caught.value.__cause__ is None
        assert password not in repr(aiosmtpd.access(password))


def test_a_vietnamese_password_logs_in(certificates: Certificates) -> None:
    with running_aiosmtpd(certificates, "mật khẩu đúng") as server:
        SmtpPostbox(server.access("mật khẩu đúng")).check()


@pytest.mark.fault("F-S1-3", "T-31")
def test_strangers_certificates_are_refused_before_the_password(
    aiosmtpd: AioSmtp, postfix: Postfix, tmp_path: Path
) -> None:
    stranger = str(make_certificates(tmp_path).ca_file)
    for access in (aiosmtpd.access(), postfix.access("tls")):
        with pytest.raises(UnreachableError, match=r"not trusted.*smtp\.ca_file"):
            SmtpPostbox(replace(access, ca_file=stranger)).check()


def test_a_host_by_another_name_is_refused(tmp_path: Path) -> None:
    named = make_certificates(tmp_path, "mail.example.test")
    with faulty_smtp({}, context=named.server_context()) as server:
        postbox = SmtpPostbox(server.access(security="tls", ca_file=str(named.ca_file)))
        with pytest.raises(UnreachableError, match="not trusted"):
            postbox.check()


@pytest.mark.parametrize("name", ["missing.pem", "not-a-certificate.pem"])
def test_a_bad_ca_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "not-a-certificate.pem").write_text("hello")
    access = PostboxAccess(
        "127.0.0.1", 465, "tls", str(tmp_path / name), None, "", "khtc@example.test"
    )
    with pytest.raises(ConfigError, match=rf"smtp\.ca_file: .*{name}"):
        SmtpPostbox(access).check()


@pytest.mark.parametrize("host", ["smtp.example.test", "10.0.0.1", "::"])
def test_plain_text_stays_on_this_machine(host: str) -> None:
    with pytest.raises(ConfigError, match=r"smtp\.security.*loopback"):
        PostboxAccess(host, 25, "none", None, None, "", "khtc@example.test")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "::1", "LocalHost", "127.1.2.3"])
def test_plain_text_is_allowed_on_this_machine(host: str) -> None:
    assert PostboxAccess(host, 25, "none", None, None, "", "khtc@x.test").host == host


@pytest.mark.fault("T-31")
def test_starttls_never_falls_back() -> None:
    with faulty_smtp({}) as server:
        with pytest.raises(UnreachableError, match="STARTTLS"):
            SmtpPostbox(server.access(security="starttls")).check()
        assert not any(line.startswith("AUTH") for line in server.lines)
