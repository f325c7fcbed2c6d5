"""Deliver: every letter at most once, whatever dies, breaks or is restored."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.domain.errors import (
    PermanentError,
    RefusedLoginError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
)
from pipeline.domain.letters.reply import LetterState, SentRecord
from pipeline.jobs.deliver import DeliverLimits, deliver
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

NOW = datetime(2013, 7, 11, 8, 0, tzinfo=timezone(timedelta(hours=7)))
S = LetterState


class Clock:
    """The time of a test."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def later(self, **by: float) -> None:
        self.time += timedelta(**by)


class Full(FileSendJournal):
    """A journal whose disk has room only for what is begun."""

    def write(self, *records: SentRecord) -> None:
        if any(record.event != "sending" for record in records):
            raise TransientError("sent.jsonl: No space left on device")
        super().write(*records)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


@pytest.fixture
def journal(tmp_path: Path) -> FileSendJournal:
    return FileSendJournal(tmp_path / "sent.jsonl")


def queued(letters: int) -> MemoryLedger:
    ledger = MemoryLedger()
    for number in range(1, letters + 1):
        ledger.queue(f"so{number}@x.test", f"letter {number}".encode())
    return ledger


def states(ledger: MemoryLedger) -> list[LetterState]:
    return [row.state for row in ledger.letters.values()]


