"""A message: where it was seen, what its envelope and parts say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a message is, whatever becomes of it (contract.md)."""

    SUBMISSION = "submission"
    QUESTION = "question"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"
    OWN = "own"
    SPAM = "spam"
    UNREADABLE = "unreadable"
    OTHER = "other"


class State(StrEnum):
    """Where a message stands in the ledger; all but `received` are terminal."""

    RECEIVED = "received"
    FILED = "filed"
    HELD = "held"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    GONE = "gone"


class Role(StrEnum):
    """What an attachment is for."""

    WORKBOOK = "workbook"
    DOCUMENT = "document"
    NARRATIVE = "narrative"
    SCAN = "scan"
    CONTAINER = "container"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a server, or a folder of files, keeps a message.

    A file source has `uidvalidity` 0 and numbers its files by a hash of their names.
    """

    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it was taken in: its digest, place, size and times.

    `received_at` is the server's INTERNALDATE, or for a file the topmost Received
    header; None when nothing trustworthy says (never the Date header).
    """

    digest: str
    location: Location
    size: int
    received_at: datetime | None
    first_seen_at: datetime
    spam_folder: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file found in a message, at any depth; never its bytes.

    `path` joins the names through the containers ("bao cao.zip/Phu luc 1.xls");
    `type` is what the magic bytes say; `problem` a finding code or None.
    """

    path: str
    name: str
    type: str
    sha256: str
    size: int
    role: Role
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A file with its bytes: lives only inside the parsing worker."""

    path: str
    name: str
    declared_type: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers and the text of a message say, decoded and bounded.

    `sender` is the one strictly parsed From address in lower case, None when there is
    not exactly one. `marks` are the N-codes (reliability.md 4.1) that the headers show.
    `received_top` is the date of the topmost Received field. `returned` are the
    Message-IDs of our letters that the message says could not be delivered.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: str | None
    sender_name: str
    recipients: tuple[str, ...]
    date_claimed: str | None
    received_top: datetime | None
    content_type: str
    text: str
    marks: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    authentication: str = "none"
    returned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message taken apart.

    `hidden_attachment` is True when the raw bytes hint at a file that is not among
    `parts` (`hints` say how): such a mail is held, never "no attachment". `links` are
    links to cloud drives in any body.
    """

    envelope: Envelope
    parts: tuple[Part, ...]
    hidden_attachment: bool
    hints: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Triage:
    """What kind of message this is, and the reason code when it is set aside."""

    kind: Kind
    reason: str | None = None
    suppressed: str | None = None
