"""Whatever the order in which several daemons come to their calls, they settle all mails.

Three processes on one ledger, mails that come meanwhile and not in their order, one that
is killed, a clock that jumps over all leases: each mail is filed once, those of a province
by their rank as far as they were there, and nobody waits for ever.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.senders.province import Sender
from pipeline.domain.verdict import Parsed
from pipeline.jobs.process import LEASE_SECONDS, process
from pipeline.ports import RawMessage
from tests.builders.mails import SENDER, figures, letter, workbooks
from tests.builders.workshop import InProcessReader, Reading, World, open_world
from tests.fakes.schedule import Player, Stepped, play
from tests.proof.sweep import folder_of_a_world
from tests.servers.ledgers import TestDatabase

NEIGHBOUR = "khtc@caobang.gov.vn"
OFFICES = {"02": (SENDER, "Hà Giang"), "04": (NEIGHBOUR, "Cao Bằng")}
SENDERS = tuple(Sender(address, code) for code, (address, _) in OFFICES.items())
DAEMONS = ("one", "two", "three")


@dataclass(frozen=True)
class Mail:
    """A mail by its rank in time, and whose it is; None: nobody can tell."""

    minutes: int
    province: str | None
    raw: bytes


def _mail(minutes: int, province: str) -> Mail:
    address, name = OFFICES[province]
    about = f"Sở LĐTBXH tỉnh {name}"
    files = workbooks(["PL01"], figures(province, seed=minutes + 1), province=province)
    texts = {"sender_name": about, "subject": about, "text": about}
    return Mail(minutes, province, letter(files, sender=address, **texts))


@cache
def mails() -> tuple[Mail, ...]:
    """Several returns of two provinces between each other, and one of nobody.

    All of one form: which of two forms that contradict each other counts depends on what
    was there when they were judged.
    """
    sent = ["02", "04", "02", "02", "04", "04", "02"]
    placed = [_mail(minutes, province) for minutes, province in enumerate(sent)]
    texts = {"sender_name": "", "subject": "Báo cáo", "text": "Gửi Vụ."}
    unplaced = letter(sender="nobody@example.test", **texts)
    return (*placed, Mail(20, None, unplaced))


_PARSED: dict[str, Parsed] = {}


def _parsed(message: RawMessage) -> Parsed:
    if message.digest not in _PARSED:
        (reading,) = InProcessReader().parse_ahead([lambda: message])
        _PARSED[message.digest] = reading()
    return _PARSED[message.digest]


@dataclass(frozen=True)
class SomeTime(Reading):
    """An answer that is there when the dice say so, and from then on."""

    dice: Random
    there: list[Callable[[], object]] = field(default_factory=list)

    def ready(self) -> bool:
        if not self.there and self.dice.random() < 0.5:
            self.there.append(self.read)
        return bool(self.there)


class DicedReader(InProcessReader):
    """It reads in any time."""

    def __init__(self, dice: Random, width: int) -> None:
        super().__init__(width=width)
        self._dice = dice

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[Reading]:
        return [
            SomeTime(lambda load=load: _parsed(load()), self._dice) for load in messages
        ]


@dataclass
class Ministry:
    """The world, its daemons, and what was seen of them."""

    world: World
    database: TestDatabase
    dice: Random
    stack: ExitStack
    waiting: list[Mail]
    troubles: int = 2
    players: list[Player] = field(default_factory=list)
    numbers: dict[int, Mail] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    """When a message arrived, and `chose`: when an owner last looked what to settle."""
    chose: dict[str, int] = field(default_factory=dict)
    filed: list[int] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    moment: int = 0

    def employ(self, name: str) -> None:
        """Start a daemon."""
        self.players.append(Player(name, self._serve))

    def between(self) -> None:
        """What happens to daemons from outside: mail comes, one dies, the clock jumps."""
        self.moment += 1
        if self.waiting and self.dice.random() < 0.1:
            mail = self.waiting.pop(self.dice.randrange(len(self.waiting)))
            number = self.world.arrive(mail.raw, mail.minutes)
            self.numbers[number], self.came[number] = mail, self.moment
        elif self.troubles and self.dice.random() < 0.02:
            self.troubles -= 1
            if self.dice.random() < 0.5:
                self.world.now += timedelta(seconds=2 * LEASE_SECONDS)
            else:
                self._kill_one()

    def _kill_one(self) -> None:
        living = [each for each in self.players if not (each.over or each.doomed)]
        if living and self.left():
            dead = self.dice.choice(living)
            dead.doomed = True
            self.employ(f"heir of {dead.name}")

    def left(self) -> bool:
        """Whether there is, or will be, anything to do."""
        return bool(self.waiting) or len(self.filed) < len(self.numbers)

    def _serve(self, player: Player) -> None:
        ledger = self.stack.enter_context(closing(self.database.open("khtc@test")))

        def heard(call: str, values: tuple[Any, ...]) -> None:
            if call == "not_ours":
                self.chose[player.name] = self.moment
            elif call == "file":
                self._note(values[0], self.chose[player.name])
            assert call != "set_aside", f"message {values[0]} was set aside"

        stepped = Stepped(ledger, player, heard)

        def free_claims_of_the_dead() -> None:
            player.wait()
            for other in self.players:
                if other.over:
                    stepped.free(other.name)

        shop = replace(
            self.world.shop,
            ledger=stepped,
            reader=DicedReader(self.dice, self.dice.randint(1, 3)),
            owner=player.name,
            pause=free_claims_of_the_dead,
        )
        while self.left():
            free_claims_of_the_dead()
            process(shop, lambda: self.world.now)
            player.wait()

    def _note(self, number: int, chosen: int) -> None:
        """Filed: what ranks before it of the same province, and was there, is filed."""
        mail = self.numbers[number]
        self.early += [
            f"{mail.minutes} was filed before {other.minutes}"
            for there, other in self.numbers.items()
            if other.minutes < mail.minutes
            and _may_be_one(other.province, mail.province)
            and self.came[there] < chosen
            and there not in self.filed
        ]
        self.filed.append(number)


def _may_be_one(first: str | None, second: str | None) -> bool:
    return first is None or second is None or first == second


@cache
def undisturbed() -> Mapping[str, str]:
    """What counts where one process settles all, each as it comes."""
    with folder_of_a_world() as folder:
        world = open_world(Path(folder), SENDERS)
        with closing(world.ledger):
            for mail in mails():
                world.take(mail.raw, mail.minutes)
            return counting(world)


def counting(world: World) -> Mapping[str, str]:
    """The mail whose version counts, by province."""
    found = world.ledger.figures(world.bench.rounds[0].id, None)
    return {figure.province: figure.digest for figure in found}


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_any_schedule_of_several_daemons_settles_all_in_their_order(seed: int) -> None:
    dice = Random(seed)
    with folder_of_a_world() as folder, ExitStack() as stack:
        world = open_world(Path(folder), SENDERS)
        world.now += timedelta(hours=1)  # all mails were sent by then: no lease ends by it
        stack.enter_context(closing(world.ledger))
        database = TestDatabase("sqlite", f"sqlite:///{folder}/ingest.db")
        ministry = Ministry(world, database, dice, stack, list(mails()))
        for name in DAEMONS:
            ministry.employ(name)
        play(ministry.players, dice, ministry.between)
        assert sorted(ministry.filed) == sorted(ministry.numbers)
        assert ministry.early == []
        assert {row["state"] for row in world.ledger.messages({})} <= {"filed", "ignored"}
        assert counting(world) == undisturbed()
