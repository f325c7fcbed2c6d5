"""A daemon leaves the lines to its servers as soon as it has no use for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.assembly import PAUSE_FILE
from pipeline.daemon import Station, run_cycle, run_forever
from pipeline.daemon.leadership import LEADER_FILE
from pipeline.domain.errors import TransientError, UnreachableError
from tests.builders.mails import SENDER, SENT, letter
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take
from tests.builders.workshop import Faulty, InProcessReader
from tests.fakes.at_once import AtOnce
from tests.fakes.memory_mailbox import MemoryFolder, MemoryMailbox
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

MAILS = 3


@dataclass
class SlowClock(SetClock):
    """Each message takes long enough that letters leave after it."""

    def __call__(self):
        self.now += timedelta(seconds=5)
        return self.now


class Line(MemoryPostbox):
    """A way out that knows whether its line is open."""

    open = False

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        self.open = True
        super().send(recipient, data, at_dot)

    def close(self) -> None:
        self.open = False


@dataclass
class Inbox(MemoryMailbox):
    """A mailbox that notes what was asked of it."""

    asked: list[str] = field(default_factory=list)

    def folders(self) -> Sequence[str]:
        self.asked.append("folders")
        return super().folders()

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        self.asked.append("sizes")
        return super().sizes(uids)

    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def inbox() -> Inbox:
    """Whose mails the ledger has, and whose sizes are due."""
    known = {uid: b"\n" * uid for uid in range(1, MAILS + 1)}
    return Inbox({"INBOX": MemoryFolder(messages=known)})


@pytest.fixture
def station(tmp_path: Path, inbox: Inbox) -> Iterator[Station]:
    """A daemon that leads, with a few questions in its ledger."""
    clock = SlowClock(SENT + timedelta(hours=1))
    opened = daemon_of(daemon_settings(tmp_path), clock)
    opened.shop.reader.close()
    shop = replace(opened.shop, reader=InProcessReader())
    doors = {"postbox": Line(MemoryServer()), "mailbox": inbox}
    station = replace(opened, shop=shop, beside=AtOnce, **doors)
    for uid in range(1, MAILS + 1):
        raw = letter((), sender=SENDER, text=f"Xin hỏi hạn gửi báo cáo {uid}?")
        take(station, raw, uid, SENT + timedelta(minutes=uid))
    yield station
    station.close()


def loses_the_lead(station: Station, to_lose: Callable[[], bool]) -> None:
    """Another daemon leads as soon as it is so, from the same data folder."""
    ledger = Faulty(station.ledger, leads=lambda: not to_lose())
    station.leadership.ledger = ledger
    (station.plan.settings.data_dir / LEADER_FILE).write_text("another")


def test_the_line_is_kept_for_the_next_slice_and_left_at_the_end(station: Station) -> None:
    found: list[bool] = []
    run_cycle(station, lambda done: found.append(station.postbox.open))
    assert found == [False, True, True]
    assert not station.postbox.open


def test_processing_that_breaks_off_keeps_no_line_open(station: Station) -> None:
    filed: list[int] = []

    def file(message: int, *rest: Any) -> None:
        if filed:
            raise TransientError("the disk is full")
        filed.append(message)
        station.ledger.file(message, *rest)

    shop = replace(station.shop, ledger=Faulty(station.ledger, file=file))
    with pytest.raises(TransientError):
        run_cycle(replace(station, shop=shop))
    assert filed
    assert not station.postbox.open


def test_who_leads_no_more_keeps_no_line_open_while_it_reads_on(station: Station) -> None:
    found: list[bool] = []
    loses_the_lead(station, lambda: len(found) >= 2)
    run_cycle(station, lambda done: found.append(station.postbox.open))
    assert found == [False, True, False]


def test_while_paused_no_line_is_kept(station: Station) -> None:
    pause = station.plan.settings.data_dir / PAUSE_FILE
    found: list[bool] = []

    def progress(done: int) -> None:
        found.append(station.postbox.open)
        if done == 2:
            pause.touch()

    run_cycle(station, progress)
    assert found == [False, True, False]


def test_who_lost_the_lead_within_a_cycle_leaves_the_mailbox(
    station: Station, inbox: Inbox
) -> None:
    settled: list[int] = []
    loses_the_lead(station, lambda: bool(settled))
    run_cycle(station, settled.append)
    assert inbox.asked == ["folders"], "who does not lead compares no sizes"
    run_cycle(station)
    assert inbox.asked == ["folders", "close"]


def test_who_is_told_to_stop_asks_the_mailbox_nothing_more(
    station: Station, inbox: Inbox
) -> None:
    run_cycle(station, lambda done: station.stop.set())
    assert inbox.asked == ["folders"]


@pytest.mark.fault("F-S5-1")
def test_a_mailbox_that_hangs_up_on_who_waits_is_not_asked_again_at_once(
    station: Station, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs_up(seconds: float) -> bool:
        raise UnreachableError("hung up")

    rests: list[float] = []

    def rest(seconds: float) -> bool:
        rests.append(seconds)
        station.stop.set()
        return True

    looks: list[int] = []

    def tell() -> None:
        looks.append(len(looks))
        if len(looks) == 5:
            station.stop.set()

    monkeypatch.setattr(station.stop, "wait", rest)
    run_forever(replace(station, mailbox=Faulty(inbox, wait=hangs_up)), tell)
    assert rests
    assert len(looks) == 1
