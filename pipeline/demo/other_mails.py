"""Mail that is no return: robots, lists, strangers, a question."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

from pipeline.demo.demo_texts import demo_texts
from pipeline.demo.mail_format import (
    MailDraft,
    encode_header,
    join_parts,
    write_headers,
    write_mail,
)
from pipeline.demo.office_mail import OfficeMail, SampleMail
from pipeline.demo.sample_files import NamedFile
from pipeline.demo.sample_workbooks import write_plain_table
from pipeline.domain.verdict import Verdict


def other_mails(desk: OfficeMail) -> Iterator[SampleMail]:
    """One of each kind; `desk` is the office that asks and that is away."""
    start = datetime.fromisoformat(f"{desk.plan_round.plan_year - 1}-07-03T09:00:00+07:00")
    yield _question(desk, start)
    yield _away(desk, start + timedelta(days=1, minutes=7))
    yield _newsletter(desk, start + timedelta(days=2, minutes=31))
    yield _stranger(desk, start + timedelta(days=3, minutes=12))
    yield _bounce(desk, start + timedelta(days=4, minutes=44))


def _question(desk: OfficeMail, at: datetime) -> SampleMail:
    texts = demo_texts()["mail"]
    draft = MailDraft(
        sender=desk.office.address,
        sender_name=desk.office.name,
        recipient=desk.recipient,
        sent_at=at,
        subject=texts["question_subject"],
        text=desk.words.fill(texts["question_body"]),
    )
    return desk.posted(draft, Verdict.HELD, "question")


def _away(desk: OfficeMail, at: datetime) -> SampleMail:
    texts = demo_texts()["others"]
    draft = MailDraft(
        sender=desk.office.address,
        sender_name=desk.office.name,
        recipient=desk.recipient,
        sent_at=at,
        subject=desk.words.fill(texts["away_subject"]),
        text=desk.words.fill(texts["away_body"]),
        headers=(("Auto-Submitted", "auto-replied"), ("Precedence", "bulk")),
    )
    return desk.posted(draft, Verdict.NONE, "auto-reply")


def _newsletter(desk: OfficeMail, at: datetime) -> SampleMail:
    texts = demo_texts()["others"]
    name, _, address = texts["newsletter_from"].rstrip(">").partition(" <")
    draft = MailDraft(
        sender=address,
        sender_name=name,
        recipient=desk.recipient,
        sent_at=at,
        subject=texts["newsletter_subject"],
        text=texts["newsletter_body"],
        headers=(
            ("List-Id", "<bantin.tapchi-mau.example.com>"),
            ("List-Unsubscribe", "<mailto:huy@tapchi-mau.example.com>"),
            ("Precedence", "list"),
        ),
    )
    return _from_stranger(draft, Verdict.NONE, "newsletter")


def _stranger(desk: OfficeMail, at: datetime) -> SampleMail:
    texts = demo_texts()["others"]
    draft = MailDraft(
        sender="kinhdoanh@phanmem-mau.example.com",
        sender_name="",
        recipient=desk.recipient,
        sent_at=at,
        subject=texts["stranger_subject"],
        text=texts["stranger_body"],
        files=(
            NamedFile(texts["stranger_file"], write_plain_table(texts["stranger_rows"])),
        ),
        spelling=2,
    )
    return _from_stranger(draft, Verdict.NONE, "stranger")


def _from_stranger(draft: MailDraft, expected: Verdict, purpose: str) -> SampleMail:
    return SampleMail(
        sender=draft.sender,
        recipient=draft.recipient,
        sent_at=draft.sent_at,
        raw=write_mail(draft),
        province=None,
        purpose=purpose,
        expected=expected,
    )


def _bounce(desk: OfficeMail, at: datetime) -> SampleMail:
    """A report that an older letter of the ministry could not be delivered."""
    texts = demo_texts()["others"]
    host = "mx.tinh-mau.example.com"
    head = write_headers(
        (
            ("From", f"Mail Delivery System <MAILER-DAEMON@{host}>"),
            ("To", desk.recipient),
            ("Subject", encode_header(texts["bounce_subject"], 0)),
            ("Date", format_datetime(at)),
            ("Message-ID", f"<bounce.20130707@{host}>"),
            ("Auto-Submitted", "auto-replied"),
            ("MIME-Version", "1.0"),
        )
    )
    text = texts["bounce_body"].strip().replace("\n", "\r\n").encode()
    status = (
        f"Reporting-MTA: dns; {host}\r\n\r\n"
        "Final-Recipient: rfc822; ldtbxh-cu@tinh-mau.example.com\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
    ).encode()
    parts = (
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + text,
        b"Content-Type: message/delivery-status\r\n\r\n" + status,
    )
    body = join_parts("report; report-type=delivery-status", "=_bounce", parts)
    return SampleMail(
        sender="",
        recipient=desk.recipient,
        sent_at=at,
        raw=head + body,
        province=None,
        purpose="bounce",
        expected=Verdict.NONE,
    )
