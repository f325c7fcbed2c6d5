"""Letters leave between the messages of a long cycle, not only after the last one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.assembly import PAUSE_FILE, read_plan
from pipeline.daemon import Station, open_station, run_cycle
from pipeline.daemon.timetable import wait_for_work
from pipeline.domain.errors import UnreachableError
from pipeline.domain.mail.message import Arrival, Location
from pipeline.settings import load_settings
from tests.builders.mails import OURS, SENDER, SENT, letter
from tests.builders.workshop import Faulty, InProcessReader
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

NEIGHBOUR, THIRD = "khtc@caobang.gov.vn", "khtc@backan.gov.vn"


class Clock:
    """Each look at it takes so many seconds."""

    def __init__(self) -> None:
        self.now, self.tick = SENT + timedelta(hours=1), timedelta(seconds=5)

    def __call__(self):
        self.now += self.tick
        return self.now


class WatchedServer(MemoryServer):
    """Notes how many messages waited when each letter left."""

    waiting: Callable[[], int]

    def accept(self, recipient: str, data: bytes) -> None:
        super().accept(recipient, data)
        self.seen = [*getattr(self, "seen", []), (recipient, self.waiting())]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> WatchedServer:
    return WatchedServer()


@pytest.fixture
def station(tmp_path: Path, clock: Clock, server: WatchedServer) -> Station:
    """A daemon with three provinces' questions in its ledger."""
    (tmp_path / "mails").mkdir()
    (tmp_path / "senders.csv").write_text(
        f"address,province_code,name,phone\n{SENDER},02,,\n{NEIGHBOUR},04,,\n{THIRD},06,,\n"
    )
    file = tmp_path / "daemon.yaml"
    file.write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
        "smtp: {username: null, port: 1, security: none}\nworkers: 1\n"
    )
    opened = open_station(read_plan(load_settings(file, {})), clock)
    opened.shop.reader.close()
    shop = replace(opened.shop, reader=InProcessReader())
    station = replace(opened, shop=shop, postbox=MemoryPostbox(server))
    server.waiting = lambda: sum(
        row["state"] == "received" for row in station.ledger.messages({})
    )
    for uid, sender in enumerate((SENDER, NEIGHBOUR, THIRD), 1):
        at = SENT + timedelta(minutes=uid)
        raw = letter((), sender=sender, text="Xin hỏi hạn gửi báo cáo?")
        stored = shop.archive.store(raw)
        station.ledger.arrive(Arrival(stored, Location("INBOX", 1, uid), uid, at, at))
    yield station
    station.close()


def test_a_letter_leaves_while_others_are_still_to_be_read(
    station: Station, server: WatchedServer
) -> None:
    report = run_cycle(station)
    assert (report.processed, report.sent, report.waiting) == (3, 3, 0)
    assert server.seen == [(SENDER, 2), (NEIGHBOUR, 1), (THIRD, 0)]


def test_a_short_cycle_delivers_once(
    station: Station, clock: Clock, server: WatchedServer
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


def test_a_leader_looks_again_soon_for_letters_of_what_others_still_had_in_hand(
    station: Station,
) -> None:
    """They are filed after it delivered, and nobody announces them."""
    waits: list[float] = []
    station = replace(station, mailbox=Faulty(station.mailbox, wait=waits.append))

    def others_take_one(done: int) -> None:
        if done == 3:
            at = SENT + timedelta(minutes=9)
            stored = station.shop.archive.store(letter((), text="Xin hỏi thêm?"))
            station.ledger.arrive(Arrival(stored, Location("INBOX", 1, 9), 9, at, at))
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
