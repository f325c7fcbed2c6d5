"""Ports of the outside world: mailbox, archive, postbox, worker, writers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pipeline.domain.figure_sums import FigureFacts, SummedRound
from pipeline.domain.five_year_path import PathPoint
from pipeline.domain.letters.correction import Correction
from pipeline.domain.letters.letter import Enclosure, LetterDraft, LetterTexts, PointTexts
from pipeline.domain.letters.reply import Letter, SentRecord
from pipeline.domain.mail.message import Arrival
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.run_changes import FIRST_RUN, CountedVersion, RunChanges
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.shortfall import Rankings
from pipeline.domain.total import ObservedFigure, Run, Total
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
        """Wait for new mail by IDLE, or just wait; True when something may be new.

        False: the server was asked and had nothing, or we are asked to stop. Only the
        first folder is listened to, so poll from time to time whatever this says.
        """

    def percent_full(self) -> int | None:
        """How much of the account's room is taken; None where the server does not say."""

    def close(self) -> None:
        """Log out; never raises."""


class Archive(Protocol):
    """Raw messages by digest, with a sidecar a arrival: the source of truth."""

    def store(self, data: bytes) -> str:
        """Keep bytes durably (tmp, fsync, rename, fsync directory); their sha256."""

    def record(self, arrival: Arrival) -> None:
        """Keep an arrival beside its bytes, durably; the same one again is no news."""

    def keep(self, mails: Sequence[tuple[Arrival, bytes]]) -> None:
        """Keep mails and their arrivals, durably: as `store` and `record`, together."""

    def load(self, digest: str) -> bytes:
        """The bytes of a digest, checked; PermanentError when lost or changed."""

    def arrivals(self) -> Iterator[Arrival]:
        """Every arrival ever recorded, in order of first sight."""

    def forget_drafts(self, before: datetime) -> int:
        """Remove what crashes left half-written before a time; how many files."""

    def digests(self) -> frozenset[str]:
        """The digests of all messages that are there, by their names alone."""

    def drafts(self) -> int:
        """How many half-written files there are."""

    def bury(self, digest: str, now: datetime) -> None:
        """Put a tombstone in the place of a message's bytes, then remove them.

        Done again, it finishes what a crash left.
        """

    def buried(self) -> frozenset[str]:
        """The digests that have a tombstone and no bytes."""

    def try_out(self) -> None:
        """Put a file down durably and remove it; TransientError where it cannot be."""


class SendJournal(Protocol):
    """An append-only, fsynced record of sending, outside the database.

    Events of a letter: `sending` (it is one of the next few; nothing can have been
    accepted), `dot` (the final dot goes out: from here on the outcome is unknown), then
    `sent` or `failed` (the server refused it, or the dot did not leave). A person who has
    made sure that a letter of unknown outcome did not arrive writes `released`. A
    `sending` right after `dot` or `sent` comes too late and says nothing.
    """

    def write(self, *records: SentRecord) -> None:
        """Append events durably, together; TransientError when the disk refuses."""

    def last(self, reply_key: str) -> SentRecord | None:
        """The newest event of a letter."""

    def first(self, reply_key: str) -> SentRecord | None:
        """The oldest event of a letter: when we first tried."""

    def newest(self) -> Mapping[str, SentRecord]:
        """The newest event of every letter, by reply key."""

    def damaged(self) -> Sequence[int]:
        """Numbers of the lines that are not as they were written.

        A last line that a crash tore does not count: it was never acted upon.
        """


class Postbox(Protocol):
    """The way out. One recipient a letter."""

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        """Hand a letter over; `at_dot` is called once, just before the final dot.

        UnreachableError when the server as a whole is the trouble; TransientError before
        the final dot and on 4xx; PermanentError on 5xx; UnknownOutcomeError when the
        connection died after the final dot. What `at_dot` raises stops the letter
        before the dot and comes out unchanged.
        """

    def check(self) -> None:
        """Connect, verify TLS, log in, leave; raises as `send`."""

    def close(self) -> None:
        """End the session; never raises."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message's bytes on their way to the parsing worker, with what planners said of
    its province's labels.
    """

    digest: str
    data: bytes
    spam_folder: bool = False
    aliases: Aliases = NO_ALIASES


