"""Servers that are dead, die, and come back; and the daemon that lives through it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem, until
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation
from tests.e2e.world import TERMINAL, assert_letters_came_once
from tests.servers.gate import Gate, standing_gate
from tests.servers.ledgers import TestDatabase
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

_numbers = count(1)


@dataclass(frozen=True)
class Doors:
    """An installation whose servers stand behind gates, on PostgreSQL."""

    program: Installation
    imap: Gate
    smtp: Gate
    database: Gate


@pytest.fixture
def doors(installed: Install, mail: MailSystem, postgres: Postgres) -> Iterator[Doors]:
    direct = TestDatabase("postgresql", postgres.migrated())
    socket = f"{postgres.home}/.s.PGSQL.5432"
    name = direct.url.partition("?")[0].rpartition("/")[2]
    with (
        standing_gate(("127.0.0.1", mail.dovecot.imaps)) as imap,
        standing_gate(("127.0.0.1", mail.postfix.smtps)) as smtp,
        standing_gate(socket) as database,
    ):
        program = installed(
            database=direct,
            mailbox__port=imap.port,
            mailbox__username=f"khtc.doors{next(_numbers)}@example.test",
            mailbox__poll_seconds=1,
            smtp__port=smtp.port,
        )
        url = f"postgresql+psycopg://postgres@127.0.0.1:{database.port}/{name}"
        program.change(database=f"{url}?sslmode=disable&gssencmode=disable")
        yield Doors(program, imap, smtp, database)


@pytest.mark.fault("F-S1-2")
@pytest.mark.parametrize("dead", ["imap", "smtp", "database"])
def test_once_says_try_later_and_doctor_says_what_to_do(
    dead: str, doors: Doors, mail: MailSystem, mailbag: Mailbag
) -> None:
    """75 and a word of it; doctor finds that door shut, and the others open."""
    program = doors.program
    (complete,) = mailbag.typical(1)
    mail.put(program.mailbox, [complete.raw])
    getattr(doors, dead).shut()
    said = program.run("once")
    assert said.code == 75
    assert str(getattr(doors, dead).port) in said.err
    assert "Traceback" not in said.err

    seen = program.run("doctor", "--json")
    assert seen.code == 1
    shut = {found["door"] for found in seen.documents if not found["ok"]}
    # what the daemon met last is a finding, too
    assert shut - {"daemon"} == {dead}
    (finding,) = (found for found in seen.documents if found["door"] == dead)
    assert finding["advice"]

    getattr(doors, dead).open()
    said = program.run("once", "--json")
    assert said.code == 0, said
    if dead == "smtp":  # its letter has been put off for half a minute
        assert {row["state"] for row in program.rows("outbox")} == {"queued"}
    else:
        assert_letters_came_once(program, mail)
    assert program.run("doctor").code == 0


def test_letters_leave_while_the_mailbox_is_dead(
    doors: Doors, mail: MailSystem, mailbag: Mailbag, tmp_path: Path
) -> None:
    """A letter that waits is sent; the cycle still says that something is wrong."""
    (complete,) = mailbag.typical(1)
    path = tmp_path / "thu.eml"
    path.write_bytes(complete.raw)
    doors.program.run("ingest", str(path))
    doors.imap.shut()
    said = doors.program.run("once", "--json")
    assert said.code == 75
    assert said.document["sent"] == 1
    assert "IMAP" in said.document["trouble"]
    assert_letters_came_once(doors.program, mail)


@contextmanager
def running(program: Installation) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The daemon, with the file of its log; it has to end with 0 when told to."""
    log = program.folder / "daemon.log"
    daemon = program.start("run", "--allow-root", log=log)
    try:
        yield daemon, log
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0, log.read_text()
    finally:
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()


@pytest.mark.fault("F-X-1")
@pytest.mark.parametrize("dying", ["imap", "smtp", "database"])
def test_daemon_lives_through_the_death_of_a_server(
    dying: str, doors: Doors, mail: MailSystem, mailbag: Mailbag
) -> None:
    """It says so, tries again, and catches up; what waits longest keeps nobody waiting."""
    program, gate = doors.program, getattr(doors, dying)
    first, second, third = mailbag.typical(3)
    mail.put(program.mailbox, [first.raw])
    with running(program) as (daemon, log):
        _await(log, lambda: _settled(program, 1), "the first mail is answered")
        gate.shut()
        mail.put(program.mailbox, [second.raw])
        _await(log, lambda: str(gate.port) in log.read_text(), "the log tells of it")
        gate.open()
        if dying == "smtp":  # a letter that failed rests for half a minute: not the next
            mail.put(program.mailbox, [third.raw])
        _await(log, lambda: _settled(program, 2), "another mail is answered")
        assert daemon.poll() is None
    assert "Traceback" not in log.read_text()
    assert_letters_came_once(program, mail)
    waiting = {row["state"] for row in program.rows("outbox")} - {"sent"}
    assert waiting <= ({"queued"} if dying == "smtp" else set())
    assert program.run("audit").code == 0


def _settled(program: Installation, count: int) -> bool:
    log = program.rows("ingest_log")
    done = [r for r in log if r["state"] in TERMINAL and r["reply_state"] == "sent"]
    return len(done) == count


def _await(log: Path, holds: Callable[[], bool], what: str) -> None:
    try:
        until(holds, what)
    except AssertionError as fault:
        raise AssertionError(f"{fault}; the log:\n{log.read_text()}") from fault


@pytest.mark.fault("F-S0-4")
def test_there_is_one_daemon_for_a_folder(doors: Doors, mail: MailSystem) -> None:
    """With SQLite a second one, and `once`, are told to try later; the first goes on.

    On PostgreSQL a second one shares the work (test_several_daemons.py).
    """
    program = doors.program
    program.change(database=f"sqlite:///{program.folder}/data/ingest.db")
    with running(program) as (daemon, log):
        until(lambda: doors.imap.passed > 0, "the daemon is at work")
        for words in (("run", "--allow-root"), ("once",)):
            said = program.run(*words)
            assert said.code == 75
            assert "daemon.lock" in said.err
        assert program.run("status", "--json").code == 0, "looking is always allowed"
        assert daemon.poll() is None
        assert "Traceback" not in log.read_text()
    assert program.run("once").code == 0, "the lock went with the daemon"


@pytest.mark.fault("F-S0-3")
def test_root_must_mean_it(doors: Doors) -> None:
    """`run` as root needs --allow-root; no command at all is `run`."""
    assert os.geteuid() == 0
    for words in (("run",), ()):
        said = doors.program.run(*words)
        assert said.code == 2
        assert "--allow-root" in said.err


@pytest.mark.fault("F-S17-1")
def test_sigterm_during_work_loses_nothing(
    doors: Doors, mail: MailSystem, mailbag: Mailbag
) -> None:
    """Told to stop in the middle of a pile, it ends with 0; the rest is done later."""
    program = doors.program
    mail.put(program.mailbox, [m.raw for m in mailbag.typical(6)])
    with running(program) as (_, log):
        _await(log, lambda: bool(_filed(program)), "work has begun")
    assert "Traceback" not in log.read_text()
    program.fine("once")
    assert len(_filed(program)) == 6
    assert_letters_came_once(program, mail)


def _filed(program: Installation) -> list[int]:
    return [row["id"] for row in program.rows("ingest_log") if row["state"] == "filed"]
