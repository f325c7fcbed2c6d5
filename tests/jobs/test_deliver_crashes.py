"""Deliver, killed at every instant, on a lost line, and with yesterday's database."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.domain.letters.reply import LetterState
from pipeline.jobs.deliver import deliver
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.fakes.mortal import Fate, KilledError, Mortal
from tests.servers.faulty_smtp import FaultySmtp, faulty_smtp

NOW = datetime(2013, 7, 11, 8, 0, tzinfo=timezone(timedelta(hours=7)))
S = LetterState


def queued(letters: int) -> MemoryLedger:
    ledger = MemoryLedger()
    for number in range(1, letters + 1):
        ledger.queue(f"so{number}@x.test", f"letter {number}".encode())
    return ledger


def states(ledger: MemoryLedger) -> list[LetterState]:
    return [row.state for row in ledger.letters.values()]


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
    assert seen[S.UNKNOWN] <= 3 * 6, "only from a letter's dot to what is written of it"


def test_dying_twice_is_no_worse(tmp_path: Path) -> None:
    for first in range(0, 45, 4):
        for second in range(0, 30, 3):
            server, ledger = MemoryServer(), queued(2)
            path = tmp_path / f"{first}-{second}.jsonl"
            crash_at(first, path, server, ledger)
            crash_at(second, path, server, ledger)
            quiesce(path, server, ledger)
            check(server, ledger, path)


@pytest.mark.fault("F-S16-2")
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
    for hours in range(3):
        then = NOW + timedelta(hours=hours)
        postbox = SmtpPostbox(server.access())
        deliver(ledger, FileSendJournal(path), postbox, lambda then=then: then)


@pytest.mark.fault("F-S13-4")
def test_a_real_line_lost_before_the_dot_ends_in_one_letter(
    before_the_dot: FaultySmtp, tmp_path: Path
) -> None:
    ledger = queued(1)
    retry(before_the_dot, tmp_path / "sent.jsonl", ledger)
    assert len(before_the_dot.accepted) == 1
    assert states(ledger) == [S.SENT]


@pytest.mark.fault("F-S13-5")
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
