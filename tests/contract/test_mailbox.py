"""One suite for every mailbox: Dovecot over TLS, the demo's own, files, a Maildir."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from imapclient import IMAPClient

from pipeline.adapters.folder_mailbox import FolderMailbox
from pipeline.adapters.imap_mailbox import ImapMailbox
from pipeline.demo.servers import EmbeddedMail
from pipeline.domain.errors import (
    ConfigError,
    MissingFolderError,
    PermanentError,
    RefusedLoginError,
    UnreachableError,
)
from pipeline.ports import Mailbox, MailboxAccess
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import Dovecot

pytest_plugins = ["tests.servers.fixtures"]

VIETNAM = timezone(timedelta(hours=7))
RECEIVED = datetime(2013, 7, 10, 23, 59, 59, tzinfo=VIETNAM)
_numbers = count(1)


def mail(text: str) -> bytes:
    """A mail with raw 8-bit bytes, as some provinces' programs write them."""
    return (
        b"Received: from a.test by b.test with SMTP;\r\n"
        b"\tWed, 10 Jul 2013 23:59:59 +0700 (ICT)\r\n"
        b"Received: from x by a.test; Tue, 09 Jul 2013 01:00:00 +0000\r\n"
        b"Subject: Bi\xd3u \xb8\r\n\r\n" + text.encode() + b"\r\n"
    )


@dataclass
class World:
    """A mailbox and hands inside it."""

    mailbox: Callable[[threading.Event | None], Mailbox]
    put: Callable[[bytes], None]
    remove: Callable[[int], None]


def dovecot_world(server: Dovecot) -> World:
    user = f"khtc{next(_numbers)}@example.test"

    def put(data: bytes) -> None:
        with server.client(user) as client:
            client.append("INBOX", data, msg_time=RECEIVED)

    def remove(place: int) -> None:
        with server.client(user) as client:
            client.select_folder("INBOX")
            client.delete_messages([client.search()[place]])
            client.expunge()

    return World(lambda stop: ImapMailbox(server.access(user), stop), put, remove)


def files_world(path: Path, *, maildir: bool) -> World:
    for part in ("cur", "new", "tmp") if maildir else ("",):
        (path / part).mkdir(exist_ok=True)

    def put(data: bytes) -> None:
        number = next(_numbers)
        name = f"cur/1373.{number:06}.host:2,S" if maildir else f"thu {number:06}.EML"
        (path / name).write_bytes(data)

    def remove(place: int) -> None:
        sorted(each for each in path.rglob("*") if each.is_file())[place].unlink()

    return World(lambda stop: FolderMailbox(path, stop=stop), put, remove)


@contextmanager
def embedded_world(folder: Path) -> Iterator[World]:
    """The demo's own server (pymap), by the same adapter."""
    with EmbeddedMail("khtc@example.test", folder) as server:

        @contextmanager
        def hands() -> Iterator[IMAPClient]:
            with IMAPClient(server.host, server.imap_port, ssl=False, timeout=20) as client:
                client.login(server.address, server.password)
                yield client

        def put(data: bytes) -> None:
            with hands() as client:
                client.append("INBOX", data, msg_time=RECEIVED)

        def remove(place: int) -> None:
            with hands() as client:
                client.select_folder("INBOX")
                client.delete_messages([client.search()[place]])
                client.expunge()

        access = MailboxAccess(
            server.host, server.imap_port, "none", None, server.address, server.password
        )
        yield World(lambda stop: ImapMailbox(access, stop), put, remove)


