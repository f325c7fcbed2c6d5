"""Two daemons on one PostgreSQL, one mailbox and one data folder (ADR 0018)."""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem, until
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import Installation
from tests.e2e.world import TERMINAL, assert_letters_came_once, views_of
from tests.servers.ledgers import TestDatabase
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.several@example.test"
MAILS = 5
BEFORE = 3
TAKEN_OVER_WITHIN = 30
LEADS = ") leads"
ONLY_READS = "another daemon leads now"


@dataclass
class Crew:
    """Daemons of one installation, with a log each."""

    program: Installation
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        log.touch()
        self.running[name] = self.program.start("run", "--allow-root", log=log)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """Without a word, as a power cut does."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def await_that(self, so: Callable[[], bool], seconds: float, what: str) -> None:
        try:
            until(so, what, seconds)
        except AssertionError as fault:
            logs = "\n".join(map(self.log, ("first", "second")))
            raise AssertionError(f"{fault}\n{logs}") from fault

    def stop(self) -> None:
        for daemon in self.running.values():
            daemon.terminate()
        codes = {name: daemon.wait(30) for name, daemon in self.running.items()}
        self.running.clear()
        assert set(codes.values()) <= {0}, codes


@pytest.fixture
def crew(
    installed: Install, mail: MailSystem, postgres: Postgres, tmp_path: Path
) -> Iterator[Crew]:
    database = TestDatabase("postgresql", postgres.empty())
    # troubles, such as waking up without connections, rest no longer than a poll
    program = installed(mailbox__username=USER, mailbox__poll_seconds=3, database=database)
    made = Crew(program, tmp_path)
    try:
        yield made
    finally:
        for daemon in made.running.values():
            daemon.kill()
            daemon.wait()


@pytest.mark.fault("F-S0-5")
def test_another_takes_over_from_a_leader_that_hangs_and_from_one_that_was_killed(
    crew: Crew, installed: Install, mail: MailSystem, mailbag: Mailbag
) -> None:
    """In the middle of its work; what comes out is what one daemon alone makes of it.

    The one that hung goes on later: it files and sends nothing of what it had begun.
    """
    program = crew.program
    crew.start("first")
    crew.await_that(lambda: LEADS in crew.log("first"), 60, "the first leads")
    crew.start("second")
    mails = mailbag.typical(MAILS)
    mail.file(USER, mails[:BEFORE])
    crew.await_that(lambda: bool(_settled(program)), 120, "a mail is settled")
    _hang_first(crew, program)
    # mail wakes the one that hung: it may be listening for it
    mail.file(USER, mails[BEFORE:])
    crew.await_that(lambda: ONLY_READS in crew.log("first"), 60, "the first has seen it")
    crew.await_that(lambda: _settled(program) > BEFORE, 120, "one more is settled")
    crew.kill("second")
    crew.await_that(
        lambda: crew.log("first").count(LEADS) == 2, TAKEN_OVER_WITHIN, "the first leads"
    )
    crew.await_that(lambda: _settled(program) == MAILS, 120, "all mails are settled")
    crew.await_that(lambda: _sent(program) == MAILS, 60, "all letters are sent")
    _refuses_another_folder(installed, program)
    crew.stop()

    for name in ("first", "second"):
        assert "Traceback" not in crew.log(name)
    log = program.rows("ingest_log")
    assert len({(row["folder"], row["uidvalidity"], row["uid"]) for row in log}) == MAILS
    assert_letters_came_once(program, mail)
    assert program.run("audit").code == 0
    figures = program.rows("observation_versions")
    keys = [(f["digest"], f["form_id"], f["indicator"], f["column_key"]) for f in figures]
    assert len(set(keys)) == len(keys) > 0
    assert views_of(program, {"id"}) == views_of(_alone(installed, program), {"id"})


def _hang_first(crew: Crew, program: Installation) -> None:
    """Stop the first until the second has done all its work."""
    crew.running["first"].send_signal(signal.SIGSTOP)
    try:
        crew.await_that(
            lambda: LEADS in crew.log("second"), TAKEN_OVER_WITHIN, "the second leads"
        )
        crew.await_that(lambda: _sent(program) == BEFORE, 120, "letters are sent")
    finally:
        crew.running["first"].send_signal(signal.SIGCONT)


def _settled(program: Installation) -> int:
    return sum(row["state"] in TERMINAL for row in program.rows("ingest_log"))


def _sent(program: Installation) -> int:
    return sum(row["state"] == "sent" for row in program.rows("outbox"))


def _refuses_another_folder(installed: Install, program: Installation) -> None:
    """Archive and journal are in the data folder: it has to be the same one."""
    other = installed(
        mailbox__username=USER, mailbox__poll_seconds=1, database=program.database
    )
    said = other.run("--lang", "en", "once")
    assert (said.code, "data_dir" in said.err) == (78, True), said


def _alone(installed: Install, program: Installation) -> Installation:
    """The same mail read by one daemon, whose letters go nowhere."""
    alone = installed(mailbox__username=USER)
    alone.data.mkdir(mode=0o700)
    for name in ("token.key", "send-journal.jsonl"):
        shutil.copy(program.data / name, alone.data / name)
    alone.fine("once")
    return alone
