"""One daemon beside two, with one parsing child each, on one PostgreSQL (ADR 0018)."""

import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from threading import Event

from bench.speed.programs import configure, daemon, processor_seconds, running
from bench.speed.side_by_side import mails, put
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import running_dovecot
from tests.servers.postgres import Postgres, running_postgres

CREWS = (1, 2)
PATIENCE = 600.0
_WARMING = 4
"""Mails before the clock starts: each daemon has read some and loaded what it needs."""
_TICK = Event()


def several(
    scratch: Path, certificates: Certificates, messages: int, rounds: int
) -> list[str]:
    """Messages a second of a crew of one and of two, in turn, and the ratio by pairs."""
    rates: dict[int, list[float]] = {crew: [] for crew in CREWS}
    used: dict[int, list[float]] = {crew: [] for crew in CREWS}
    with running_postgres() as postgres:
        for number in range(rounds):
            for crew in CREWS:
                home = scratch / f"crew-{crew}-{number}"
                seconds, cpu = _burst(home, certificates, postgres, crew, messages)
                rates[crew].append(messages / seconds)
                used[crew].append(1000 * cpu / messages)
    ratio = median(two / one for one, two in zip(rates[1], rates[2], strict=True))
    return [
        "## Several daemons",
        "",
        (
            f"{messages} clean 9-form returns put into the mailbox at once, while the "
            "daemons wait with IDLE; PostgreSQL, one parsing child each, until the last "
            f"letter is accepted; median of {rounds} runs in turn. PostgreSQL, Dovecot and "
            "the SMTP sink work on the same cores."
        ),
        "",
        "| daemons | messages/s | processor ms a message, daemons without children |",
        "|---|---|---|",
        *(f"| {c} | {median(rates[c]):.1f} | {median(used[c]):.0f} |" for c in CREWS),
        "",
        f"Ratio: {ratio:.2f} (goal >= 1.6).",
    ]


def _burst(
    home: Path, certificates: Certificates, postgres: Postgres, crew: int, messages: int
) -> tuple[float, float]:
    """Seconds from the first mail to the last letter, and processor seconds."""
    made = mails(messages + _WARMING)
    settings = f"database: {postgres.migrated()}\nworkers: 1"
    with (
        running_dovecot(certificates) as dovecot,
        running_aiosmtpd(certificates) as smtp,
        ExitStack() as stack,
    ):
        command = daemon(
            configure(home, dovecot, smtp, other=settings), "run", "--allow-root"
        )
        daemons = [stack.enter_context(running(command)) for _ in range(crew)]
        put(dovecot, made[:_WARMING])
        _await_letters(smtp, _WARMING)
        before = sum(processor_seconds(each.pid) for each in daemons)
        began = time.monotonic()
        put(dovecot, made[_WARMING:])
        _await_letters(smtp, len(made))
        seconds = time.monotonic() - began
        used = sum(processor_seconds(each.pid) for each in daemons) - before
    return seconds, used


def _await_letters(smtp: AioSmtp, count: int) -> None:
    began = time.monotonic()
    while len(smtp.letters) < count:
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{len(smtp.letters)} letters of {count}")
        _TICK.wait(0.01)
