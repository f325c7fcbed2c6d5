"""Letters leave between the messages of a long cycle, not only after the last one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.assembly import PAUSE_FILE
from pipeline.daemon import Station, run_cycle
from pipeline.daemon.timetable import wait_for_work
from pipeline.domain.errors import UnreachableError
from tests.builders.mails import SENDER, SENT, letter
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take
from tests.builders.workshop import Faulty, InProcessReader
from tests.fakes.at_once import AtOnce
from tests.fakes.memory_mailbox import MemoryFolder, MemoryMailbox
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

NEIGHBOUR, THIRD = "khtc@caobang.gov.vn", "khtc@backan.gov.vn"


@dataclass
class TickingClock(SetClock):
    """Each look at it takes so many seconds."""

    now: datetime = SENT + timedelta(hours=1)
    tick: timedelta = timedelta(seconds=5)

    def __call__(self) -> datetime:
        self.now += self.tick
        return self.now


class WatchedServer(MemoryServer):
    """Notes how many messages waited when each letter left."""

    waiting: Callable[[], int]

    def accept(self, recipient: str, data: bytes) -> None:
        super().accept(recipient, data)
        self.seen = [*getattr(self, "seen", []), (recipient, self.waiting())]


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def server() -> WatchedServer:
    return WatchedServer()


@pytest.fixture
def station(tmp_path: Path, clock: TickingClock, server: WatchedServer) -> Station:
    """A daemon with three provinces' questions in its ledger."""
    known = {SENDER: "02", NEIGHBOUR: "04", THIRD: "06"}
    opened = daemon_of(daemon_settings(tmp_path, known), clock)
    opened.shop.reader.close()
    shop = replace(opened.shop, reader=InProcessReader())
    postbox = MemoryPostbox(server)
    station = replace(opened, shop=shop, postbox=postbox, beside=AtOnce)
    server.waiting = lambda: sum(
        row["state"] == "received" for row in station.ledger.messages({})
    )
    for uid, sender in enumerate((SENDER, NEIGHBOUR, THIRD), 1):
        at = SENT + timedelta(minutes=uid)
        raw = letter((), sender=sender, text="Xin hỏi hạn gửi báo cáo?")
        take(station, raw, uid, at)
    yield station
    station.close()


def test_a_letter_leaves_while_others_are_still_to_be_read(
    station: Station, server: WatchedServer
) -> None:
    report = run_cycle(station)
    assert (report.processed, report.sent, report.waiting) == (3, 3, 0)
    assert server.seen == [(SENDER, 2), (NEIGHBOUR, 1), (THIRD, 0)]


def test_a_short_cycle_delivers_once(
    station: Station, clock: TickingClock, server: WatchedServer
) -> None:
    clock.tick = timedelta()
    assert run_cycle(station).sent == 3
    assert server.seen == [(SENDER, 0), (NEIGHBOUR, 0), (THIRD, 0)]


def test_a_dead_server_keeps_nothing_from_being_processed(
    station: Station, server: WatchedServer
) -> None:
    down = dict.fromkeys((SENDER, NEIGHBOUR, THIRD), UnreachableError("no route"))
    server.refusals.update(down)
    report = run_cycle(station)
    assert (report.processed, report.sent) == (3, 0)
    assert str(report.trouble) == "no route"


def test_a_server_that_came_back_in_the_cycle_is_no_trouble(
    station: Station, server: WatchedServer
) -> None:
    class OnceAway(dict[str, Exception]):
        def __getitem__(self, recipient: str) -> Exception:
            return self.pop(recipient)

    server.refusals = OnceAway({SENDER: UnreachableError("no route")})
    report = run_cycle(station)
    assert report.trouble is None
    assert report.sent + report.waiting == 3


def test_nothing_leaves_once_paused_or_once_the_lead_is_lost(
    station: Station, server: WatchedServer
) -> None:
    pause = station.plan.settings.data_dir / PAUSE_FILE
    server.accept = lambda recipient, data: pause.touch()
    assert run_cycle(station).sent == 1
    pause.unlink()

    leads = iter([True])
    station.leadership.ledger = Faulty(station.ledger, leads=lambda: next(leads, False))
    assert run_cycle(station).sent == 0


