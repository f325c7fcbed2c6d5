"""Messages, what was read of them and what was decided, small and ready to file.

Everything has a default; a test names only what it is about.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.domain.letters.reply import Letter
from pipeline.domain.mail.message import (
    Arrival,
    Attachment,
    Envelope,
    Kind,
    Location,
    Role,
    State,
    Triage,
)
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix, FormState, Missing, Row
from pipeline.domain.senders.identity import Clue, Identity, Source, Strength
from pipeline.domain.verdict import Decision, FormResult, Parsed, ReplyPlan, Verdict

ROUND = "ke-hoach-2014"
NOON = datetime(2013, 7, 10, 5, 0, tzinfo=UTC)
"""Noon in Vietnam on 10 July 2013, ten days before the deadline."""


def at(minutes: float = 0) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def digest_of(name: str) -> str:
    """The digest of a message that a test calls `name`."""
    return hashlib.sha256(name.encode()).hexdigest()


def uid_of(name: str) -> int:
    """The UID of a message that a test calls `name`."""
    return int(digest_of(name)[:6], 16) + 1


def arrival(name: str = "a", minutes: float = 0, **changes: Any) -> Arrival:
    """A message `name` in INBOX; `folder`, `uidvalidity`, `uid` may be changed too."""
    place = Location(
        changes.pop("folder", "INBOX"),
        changes.pop("uidvalidity", 1),
        changes.pop("uid", uid_of(name)),
    )
    values: dict[str, Any] = {
        "digest": digest_of(name),
        "location": place,
        "size": 1234,
        "received_at": at(minutes),
        "first_seen_at": at(minutes + 1),
    }
    return Arrival(**(values | changes))


def row(
    indicator: str = "th.viec_lam",
    column: str = "kh_n",
    value: str | None = "100",
    **changes: Any,
) -> Row:
    """A figure of PL01; `value` as text."""
    values: dict[str, Any] = {
        "form": "PL01",
        "indicator": indicator,
        "column": column,
        "value": None if value is None else Decimal(value),
        "missing": None,
        "unit": "Người",
        "unit_written": "người",
        "raw": value or "",
        "path": "Phu luc.xls",
        "sheet": "PL1",
        "cell": "H12",
    }
    return Row(**(values | changes))


def nil_row(indicator: str, column: str = "kh_n", **changes: Any) -> Row:
    """A figure written down as none (`-`)."""
    return row(indicator, column, None, missing=Missing.NIL, raw="-", **changes)


def appendix(form: str = "PL01", rows: Iterable[Row] | None = None) -> Appendix:
    """A form with its rows; one row if none are given."""
    return Appendix(
        form=form,
        path="Phu luc.xls",
        sheet=form,
        confidence=0.98765,
        row_matches=(),
        column_matches=(),
        rows=tuple(rows) if rows is not None else (row(form=form),),
    )


def form(
    form_id: str = "PL01",
    rows: Iterable[Row] | None = None,
    state: FormState = FormState.ACCEPTED,
) -> FormResult:
    """A form of a mail and what became of it."""
    return FormResult(appendix(form_id, rows), state)


def finding(code: str = "total-mismatch", **changes: Any) -> Finding:
    """An error of PL01, unless changed."""
    values: dict[str, Any] = {"severity": Severity.ERROR, "form": "PL01", "cell": "H9"}
    return Finding(code, **(values | changes))


def envelope(sender: str | None = "hagiang@example.vn", **changes: Any) -> Envelope:
    """The headers of a mail of Hà Giang."""
    values: dict[str, Any] = {
        "message_id": "<1@example.vn>",
        "in_reply_to": (),
        "references": (),
        "subject": "Sở LĐTBXH Hà Giang gửi báo cáo",
        "sender": sender,
        "sender_name": "Phòng Kế hoạch",
        "recipients": ("khtc@example.gov.vn",),
        "date_claimed": None,
        "received_top": None,
        "content_type": "multipart/mixed",
        "text": "Kính gửi Vụ KHTC",
    }
    return Envelope(**(values | changes))


def attachment(name: str = "Phu luc.xls") -> Attachment:
    """A workbook."""
    return Attachment(name, name, "xls", digest_of(name), 20_480, Role.WORKBOOK)


def parsed(name: str = "a", forms: Sequence[FormResult] = (), **changes: Any) -> Parsed:
    """What was read of the message `name`."""
    values: dict[str, Any] = {
        "digest": digest_of(name),
        "envelope": envelope(),
        "attachments": (attachment(),),
        "triage": Triage(Kind.SUBMISSION),
        "clues": (),
        "round": ROUND,
        "appendices": tuple(result.appendix for result in forms),
        "findings": (),
        "narrative": False,
        "scan": False,
        "content_key": None,
    }
    return Parsed(**(values | changes))


def identity(
    province: str | None = "02", *, verified: bool = True, **changes: Any
) -> Identity:
    """A registered sender, or a strong one when not verified."""
    strength = Strength.REGISTERED if verified else Strength.STRONG
    evidence = (
        Clue(Source.LETTERHEAD, "UBND TỈNH HÀ GIANG", province or "02", "Phu luc.xls"),
    )
    values: dict[str, Any] = {"strength": strength, "evidence": evidence}
    return Identity(province=province, verified=verified, **(values | changes))


def decision(
    name: str = "a", forms: Sequence[FormResult] = (), minutes: float = 0, **changes: Any
) -> Decision:
    """A filed submission of province 02 with these forms."""
    values: dict[str, Any] = {
        "digest": digest_of(name),
        "kind": Kind.SUBMISSION,
        "state": State.FILED,
        "reason": None,
        "round": ROUND,
        "identity": identity(),
        "received_at": at(minutes),
        "late": False,
        "forms": tuple(forms),
        "forms_missing": (),
        "narrative": False,
        "scan": False,
        "findings": (),
        "verdict": Verdict.ACCEPTED,
        "reply": ReplyPlan("acknowledgement", "hagiang@example.vn"),
    }
    return Decision(**(values | changes))


def letter(
    key: str = "k1", recipient: str = "hagiang@example.vn", **changes: Any
) -> Letter:
    """A queued acknowledgement."""
    values: dict[str, Any] = {
        "reply_key": key,
        "token": f"token-{key}",
        "template": "acknowledgement",
        "recipient": recipient,
        "rfc_message_id": f"<{key}@example.gov.vn>",
        "subject": "[KHTC 2014/02] Đã nhận",
        "data": b"From: khtc@example.gov.vn\r\n\r\n\xc4\x90\xc3\xa3 nh\xe1\xba\xadn\r\n",
    }
    return Letter(**(values | changes))
