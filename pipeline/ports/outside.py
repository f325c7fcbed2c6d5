"""Ports of the outside world: mailbox, archive, postbox, worker, writers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pipeline.domain.message import Arrival
from pipeline.domain.reply import Letter, SentRecord
from pipeline.domain.total import Run, Total
from pipeline.domain.verdict import Parsed


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What a server says about a folder when it is examined."""

    name: str
    uidvalidity: int
    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """Raw bytes with what the server knows about them."""

    uid: int
    data: bytes
    received_at: datetime | None


class Mailbox(Protocol):
    """The submission mailbox, only ever read (EXAMINE, BODY.PEEK[])."""

    def folders(self) -> Sequence[str]:
        """The folders watched, configured order; spam folders last."""

    def examine(self, folder: str) -> FolderStatus:
        """UIDVALIDITY and all UIDs of a folder; TransientError when out of reach."""

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """RFC822.SIZE of UIDs of the examined folder; vanished ones are left out."""

    def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """Whole messages of the examined folder; vanished ones are left out."""

    def wait(self, seconds: float) -> bool:
        """Wait for new mail by IDLE, or just wait; True when something may be new."""

    def close(self) -> None:
        """Log out; never raises."""


class Archive(Protocol):
    """Raw messages by digest, with a sidecar a arrival: the source of truth."""

    def store(self, data: bytes) -> str:
        """Keep bytes durably (tmp, fsync, rename, fsync directory); their sha256."""

    def record(self, arrival: Arrival) -> None:
        """Keep an arrival beside its bytes, durably; the same one again is no news."""

    def load(self, digest: str) -> bytes:
        """The bytes of a digest, checked; PermanentError when lost or changed."""

    def arrivals(self) -> Iterator[Arrival]:
        """Every arrival ever recorded, in order of first sight."""


class SendJournal(Protocol):
    """An append-only, fsynced record of sending, outside the database."""

    def write(self, record: SentRecord) -> None:
        """Append one event (`sending`, `sent`, `failed`) durably."""

    def last(self, reply_key: str) -> SentRecord | None:
        """The newest event of a letter."""


class Postbox(Protocol):
    """The way out. One recipient a letter."""

    def send(self, recipient: str, data: bytes) -> None:
        """Hand a letter over.

        TransientError before the final dot (4xx, connection); PermanentError on 5xx;
        UnknownOutcomeError when the connection died after the final dot.
        """

    def check(self) -> None:
        """Connect, verify TLS, log in, leave; raises as `send`."""

    def close(self) -> None:
        """End the session; never raises."""


class Reader(Protocol):
    """The parsing worker: hostile bytes in, checked values out."""

    def parse(self, digest: str, data: bytes) -> Parsed:
        """Decode, unpack, triage, recognise and read one message.

        LimitError when a bound was reached, PermanentError when the child died;
        `owed` to the message, never to us.
        """

    def close(self) -> None:
        """Stop the child."""


class LetterWriter(Protocol):
    """Templates to frozen bytes."""

    def write(self, template: str, values: Mapping[str, Any], reply_key: str) -> Letter:
        """A letter out of `values` (to, subject parts, facts, thread), text and HTML."""


class Workbooks(Protocol):
    """Products: official blanks and the national tables."""

    def national(self, run: Run, totals: Sequence[Total], target: str) -> None:
        """Write the national workbook to a path, atomically."""