def test_sends_every_letter_once(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    ledger = queued(23)
    report = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert report.sent == tuple(range(1, 24))
    assert len(set(server.letters)) == len(server.letters) == 23
    again = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert again.sent == again.requeued == ()
    assert len(server.letters) == 23


@pytest.mark.fault("F-S13-3")
def test_a_refused_recipient_fails_for_good(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.refusals["so1@x.test"] = PermanentError("no such mailbox")
    ledger = queued(2)
    report = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert (report.failed, report.sent, report.trouble) == ((1,), (2,), None)
    assert states(ledger) == [S.FAILED, S.SENT]


@pytest.mark.fault("F-S13-2")
def test_a_busy_recipient_is_tried_ever_more_seldom(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.refusals["so1@x.test"] = TransientError("busy")
    ledger = queued(2)
    pauses = []
    for _ in range(8):
        deliver(ledger, journal, MemoryPostbox(server), clock)
        pauses.append((ledger.letters[1].retry_at - clock.time).total_seconds())
        clock.time = ledger.letters[1].retry_at
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    assert states(ledger) == [S.QUEUED, S.SENT]


def test_enough_is_asked_for_before_each_group(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    said = iter([False, True])
    ledger = queued(3)
    limits = DeliverLimits(group=2, enough=lambda: next(said))
    report = deliver(ledger, journal, MemoryPostbox(server), clock, limits)
    assert (report.sent, report.requeued) == ((1, 2), ())
    assert states(ledger) == [S.SENT, S.SENT, S.QUEUED]


def test_retries_do_not_come_in_step(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    for number in (1, 2, 3):
        server.refusals[f"so{number}@x.test"] = TransientError("busy")
    dice = iter([0.0, 0.5, 1.0])
    ledger = queued(3)
    limits = DeliverLimits(jitter=lambda: next(dice))
    deliver(ledger, journal, MemoryPostbox(server), clock, limits)
    pauses = [(row.retry_at - NOW).total_seconds() for row in ledger.letters.values()]
    assert pauses == [22.5, 30, 37.5]


@pytest.mark.fault("F-S13-2")
def test_after_three_days_a_busy_recipient_has_failed(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.refusals["so1@x.test"] = TransientError("busy")
    ledger = queued(1)
    deliver(ledger, journal, MemoryPostbox(server), clock)
    clock.later(days=2, hours=23)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).requeued == (1,)
    clock.later(hours=1)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).failed == (1,)


@pytest.mark.fault("F-S13-1")
def test_a_server_that_is_away_ends_the_run_and_fails_nothing(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    trouble = RefusedLoginError("no")
    server.refusals["so2@x.test"] = trouble
    ledger = queued(12)
    report = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert report.trouble is trouble
    assert report.sent == (1,)
    assert report.requeued == tuple(range(2, 11))
    assert set(states(ledger)[1:]) == {S.QUEUED}
    clock.later(days=30)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).failed == ()
    server.refusals.clear()
    clock.later(days=1)
    deliver(ledger, journal, MemoryPostbox(server), clock)
    assert set(states(ledger)) == {S.SENT}
    assert len(server.letters) == 12


def test_an_unknown_outcome_is_never_sent_again(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.at_the_dot["so1@x.test"] = UnknownOutcomeError("lost")
    ledger = queued(2)
    report = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert (report.unknown, report.sent) == ((1,), (2,))
    server.at_the_dot.clear()
    clock.later(days=9)
    deliver(ledger, journal, MemoryPostbox(server), clock)
    assert states(ledger) == [S.UNKNOWN, S.SENT]
    assert len(server.letters) == 1


def test_a_refusal_after_the_dot_may_be_tried_again(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.at_the_dot["so1@x.test"] = TransientError("451 after the dot")
    ledger = queued(1)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).requeued == (1,)
    server.at_the_dot.clear()
    clock.later(hours=1)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).sent == (1,)


@pytest.mark.fault("F-S13-10", "T-23")
def test_the_kill_switch_holds_before_every_letter(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    ledger = queued(5)
    limits = DeliverLimits(paused=lambda: len(server.letters) >= 2)
    report = deliver(ledger, journal, MemoryPostbox(server), clock, limits)
    assert (report.sent, report.requeued) == ((1, 2), (3, 4, 5))
    assert deliver(ledger, journal, MemoryPostbox(server), clock, limits).sent == ()
    assert deliver(ledger, journal, MemoryPostbox(server), clock).sent == (3, 4, 5)


def test_the_line_is_kept_only_for_more_that_leaves_soon(
    server: MemoryServer, journal: FileSendJournal, clock: Clock, tmp_path: Path
) -> None:
    ledger, soon = queued(3), DeliverLimits(soon=True)
    deliver(ledger, journal, MemoryPostbox(server), clock, soon)
    assert (len(server.letters), server.left) == (3, 0)
    deliver(queued(1), journal, MemoryPostbox(server), clock)
    assert server.left == 1
    with pytest.raises(TransientError):  # who knows when the next one is
        deliver(
            queued(1), Full(tmp_path / "full.jsonl"), MemoryPostbox(server), clock, soon
        )
    assert server.left == 2


@pytest.mark.fault("F-S16-2")
@pytest.mark.parametrize(
    ("events", "state", "letters"),
    [
        ([], S.SENT, 1),
        (["sending"], S.SENT, 1),
        (["sending", "dot", "failed"], S.SENT, 1),
        (["sending", "dot"], S.UNKNOWN, 0),
        (["sending", "dot", "sent"], S.SENT, 0),
        (["sending", "dot", "released"], S.SENT, 1),
        (["sending", "dot", "sending"], S.UNKNOWN, 0),  # the last of who was overtaken
        (["sending", "dot", "sent", "sending"], S.SENT, 0),
    ],
)
@pytest.mark.parametrize("restored", [False, True])
def test_the_journal_decides_what_a_crash_or_a_restored_backup_left(
    tmp_path: Path,
    server: MemoryServer,
    events: list[str],
    state: LetterState,
    letters: int,
    restored: bool,
) -> None:
    """Left `sending` by a crash, or queued again in a database from last night."""
    ledger, journal = queued(1), FileSendJournal(tmp_path / "sent.jsonl")
    for event in events:
        journal.write(SentRecord("key1", event, NOW))
    if not restored:
        ledger.claim_letters(NOW, 1)
    report = deliver(ledger, journal, MemoryPostbox(server), lambda: NOW)
    assert states(ledger) == [state]
    assert len(server.letters) == letters
    assert report.settled == (() if restored and letters else (1,))


@pytest.mark.parametrize("restored", [False, True])
def test_what_left_before_a_crash_was_sent_when_it_left(
    server: MemoryServer, journal: FileSendJournal, clock: Clock, restored: bool
) -> None:
    ledger = queued(1)
    for event in ("sending", "dot", "sent"):
        journal.write(SentRecord("key1", event, NOW))
    if not restored:
        ledger.claim_letters(NOW, 1)
    clock.later(hours=3)
    assert deliver(ledger, journal, MemoryPostbox(server), clock).settled == (1,)
    (row,) = ledger.letters.values()
    assert (row.state, row.sent_at) == (S.SENT, NOW)


class Frozen(MemoryPostbox):
    """Stands still in the middle of a letter; another daemon gets on, to its dot."""

    def __init__(
        self, server: MemoryServer, ledger: MemoryLedger, journal: FileSendJournal
    ) -> None:
        super().__init__(server)
        self._ledger, self._journal = ledger, journal

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        (ours,) = self._ledger.sending_letters()
        self._ledger.settle_letter(ours.id, S.QUEUED, NOW, None, ours.attempts)
        (theirs,) = self._ledger.claim_letters(NOW, 1)
        for event in ("sending", "dot"):
            self._journal.write(SentRecord(theirs.reply_key, event, NOW))
        raise UnreachableError("the line was silent too long")


@pytest.mark.fault("F-S16-2")
def test_who_was_overtaken_before_its_dot_unsays_no_dot_of_another(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    """The other one died at its dot, and ours fails late, on a line gone dead."""
    ledger = queued(1)
    deliver(ledger, journal, Frozen(server, ledger, journal), clock)
    clock.later(days=1)
    deliver(ledger, journal, MemoryPostbox(server), clock)
    assert states(ledger) == [S.UNKNOWN]
    assert server.letters == []


def test_letters_of_a_group_are_begun_together_and_each_has_its_own_dot(
    server: MemoryServer, journal: FileSendJournal, clock: Clock, tmp_path: Path
) -> None:
    deliver(queued(3), journal, MemoryPostbox(server), clock)
    lines = (tmp_path / "sent.jsonl").read_text().splitlines()
    events = [(json.loads(line)["reply_key"], json.loads(line)["event"]) for line in lines]
    begun = [(key, "sending") for key in ("key1", "key2", "key3")]
    ends = [(key, event) for key, _ in begun for event in ("dot", "sent")]
    assert events == begun + ends


def test_a_full_disk_keeps_the_letter_in(
    server: MemoryServer, journal: FileSendJournal, clock: Clock, tmp_path: Path
) -> None:
    """Without a journal nothing may leave: else a crash could send it twice."""
    ledger = queued(2)
    full = Full(tmp_path / "sent.jsonl")
    with pytest.raises(TransientError, match="No space"):
        deliver(ledger, full, MemoryPostbox(server), clock)
    assert server.letters == []
    deliver(ledger, journal, MemoryPostbox(server), clock)
    assert [data for _, data in server.letters] == [b"letter 1", b"letter 2"]
