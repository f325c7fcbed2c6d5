"""Dovecot and Postfix as one: mail goes in and out by SMTP, and is looked at by IMAP."""

import smtplib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser
from threading import Event
from typing import Any

from imapclient import IMAPClient

from pipeline.demo.sample_mails import SampleMail
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix

_ITEMS = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"]
_STATUS = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ", "UNSEEN"]
_QUEUES = ("incoming", "active", "deferred", "maildrop")


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Return when a condition of the world outside holds; AssertionError if never."""
    look_again = Event()
    for _ in range(int(seconds * 20)):
        if holds():
            return
        look_again.wait(0.05)
    raise AssertionError(f"in vain: {what}")


@dataclass(frozen=True)
class MailSystem:
    """The ministry's mailbox and the provinces' on one pair of servers."""

    dovecot: Dovecot
    postfix: Postfix

    def send(self, mails: Iterable[SampleMail], recipient: str) -> None:
        """Hand mails over as the provinces' servers do; return when they have arrived."""
        with smtplib.SMTP("127.0.0.1", self.postfix.smtp, timeout=60) as server:
            for mail in mails:
                server.sendmail(mail.sender, [recipient], mail.raw)
        self.settle()

    def settle(self) -> None:
        """Return when Postfix has nothing left to deliver."""
        queues = [self.postfix.home / "queue" / name for name in _QUEUES]
        until(
            lambda: not any(f.is_file() for queue in queues for f in queue.rglob("*")),
            "Postfix delivers what it was given",
        )

    def put(
        self, user: str, raws: Sequence[bytes], folder: str = "INBOX", when: Any = None
    ) -> None:
        """Append mails to a folder, which is made when it is not there."""
        with self.dovecot.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for raw in raws:
                client.append(folder, raw, msg_time=when)

    def file(self, user: str, mails: Iterable[SampleMail], folder: str = "INBOX") -> None:
        """Append mails as if each had come when it was sent, in July 2013."""
        for mail in mails:
            self.put(user, [mail.raw], folder, mail.sent_at)

    @contextmanager
    def hands_in(self, user: str, folder: str) -> Iterator[IMAPClient]:
        """A person at a folder, reading and writing."""
        with self.dovecot.client(user) as client:
            client.select_folder(folder)
            yield client

    def state_of(self, user: str, folders: Sequence[str] = ("INBOX",)) -> dict[str, Any]:
        """All that a client can know of folders, asked for without touching anything."""
        found: dict[str, Any] = {}
        with self.dovecot.client(user) as client:
            for folder in folders:
                status = client.folder_status(folder, _STATUS)
                client.select_folder(folder, readonly=True)
                mails = client.fetch(client.search(), _ITEMS)
                found[folder] = status, {uid: _plain(item) for uid, item in mails.items()}
        return found

    def bytes_of(self, user: str, folders: Sequence[str] = ("INBOX",)) -> list[bytes]:
        """The messages of folders as the server gives them."""
        state = self.state_of(user, folders)
        return [item["BODY[]"] for _, mails in state.values() for item in mails.values()]

    def letters(self, recipient: str) -> list[Message]:
        """The headers of what lies in somebody's mailbox."""
        parser = BytesHeaderParser()
        return [parser.parsebytes(data) for data in self.bytes_of(recipient)]

    def letter_ids(self, recipients: Iterable[str]) -> list[str]:
        """The Message-ID of every letter in these mailboxes, as often as it is there."""
        self.settle()
        return [
            str(letter["Message-ID"])
            for recipient in sorted(set(recipients))
            for letter in self.letters(recipient)
        ]


def _plain(item: dict[bytes, Any]) -> dict[str, Any]:
    found = {name.decode(): value for name, value in item.items() if name != b"SEQ"}
    assert isinstance(found["INTERNALDATE"], datetime)
    return found