def test_letters_leave_before_the_sizes_of_all_mails_are_compared(
    station: Station, clock: TickingClock, server: WatchedServer
) -> None:
    """And what that finds is answered in the same cycle: it may be the only one."""
    clock.tick = timedelta()
    asked: list[tuple[int, int]] = []
    inbox = MemoryFolder(lying={2: 2, 3: 3})
    reused = letter((), sender=SENDER, text="Xin hỏi thêm về hạn gửi?")
    inbox.messages = {1: reused, 2: b"two", 3: b"three"}
    mailbox = MemoryMailbox({"INBOX": inbox})

    def sizes(uids: Sequence[int]) -> Mapping[int, int]:
        asked.append((len(uids), len(server.letters)))
        return mailbox.sizes(uids)

    watched = replace(station, mailbox=Faulty(mailbox, sizes=sizes))
    report = run_cycle(watched)
    assert asked == [(3, 3)]
    assert (report.collected, report.processed, report.sent) == (1, 4, 4)


def test_mails_that_came_meanwhile_are_answered_by_slices_of_their_own(
    station: Station,
    clock: TickingClock,
    server: WatchedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock.tick = timedelta()
    monkeypatch.setattr("pipeline.daemon.delivery.SLICE_MESSAGES", 2)
    known = {1: b"1", 2: b"22", 3: b"333"}
    inbox = MemoryFolder(messages=known)

    def come(done: int) -> None:
        if done == 3 and len(inbox.messages) == 3:
            for sender in (SENDER, NEIGHBOUR, THIRD):
                inbox.put(letter((), sender=sender, text="Xin hỏi thêm về hạn gửi?"))

    watched = replace(station, mailbox=MemoryMailbox({"INBOX": inbox}))
    assert run_cycle(watched, come).sent == 6
    assert [waiting for _, waiting in server.seen] == [1, 1, 0, 1, 1, 0]


def test_a_leader_looks_again_soon_for_letters_of_what_others_still_had_in_hand(
    station: Station,
) -> None:
    """They are filed after it delivered, and nobody announces them."""
    waits: list[float] = []
    station = replace(station, mailbox=Faulty(station.mailbox, wait=waits.append))

    def others_take_one(done: int) -> None:
        if done == 3:
            late = SENT + timedelta(minutes=9)
            take(station, letter((), text="Xin hỏi thêm?"), 9, late)
            assert station.ledger.claim("another", station.clock(), 600)

    run_cycle(station, others_take_one)
    station.stop.set()  # no test waits
    wait_for_work(station)
    assert waits == [], "a second later, not at the next poll"

    station.ledger.free("another")
    station.stop.clear()
    assert run_cycle(station).sent == 1
    wait_for_work(station)
    assert len(waits) == 1


def test_of_many_mails_the_first_are_answered_before_the_rest_is_fetched(
    station: Station,
    clock: TickingClock,
    server: WatchedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All in one cycle, and whatever a missing folder costs."""
    clock.tick = timedelta()
    monkeypatch.setattr("pipeline.daemon.cycle.AT_ONCE", 2)
    texts = [f"Xin hỏi thêm về hạn gửi, lần {number}?" for number in range(5)]
    senders = (NEIGHBOUR, THIRD, NEIGHBOUR, THIRD, SENDER)
    mails = [letter((), sender=s, text=t) for s, t in zip(senders, texts, strict=True)]
    inbox = MemoryFolder(messages=dict(enumerate(mails, 11)))
    mailbox = MemoryMailbox({"INBOX": inbox}, names=("Missing", "INBOX"))
    fetched: list[tuple[int, int]] = []

    def fetch(uids: Sequence[int]) -> object:
        fetched.append((len(uids), len(server.letters)))
        return mailbox.fetch(uids)

    report = run_cycle(replace(station, mailbox=Faulty(mailbox, fetch=fetch)))
    assert fetched == [(2, 0), (2, 5), (1, 7)]
    assert (report.collected, report.processed, report.sent) == (5, 8, 8)
    assert "Missing" in str(report.trouble)
    assert station.collecting.rest == station.collecting.first, (
        "it costs one rest, not three"
    )
