"""What only a real IMAP server can show: Dovecot over TLS."""

import os
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.adapters.mail.imap_mailbox.line import BoundedClient
from pipeline.adapters.mail.imap_mailbox.session import ImapSession
from pipeline.domain.errors import (
    ConfigError,
    MissingFolderError,
    RefusedLoginError,
    UnreachableError,
)
from pipeline.ports import Mailbox, MailboxAccess
from tests.builders.raw_mail import RECEIVED, mail
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import Dovecot

pytest_plugins = ["tests.servers.fixtures"]

_numbers = count(1_000)


def fetched(mailbox: Mailbox) -> list[bytes]:
    status = mailbox.examine(mailbox.folders()[0])
    return [message.data for message in mailbox.fetch(status.uids)]


@pytest.mark.fault("F-S5-9", "F-S14-1")
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


def test_only_what_is_new_is_listed(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    searching = BoundedClient.search
    monkeypatch.setattr(
        BoundedClient,
        "search",
        lambda self, what: asked.append(str(what)) or searching(self, what),
    )
    user = f"khtc{next(_numbers)}@example.test"
    mailbox = ImapMailbox(dovecot.access(user))
    seen: list[tuple[int, ...]] = []

    def look() -> None:
        asked.clear()
        seen.append(mailbox.examine("INBOX").uids)

    look()
    dovecot.deliver(user, mail("a"))
    dovecot.deliver(user, mail("b"))
    look()
    look()
    assert asked == ["['UID', '3:*']"], "none, though the server names the last one"
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([1])
        client.expunge()
    dovecot.deliver(user, mail("c"))  # as many as before
    look()
    assert asked == ["['UID', '3:*']", "ALL"]
    dovecot.deliver(user, mail("d"))
    look()
    mailbox.close()
    look()
    assert asked == ["ALL"], "another line"
    mailbox.close()
    assert seen == [(), (1, 2), (1, 2), (2, 3), (2, 3, 4), (2, 3, 4)]


def test_where_the_server_will_not_say_what_is_new_all_are_listed(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is gone and one has come: as many as before, but not the same."""
    searching = BoundedClient.search

    def search(self: BoundedClient, what: str | list[str]) -> list[int]:
        if what == "ALL":
            return searching(self, what)
        raise ValueError("an answer cut in several")

    monkeypatch.setattr(BoundedClient, "search", search)
    user = f"khtc{next(_numbers)}@example.test"
    dovecot.deliver(user, mail("a"))
    dovecot.deliver(user, mail("b"))
    mailbox = ImapMailbox(dovecot.access(user))
    assert mailbox.examine("INBOX").uids == (1, 2)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([1])
        client.expunge()
    dovecot.deliver(user, mail("c"))
    assert mailbox.examine("INBOX").uids == (2, 3)
    mailbox.close()


def test_all_are_listed_again_now_and_then(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.mail.imap_mailbox.mailbox._LOOKS_AT_NEW", 2)
    asked: list[int] = []
    listing = ImapSession.uids
    monkeypatch.setattr(
        ImapSession, "uids", lambda self, n: asked.append(n) or listing(self, n)
    )
    mailbox = ImapMailbox(dovecot.access(f"khtc{next(_numbers)}@example.test"))
    looks = [mailbox.examine("INBOX").uids for _ in range(7)]
    mailbox.close()
    assert (looks, asked) == ([()] * 7, [0, 0, 0])


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


@pytest.mark.fault("F-S2-4", "T-25")
@pytest.mark.parametrize("password", ["sai-mat-khau-2013", "sai-mật-khẩu", 'q"\\x'])
def test_a_wrong_password_is_said_but_not_shown(dovecot: Dovecot, password: str) -> None:
    access = dovecot.access("khtc@example.test", password=password)
    with pytest.raises(RefusedLoginError, match=r"mailbox\.username") as caught:
        ImapMailbox(access).examine("INBOX")
    assert password not in str(caught.value)
    assert password not in repr(access)
    assert caught.value.__cause__ is None


@pytest.mark.fault("F-S1-3", "T-31")
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