@pytest.fixture(params=["dovecot", "embedded", "files", "maildir"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "dovecot":
        yield dovecot_world(request.getfixturevalue("dovecot"))
    elif request.param == "embedded":
        with embedded_world(tmp_path) as world:
            yield world
    else:
        yield files_world(tmp_path, maildir=request.param == "maildir")


@pytest.fixture
def mailbox(world: World) -> Iterator[Mailbox]:
    opened = world.mailbox(None)
    yield opened
    opened.close()


def fetched(mailbox: Mailbox) -> list[bytes]:
    status = mailbox.examine(mailbox.folders()[0])
    return [message.data for message in mailbox.fetch(status.uids)]


def test_an_empty_folder_has_nothing(mailbox: Mailbox) -> None:
    assert mailbox.examine(mailbox.folders()[0]).uids == ()
    assert mailbox.sizes(()) == {}
    assert list(mailbox.fetch(())) == []


def test_gives_the_bytes_as_they_came(world: World, mailbox: Mailbox) -> None:
    mails = [mail(f"thư {number}") for number in range(3)]
    for each in mails:
        world.put(each)
    status = mailbox.examine(mailbox.folders()[0])
    found = list(mailbox.fetch(status.uids))
    assert [message.data for message in found] == mails
    assert [message.uid for message in found] == list(status.uids)
    assert dict(mailbox.sizes(status.uids)) == {
        message.uid: len(message.data) for message in found
    }


def test_received_at_is_the_servers_time_with_its_zone(
    world: World, mailbox: Mailbox
) -> None:
    world.put(mail("a"))
    status = mailbox.examine(mailbox.folders()[0])
    (message,) = mailbox.fetch(status.uids)
    assert message.received_at == RECEIVED
    assert message.received_at is not None
    assert message.received_at.tzinfo is not None


def test_numbers_stay_through_restarts_and_new_mail(world: World) -> None:
    world.put(mail("a"))
    world.put(mail("b"))
    before = world.mailbox(None)
    old = before.examine(before.folders()[0])
    before.close()
    world.put(mail("c"))
    after = world.mailbox(None)
    new = after.examine(after.folders()[0])
    after.close()
    assert new.uidvalidity == old.uidvalidity
    assert set(old.uids) < set(new.uids)
    assert len(new.uids) == 3


def test_more_than_one_batch_comes_in_the_order_asked(
    world: World, mailbox: Mailbox
) -> None:
    for number in range(45):
        world.put(mail(str(number)))
    uids = mailbox.examine(mailbox.folders()[0]).uids[::-1]
    assert [message.uid for message in mailbox.fetch(uids)] == list(uids)


def test_vanished_messages_are_left_out(world: World, mailbox: Mailbox) -> None:
    for text in "abc":
        world.put(mail(text))
    uids = mailbox.examine(mailbox.folders()[0]).uids
    world.remove(1)
    assert set(mailbox.sizes([*uids, 424242])) <= {uids[0], uids[1], uids[2]}
    assert [message.data for message in mailbox.fetch([*uids, 424242])] == [
        mail("a"),
        mail("c"),
    ]
    assert len(mailbox.examine(mailbox.folders()[0]).uids) == 2


def test_reading_changes_nothing(world: World, mailbox: Mailbox) -> None:
    world.put(mail("a"))
    assert fetched(mailbox) == fetched(mailbox) == [mail("a")]


def test_waiting_ends_when_asked_to_stop(world: World) -> None:
    stop = threading.Event()
    mailbox = world.mailbox(stop)
    stop.set()
    assert mailbox.wait(3600) is False
    mailbox.close()


def test_a_signal_interrupts_a_wait(world: World) -> None:
    stop = threading.Event()
    mailbox = world.mailbox(stop)
    mailbox.examine(mailbox.folders()[0])
    threading.Timer(0.05, stop.set).start()
    assert mailbox.wait(3600) is False
    mailbox.close()


def test_works_again_after_close(world: World, mailbox: Mailbox) -> None:
    world.put(mail("a"))
    mailbox.close()
    mailbox.close()
    assert fetched(mailbox) == [mail("a")]


# What only a real server can show.


def test_nothing_on_the_server_changes(dovecot: Dovecot) -> None:
    """Flags, numbers and dates are the same as if we had never been there."""
    user = f"khtc{next(_numbers)}@example.test"
    with dovecot.client(user) as client:
        client.append("INBOX", mail("a"), flags=[], msg_time=RECEIVED)
        client.append("INBOX", mail("b"), flags=[b"\\Answered"], msg_time=RECEIVED)

        def state() -> object:
            client.select_folder("INBOX", readonly=True)
            return client.fetch([1, 2], ["FLAGS", "INTERNALDATE", "RFC822.SIZE"])

        before = state()
        mailbox = ImapMailbox(dovecot.access(user))
        assert len(fetched(mailbox)) == 2
        mailbox.close()
        assert state() == before
        # Dovecot forgets \Recent by itself when anybody selects a folder read-write.
        assert b"\\Seen" not in str(state()).encode()


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_other_kinds_of_line(dovecot: Dovecot, security: str) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    dovecot.deliver(user, mail("a"))
    mailbox = ImapMailbox(dovecot.access(user, security))
    assert len(fetched(mailbox)) == 1
    mailbox.close()


def test_vietnamese_folders_and_spam_last(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    with dovecot.client(user) as client:
        client.create_folder("Đã xử lý")
        client.append("Đã xử lý", mail("a"))
    access = replace(
        dovecot.access(user), folders=("INBOX", "Đã xử lý"), spam_folders=("Bulk",)
    )
    mailbox = ImapMailbox(access)
    assert mailbox.folders() == ("INBOX", "Đã xử lý", "Bulk")
    assert len(mailbox.examine("Đã xử lý").uids) == 1
    with pytest.raises(MissingFolderError, match=r"'Bulk'.*mailbox\.folders"):
        mailbox.examine("Bulk")
    assert mailbox.examine("INBOX").uids == ()
    mailbox.close()


def test_a_folder_made_anew_has_another_uidvalidity(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    mailbox = ImapMailbox(dovecot.access(user))
    seen = []
    for name in ("a", "b"):
        with dovecot.client(user) as client:
            client.create_folder("Nop")
            client.append("Nop", mail(name))
        seen.append(mailbox.examine("Nop"))
        with dovecot.client(user) as client:
            client.delete_folder("Nop")
    mailbox.close()
    assert seen[0].uids == seen[1].uids == (1,)
    assert seen[0].uidvalidity != seen[1].uidvalidity


def test_idle_hears_of_new_mail(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    mailbox = ImapMailbox(dovecot.access(user))
    mailbox.examine("INBOX")
    timer = threading.Timer(0.1, dovecot.deliver, [user, mail("a")])
    timer.start()
    assert mailbox.wait(60) is True
    timer.join()
    assert len(fetched(mailbox)) == 1
    mailbox.close()


def test_mail_between_reading_and_idling_is_not_missed(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    mailbox = ImapMailbox(dovecot.access(user))
    mailbox.examine("INBOX")
    dovecot.deliver(user, mail("a"))
    assert mailbox.wait(3600) is True
    mailbox.close()


def test_silence_is_silence(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    mailbox = ImapMailbox(dovecot.access(user))
    assert mailbox.wait(0.05) is False, "nothing was there to begin with"
    mailbox.examine("INBOX")
    assert mailbox.wait(0.05) is False
    mailbox.close()


def test_without_idle_a_wait_is_just_a_wait(dovecot: Dovecot) -> None:
    access = replace(dovecot.access("khtc@example.test"), idle="never")
    mailbox = ImapMailbox(access)
    assert mailbox.wait(0.01) is True
    mailbox.close()


@pytest.mark.parametrize("password", ["sai-mat-khau-2013", "sai-mật-khẩu", 'q"\\x'])
def test_a_wrong_password_is_said_but_not_shown(dovecot: Dovecot, password: str) -> None:
    access = dovecot.access("khtc@example.test", password=password)
    with pytest.raises(RefusedLoginError, match=r"mailbox\.username") as caught:
        ImapMailbox(access).examine("INBOX")
    assert password not in str(caught.value)
    assert password not in repr(access)
    assert caught.value.__cause__ is None


def test_a_strangers_certificate_is_refused(dovecot: Dovecot, tmp_path: Path) -> None:
    stranger = str(make_certificates(tmp_path).ca_file)
    for security in ("tls", "starttls"):
        access = replace(dovecot.access("khtc", security), ca_file=stranger)
        with pytest.raises(UnreachableError, match=r"not trusted.*mailbox\.ca_file"):
            ImapMailbox(access).examine("INBOX")


def test_a_bad_ca_file_is_named(dovecot: Dovecot) -> None:
    access = replace(dovecot.access("khtc"), ca_file="/nowhere/ca.pem")
    with pytest.raises(ConfigError, match=r"mailbox\.ca_file: /nowhere"):
        ImapMailbox(access).examine("INBOX")


def test_plain_text_stays_on_this_machine() -> None:
    with pytest.raises(ConfigError, match=r"mailbox\.security.*loopback"):
        MailboxAccess("imap.example.test", 143, "none", None, "khtc", "x")


def test_big_mail_comes_whole(dovecot: Dovecot) -> None:
    user = f"khtc{next(_numbers)}@example.test"
    big = b"Subject: a\r\n\r\n" + os.urandom(6_000_000).hex(" ", 30).encode() + b"\r\n"
    big = big.replace(b" ", b"\r\n")
    with dovecot.client(user) as client:
        for data in (big, mail("small"), big):
            client.append("INBOX", data)
    mailbox = ImapMailbox(dovecot.access(user))
    assert fetched(mailbox) == [big, mail("small"), big]
    mailbox.close()


# What only files can show.


def test_drafts_and_other_files_are_not_mail(tmp_path: Path) -> None:
    for name in (".a.eml", "a.eml.part", "readme.txt", ".tmp/b.eml", "sub/c.eml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(mail(name))
    assert fetched(FolderMailbox(tmp_path)) == [mail("sub/c.eml")]


def test_a_file_that_was_replaced_is_a_new_message(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"half")
    mailbox = FolderMailbox(tmp_path)
    before = mailbox.examine("files").uids
    (tmp_path / "a.eml").write_bytes(mail("whole"))
    assert mailbox.examine("files").uids != before


def test_flags_do_not_renumber_a_maildir(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / "1373.1.host").write_bytes(mail("a"))
    (tmp_path / "tmp" / "1373.2.host").write_bytes(b"half")
    mailbox = FolderMailbox(tmp_path, "INBOX")
    before = mailbox.examine("INBOX")
    (tmp_path / "new" / "1373.1.host").rename(tmp_path / "cur" / "1373.1.host:2,FS")
    assert mailbox.examine("INBOX") == before
    assert 0 < before.uids[0] < 2**53
    assert mailbox.folders() == ("INBOX",)
    assert mailbox.wait(0) is True


def test_empty_and_missing_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    assert fetched(FolderMailbox(tmp_path)) == []
    with pytest.raises(MissingFolderError, match="folder_source"):
        FolderMailbox(tmp_path / "gone").examine("files")


def test_two_files_under_one_number_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.folder_mailbox._BITS", 1)
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(mail(name))
    with pytest.raises(PermanentError, match=r"b\.eml and .*a\.eml"):
        FolderMailbox(tmp_path).examine("files")


def test_files_that_move_while_they_are_read_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(mail(name))
    mailbox = FolderMailbox(tmp_path)

    def gone(*_: object) -> bytes:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", gone)
        assert fetched(mailbox) == []
        listed = mailbox._listed()
        patch.setattr(mailbox, "_listed", lambda: [*listed, tmp_path / "moved.eml"])
        assert len(mailbox.examine("files").uids) == 2
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rglob", gone)
        with pytest.raises(MissingFolderError):
            mailbox.examine("files")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"Received: by x; Wed, 10 Jul 2013 09:12:00 +0700", 2),
        (b"received : by x;\r\n Wed, 10 Jul 2013 09:12:00 -0000", 9),
        (b"RECEIVED: by x (a; b);\r\n\tWed, 10 Jul 2013 09:12:00 GMT (x)", 9),
        (b"Received: by x; Wed, 10 Jul 2013 23:12:00 -0700", 6),
        (b"Received: by x", None),
        (b"Received: by x; yesterday", None),
        (b"Received: by x; Wed, 40 Jul 2013 09:12:00 +0700", None),
        (b"Received: by x; Wed, 10 Jul 99999999 09:12:00 +0700", None),
        (b"Received: by x; Wed, 10 Jul 2013 09:12:00 +9999999", None),
        (b"Received: " + b"x" * 17_000 + b"; Wed, 10 Jul 2013 09:12:00 +0700", None),
        (b"Subject: x", None),
    ],
)
def test_the_topmost_received_field_tells_the_time(
    tmp_path: Path, field: bytes, expected: int | None
) -> None:
    rest = b"\r\nDate: Mon, 01 Jan 2001 00:00:00 +0000\r\n\r\nReceived: no; Wed, 10 Jul"
    (tmp_path / "a.eml").write_bytes(b"X: y\r\n" + field + rest)
    mailbox = FolderMailbox(tmp_path)
    (message,) = mailbox.fetch(mailbox.examine("files").uids)
    hour = message.received_at and message.received_at.astimezone(UTC).hour
    assert hour == expected
