"""One daemon beside two, with one parsing child each, on one PostgreSQL (ADR 0018).

On two cores one daemon with its child, PostgreSQL and the mail servers leave little to a
second one. So each crew runs twice: free, and with each daemon and its child on one core
of its own, where one daemon cannot use what the second one will have.
"""

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event

from bench.speed.programs import (
    configure,
    daemon,
    family,
    processor_seconds,
    running,
)
from bench.speed.side_by_side import mails, put
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import running_dovecot
from tests.servers.postgres import Postgres, running_postgres

GOAL = 1.6
PATIENCE = 600.0
_WARMING = 8
"""Mails before the clock starts: each daemon has read some and loaded what it needs."""
_TICK = Event()


@dataclass(frozen=True)
class _Crew:
    """So many daemons, free or each with its child on a core of its own."""

    size: int
    confined: bool = False

    @property
    def name(self) -> str:
        each = "each daemon with its child on one core"
        return each if self.confined else f"all on {os.cpu_count()} cores"


FREE = (_Crew(1), _Crew(2))
CONFINED = (_Crew(1, confined=True), _Crew(2, confined=True))


@dataclass(frozen=True)
class _Race:
    """One run: seconds, and processor seconds of daemons, children and PostgreSQL."""

    seconds: float
    daemons: float
    children: float
    server: float

    @property
    def all(self) -> float:
        return self.daemons + self.children + self.server


def several(
    scratch: Path, certificates: Certificates, messages: int, rounds: int
) -> list[str]:
    """Messages a second of a crew of one and of two, in turn, and the ratio by pairs."""
    races: dict[_Crew, list[_Race]] = {}
    with running_postgres() as postgres:
        for number in range(rounds):
            for crew in (*FREE, *CONFINED):
                home = scratch / f"crew-{crew.size}-{crew.confined}-{number}"
                race = _burst(home, certificates, postgres, crew, messages)
                races.setdefault(crew, []).append(race)
    return [
        "## Several daemons",
        "",
        (
            f"{messages} clean 9-form returns put into the mailbox at once, while the "
            "daemons wait with IDLE; PostgreSQL, one parsing child each, until the last "
            f"letter is accepted; median of {rounds} runs in turn. PostgreSQL, Dovecot and "
            "the SMTP sink work on the same cores and are not confined. Processor "
            "milliseconds a message: what the software needs; with one daemon to a core "
            "the machine stands in the way of the second one least."
        ),
        "",
        (
            "| | daemons | messages/s | daemons ms | children ms | PostgreSQL ms "
            "| all, cores busy |"
        ),
        "|---|---|---|---|---|---|---|",
        *(_row(crew, found, messages) for crew, found in races.items()),
        "",
        *(_ratio(*crews, races) for crews in (FREE, CONFINED)),
    ]


def _row(crew: _Crew, found: list[_Race], messages: int) -> str:
    def each(part: str) -> str:
        return f"{median(1000 * getattr(one, part) / messages for one in found):.0f}"

    rate = median(messages / one.seconds for one in found)
    busy = median(one.all / one.seconds for one in found)
    parts = " | ".join(map(each, ("daemons", "children", "server")))
    return f"| {crew.name} | {crew.size} | {rate:.1f} | {parts} | {busy:.2f} |"


def _ratio(alone: _Crew, both: _Crew, races: dict[_Crew, list[_Race]]) -> str:
    pairs = list(zip(races[alone], races[both], strict=True))
    speed = median(one.seconds / two.seconds for one, two in pairs)
    work = median(two.all / one.all for one, two in pairs)
    return (
        f"- {both.name}: two are {speed:.2f} times as fast as one (goal >= {GOAL}) "
        f"and need {work:.2f} times the processor a message."
    )


def _burst(
    home: Path,
    certificates: Certificates,
    postgres: Postgres,
    crew: _Crew,
    messages: int,
) -> _Race:
    made = mails(messages + _WARMING)
    settings = f"database: {postgres.migrated()}\nworkers: 1"
    cores = sorted(os.sched_getaffinity(0))
    with (
        running_dovecot(certificates) as dovecot,
        running_aiosmtpd(certificates) as smtp,
        ExitStack() as stack,
    ):
        command = daemon(
            configure(home, dovecot, smtp, other=settings), "run", "--allow-root"
        )
        pids = []
        for number in range(crew.size):
            own = {cores[number % len(cores)]} if crew.confined else set()
            pids.append(stack.enter_context(running(command, frozenset(own))).pid)
        put(dovecot, made[:_WARMING])
        _await_letters(smtp, _WARMING)
        before = _used(pids, postgres)
        began = time.monotonic()
        put(dovecot, made[_WARMING:])
        _await_letters(smtp, len(made))
        seconds = time.monotonic() - began
        after = _used(pids, postgres)
    return _Race(seconds, *(b - a for a, b in zip(before, after, strict=True)))


def _used(pids: list[int], postgres: Postgres) -> tuple[float, float, float]:
    """Processor seconds so far of daemons, of their children, of the database server."""
    daemons = sum(map(processor_seconds, pids))
    families = sum(processor_seconds(pid) for each in pids for pid in family(each))
    server = sum(map(processor_seconds, family(postgres.process)))
    return daemons, families - daemons, server


def _await_letters(smtp: AioSmtp, count: int) -> None:
    began = time.monotonic()
    while len(smtp.letters) < count:
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{len(smtp.letters)} letters of {count}")
        _TICK.wait(0.01)
