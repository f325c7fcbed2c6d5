"""The demo's own mail servers, spoken to as the daemon and the provinces do."""

import smtplib
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from pipeline.demo.letter_boxes import LetterBoxes
from pipeline.demo.servers import EmbeddedMail
from pipeline.domain.errors import ConfigError

OURS = "khtc@example.gov.vn"
THEIRS = "sldtbxh.demo@hagiang.gov.vn"
VIETNAM = timezone(timedelta(hours=7))
SENT_AT = datetime(2013, 7, 9, 10, 11, 12, tzinfo=VIETNAM)
RAW = (
    b"From: sldtbxh.demo@hagiang.gov.vn\r\nTo: khtc@example.gov.vn\r\n"
    b"Subject: =?utf-8?b?QsOhbyBjw6Fv?=\r\n\r\n.mot dong\r\n..hai dong\r\n\r\n"
)


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[EmbeddedMail]:
    with EmbeddedMail(OURS, tmp_path / "letters") as servers:
        yield servers


def imap(mail: EmbeddedMail) -> IMAPClient:
    client = IMAPClient(mail.host, mail.imap_port, ssl=False, timeout=10)
    client.normalise_times = False
    return client


def post(mail: EmbeddedMail, password: str, raw: bytes) -> None:
    with smtplib.SMTP(mail.host, mail.smtp_port, "localhost", 10) as smtp:
        smtp.login(OURS, password)
        smtp.sendmail(OURS, [THEIRS], raw)


def fetched(mail: EmbeddedMail) -> dict[int, tuple[datetime, bytes]]:
    with imap(mail) as client:
        client.login(mail.address, mail.password)
        client.select_folder("INBOX", readonly=True)
        rows = client.fetch(client.search(), ["INTERNALDATE", "BODY.PEEK[]"])
        return {uid: (row[b"INTERNALDATE"], row[b"BODY[]"]) for uid, row in rows.items()}


def test_mail_to_the_ministry_is_found_by_imap_at_its_simulated_time(
    mail: EmbeddedMail,
) -> None:
    mail.deliver(THEIRS, OURS, RAW, SENT_AT)
    ((uid, (received_at, data)),) = fetched(mail).items()
    assert uid == 101  # pymap counts from there; nothing may rely on 1
    assert received_at == SENT_AT
    assert data.startswith(b"Return-Path: <sldtbxh.demo@hagiang.gov.vn>\r\nReceived: from ")
    assert b"Tue, 09 Jul 2013 10:11:12 +0700\r\nFrom: " in data
    assert data.endswith(RAW)


def test_a_bounce_has_an_empty_return_path(mail: EmbeddedMail) -> None:
    mail.deliver("", OURS, RAW, SENT_AT)
    ((_, data),) = fetched(mail).values()
    assert data.startswith(b"Return-Path: <>\r\n")


def test_the_same_mail_is_the_same_bytes_on_a_server_started_again(tmp_path: Path) -> None:
    """Twice in one process, as the second run of the demo has it."""
    seen = []
    for _ in range(2):
        with EmbeddedMail(OURS, tmp_path) as mail:
            mail.deliver(THEIRS, OURS, RAW, SENT_AT)
            with imap(mail) as client:
                client.login(mail.address, mail.password)
                number = client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
            seen.append((number, fetched(mail)))
    assert seen[0] == seen[1]


def test_another_number_of_the_folder_can_be_asked_for(tmp_path: Path) -> None:
    with EmbeddedMail(OURS, tmp_path, uidvalidity=7) as mail, imap(mail) as client:
        client.login(mail.address, mail.password)
        assert client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"] == 7


def test_idle_tells_of_new_mail(mail: EmbeddedMail) -> None:
    with imap(mail) as client:
        client.login(mail.address, mail.password)
        client.select_folder("INBOX", readonly=True)
        client.idle()
        mail.deliver(THEIRS, OURS, RAW, SENT_AT)
        news = client.idle_check(timeout=10)
        client.idle_done()
    assert (1, b"EXISTS") in news


def test_letters_of_the_ministry_are_kept_by_address(mail: EmbeddedMail) -> None:
    post(mail, mail.password, RAW)
    post(mail, mail.password, b"Subject: two\r\n\r\n\r\n")
    assert mail.letters_for(THEIRS.upper()) == [RAW, b"Subject: two\r\n\r\n\r\n"]
    assert mail.letters_for("nobody@example.com") == []
    assert mail.addresses() == [THEIRS]


def test_a_wrong_password_opens_neither_door(mail: EmbeddedMail) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        post(mail, "guess", RAW)
    with imap(mail) as client, pytest.raises(LoginError):
        client.login(mail.address, "guess")


def test_nobody_else_may_write_to_a_province(mail: EmbeddedMail) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail.deliver("stranger@example.com", THEIRS, RAW, SENT_AT)
    assert mail.addresses() == []


def test_mail_to_the_ministry_without_a_simulated_time_is_refused(
    mail: EmbeddedMail,
) -> None:
    with (
        smtplib.SMTP(mail.host, mail.smtp_port, "localhost", 10) as smtp,
        pytest.raises(smtplib.SMTPDataError),
    ):
        smtp.sendmail(THEIRS, [OURS], RAW)


def test_open_connections_do_not_keep_the_servers_alive(tmp_path: Path) -> None:
    with EmbeddedMail(OURS, tmp_path) as mail:
        client = imap(mail)
        client.login(mail.address, mail.password)
        client.select_folder("INBOX")
        client.idle()
        smtp = smtplib.SMTP(mail.host, mail.smtp_port, "localhost", 10)
        smtp.ehlo()
    assert not [t for t in threading.enumerate() if t.name == "demo-mail"]
    smtp.close()
    client.shutdown()


def test_it_works_from_a_thread(tmp_path: Path) -> None:
    def run() -> None:
        with EmbeddedMail(OURS, tmp_path) as mail:
            mail.deliver(THEIRS, OURS, RAW, SENT_AT)
            counted.append(len(fetched(mail)))

    counted: list[int] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert counted == [1]


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymap.imap", None)
    with pytest.raises(ConfigError, match=r"extras_require\.demo: .*pip install"):
        EmbeddedMail(OURS, tmp_path).__enter__()


def test_an_address_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    LetterBoxes(tmp_path / "letters").keep("../../x@example.com", b"hello")
    assert [path.parent.parent for path in tmp_path.rglob("*.eml")] == [
        tmp_path / "letters"
    ]
