"""What a message costs with 1,000, 10,000 and 100,000 others in ledger and mailbox.

A daemon that runs is measured, not the difference of two runs: what a process does once
at its start would drown the difference of a few milliseconds. Beside it the servers that
it waits for, and a bare client of the same mailbox: what that takes longer is the mail
server's own.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event

from bench.speed.bare_client import seconds_to_fetch
from bench.speed.burst import seconds_to_answer
from bench.speed.old_mails import OF_A_UNIT, crowd, remember, validity
from bench.speed.plots import bars
from bench.speed.programs import (
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
from tests.servers.postgres import Postgres, running_postgres

GOAL = 1.2
WARMING = 10
"""They bring the pages of ledger and mailbox into memory, and start the children."""
TOGETHER = 30
BURSTS = 5
ALONE = 8
_TICK = Event()


@dataclass(frozen=True)
class _Place:
    """A database, and how the mail server keeps its mails."""

    store: str
    kept_as: str

    def __str__(self) -> str:
        return f"{self.store} | {self.kept_as}"


PLACES = (
    _Place("SQLite", "mdbox"),
    _Place("PostgreSQL", "mdbox"),
    _Place("SQLite", "maildir"),
)
"""A file for each mail, as a maildir has it, is nobody's choice for 100,000 in a folder."""


@dataclass(frozen=True)
class _Cost:
    """Milliseconds a message: processor of ours and the servers, clock, floor's clock."""

    ours: float
    database: float
    mail_server: float
    clock: float
    floor: float


@dataclass(frozen=True)
class _Found:
    """Seconds with nothing new, and of a daemon's first mails; messages as they come."""

    nothing: float
    first: float
    many: _Cost
    alone: _Cost


def growth(
    scratch: Path, certificates: Certificates, sizes: list[int], plots: Path
) -> list[str]:
    """Processor and clock of a message, and of a round with nothing new, by size."""
    found: dict[tuple[_Place, int], _Found] = {}
    made = iter(mails(sum(_COUNTS)))
    groups = [[next(made) for _ in range(count)] for count in _COUNTS]
    with running_postgres() as postgres:
        for place in PLACES:
            ends = sorted({min(sizes), max(sizes)})
            some = ends if place.kept_as == "maildir" else sizes
            found |= _side_by_side(scratch, certificates, postgres, (place, some), groups)
    return [*_many(found), "", *_others(found), "", _plot(found, plots)]


def _side_by_side(
    scratch: Path,
    certificates: Certificates,
    postgres: Postgres,
    which: tuple[_Place, list[int]],
    groups: list[list[SampleMail]],
) -> dict[tuple[_Place, int], _Found]:
    """A daemon for each size, and all have the same mails in turn."""
    place, sizes = which
    with ExitStack() as stack:
        daemons = {}
        for size in sizes:
            home = scratch / f"growth-{place.store}-{place.kept_as}-{size}"
            opening = _waiting(home, certificates, postgres, place, size)
            daemons[size] = stack.enter_context(opening)
        costs: dict[int, list[_Cost]] = {size: [] for size in sizes}
        for turn, some in enumerate(groups):
            # now the small one first, now the large one
            for size in sizes if turn % 2 else reversed(sizes):
                costs[size].append(daemons[size].cost(some))
    return {
        (place, size): _Found(
            daemons[size].nothing, costs[size][0], *_split(costs[size][1:])
        )
        for size in sizes
    }


def _split(costs: list[_Cost]) -> tuple[list[_Cost], list[_Cost]]:
    return costs[:BURSTS], costs[BURSTS:]


@contextmanager
def _waiting(
    home: Path,
    certificates: Certificates,
    postgres: Postgres,
    place: _Place,
    size: int,
) -> Iterator["_Watched"]:
    """A daemon that waits for mail, with so many in ledger and mailbox."""
    with ExitStack() as stack:
        url = f"sqlite:///{home / 'data' / 'ingest.db'}"
        if place.store == "PostgreSQL":
            url = postgres.empty()
            stack.callback(postgres.drop, url)
        dovecot = stack.enter_context(running_dovecot(certificates, place.kept_as))
        smtp = stack.enter_context(running_aiosmtpd(certificates))
        settings = f"database: {url}\nworkers: 1"
        configuration = configure(home, dovecot, smtp, other=settings)
        (home / "data").mkdir()
        crowd(dovecot, size)
        remember(url, size, validity(dovecot))
        measure(daemon(configuration, "once", "--dry-run"))  # the server's own index
        nothing = [measure(daemon(configuration, "once")).seconds for _ in range(3)]
        taken = len(list((home / "data" / "archive").glob("??/*.eml")))
        if taken:
            raise SystemExit(f"{taken} bodies of {size} were fetched twice")
        command = daemon(configuration, "run", "--allow-root")
        process = stack.enter_context(running(command))
        yield _Watched(process.pid, postgres, dovecot, smtp, median(nothing))


