"""Process: every message received becomes rows, findings, a verdict and a letter.

    ledger.claim | reader.parse_ahead | judge | ledger.file

`judge` is the table of contents of a decision; what happens before it (decode, unpack,
recognise, read, triage) happens in the parsing worker, in the order that
adapters/worker/message_parser.py gives.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import sleep

from pipeline.domain.errors import (
    LimitError,
    OvertakenError,
    PermanentError,
    TransientError,
    WorkerDiedError,
)
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.verdict import Parsed
from pipeline.jobs.judge import Bench, judge, province_of
from pipeline.ports import Answer, Archive, Ledger, MessageRecord, RawMessage, Reader

log = logging.getLogger("khtc.process")

STRIKES = 3
LEASE_SECONDS = 600
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What processing works with; `owner` names this process on its claims."""

    ledger: Ledger
    archive: Archive
    reader: Reader
    bench: Bench
    owner: str
    pause: Callable[[], object] = lambda: sleep(0.02)
    """How to wait for another worker that has an earlier message in hand."""


def process(
    shop: Workshop,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Work until nothing is left in state `received`; how many messages were settled.

    TransientError when the ledger or the archive is out of reach: what was claimed is
    given back first, as it is when told to stop.
    """
    settled = 0
    ahead = _Ahead(shop, clock)
    try:
        while not stop() and ahead.fill():
            chosen = ahead.choose()
            if chosen is None:
                shop.pause()
                continue
            _settle(shop, chosen.record, chosen.answer, clock)
            ahead.in_hand.remove(chosen)
            settled += 1
            progress(settled)
    except TransientError:
        ahead.give_back()
        raise
    ahead.give_back()
    return settled


@dataclass(slots=True, eq=False)
class _InHand:
    """A message claimed and given to the workers; `reporter` once it is known."""

    record: MessageRecord
    answer: Answer
    reporter: str | None = None
    looked_at: bool = False

    @property
    def rank(self) -> tuple[datetime, int]:
        return _rank(self.record)


class _Ahead:
    """The messages claimed and given to the workers, in the order of their claims.

    Claiming goes on while one is settled, so that no worker waits for the slowest. A
    message that was tried before comes alone: what kills the whole program must not use
    up the attempts of its neighbours.
    """

    def __init__(self, shop: Workshop, clock: Clock) -> None:
        self.in_hand: list[_InHand] = []
        self._shop = shop
        self._clock = clock
        self._alone = False
        self._passed_over = False

    def fill(self) -> bool:
        """Claim as many as the workers can use; whether there is anything to settle."""
        while not self.in_hand or self._has_room() or self._passed_over:
            record = self._claim()
            self._passed_over = False
            if record is None:
                break
            if record.attempts > 1 and self.in_hand:
                if not self._goes_first(record):
                    self._shop.ledger.give_back(record.id, self._shop.owner)
                    self._alone = True  # what is ahead of it first
                    break
                self.give_back()
            self._alone = record.attempts > 1
            (answer,) = self._shop.reader.parse_ahead([_loader(self._shop, record)])
            self.in_hand.append(_InHand(record, answer))
        return bool(self.in_hand)

    def _goes_first(self, record: MessageRecord) -> bool:
        """Whether it ranks before all in hand: another process had it, and died."""
        return _rank(record) < min(each.rank for each in self.in_hand)

    def choose(self) -> _InHand | None:
        """What to settle now; None while other processes have to settle first.

        A letter tells what came before, so one reporter's messages are settled by rank,
        whoever has them in hand, and one that nobody can place holds up all after it. Each
        process tells whose its own are as soon as they are read. The first by rank of all
        processes waits for nobody, so they cannot wait for each other.
        """
        self.in_hand.sort(key=lambda each: each.rank)
        shop = self._shop
        last = self.in_hand[-1].rank
        others = [
            ((other.received_at, other.message), other)
            for other in shop.ledger.not_ours(shop.owner, last[0], self._clock())
        ]
        others = [(rank, other) for rank, other in others if rank < last]
        if not others:
            return self.in_hand[0]
        if not self._alone and not all(other.held for _, other in others):
            self._passed_over = True  # its worker died, or it came late: ours to take
            return None
        for each in self.in_hand:
            self._tell_reporter(each)
        claims = [(rank, other.reporter) for rank, other in others if other.held]
        claims += [(each.rank, each.reporter) for each in self.in_hand]
        for each in self.in_hand:
            before = {reporter for rank, reporter in claims if rank < each.rank}
            if not before or (each.reporter and before.isdisjoint({None, each.reporter})):
                return each
        return None

    def _tell_reporter(self, each: _InHand) -> None:
        """Once it is read; what cannot be read or placed keeps its turn among all."""
        if each.looked_at or not each.answer.ready():
            return
        each.looked_at = True
        shop = self._shop
        with suppress(PermanentError):  # told again, and dealt with, when it is settled
            each.reporter = province_of(shop.bench, shop.ledger, each.record, each.answer())
        if each.reporter:
            shop.ledger.tell_reporter(each.record.id, shop.owner, each.reporter)

    def _has_room(self) -> bool:
        return not self._alone and len(self.in_hand) < self._shop.reader.width

    def _claim(self) -> MessageRecord | None:
        """The next message that may be tried; None when nothing waits."""
        while True:
            record = self._shop.ledger.claim(self._shop.owner, self._clock(), LEASE_SECONDS)
            if record is None or record.attempts <= STRIKES:
                return record
            # Each earlier attempt ended with the whole program: never a fourth time.
            _set_aside(
                self._shop,
                record,
                "worker-died",
                "three attempts did not end",
                self._clock(),
            )

    def give_back(self) -> None:
        """Unclaim what is not settled; the attempt does not count."""
        while self.in_hand:
            each = self.in_hand.pop(0)
            self._shop.ledger.give_back(each.record.id, self._shop.owner)


def _rank(record: MessageRecord) -> tuple[datetime, int]:
    arrival = record.arrival
    return arrival.received_at or arrival.first_seen_at, record.id


def _loader(
    shop: Workshop, record: MessageRecord, said: Aliases = NO_ALIASES
) -> Callable[[], RawMessage]:
    def load() -> RawMessage:
        digest = record.arrival.digest
        data = shop.archive.load(digest)
        return RawMessage(digest, data, record.arrival.spam_folder, said)

    return load


def _settle(shop: Workshop, record: MessageRecord, answer: Answer, clock: Clock) -> None:
    """One message to its end: filed, or set aside with its reason.

    What was taken from us meanwhile is left alone: our judgement may be of yesterday.
    """
    try:
        parsed = _in_its_own_words(shop, record, answer())
        now = clock()
        judgement = judge(shop.bench, shop.ledger, record, parsed, now)
        # when it is judged again, rules and registry may be others
        kept = replace(parsed, checked=None)
        outcome = (kept, judgement.decision, judgement.letters)
        shop.ledger.file(record.id, *outcome, now, shop.owner)
    except TransientError:
        raise
    except OvertakenError as fault:
        log.warning("%s", fault)
    except LimitError as fault:
        _set_aside(shop, record, "limits", str(fault), clock())
    except WorkerDiedError as fault:
        _set_aside(shop, record, "worker-died", str(fault), clock())
    except PermanentError as fault:  # WorkerBugError is one
        _set_aside(shop, record, "bug", str(fault), clock())
    except Exception as fault:  # two of two: a bug holds its message, the loop goes on
        log.exception("message %d: a bug in our own code", record.id)
        _set_aside(shop, record, "bug", type(fault).__name__, clock())
    else:
        decision = judgement.decision
        log.info(
            "message %d: %s%s, province %s, %d forms, verdict %s, letter %s%s",
            record.id,
            decision.state,
            f" ({decision.reason})" if decision.reason else "",
            decision.identity.province or "-",
            len(decision.forms),
            decision.verdict,
            decision.reply.template,
            f" suppressed {decision.reply.suppressed}" if decision.reply.suppressed else "",
        )


def _in_its_own_words(shop: Workshop, record: MessageRecord, parsed: Parsed) -> Parsed:
    """What was read, or what is read with the aliases of the province that sent it.

    Only the reading tells whose message it is, so those few are read twice.
    """
    if not parsed.appendices:
        return parsed
    province = province_of(shop.bench, shop.ledger, record, parsed)
    if province is None:
        return parsed
    said = shop.ledger.aliases(province).of_forms(a.form for a in parsed.appendices)
    if not said.entries:
        return parsed
    (again,) = shop.reader.parse_ahead([_loader(shop, record, said)])
    return again()


def _set_aside(
    shop: Workshop, record: MessageRecord, reason: str, detail: str, now: datetime
) -> None:
    log.warning("message %d: quarantined (%s): %s", record.id, reason, detail)
    try:
        shop.ledger.set_aside(record.id, reason, detail, now, shop.owner)
    except OvertakenError as fault:
        log.warning("%s", fault)
