"""Deliver: every letter at most once, whatever dies, breaks or is restored."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest

from pipeline.adapters.send_journal import FileSendJournal
from pipeline.adapters.smtp_postbox import SmtpPostbox
from pipeline.domain.errors import (
    PermanentError,
    RefusedLoginError,
    TransientError,
    UnknownOutcomeError,
)
from pipeline.domain.reply import LetterState, SentRecord
from pipeline.jobs.deliver import DeliverLimits, deliver
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.fakes.mortal import Fate, KilledError, Mortal
from tests.servers.faulty_smtp import FaultySmtp, faulty_smtp

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


def test_a_refused_recipient_fails_for_good(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    server.refusals["so1@x.test"] = PermanentError("no such mailbox")
    ledger = queued(2)
    report = deliver(ledger, journal, MemoryPostbox(server), clock)
    assert (report.failed, report.sent, report.trouble) == ((1,), (2,), None)
    assert states(ledger) == [S.FAILED, S.SENT]


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


def test_the_kill_switch_holds_before_every_letter(
    server: MemoryServer, journal: FileSendJournal, clock: Clock
) -> None:
    ledger = queued(5)
    limits = DeliverLimits(paused=lambda: len(server.letters) >= 2)
    report = deliver(ledger, journal, MemoryPostbox(server), clock, limits)
    assert (report.sent, report.requeued) == ((1, 2), (3, 4, 5))
    assert deliver(ledger, journal, MemoryPostbox(server), clock, limits).sent == ()
    assert deliver(ledger, journal, MemoryPostbox(server), clock).sent == (3, 4, 5)


@pytest.mark.parametrize(
    ("events", "state", "letters"),
    [
        ([], S.SENT, 1),
        (["sending"], S.SENT, 1),
        (["sending", "dot", "failed"], S.SENT, 1),
        (["sending", "dot"], S.UNKNOWN, 0),
        (["sending", "dot", "sent"], S.SENT, 0),
        (["sending", "dot", "released"], S.SENT, 1),
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
    assert report.settled == (() if restored else (1,))


def test_a_full_disk_keeps_the_letter_in(
    server: MemoryServer, journal: FileSendJournal, clock: Clock, tmp_path: Path
) -> None:
    """Without a journal nothing may leave: else a crash could send it twice."""

    class Full(FileSendJournal):
        def write(self, record: SentRecord) -> None:
            if record.event != "sending":
                raise TransientError("sent.jsonl: No space left on device")
            super().write(record)

    ledger = queued(2)
    full = Full(tmp_path / "sent.jsonl")
    with pytest.raises(TransientError, match="No space"):
        deliver(ledger, full, MemoryPostbox(server), clock)
    assert server.letters == []
    deliver(ledger, journal, MemoryPostbox(server), clock)
    assert [data for _, data in server.letters] == [b"letter 1", b"letter 2"]


def crash_at(at: int, path: Path, server: MemoryServer, ledger: MemoryLedger) -> bool:
    """One run that dies at call number `at`; False when there was no such call."""
    fate = Fate(at)
    postbox = MemoryPostbox(Mortal(server, fate))  # the acceptance is an instant, too
    journal = Mortal(FileSendJournal(path), fate)
    try:
        deliver(Mortal(ledger, fate), journal, Mortal(postbox, fate), lambda: NOW)
    except KilledError:
        return True
    return False


def quiesce(path: Path, server: MemoryServer, ledger: MemoryLedger) -> None:
    for _ in range(2):
        deliver(ledger, FileSendJournal(path), MemoryPostbox(server), lambda: NOW)


def check(server: MemoryServer, ledger: MemoryLedger, path: Path) -> Counter[str]:
    """At most one letter each, exactly one unless a person is asked; what it came to."""
    accepted = Counter(recipient for recipient, _ in server.letters)
    outcomes: Counter[str] = Counter()
    for row in ledger.letters.values():
        times = accepted[row.item.recipient]
        assert times <= 1
        if row.state is S.SENT:
            assert times == 1
        else:
            assert row.state is S.UNKNOWN
            last = FileSendJournal(path).last(row.item.reply_key)
            assert last is not None
            assert last.event == "dot", "only after the dot may anything be unknown"
        outcomes[row.state] += 1
    return outcomes


def test_whoever_dies_anywhere_sends_each_letter_at_most_once(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for at in count():
        server, ledger, path = MemoryServer(), queued(3), tmp_path / f"{at}.jsonl"
        died = crash_at(at, path, server, ledger)
        quiesce(path, server, ledger)
        outcomes = check(server, ledger, path)
        assert outcomes[S.UNKNOWN] <= 1
        seen += outcomes
        if not died:
            assert outcomes == {S.SENT: 3}
            break
    assert at > 40
    assert seen[S.UNKNOWN] < at / 3, "most instants are harmless"


def test_dying_twice_is_no_worse(tmp_path: Path) -> None:
    for first in range(0, 45, 4):
        for second in range(0, 30, 3):
            server, ledger = MemoryServer(), queued(2)
            path = tmp_path / f"{first}-{second}.jsonl"
            crash_at(first, path, server, ledger)
            crash_at(second, path, server, ledger)
            quiesce(path, server, ledger)
            check(server, ledger, path)


def test_a_backup_restored_at_any_time_sends_nothing_twice(tmp_path: Path) -> None:
    """The database of this morning, the journal of now."""
    server, path = MemoryServer(), tmp_path / "sent.jsonl"
    quiesce(path, server, queued(3))
    restored = queued(3)
    quiesce(path, server, restored)
    assert len(server.letters) == 3
    assert set(states(restored)) == {S.SENT}


@pytest.fixture(params=["mail", "rcpt", "data"])
def before_the_dot(request: pytest.FixtureRequest) -> Iterator[FaultySmtp]:
    with faulty_smtp({request.param: "drop"}, times=1) as server:
        yield server


def retry(server: FaultySmtp, path: Path, ledger: MemoryLedger) -> None:
    clock = Clock()
    for _ in range(3):
        postbox = SmtpPostbox(server.access())
        deliver(ledger, FileSendJournal(path), postbox, clock)
        clock.later(hours=1)


def test_a_real_line_lost_before_the_dot_ends_in_one_letter(
    before_the_dot: FaultySmtp, tmp_path: Path
) -> None:
    ledger = queued(1)
    retry(before_the_dot, tmp_path / "sent.jsonl", ledger)
    assert len(before_the_dot.accepted) == 1
    assert states(ledger) == [S.SENT]


@pytest.mark.parametrize("fault", ["drop", "accept-and-drop", "stall", "junk"])
def test_a_real_line_lost_after_the_dot_is_left_to_a_person(
    tmp_path: Path, fault: str
) -> None:
    with faulty_smtp({"dot": fault}, times=1) as server:
        ledger = queued(1)
        retry(server, tmp_path / "sent.jsonl", ledger)
        assert len(server.accepted) <= 1
        assert states(ledger) == [S.UNKNOWN]
        assert sum(line == "DATA" for line in server.lines) == 1
