"""One daemon beside two, with one parsing child each, on one PostgreSQL (ADR 0018).

On two cores one daemon with its child, PostgreSQL and the mail servers leave little to a
second one. So each crew works in three places: free; with each daemon and its child on a
core of its own, where one daemon cannot use what the second one will have; and there with
the servers some milliseconds away, as those of a ministry are. All crews wait side by
side for their mail, each with a mailbox and a database of its own, and have it in turn.
Between them two programs that only compute show how much more than one this machine does.

Where the cores are full already, more of the same cannot show what daemons cost each other.
So two crews of one also race at once, each with its half of the mails, a mailbox and a
database: the machine is as full as with two daemons on one database, and what these are
slower is the price of sharing.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.speed.burst import seconds_to_answer
from bench.speed.cores import computing_together
from bench.speed.programs import (
    ROOT,
    configure,
    daemon,
    family,
    measure,
    of_a_server,
    processor_seconds,
    running,
)
from bench.speed.side_by_side import mails
from pipeline.demo.sample_mails import SampleMail
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.loopback import await_listener, free_ports
from tests.servers.postgres import Postgres, running_postgres

GOAL = 1.6
FAR_MILLISECONDS = 2.0
TOGETHER = 400
"""So many that the half second in which Dovecot keeps new mail to itself is little."""
_WARMING = 8
"""Mails of a daemon before the clock starts: each has loaded what it needs."""
_ROUNDS_OF_A_CREW = 2
"""After these others come: nobody has more than twenty letters a day (N18)."""


@dataclass(frozen=True)
class _Place:
    """What a daemon has: all cores or one; servers beside it or at a distance."""

    name: str
    confined: bool = False
    far: bool = False


FREE = _Place(f"all on {os.cpu_count()} cores")
CONFINED = _Place("each daemon with its child on one core", confined=True)
FAR = _Place(
    f"the same, servers {FAR_MILLISECONDS:.0f} ms away and back", confined=True, far=True
)
PLACES = (FREE, CONFINED, FAR)
SIZES = (1, 2)


@dataclass(frozen=True)
class _Race:
    """One run: seconds, and processor seconds of those at work; `machine`: of everybody."""

    seconds: float
    daemons: float
    children: float
    database: float
    mail_servers: float
    relay: float
    machine: float

    @property
    def all(self) -> float:
        return sum(getattr(self, part) for part in PARTS)


PARTS = ("daemons", "children", "database", "mail_servers", "relay")


@dataclass(frozen=True)
class _Crew:
    """Daemons at work on one mailbox and one database."""

    pids: tuple[int, ...]
    postgres: Postgres
    dovecot: Dovecot
    smtp: AioSmtp
    relay: int | None

    def race(self, some: list[SampleMail]) -> _Race:
        """Mails put into the mailbox at once, until the last letter is accepted."""
        before = self._used()
        seconds = seconds_to_answer(self.dovecot, self.smtp, some)
        used = (b - a for a, b in zip(before, self._used(), strict=True))
        return _Race(seconds, *used)

    def _used(self) -> tuple[float, ...]:
        """Processor seconds so far, as `_Race` has them.

        The SMTP sink works in this program, the distance to servers in one of its own.
        """
        daemons = sum(map(processor_seconds, self.pids))
        families = sum(processor_seconds(p) for pid in self.pids for p in family(pid))
        mail = of_a_server(self.dovecot.process) + time.process_time()
        relay = processor_seconds(self.relay) if self.relay is not None else 0.0
        database = of_a_server(self.postgres.process)
        return daemons, families - daemons, database, mail, relay, _machine_seconds()


def several(scratch: Path, certificates: Certificates, rounds: int) -> list[str]:
    """Messages a second of crews of one and of two, in turn, and the ratio by pairs."""
    races = _Races({}, [], [])
    for first in range(0, rounds, _ROUNDS_OF_A_CREW):
        home = scratch / f"crews-{first}"
        races.run(home, certificates, min(_ROUNDS_OF_A_CREW, rounds - first))
    told = [*_sharing(races), *_computing(races.computing)]
    return [*_section(rounds), *_table(races.found), *told]


@dataclass(frozen=True)
class _Races:
    """What was found, and how many times one computing program two of them were.

    `apart` are the seconds in which crews of one, each with its half, raced at once.
    """

    found: dict[tuple[_Place, int], list[_Race]]
    apart: list[float]
    computing: list[float]

    def run(self, home: Path, certificates: Certificates, rounds: int) -> None:
        """So many rounds of fresh crews."""
        with ExitStack() as stack:
            postgres = stack.enter_context(running_postgres())
            crews = {
                (place, size): stack.enter_context(
                    _crew(home, certificates, postgres, place, size)
                )
                for place in PLACES
                for size in SIZES
            }
            apart = [
                stack.enter_context(_crew(home / str(n), certificates, postgres, FREE, 1))
                for n in range(max(SIZES))
            ]
            most = _WARMING * max(SIZES)
            made = iter(mails(most + TOGETHER * rounds))
            warming = [next(made) for _ in range(most)]
            for (_, size), crew in crews.items():
                crew.race(warming[: _WARMING * size])
            _race_at_once(apart, warming)
            for _ in range(rounds):
                some = [next(made) for _ in range(TOGETHER)]
                for each, crew in crews.items():
                    self.found.setdefault(each, []).append(crew.race(some))
                self.apart.append(_race_at_once(apart, some))
                self.computing.append(computing_together())


def _race_at_once(crews: list[_Crew], some: list[SampleMail]) -> float:
    """Seconds until each of these crews has answered its share of the mails."""
    shares = [some[n :: len(crews)] for n in range(len(crews))]
    with ThreadPoolExecutor(len(crews)) as threads:
        began = time.monotonic()
        races = [threads.submit(c.race, own) for c, own in zip(crews, shares, strict=True)]
        for race in races:
            race.result()
    return time.monotonic() - began


@contextmanager
def _crew(
    scratch: Path,
    certificates: Certificates,
    postgres: Postgres,
    place: _Place,
    size: int,
) -> Iterator[_Crew]:
    home = scratch / f"crew-{PLACES.index(place)}-{size}"
    url = postgres.migrated()
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        dovecot = stack.enter_context(running_dovecot(certificates, "mdbox"))
        smtp = stack.enter_context(running_aiosmtpd(certificates))
        near, relay = (dovecot, smtp), None
        if place.far:
            imap, post, database = free_ports(3)
            ways = [
                f"{imap}={dovecot.imaps}",
                f"{post}={smtp.port}",
                f"{database}={postgres.home / '.s.PGSQL.5432'}",
            ]
            script = str(ROOT / "bench" / "relay_script.py")
            command = [sys.executable, script, str(FAR_MILLISECONDS), *ways]
            relaying = stack.enter_context(running(command))
            for port in (imap, post, database):
                await_listener(port, lambda: relaying.poll() is None)
            relay = relaying.pid
            near = (replace(dovecot, imaps=imap), replace(smtp, port=post))
            name = url.partition("@/")[2].partition("?")[0]
            url = f"postgresql+psycopg://postgres@127.0.0.1:{database}/{name}"
        settings = f"database: {url}\nworkers: 1\npolicy: {{letters_per_hour: 5000}}"
        configuration = configure(home, *near, other=settings)
        # a fresh installation is due its first night run, in whose race it may come
        measure(daemon(configuration, "consolidate"))
        command = daemon(configuration, "run", "--allow-root")
        pids = []
        for number in range(size):
            own = {cores[number % len(cores)]} if place.confined else set()
            pids.append(stack.enter_context(running(command, frozenset(own))).pid)
        yield _Crew(tuple(pids), postgres, dovecot, smtp, relay)


def _machine_seconds() -> float:
    """Processor seconds of everybody on this machine so far."""
    user, nice, system, _idle, _waiting, *more = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + sum(more[:2])) / os.sysconf("SC_CLK_TCK")


def _section(rounds: int) -> list[str]:
    return [
        "## Several daemons",
        "",
        (
            f"{TOGETHER} clean 9-form returns put into the mailbox at once, while the "
            "daemons wait with IDLE; PostgreSQL, one parsing child each, until the last "
            f"letter is accepted; median of {rounds} runs in turn. On one core a daemon "
            "stands for a machine of one core. PostgreSQL, Dovecot, the SMTP sink and, "
            "where servers are away, what keeps them there have no core of their own: they "
            "work beside the daemons, on all. Processor milliseconds a message; cores busy "
            "with this, and with everything on the machine: where that is more than this, "
            "others were at work; where it is all cores, the machine can do no more."
        ),
        "",
        (
            "| | daemons | messages/s | daemons ms | children ms | PostgreSQL ms | mail "
            "servers ms | distance ms | together ms | cores busy with this | with all |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]


def _table(races: dict[tuple[_Place, int], list[_Race]]) -> list[str]:
    rows = [_row(f"{place.name} | {size}", found) for (place, size), found in races.items()]
    return [*rows, "", *(_ratio(place, races) for place in PLACES)]


def _sharing(races: _Races) -> list[str]:
    """What two daemons on one database do, of what two do that share nothing."""
    size = max(SIZES)
    shared = [race.seconds for race in races.found[FREE, size]]
    kept = [apart / own for apart, own in zip(races.apart, shared, strict=True)]
    told = ", ".join(f"{size * each:.2f}" for each in sorted(kept))
    rates = [median(TOGETHER / each for each in found) for found in (shared, races.apart)]
    return [
        (
            f"- two with a database and a mailbox each, at once on all cores, do "
            f"{rates[1]:.1f} messages/s together, two that share them {rates[0]:.1f}: by "
            f"pairs {size * median(kept):.2f} times what each of the others does on the "
            f"machine as full (goal >= {GOAL}; {told})."
        )
    ]


def _computing(found: list[float]) -> list[str]:
    """What the same cores give two programs that share nothing and wait for nothing."""
    told = ", ".join(f"{each:.2f}" for each in sorted(found))
    return [
        (
            "- two programs that only compute, a core each, after each round: "
            f"{median(found):.2f} times one ({told})."
        )
    ]


def _row(name: str, found: list[_Race]) -> str:
    def each(part: str) -> str:
        return f"{median(1000 * getattr(one, part) / TOGETHER for one in found):.0f}"

    rate = median(TOGETHER / one.seconds for one in found)
    busy = median(one.all / one.seconds for one in found)
    machine = median(one.machine / one.seconds for one in found)
    parts = " | ".join(map(each, (*PARTS, "all")))
    return f"| {name} | {rate:.1f} | {parts} | {busy:.2f} | {machine:.2f} |"


def _ratio(place: _Place, races: dict[tuple[_Place, int], list[_Race]]) -> str:
    alone, both = (races[place, size] for size in SIZES)
    pairs = list(zip(alone, both, strict=True))
    speed = median(one.seconds / two.seconds for one, two in pairs)
    work = median(two.all / one.all for one, two in pairs)
    rate = median(TOGETHER / one.seconds for one in alone)
    full = (os.cpu_count() or 1) * TOGETHER / median(one.all for one in both)
    return (
        f"- {place.name}: two are {speed:.2f} times as fast as one (goal >= {GOAL}) "
        f"and need {work:.2f} times the processor. All cores are full at {full:.0f} "
        f"messages/s: no more than {full / rate:.1f} times one can be had on this machine."
    )
