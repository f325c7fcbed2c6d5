"""What a message costs with 1,000, 10,000 and 100,000 others in ledger and mailbox.

A daemon that runs is measured, not the difference of two runs: what a process does once
at its start would drown the difference of a few milliseconds.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event

from bench.speed.old_mails import OF_A_UNIT, crowd, remember, validity
from bench.speed.plots import bars
from bench.speed.programs import (
    configure,
    daemon,
    family,
    measure,
    processor_seconds,
    running,
)
from bench.speed.side_by_side import mails, put
from pipeline.demo.sample_mails import SampleMail
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.postgres import running_postgres

STORES = ("SQLite", "PostgreSQL")
WARMING = 10
"""They bring the pages of ledger and mailbox into memory, and start the children."""
TOGETHER = 30
BURSTS = 5
ALONE = 10
PATIENCE = 120.0
_TICK = Event()


@dataclass(frozen=True)
class _Found:
    """Seconds of a run with nothing new; milliseconds of a message by how it came."""

    nothing: float
    cpu: float
    wall: float
    cpu_alone: float
    wall_alone: float


def growth(
    scratch: Path, certificates: Certificates, sizes: list[int], plots: Path
) -> list[str]:
    """Processor and clock of a message, and of a round with nothing new, by size."""
    found: dict[tuple[str, int], _Found] = {}
    made = mails(WARMING + TOGETHER * BURSTS + ALONE)
    with running_postgres() as postgres:
        for store in STORES:
            for size in sizes:
                home = scratch / f"growth-{store}-{size}"
                sqlite = f"sqlite:///{home / 'data' / 'ingest.db'}"
                url = sqlite if store == "SQLite" else postgres.empty()
                found[store, size] = _measured(home, certificates, url, size, made)
                if store == "PostgreSQL":
                    postgres.drop(url)
    return [*_section(found), "", _plot(found, plots)]


def _measured(
    home: Path, certificates: Certificates, url: str, size: int, made: list[SampleMail]
) -> _Found:
    with ExitStack() as stack:
        dovecot = stack.enter_context(running_dovecot(certificates))
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
        waiting = iter(made)

        def costs(count: int) -> tuple[float, float]:
            some = [next(waiting) for _ in range(count)]
            return _cost(process.pid, dovecot, smtp, some)

        costs(WARMING)
        bursts = [costs(TOGETHER) for _ in range(BURSTS)]
        alone = [costs(1) for _ in range(ALONE)]
    return _Found(median(nothing), *_medians(bursts), *_medians(alone))


def _cost(
    pid: int, dovecot: Dovecot, smtp: AioSmtp, some: list[SampleMail]
) -> tuple[float, float]:
    """Milliseconds of a message, processor (children too) and clock, to its letter."""
    pids, due = family(pid), len(smtp.letters) + len(some)
    used = sum(map(processor_seconds, pids))
    began = time.monotonic()
    put(dovecot, some)
    while len(smtp.letters) < due:
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{len(smtp.letters)} letters of {due}")
        _TICK.wait(0.01)
    seconds = time.monotonic() - began
    _TICK.wait(0.5)  # what it does before it waits again belongs to these
    used = sum(map(processor_seconds, family(pid))) - used
    return 1000 * used / len(some), 1000 * seconds / len(some)


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def _plot(found: dict[tuple[str, int], _Found], plots: Path) -> str:
    costs = {
        f"{size:,} in ledger and mailbox, {store}": each.cpu
        for (store, size), each in found.items()
    }
    title = "Processor time of a message"
    return bars(plots / "growth.svg", title, costs, "ms")


def _section(found: dict[tuple[str, int], _Found]) -> list[str]:
    lines = [
        "## Growth",
        "",
        (
            "A clean 9-form return in a daemon that runs (`run`, IDLE, one child), from "
            "its append to its letter, when ledger and mailbox hold so many, of units "
            f"with {OF_A_UNIT} mails each, in the same round. Processor time of daemon and "
            f"child; median of {BURSTS} bursts of {TOGETHER}, and of {ALONE} mails that "
            "come each alone. Nothing new: a whole `once`. No old body was fetched."
        ),
        "",
        (
            "| ledger | in ledger and mailbox | nothing new: s | a message of many: "
            "processor ms | wall ms | to the smallest | a message alone: processor ms | "
            "wall ms | to the smallest |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    bases: dict[str, _Found] = {}
    for (store, size), each in found.items():
        base = bases.setdefault(store, each)
        lines.append(
            f"| {store} | {size:,} | {each.nothing:.2f} | {each.cpu:.0f} | "
            f"{each.wall:.0f} | {each.cpu / base.cpu:.2f} | {each.cpu_alone:.0f} | "
            f"{each.wall_alone:.0f} | {each.cpu_alone / base.cpu_alone:.2f} |"
        )
    lines += ["", "Goals: of many <= 1.2 at the last; nothing new at 100,000 <= 5 s."]
    return lines
