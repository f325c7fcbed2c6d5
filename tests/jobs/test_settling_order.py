"""Two processes on one ledger: whose messages wait for whose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from pipeline.domain.errors import PermanentError
from pipeline.domain.senders.province import Sender
from pipeline.domain.verdict import Parsed
from pipeline.jobs.process import LEASE_SECONDS, process
from pipeline.ports import RawMessage
from tests.builders.mails import SENDER, letter, workbooks
from tests.builders.workshop import Faulty, InProcessReader, Reading, World, open_world

NEIGHBOUR = "khtc@caobang.gov.vn"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = open_world(tmp_path, (Sender(SENDER, "02"), Sender(NEIGHBOUR, "04")))
    yield made
    made.ledger.close()


def settle(world: World, pause: Callable[[], object]) -> list[int]:
    """What a process settles, one after the other, with a pause of ours."""
    order: list[int] = []
    shop = replace(world.shop, pause=pause)
    process(shop, lambda: world.now, progress=lambda _: order.extend(newly(world, order)))
    return order


def newly(world: World, known: list[int]) -> list[int]:
    rows = world.ledger.messages({})
    return sorted({r["id"] for r in rows if r["state"] != "received"} - set(known))


def no_pause() -> None:
    raise AssertionError("nothing of ours had to wait")


def elsewhere(world: World, raw: bytes, reporter: str | None, minutes: int = 0) -> int:
    """A message that another process has in hand; it has told whose it is, if it knows."""
    number = world.arrive(raw, minutes=minutes)
    claimed = world.ledger.claim("other", world.now, LEASE_SECONDS)
    assert claimed is not None
    assert claimed.id == number, "the oldest"
    if reporter:
        world.ledger.tell_reporters("other", {number: reporter})
    return number


def from_hagiang(form: str) -> bytes:
    return letter(workbooks([form]))


def from_caobang(form: str) -> bytes:
    about = "Sở LĐTBXH tỉnh Cao Bằng"
    given = workbooks([form], province="04")
    return letter(given, sender=NEIGHBOUR, sender_name=about, subject=about, text=about)


def test_a_message_does_not_wait_for_an_earlier_one_of_another_province(
    world: World,
) -> None:
    elsewhere(world, from_caobang("PL01"), "04")
    ours = world.arrive(from_hagiang("PL01"), minutes=1)
    assert settle(world, pause=no_pause) == [ours]


@pytest.mark.parametrize("reporter", ["02", None], ids=["its-own", "not-known-yet"])
def test_a_message_waits_for_an_earlier_one_that_may_be_of_its_province(
    world: World, reporter: str | None
) -> None:
    theirs = elsewhere(world, from_hagiang("PL01"), reporter)
    ours = world.arrive(from_hagiang("PL02"), minutes=1)
    order = settle(world, pause=lambda: world.ledger.free("other"))
    assert order == [theirs, ours], "freed, the earlier one was ours too, and came first"


def test_one_of_ours_that_waits_holds_up_its_own_province_only(world: World) -> None:
    theirs = elsewhere(world, from_hagiang("PL01"), "02")
    late = world.arrive(from_hagiang("PL02"), minutes=1)
    later = world.arrive(from_hagiang("PL03"), minutes=2)
    free = world.arrive(from_caobang("PL01"), minutes=3)
    world.reader.width = 3
    order = settle(world, pause=lambda: world.ledger.free("other"))
    assert order == [free, theirs, late, later]


def test_what_nobody_can_place_keeps_its_turn(world: World) -> None:
    elsewhere(world, from_hagiang("PL01"), "02")
    unplaced = {"sender_name": "", "subject": "Báo cáo", "text": "Gửi Vụ."}
    world.arrive(letter(sender="nobody@example.test", **unplaced), minutes=1)
    after = world.arrive(from_caobang("PL01"), minutes=2)
    paused: list[int] = []

    def pause() -> None:
        paused.extend(newly(world, paused))
        world.ledger.free("other")

    assert settle(world, pause)[-1] == after
    assert paused == [], "nothing was settled before the pause"


def test_others_are_told_whose_our_messages_are_as_soon_as_they_are_read(
    world: World,
) -> None:
    elsewhere(world, from_hagiang("PL01"), "02")
    ours = world.arrive(from_hagiang("PL02"), minutes=1)
    seen: list[tuple[int, str | None]] = []

    def pause() -> None:
        claims = world.ledger.not_ours("other", world.now, world.now)
        seen.extend((claim.message, claim.reporter) for claim in claims)
        world.ledger.free("other")

    settle(world, pause)
    assert seen == [(ours, "02")]


@dataclass(frozen=True)
class Slow(Reading):
    """It is read when something else has come to pass."""

    done: Callable[[], object]

    def ready(self) -> bool:
        return bool(self.done())


@dataclass
class OneByOne(InProcessReader):
    """It reads the first at once, the next while that one is settled."""

    given: int = 0
    asked: list[bool] = field(default_factory=list)
    """For an answer: once to tell whose it is, then to settle it."""

    def parse_ahead(self, messages: Sequence[Callable[[], RawMessage]]) -> Sequence[Slow]:
        (reading,) = super().parse_ahead(messages)
        self.given += 1
        first = self.given == 1

        def read() -> Parsed:
            self.asked.append(True)
            return reading()

        return [Slow(read, lambda: first or len(self.asked) > 1)]


def test_others_are_told_of_what_was_read_meanwhile_before_our_letters_leave(
    world: World,
) -> None:
    elsewhere(world, from_caobang("PL01"), "04")
    world.arrive(from_hagiang("PL01"), minutes=1)
    second = world.arrive(from_hagiang("PL02"), minutes=2)
    seen: list[tuple[int, str | None]] = []

    def progress(settled: int) -> None:
        claims = world.ledger.not_ours("other", world.now, world.now)
        seen.extend((claim.message, claim.reporter) for claim in claims)
        world.ledger.free("other")

    shop = replace(world.shop, reader=OneByOne(), pause=no_pause)
    process(shop, lambda: world.now, progress=progress)
    assert seen[0] == (second, "02")


def test_what_cannot_be_placed_for_others_ends_no_round(world: World) -> None:
    """Each is dealt with in its turn; else one such mail would hold up all for ever."""
    elsewhere(world, from_caobang("PL01"), "04")
    numbers = [world.arrive(from_hagiang(f"PL0{n}"), minutes=n) for n in (1, 2)]
    placing, asked = world.ledger.placing, []

    def only_one(messages: Sequence[int]) -> object:
        asked.append(len(messages))
        if len(asked) == 1:
            raise PermanentError("it cannot be placed")
        return placing(messages)

    shop = replace(
        world.shop,
        ledger=Faulty(world.ledger, placing=only_one),
        pause=lambda: world.ledger.free("other"),
    )
    process(shop, lambda: world.now)
    assert asked[0] > 0
    states = {row["id"]: row["state"] for row in world.ledger.messages({})}
    assert all(states[number] == "filed" for number in numbers)


@dataclass(frozen=True)
class ReadLater(Slow):
    """It says so when it is read."""

    acts: list[Callable[[], object]]

    def when_read(self, act: Callable[[], object]) -> None:
        self.acts.append(act)


@dataclass
class ThreadedReader(InProcessReader):
    """It reads the first at once, the next when it is told to."""

    given: int = 0
    over: list[bool] = field(default_factory=list)
    acts: list[Callable[[], object]] = field(default_factory=list)

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[ReadLater]:
        (reading,) = super().parse_ahead(messages)
        self.given += 1
        first = self.given == 1
        return [ReadLater(reading.read, lambda: first or bool(self.over), self.acts)]

    def reads(self) -> None:
        """A thread of its own comes to the end, while the program is at something else."""
        self.over.append(True)
        for act in self.acts:
            thread = Thread(target=act)
            thread.start()
            thread.join()


@pytest.mark.parametrize("others", [True, False], ids=["others-wait", "we-are-alone"])
def test_others_are_told_of_what_is_read_while_our_letters_leave(
    world: World, others: bool
) -> None:
    """Letters take their time: whoever has a later mail in hand does not wait so long."""
    if others:
        elsewhere(world, from_caobang("PL01"), "04")
    world.arrive(from_hagiang("PL01"), minutes=1)
    second = world.arrive(from_hagiang("PL02"), minutes=2)
    reader = ThreadedReader()
    seen: list[str | None] = []

    def look() -> None:
        claims = world.ledger.not_ours("other", world.now, world.now)
        seen.extend(claim.reporter for claim in claims if claim.message == second)

    def progress(settled: int) -> None:
        if settled == 1:
            look()
            reader.reads()
            look()

    shop = replace(world.shop, reader=reader, pause=no_pause)
    process(shop, lambda: world.now, progress=progress)
    assert seen == [None, "02" if others else None]


def settles(world: World, message: int) -> None:
    """The other process comes to the end of one."""
    world.ledger.ignore_duplicate(message, "same-bytes", world.now)


def test_however_many_come_late_no_more_are_in_hand_than_there_is_room_for(
    world: World,
) -> None:
    """A folder of older mail is collected while a newer one is being settled."""
    theirs = elsewhere(world, from_hagiang("PL01"), "02", minutes=-60)
    newer = [world.arrive(from_hagiang(form), minutes=9) for form in ("PL02", "PL03")]
    late: list[int] = []
    held: list[int] = []

    def pause() -> None:
        if not late:
            forms = ("PL01", "PL02", "PL03", "PL04")
            late.extend(
                world.arrive(from_caobang(f), minutes=n) for n, f in enumerate(forms)
            )
            settles(world, theirs)

    def progress(_: int) -> None:
        order.extend(newly(world, [theirs, *order]))
        claims = world.ledger.not_ours("nobody", world.now, world.now)
        held.append(sum(claim.held for claim in claims))

    order: list[int] = []
    shop = replace(world.shop, pause=pause)
    process(shop, lambda: world.now, progress=progress)
    assert order == [*late, *newer]
    assert max(held) < world.reader.width, "one was just settled"


def test_new_ones_are_taken_in_hand_when_half_are_settled(world: World) -> None:
    """Each claim waits for the disk: several wait together."""
    world.reader.width = 4
    numbers = [world.arrive(from_hagiang(f"PL0{n}"), minutes=n) for n in range(1, 9)]
    held: list[int] = []

    def progress(_: int) -> None:
        claims = world.ledger.not_ours("nobody", world.now, world.now)
        held.append(sum(claim.held for claim in claims))
        order.extend(newly(world, order))

    order: list[int] = []
    process(replace(world.shop, pause=no_pause), lambda: world.now, progress=progress)
    assert order == numbers
    assert held == [3, 2, 3, 2, 3, 2, 1, 0]


def test_one_that_was_tried_before_has_its_turn_between_two_in_hand(world: World) -> None:
    theirs = elsewhere(world, from_hagiang("PL04"), "02", minutes=-60)
    first = world.arrive(from_hagiang("PL01"))
    tried = world.arrive(from_hagiang("PL02"), minutes=1)
    last = world.arrive(from_hagiang("PL03"), minutes=2)
    for owner in ("first", "killed"):
        world.ledger.claim(owner, world.now, LEASE_SECONDS)
    world.ledger.give_back(first, "first")

    def pause() -> None:
        if world.ledger.free("killed"):
            settles(world, theirs)

    order = settle(world, pause)
    assert order == [theirs, first, tried, last]


class LateReader(InProcessReader):
    """Something happens when the nth message is given to the workers."""

    def __init__(self, nth: int, happens: Callable[[], object]) -> None:
        super().__init__()
        self.given = 0
        self._nth = nth
        self._happens = happens

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[Reading]:
        self.given += 1
        if self.given == self._nth:
            self._happens()
        return super().parse_ahead(messages)


def test_an_older_one_goes_before_one_that_was_tried_before(world: World) -> None:
    tried = world.arrive(from_hagiang("PL02"), minutes=1)
    world.ledger.claim("killed", world.now, LEASE_SECONDS)
    world.ledger.free("killed")
    older: list[int] = []
    reader = LateReader(1, lambda: older.append(world.arrive(from_hagiang("PL01"))))

    order: list[int] = []
    process(
        replace(world.shop, reader=reader, pause=lambda: None),
        lambda: world.now,
        progress=lambda _: order.extend(newly(world, order)),
    )
    assert order == [*older, tried]


def test_claims_that_ran_out_in_our_own_hands_are_ours_still(world: World) -> None:
    """The machine slept, and nobody took what we had: it is not read again."""
    first = world.arrive(from_hagiang("PL01"))
    second = world.arrive(from_hagiang("PL02"), minutes=1)
    moments = [world.now, world.now + timedelta(seconds=2 * LEASE_SECONDS)]
    reader = LateReader(2, lambda: moments.pop(0))
    order: list[int] = []
    process(
        replace(world.shop, reader=reader, pause=lambda: None),
        lambda: moments[0],
        progress=lambda _: order.extend(newly(world, order)),
    )
    assert (order, reader.given) == ([first, second], 2)
