"""Listening for new mail: what is heard, and what happens when IDLE fails."""

import threading

import pytest

from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.domain.errors import UnreachableError
from tests.servers.scripted_imap import scripted_imap

MAILS = {3: b"Subject: c\r\n\r\nc\r\n"}


def test_bye_while_idling_is_trouble() -> None:
    with scripted_imap(dict(MAILS), faults={"IDLE": "* BYE going down"}) as server:
        mailbox = ImapMailbox(server.access())
        mailbox.examine("INBOX")
        with pytest.raises(UnreachableError, match="BYE"):
            mailbox.wait(30)
        assert mailbox.examine("INBOX").uids, "the next call connects anew"
        mailbox.close()


@pytest.mark.parametrize("fault", ["drop", "* 4 EXISTS", "* OK Still here", "* 4 RECENT"])
def test_what_is_heard_while_idling(fault: str) -> None:
    with scripted_imap(dict(MAILS), faults={"IDLE": fault}) as server:
        mailbox = ImapMailbox(server.access())
        mailbox.examine("INBOX")
        if fault == "drop":
            with pytest.raises(UnreachableError):
                mailbox.wait(0.3)
        else:
            assert mailbox.wait(0.3) is ("EXISTS" in fault or "RECENT" in fault)
        mailbox.close()


def test_what_comes_with_the_go_ahead_is_heard_at_once() -> None:
    at_once = "+ idling\r\n* 4 EXISTS"
    with scripted_imap(dict(MAILS), faults={"IDLE": at_once}) as server:
        mailbox = ImapMailbox(server.access())
        mailbox.examine("INBOX")
        assert mailbox._session is not None
        client = mailbox._session._client
        client.idle()
        assert client.idle_check(timeout=1.0) == [(4, b"EXISTS")]
        assert client.idle_check(timeout=0.01) == []
        client.idle_done()
        mailbox.close()


def test_idle_refused_or_not_offered_means_polling() -> None:
    for settings in (
        {"faults": {"IDLE": "{tag} NO not today"}},
        {"capabilities": "IMAP4rev1"},
    ):
        with scripted_imap(dict(MAILS), **settings) as server:
            stop = threading.Event()
            mailbox = ImapMailbox(server.access(), stop)
            mailbox.examine("INBOX")
            assert mailbox.wait(0.01) is True
            mailbox.close()
