"""Which messages this process has in hand, and which of them is settled next.

Several processes share the messages of a ledger: what one reporter sent is settled in the
order in which it came, whoever has it in hand.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import sleep

from pipeline.domain.errors import OvertakenError, PermanentError, TransientError
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.verdict import Parsed
from pipeline.jobs.judge import Bench, provinces_of
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


@dataclass(slots=True, eq=False)
class InHand:
    """A message claimed and given to the workers; `reporter` once it is known."""

    record: MessageRecord
    answer: Answer
    reporter: str | None = None
    looked_at: bool = False

    @property
    def rank(self) -> tuple[datetime, int]:
        return _rank(self.record)


class Ahead:
    """The messages claimed and given to the workers, in the order of their claims.

    Claiming goes on while one is settled, so that no worker waits for the slowest. A
    message that was tried before comes alone: what kills the whole program must not use
    up the attempts of its neighbours.
    """

    def __init__(self, shop: Workshop, clock: Clock) -> None:
        self.in_hand: list[InHand] = []
        self._shop = shop
        self._clock = clock
        self._alone = False
        self._passed_over = False
        self._others_wait = False
        self._telling = Lock()

    def fill(self) -> bool:
        """Claim as many as the workers can use; whether there is anything to settle.

        Not one by one as they are settled: each claim waits for the disk.
        """
        while not self.in_hand or self._runs_low() or self._passed_over:
            records = self._claim()
            self._passed_over = False
            if not records or not self._take(records):
                break
        return bool(self.in_hand)

    def _take(self, records: Sequence[MessageRecord]) -> bool:
        """Give what was claimed to the workers; whether there was a place for each."""
        for place, record in enumerate(records):
            if self._renewed(record):
                continue
            if not self._make_way(record):
                for each in records[place:]:
                    self._shop.ledger.give_back(each.id, self._shop.owner)
                return False
            self._alone = record.attempts > 1
            (answer,) = self._shop.reader.parse_ahead([loader(self._shop, record)])
            self.in_hand.append(InHand(record, answer))
            answer.when_read(self._tell_meanwhile)
        return True

    def _renewed(self, record: MessageRecord) -> bool:
        """Whether it is one of ours, whose claim ran out: the machine may have slept."""
        ours = [each for each in self.in_hand if each.record.id == record.id]
        for each in ours:
            each.looked_at = False  # the new claim does not say yet whose it is
        return bool(ours)

    def _make_way(self, record: MessageRecord) -> bool:
        """Whether it is taken in hand; what ranks last is given back for want of room.

        Late ones of an older moment are settled first, however many they are. One that
        was tried before has what ranks ahead of it settled first, and then comes alone.
        """
        if not self.in_hand:
            return True
        ranks = [each.rank for each in self.in_hand]
        if record.attempts > 1 or self._alone:
            goes_first = _rank(record) < min(ranks)
            if goes_first:
                self.give_back()
            self._alone = True
            return goes_first
        if not self._has_room():
            if _rank(record) > max(ranks):
                return False
            self._let_go(max(self.in_hand, key=lambda each: each.rank))
        return True

    def choose(self) -> InHand | None:
        """What to settle now; None while other processes have to settle first.

        A letter tells what came before, so one reporter's messages are settled by rank,
        whoever has them in hand, and one that nobody can place holds up all after it. Each
        process tells whose its own are as soon as they are read. The first by rank of all
        processes waits for nobody, so they cannot wait for each other.
        """
        self.in_hand = sorted(self.in_hand, key=lambda each: each.rank)
        shop = self._shop
        last = self.in_hand[-1].rank
        others = [
            ((other.received_at, other.message), other)
            for other in shop.ledger.not_ours(shop.owner, last[0], self._clock())
        ]
        others = [(rank, other) for rank, other in others if rank < last]
        if not others:
            self._others_wait = False
            return self.in_hand[0]
        free = [rank for rank, other in others if not other.held]
        if free and (not self._alone or min(free) < self.in_hand[0].rank):
            self._passed_over = True  # its worker died, or it came late: ours to take
            return None
        self._others_wait = any(other.held for _, other in others)
        self.tell_waiting()
        claims = [(rank, other.reporter) for rank, other in others if other.held]
        claims += [(rank, None) for rank in free]
        claims += [(each.rank, each.reporter) for each in self.in_hand]
        for each in self.in_hand:
            before = {reporter for rank, reporter in claims if rank < each.rank}
            if not before or (each.reporter and before.isdisjoint({None, each.reporter})):
                return each
        return None

    def tell_waiting(self) -> None:
        """Tell whose our messages are, where others were at work at our last look."""
        if self._others_wait:
            with self._telling:
                self._tell_reporters()

    def _tell_meanwhile(self) -> None:
        """The same from the reader's thread: we may be at our letters for long."""
        with suppress(PermanentError, TransientError):  # told again, by us
            self.tell_waiting()

    def _tell_reporters(self) -> None:
        """All that are read; what cannot be read or placed keeps its turn among all."""
        shop, read = self._shop, self._read_meanwhile()
        if not read:
            return
        try:
            mails = [(each.record, parsed) for each, parsed in read]
            found = provinces_of(shop.bench, shop.ledger, mails)
            numbers = [each.record.id for each, _ in read]
            told = {n: r for n, r in zip(numbers, found, strict=True) if r}
            if told:
                shop.ledger.tell_reporters(shop.owner, told)
        except PermanentError:
            return  # they keep their turn among all; dealt with when they are settled
        except TransientError:
            for each, _ in read:
                each.looked_at = False
            raise
        for each, _ in read:
            each.reporter = told.get(each.record.id)

    def _read_meanwhile(self) -> list[tuple[InHand, Parsed]]:
        """What is read and was not looked at; it is now."""
        read: list[tuple[InHand, Parsed]] = []
        for each in tuple(self.in_hand):
            if not each.looked_at and each.answer.ready():
                each.looked_at = True
                with suppress(PermanentError):  # dealt with when it is settled
                    read.append((each, each.answer()))
        return read

    def _has_room(self) -> bool:
        return not self._alone and len(self.in_hand) < self._shop.reader.width

    def _runs_low(self) -> bool:
        """Whether half of what the workers could have is settled."""
        return not self._alone and len(self.in_hand) * 2 <= self._shop.reader.width

    def _claim(self) -> Sequence[MessageRecord]:
        """The next messages that may be tried; none when nothing waits."""
        room = self._shop.reader.width - len(self.in_hand) if self._has_room() else 1
        while True:
            records = self._shop.ledger.claim_some(
                self._shop.owner, self._clock(), LEASE_SECONDS, room
            )
            if not records or records[0].attempts <= STRIKES:
                return records
            # Each earlier attempt ended with the whole program: never a fourth time.
            set_aside(
                self._shop,
                records[0],
                "worker-died",
                "three attempts did not end",
                self._clock(),
            )

    def give_back(self) -> None:
        """Unclaim what is not settled; the attempt does not count."""
        self._others_wait = False
        while self.in_hand:
            self._let_go(self.in_hand[0])

    def _let_go(self, each: InHand) -> None:
        self.in_hand.remove(each)
        self._shop.ledger.give_back(each.record.id, self._shop.owner)


def _rank(record: MessageRecord) -> tuple[datetime, int]:
    arrival = record.arrival
    return arrival.received_at or arrival.first_seen_at, record.id


def loader(
    shop: Workshop, record: MessageRecord, said: Aliases = NO_ALIASES
) -> Callable[[], RawMessage]:
    def load() -> RawMessage:
        digest = record.arrival.digest
        data = shop.archive.load(digest)
        return RawMessage(digest, data, record.arrival.spam_folder, said)

    return load


def set_aside(
    shop: Workshop, record: MessageRecord, reason: str, detail: str, now: datetime
) -> None:
    log.warning("message %d: quarantined (%s): %s", record.id, reason, detail)
    try:
        shop.ledger.set_aside(record.id, reason, detail, now, shop.owner)
    except OvertakenError as fault:
        log.warning("%s", fault)