_COUNTS = (WARMING, *[TOGETHER] * BURSTS, *[1] * ALONE)


@dataclass(frozen=True)
class _Watched:
    """A daemon at work, with the servers that it uses."""

    pid: int
    postgres: Postgres
    dovecot: Dovecot
    smtp: AioSmtp

    def cost(self, some: list[SampleMail]) -> tuple[float, ...]:
        """Milliseconds of a message to its letter: processor of each, and the clock."""
        before = self._used()
        seconds = seconds_to_answer(self.dovecot, self.smtp, some)
        _TICK.wait(0.5)  # what it does before it waits again belongs to these
        used = [b - a for a, b in zip(before, self._used(), strict=True)]
        return tuple(1000 * each / len(some) for each in (*used, seconds))

    def _used(self) -> tuple[float, float, float]:
        """Processor seconds of the daemon with its children, and of both servers."""
        return (
            sum(map(processor_seconds, family(self.pid))),
            of_a_server(self.postgres.process),
            of_a_server(self.dovecot.process),
        )


def _medians(costs: list[tuple[float, ...]]) -> list[float]:
    return [median(column) for column in zip(*costs, strict=True)]


def _many(found: dict[tuple[_Place, int], _Found]) -> list[str]:
    lines = [
        "## Growth",
        "",
        (
            "A clean 9-form return in a daemon that runs (`run`, IDLE, one child), from "
            "its append to its letter, when ledger and mailbox hold so many, of units "
            f"with {OF_A_UNIT} mails each, in the same round; no old body was fetched. "
            f"Median of {BURSTS} bursts of {TOGETHER}, a message. Processor: of daemon and "
            "child, of PostgreSQL, of Dovecot. The floor: the same mails put into the same "
            "mailbox, and a bare client that waits with IDLE and fetches them, nothing "
            "else. mdbox: Dovecot keeps many mails in a file, as for mailboxes so large; "
            "maildir: a file for each, and it goes through all of them whenever one comes."
        ),
        "",
        (
            "| ledger | mailbox | in both | ours: processor ms | PostgreSQL ms "
            "| Dovecot ms | clock ms | floor's clock ms | to the smallest: ours | clock "
            "| floor |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    bases: dict[_Place, _Cost] = {}
    for (place, size), each in found.items():
        cost, base = each.many, bases.setdefault(place, each.many)
        lines.append(
            f"| {place} | {size:,} | {cost.ours:.0f} | {cost.database:.0f} | "
            f"{cost.mail_server:.1f} | {cost.clock:.0f} | {cost.floor:.1f} | "
            f"{cost.ours / base.ours:.2f} | {cost.clock / base.clock:.2f} | "
            f"{cost.floor / base.floor:.2f} |"
        )
    lines += ["", f"Goal: ours and the clock <= {GOAL} at the last, with the same floor."]
    return lines


def _others(found: dict[tuple[_Place, int], _Found]) -> list[str]:
    lines = [
        (
            "A message that comes alone, while the daemon waits; a whole `once` with "
            f"nothing new; and the first {WARMING} mails of a daemon that has just begun, "
            "which compares the sizes of all mails and counts what rules found in all."
        ),
        "",
        (
            "| ledger | mailbox | in both | alone: ours ms | Dovecot ms | clock ms "
            f"| floor's clock ms | nothing new: s | first {WARMING}: s |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (place, size), each in found.items():
        cost = each.alone
        lines.append(
            f"| {place} | {size:,} | {cost.ours:.0f} | {cost.mail_server:.0f} | "
            f"{cost.clock:.0f} | {cost.floor:.0f} | {each.nothing:.2f} | {each.first:.1f} |"
        )
    return [*lines, "", "Goal: nothing new at 100,000 <= 5 s."]


def _plot(found: dict[tuple[_Place, int], _Found], plots: Path) -> str:
    costs = {
        f"{size:,} in ledger and mailbox, {place.store}, {place.kept_as}": each.many.ours
        for (place, size), each in found.items()
    }
    title = "Processor time of a message"
    return bars(plots / "growth.svg", title, costs, "ms")
