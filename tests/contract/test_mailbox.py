"""One suite for every mailbox: Dovecot over TLS, the demo's own, files, a Maildir."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from imapclient import IMAPClient

from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.demo.servers import EmbeddedMail
from pipeline.ports import Mailbox, MailboxAccess
from tests.builders.raw_mail import RECEIVED, mail
from tests.servers.dovecot import Dovecot

pytest_plugins = ["tests.servers.fixtures"]

_numbers = count(1)


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


@pytest.mark.fault("F-S9-6")
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


@pytest.mark.fault("F-S17-1")
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
