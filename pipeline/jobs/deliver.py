"""Deliver: letters from the outbox to the server, each at most once.

The order is the correctness. Of a few letters the ledger says `sending` (committed), then
the journal; of each the journal says `dot` just before the final dot leaves, then `sent`,
or `failed` where the dot was refused; the ledger is told last. Whoever dies in between
leaves a letter `sending` in the ledger, and the journal tells the next run how far it had
come: before the dot it is sent again, after `sent` it is only written down, and in between
nobody knows: a person decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from pipeline.domain.errors import (
    OvertakenError,
    PermanentError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
)
from pipeline.domain.letters.reply import LetterState, OutboxItem, SentRecord
from pipeline.ports import Ledger, Postbox, SendJournal

_SETTLED = {"sent": LetterState.SENT, "dot": LetterState.UNKNOWN}


def _never() -> bool:
    return False


def _always(_: datetime) -> bool:
    return True


def _middle() -> float:
    return 0.5


@dataclass(frozen=True, slots=True)
class DeliverLimits:
    """How many at a time, how patiently, and who may say stop.

    `paused` is asked before every letter (kill switch, end of the program), `enough`
    before every group: those claimed still leave. `jitter`
    gives a number from 0 to 1, so that retries do not come in step. Reminders leave
    only while the office `is_open`; answers at any hour. Where more is `soon` to leave, the
    line to the server is kept for it.
    """

    group: int = 10
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=15)
    give_up_after: timedelta = timedelta(days=3)
    paused: Callable[[], bool] = _never
    enough: Callable[[], bool] = _never
    is_open: Callable[[datetime], bool] = _always
    jitter: Callable[[], float] = _middle
    soon: bool = False


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """Numbers of letters by what became of them; `trouble` ended the run early.

    `settled` were left over by a crash, or queued again in a restored ledger: they are
    now sent, unknown or queued as the journal tells, and nothing left for them.
    """

    sent: tuple[int, ...]
    requeued: tuple[int, ...]
    failed: tuple[int, ...]
    unknown: tuple[int, ...]
    settled: tuple[int, ...]
    trouble: UnreachableError | None


def deliver(
    ledger: Ledger,
    journal: SendJournal,
    postbox: Postbox,
    now: Callable[[], datetime],
    limits: DeliverLimits | None = None,
) -> DeliverReport:
    """Settle what a crash left, then send what is due, until nothing is.

    Only the daemon that leads may run this: a letter `sending` is taken for one that a
    crash left. One that has lost the lead without knowing stops at its next dot, for
    that needs its claim of the letter to stand. A server that cannot be used at all ends
    the run and stands in the report; TransientError of disk or database is raised.
    """
    run = _Run(ledger, journal, postbox, now, limits or DeliverLimits())
    run.settle_leftovers()
    kept = False
    try:
        while not (run.over() or run.limits.enough()) and (letters := run.claim()):
            run.begin(letters)
            for letter in letters:
                run.handle(letter)
            run.tell_sent()
        kept = run.limits.soon and not run.over()
    finally:
        if not kept:
            postbox.close()
    return run.report()


@dataclass(slots=True)
class _Run:
    """One run over the outbox, with what it has done so far."""

    ledger: Ledger
    journal: SendJournal
    postbox: Postbox
    now: Callable[[], datetime]
    limits: DeliverLimits
    begun: set[int] = field(default_factory=set)
    at_dot: set[int] = field(default_factory=set)
    accepted: list[tuple[OutboxItem, datetime]] = field(default_factory=list)
    done: dict[int, LetterState] = field(default_factory=dict)
    settled: list[int] = field(default_factory=list)
    trouble: UnreachableError | None = None
    overtaken: bool = False

    def over(self) -> bool:
        """Whether no more letters should be sent in this run."""
        return self.trouble is not None or self.overtaken or self.limits.paused()

    def claim(self) -> Sequence[OutboxItem]:
        """The next few letters that are due; none when there are no more."""
        now = self.now()
        is_open = partial(self.limits.is_open, now)
        return self.ledger.claim_letters(now, self.limits.group, reminders=is_open)

    def settle_leftovers(self) -> None:
        """Decide on letters left `sending`, by what the journal says of them."""
        for letter in self.ledger.sending_letters():
            told = partial(self._as_the_journal_tells, letter)
            if self._left(letter) or self.ledger.while_ours(letter, told):
                self.settled.append(letter.id)

    def _as_the_journal_tells(self, letter: OutboxItem) -> LetterState:
        record = self.journal.last(letter.reply_key)
        return _SETTLED.get(record.event if record else "", LetterState.QUEUED)

    def _left(self, letter: OutboxItem) -> bool:
        """Whether the journal says when the server took it; the ledger is told so then."""
        record = self.journal.last(letter.reply_key)
        if record is None or record.event != "sent":
            return False
        self.ledger.settle_sent([(letter, record.at)])
        return True

    def begin(self, letters: Sequence[OutboxItem]) -> None:
        """Write that claimed letters are next, together: none of them has left yet."""
        if self.over():
            return
        fresh = [letter for letter in letters if self._known(letter) is None]
        now = self.now()
        self.journal.write(*(SentRecord(each.reply_key, "sending", now) for each in fresh))
        self.begun.update(letter.id for letter in fresh)

    def handle(self, letter: OutboxItem) -> None:
        """Send a claimed letter, or put it back when the run is over."""
        known = self._known(letter)
        if known is not None:  # the ledger is older than the journal: a restored backup
            if not self._left(letter):
                self._tell(letter, known)
            self.settled.append(letter.id)
        elif self.over() or letter.id not in self.begun:
            self._settle(letter, LetterState.QUEUED)
        else:
            self._send(letter)

    def tell_sent(self) -> None:
        """Tell the ledger of letters that the server took, together.

        Where something else ends the run before, the next one is told by the journal.
        """
        if self.accepted:
            self.ledger.settle_sent(self.accepted)
            self.accepted.clear()

    def _known(self, letter: OutboxItem) -> LetterState | None:
        """What became of a letter, as far as the journal knows."""
        record = self.journal.last(letter.reply_key)
        return _SETTLED.get(record.event) if record else None

    def report(self) -> DeliverReport:
        """What the run did."""

        def those(state: LetterState) -> tuple[int, ...]:
            return tuple(number for number, end in self.done.items() if end is state)

        return DeliverReport(
            sent=those(LetterState.SENT),
            requeued=those(LetterState.QUEUED),
            failed=those(LetterState.FAILED),
            unknown=those(LetterState.UNKNOWN),
            settled=tuple(self.settled),
            trouble=self.trouble,
        )

    def _send(self, letter: OutboxItem) -> None:
        try:
            self.postbox.send(letter.recipient, letter.data, lambda: self._at_dot(letter))
        except OvertakenError:
            self.overtaken = True  # whoever leads now decides about all of them
        except UnknownOutcomeError:
            self._settle(letter, LetterState.UNKNOWN)
        except PermanentError:
            self._note_failure(letter)
            self._settle(letter, LetterState.FAILED)
        except UnreachableError as fault:
            self.trouble = fault
            self._note_failure(letter)
            self._retry(letter)
        except TransientError:
            self._note_failure(letter)
            self._retry_or_give_up(letter)
        else:
            self._write(letter, "sent")
            self.accepted.append((letter, self.now()))
            self.done[letter.id] = LetterState.SENT

    def _at_dot(self, letter: OutboxItem) -> None:
        """The last word before the dot: ours alone, or the letter does not leave."""

        def dot() -> None:
            self.at_dot.add(letter.id)
            self._write(letter, "dot")

        if not self.ledger.while_ours(letter, dot):
            raise OvertakenError(f"letter {letter.id}: another daemon leads now")

    def _note_failure(self, letter: OutboxItem) -> None:
        """Take our own dot back. Before it none is ours: who overtook us may be at his."""
        if letter.id in self.at_dot:
            self._write(letter, "failed")

    def _retry_or_give_up(self, letter: OutboxItem) -> None:
        first = self.journal.first(letter.reply_key)
        tried_since = first.at if first else self.now()
        if self.now() - tried_since >= self.limits.give_up_after:
            self._settle(letter, LetterState.FAILED)
        else:
            self._retry(letter)

    def _retry(self, letter: OutboxItem) -> None:
        """Back to the queue for a while that doubles with each attempt."""
        doublings = min(max(letter.attempts - 1, 0), 16)
        pause = min(self.limits.first_pause * 2**doublings, self.limits.longest_pause)
        retry_at = self.now() + pause * (0.75 + 0.5 * self.limits.jitter())
        self._settle(letter, LetterState.QUEUED, retry_at)

    def _settle(
        self, letter: OutboxItem, state: LetterState, retry_at: datetime | None = None
    ) -> None:
        self._tell(letter, state, retry_at)
        self.done[letter.id] = state

    def _tell(
        self, letter: OutboxItem, state: LetterState, retry_at: datetime | None = None
    ) -> None:
        now, attempt = self.now(), letter.attempts
        self.ledger.settle_letter(letter.id, state, now, retry_at, attempt)

    def _write(self, letter: OutboxItem, event: str) -> None:
        self.journal.write(SentRecord(letter.reply_key, event, self.now()))
