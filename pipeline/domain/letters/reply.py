"""Letters: frozen bytes with exactly one recipient, and their states in the outbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LetterState(StrEnum):
    """Where a letter stands (contract.md, view `outbox`)."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to send: its bytes never change again.

    `reply_key` is unique for (account, message, template, recipient); `token` stands
    in the X-KHTC-Reply header and in the Message-ID.
    """

    reply_key: str
    token: str
    template: str
    recipient: str
    rfc_message_id: str
    subject: str
    data: bytes
    state: LetterState = LetterState.QUEUED
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A letter claimed for sending."""

    id: int
    reply_key: str
    recipient: str
    rfc_message_id: str
    data: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class SentRecord:
    """One line of the send journal, which is kept outside the database."""

    reply_key: str
    event: str
    at: datetime
