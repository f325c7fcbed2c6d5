"""Letters leave in a thread of their own while messages are processed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock, current_thread
from typing import Any

import pytest

from pipeline.daemon import Station, run_cycle
from pipeline.domain.errors import TransientError
from pipeline.domain.verdict import Parsed
from pipeline.ports import RawMessage
from tests.builders.mails import SENDER, SENT, letter
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take
from tests.builders.workshop import Faulty, InProcessReader, Reading
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

PATIENCE = 30.0
"""Seconds until a test that waits in vain fails."""
MAILS = 3
"""No more: so many letters a stranger to forms has in answer (N18)."""


@dataclass
class SlowServer(MemoryServer):
    """It takes each letter when it may; `most` were on their way at the same time."""

    may: Callable[[], object] = lambda: None
    came: Event = field(default_factory=Event)
    threads: list[str] = field(default_factory=list)
    most: int = 0
    under_way: int = 0
    one: Lock = field(default_factory=Lock)

    def accept(self, recipient: str, data: bytes) -> None:
        with self.one:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        self.came.set()
        self.may()
        super().accept(recipient, data)
        self.threads.append(current_thread().name)
        with self.one:
            self.under_way -= 1


@pytest.fixture
def server() -> SlowServer:
    return SlowServer()


@pytest.fixture
def station(
    tmp_path: Path, server: SlowServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Station]:
    """A daemon with a few questions in its ledger, that delivers after each message."""
    monkeypatch.setattr("pipeline.daemon.delivery.SLICE_MESSAGES", 1)
    opened = daemon_of(daemon_settings(tmp_path), SetClock(SENT + timedelta(hours=1)))
    opened.shop.reader.close()
    shop = replace(opened.shop, reader=InProcessReader())
    station = replace(opened, shop=shop, postbox=MemoryPostbox(server))
    for uid in range(1, MAILS + 1):
        raw = letter((), sender=SENDER, text=f"Xin hỏi hạn gửi báo cáo {uid}?")
        take(station, raw, uid, SENT + timedelta(minutes=uid))
    yield station
    station.close()


@dataclass
class WaitingReader(InProcessReader):
    """The last message is read when it may be."""

    may: Callable[[], object] = lambda: None
    given: int = 0

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[Reading]:
        (reading,) = super().parse_ahead(messages)
        self.given += 1
        last = self.given == MAILS

        def read() -> Parsed:
            if last:
                self.may()
            return reading()

        return [Reading(read)]


def soon(event: Event) -> None:
    """Wait for it, not for ever."""
    assert event.wait(PATIENCE), "it did not come"


def test_a_letter_leaves_while_a_message_is_read(
    station: Station, server: SlowServer
) -> None:
    reader = WaitingReader(may=lambda: soon(server.came))
    read_late = replace(station, shop=replace(station.shop, reader=reader))
    report = run_cycle(read_late)
    assert (report.processed, report.sent) == (MAILS, MAILS)
    assert server.threads[0].startswith("letters")


def test_messages_are_processed_while_a_letter_is_on_its_way(
    station: Station, server: SlowServer
) -> None:
    """A slow mail server keeps nobody's figures waiting."""
    settled = Event()
    server.may = lambda: soon(settled)

    def progress(done: int) -> None:
        if done == MAILS:
            settled.set()

    report = run_cycle(station, progress)
    assert (report.processed, report.sent, report.waiting) == (MAILS, MAILS, 0)
    assert server.most == 1, "letters leave one after the other, in one delivery"


def test_what_ends_a_delivery_ends_the_cycle_and_messages_are_given_back(
    station: Station,
) -> None:
    over = Event()

    def write(*_: Any) -> None:
        over.set()
        raise TransientError("journal: no space left on the disk")

    settled: list[int] = []

    def progress(done: int) -> None:
        settled.append(done)
        if done > 1:
            soon(over)  # the delivery after the first has failed, or is about to

    broken = replace(station, journal=Faulty(station.journal, write=write))
    with pytest.raises(TransientError, match="no space left"):
        run_cycle(broken, progress)
    assert settled, "it is told once a delivery had something to do"
    assert station.ledger.claimants() == frozenset()


def test_where_processing_breaks_off_claimed_letters_leave_and_no_more(
    station: Station, server: SlowServer
) -> None:
    """They are next in the journal already; the rest is for the next cycle."""
    broken_off = Event()
    server.may = lambda: soon(broken_off)
    filed: list[int] = []

    def file(message: int, *rest: Any) -> None:
        if len(filed) == MAILS - 1:
            soon(server.came)
            broken_off.set()
            raise TransientError("the database went away")
        filed.append(message)
        station.ledger.file(message, *rest)

    shop = replace(station.shop, ledger=Faulty(station.ledger, file=file))
    with pytest.raises(TransientError, match="went away"):
        run_cycle(replace(station, shop=shop))
    before = len(server.letters)
    assert 1 <= before <= MAILS - 1
    assert server.under_way == 0, "nothing is left to a thread"
    assert station.ledger.sending_letters() == []
    assert run_cycle(station).sent == MAILS - before
