"""Process: every message received becomes rows, findings, a verdict and a letter.

    ledger.claim | reader.parse_ahead | judge | ledger.file

`judge` is the table of contents of a decision; what happens before it (decode, unpack,
recognise, read, triage) happens in the parsing worker, in the order that
adapters/worker/message_parser.py gives.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
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
from pipeline.ports import Archive, Ledger, MessageRecord, RawMessage, Reader

log = logging.getLogger("khtc.process")

STRIKES = 3
LEASE_SECONDS = 600
Clock = Callable[[], datetime]
Answer = Callable[[], Parsed]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What processing works with; `owner` names this process on its claims."""

    ledger: Ledger
    archive: Archive
    reader: Reader
    bench: Bench
    owner: str
    pause: Callable[[], object] = lambda: sleep(0.1)
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
            if ahead.must_wait():
                shop.pause()
                continue
            _settle(shop, *ahead.waiting[0], clock)
            ahead.waiting.popleft()
            settled += 1
            progress(settled)
    except TransientError:
        ahead.give_back()
        raise
    ahead.give_back()
    return settled


class _Ahead:
    """The messages claimed and given to the workers, in the order of their claims.

    Claiming goes on while one is settled, so that no worker waits for the slowest. A
    message that was tried before comes alone: what kills the whole program must not use
    up the attempts of its neighbours.
    """

    def __init__(self, shop: Workshop, clock: Clock) -> None:
        self.waiting: deque[tuple[MessageRecord, Answer]] = deque()
        self._shop = shop
        self._clock = clock
        self._alone = False

    def fill(self) -> bool:
        """Claim as many as the workers can use; whether there is anything to settle."""
        while not self.waiting or self._has_room():
            record = self._claim()
            if record is None:
                break
            if record.attempts > 1 and self.waiting:
                self._shop.ledger.give_back(record.id, self._shop.owner)
                self._alone = True  # what is ahead of it first
                break
            self._alone = record.attempts > 1
            (answer,) = self._shop.reader.parse_ahead([_loader(self._shop, record)])
            self.waiting.append((record, answer))
        return bool(self.waiting)

    def must_wait(self) -> bool:
        """Whether another process has an earlier message: a letter tells what came before.

        Ours are settled by rank too, so that no two processes wait for each other.
        """
        ranked = sorted(self.waiting, key=lambda pair: _rank(pair[0]))
        self.waiting = deque(ranked)
        head, shop = self.waiting[0][0], self._shop
        return shop.ledger.must_wait(head.id, shop.owner, self._clock())

    def _has_room(self) -> bool:
        return not self._alone and len(self.waiting) < self._shop.reader.width

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
        while self.waiting:
            record, _ = self.waiting.popleft()
            self._shop.ledger.give_back(record.id, self._shop.owner)


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
        outcome = (parsed, judgement.decision, judgement.letters)
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