class Answer(Protocol):
    """What a parsing worker will have made of a message."""

    def __call__(self) -> Parsed:
        """The checked values, waited for.

        Raises what loading the message raised, LimitError when a bound was reached, or
        PermanentError when the worker died or has a bug.
        """

    def ready(self) -> bool:
        """Whether a call would not have to wait."""

    def when_read(self, act: Callable[[], object]) -> None:
        """Have this done as soon as it would not, perhaps by a thread of the reader.

        Only a hint: one that reads when it is asked never does it.
        """


class Reader(Protocol):
    """The parsing workers: hostile bytes in, checked values out."""

    width: int
    """How many messages are worth giving ahead at once."""

    def parse_ahead(self, messages: Sequence[Callable[[], RawMessage]]) -> Sequence[Answer]:
        """For each message, given as the call that loads it, its answer to come."""

    def expect(self, messages: int) -> None:
        """Get ready for so many messages, which are on their way; does not wait."""

    def close(self) -> None:
        """Stop the children."""


class LetterWriter(Protocol):
    """Facts of a letter to words, and to frozen bytes."""

    def render(self, draft: LetterDraft) -> LetterTexts:
        """The words within the limits on size; PermanentError when facts are wanting."""

    def write(
        self, draft: LetterDraft, now: datetime, enclosure: Enclosure | None = None
    ) -> Letter:
        """The frozen letter: the same draft, time and enclosure give the same bytes.

        PermanentError when it cannot be rendered, or its recipient or a header is not
        fit to send.
        """

    def tell(
        self, point: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], called: str
    ) -> PointTexts:
        """A point and some of its lines in the letter's own words, as plain text.

        `called`: what the letter calls its reader ("Sở").
        """

    def check(self, drafts: Iterable[LetterDraft]) -> None:
        """Render sample letters; ConfigError, naming the template, when one fails."""


class CorrectionWriter(Protocol):
    """A correction workbook out of its facts."""

    def __call__(self, correction: Correction, /) -> Enclosure:
        """The workbook as a file: the same facts give the same bytes."""


@dataclass(frozen=True, slots=True)
class NationalTables:
    """All that the products of one consolidation show; nothing in them depends on the
    run's number or on the clock, so the same snapshot gives the same bytes.

    `coverage` holds rows of the view of that name; `changes` what moved since the run
    before; `round_before` the country's totals of the round before, if it is known.
    `filled` are figures that nobody reported and `filled_totals` the totals with them.
    `facts` are given in place of `figures` where the units are too many to be shown.
    `five_year` holds the figures that the five-year plan has a target of. `shortfalls`
    were ranked where the figures were; None: they are ranked from `figures`.
    """

    run: Run
    plan_round: PlanRound
    gazetteer: Gazetteer
    figures: Sequence[ObservedFigure]
    totals: Sequence[Total]
    coverage: Sequence[Mapping[str, Any]]
    changes: RunChanges = FIRST_RUN
    round_before: Sequence[Total] = ()
    facts: FigureFacts | None = None
    versions: Sequence[CountedVersion] = ()
    filled: Sequence[ObservedFigure] = ()
    filled_totals: Sequence[Total] = ()
    five_year: Sequence[PathPoint] = ()
    shortfalls: Rankings | None = None


class AddUp(Protocol):
    """Figures to totals."""

    def __call__(
        self, figures: Sequence[ObservedFigure], round_: PlanRound, places: Gazetteer, /
    ) -> Sequence[Total]:
        """Every total of a round: form x row x value column x area."""


class AddUpMany(Protocol):
    """Figures that were added up in part to totals."""

    def __call__(
        self, found: SummedRound, round_: PlanRound, places: Gazetteer, /
    ) -> Sequence[Total]:
        """Every total of a round: form x row x value column x area."""


class Products(Protocol):
    """The folder that planners take the national tables from."""

    def publish(self, tables: NationalTables) -> str:
        """Write the products of a run and point `latest` at the newest; where they lie.

        Old products stay whole until the new ones are; TransientError when the disk
        refuses.
        """
