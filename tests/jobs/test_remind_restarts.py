"""Reminders through a round of bad luck: kills, nights, pauses, forms that come.

Nothing is lost, nothing leaves twice, and what leaves is true at that moment.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from random import Random

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.public_holidays import VIETNAM
from pipeline.domain.reminders import Gap, ReminderHours, ReminderOutcome
from pipeline.domain.senders.province import Sender
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.deliver import DeliverLimits, deliver
from pipeline.jobs.remind import ReminderDesk, remind
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENDER, SENT, letter, narrative, workbooks
from tests.builders.workshop import Faulty, World, open_world

HOURS = ReminderHours(time(8), HANOI, VIETNAM)
SECOND = "khtc.hagiang@example.vn"
OTHERS = ("caobang@example.vn", "hanoi@example.vn")
PARTS = (
    *(letter(workbooks((f"PL0{number}",))) for number in (4, 5, 2, 1, 3, 8)),
    letter((*workbooks(("PL06", "PL07", "PL09")), narrative())),
)


class KilledError(Exception):
    """The daemon, killed."""


@dataclass
class Weather:
    """A clock with bad luck: kills around calls, pauses, and mail that comes."""

    world: World
    random: Random
    now: datetime = datetime(2013, 7, 1, 8, tzinfo=HANOI)
    paused: bool = False
    mails: list[bytes] = field(default_factory=lambda: list(PARTS))
    left: list[tuple[str, bytes, datetime, Gap]] = field(default_factory=list)

    def mortal(self, *names: str) -> Faulty:
        """The ledger, with some calls that kill their caller now and then."""
        calls = {name: self._dying(getattr(self.world.ledger, name)) for name in names}
        return Faulty(self.world.ledger, **calls)

    def _dying(self, call: Callable[..., object]) -> Callable[..., object]:
        def die_or(*words: object, **options: object) -> object:
            if self.random.random() < 0.15:
                raise KilledError
            done = call(*words, **options)
            if self.random.random() < 0.15:
                raise KilledError
            return done

        return die_or

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        """ports.Postbox: what leaves, when, and what the province owes then."""
        at_dot()
        province = {OTHERS[0]: "04", OTHERS[1]: "01"}.get(recipient, "02")
        gap = self.world.ledger.gaps(shipped_round().id)[province]
        self.left.append((recipient, data, self.now, gap))

    def close(self) -> None:
        """ports.Postbox."""

    def hour(self, journal: FileSendJournal) -> None:
        """What happens in one hour of a daemon's life."""
        if self.random.random() < 0.12 and self.mails:
            minutes = (self.now - SENT) / timedelta(minutes=1)
            self.world.take(self.mails.pop(0), minutes)
        ledger = self.mortal("note_reminder", "close_reminders", "withdraw_stale_reminders")
        if self.random.random() < 0.25 and VIETNAM.is_open(self.now):
            remind(ReminderDesk(self.world.bench, ledger, HOURS), self.now)
        out = self.mortal("claim_letters")
        limits = DeliverLimits(paused=lambda: self.paused, is_open=VIETNAM.is_open)
        deliver(out, journal, self, lambda: self.now, limits)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_leaves_twice_or_untrue(tmp_path: Path, seed: int) -> None:
    senders = (Sender(SENDER, "02"), Sender(SECOND, "02"))
    others = (Sender(OTHERS[0], "04"), Sender(OTHERS[1], "01"))
    world = open_world(tmp_path, senders + others, ("02", "04", "01"))
    random = Random(seed)
    weather, journal = Weather(world, random), FileSendJournal(tmp_path / "journal")
    while weather.now < datetime(2013, 7, 27, tzinfo=HANOI):
        weather.paused = random.random() < (0.8 if weather.paused else 0.3)
        try:
            weather.hour(journal)
        except KilledError:
            weather.now += timedelta(minutes=1)
            continue
        weather.now += timedelta(hours=random.choice((2, 3, 5, 9, 30)))
    weather.paused = False
    weather.now = datetime(2013, 7, 29, 9, tzinfo=HANOI)
    healthy = DeliverLimits(is_open=VIETNAM.is_open)
    remind(ReminderDesk(world.bench, world.ledger, HOURS), weather.now)
    deliver(world.ledger, journal, weather, lambda: weather.now, healthy)
    _assert_each_once_and_true(weather)
    _assert_none_lost(world, [each.address for each in senders + others])


def _assert_each_once_and_true(weather: Weather) -> None:
    reminders = []
    for to, data, at, gap in weather.left:
        message = message_from_bytes(data, policy=policy.default)
        if message["In-Reply-To"] is None:
            reminders.append((to, message["Message-ID"]))
            assert VIETNAM.is_open(at)
            text = message.get_body(("plain",)).get_content()
            named = set(re.findall(r"PL\d\d", text))
            assert named == {owed.form for owed in gap.forms}
    assert max(Counter(reminders).values()) == 1


def _assert_none_lost(world: World, addresses: list[str]) -> None:
    """The last step reached every address of a province that still owed something."""
    provinces = dict(zip(addresses, ("02", "02", "04", "01"), strict=True))
    gaps = world.ledger.gaps(shipped_round().id)
    last = {
        note.province: note.outcome
        for note in world.ledger.reminders(shipped_round().id)
        if note.step == "d+5"
    }
    sent = Counter(to for template, to, state in world.letters() if state == "sent")
    for address in addresses:
        province = provinces[address]
        if gaps[province].is_open:
            assert last[province] is ReminderOutcome.WRITTEN
            assert sent[address] > 0
    waiting = {state for kind, _, state in world.letters() if kind == "reminder"}
    assert waiting <= {"sent", "suppressed"}
