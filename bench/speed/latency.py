"""How long a province waits for its letter, and what the daemon costs while it waits."""

import smtplib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from threading import Event

from bench.speed.programs import (
    USER,
    configure,
    daemon,
    family,
    memory_of,
    processor_seconds,
    running,
)
from bench.speed.side_by_side import mails, put
from pipeline.demo.sample_mails import SampleMail
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import running_dovecot
from tests.servers.postfix import Postfix, running_postfix

ANNOUNCED = 60
POLLED = 8
POLL_SECONDS = 5
IDLE_SECONDS = 30
STARTS = 5
PATIENCE = 60.0
_TICK = Event()


def latency(scratch: Path, certificates: Certificates) -> list[str]:
    """Seconds from the province's SMTP accept to our letter's, one mail at a time."""
    told = {
        "IDLE": _answer_times(scratch, certificates, "", ANNOUNCED),
        f"polling every {POLL_SECONDS} s": _answer_times(
            scratch, certificates, _POLLING, POLLED
        ),
    }
    lines = [
        "## Latency",
        "",
        (
            "From the province's SMTP accept (Postfix, LMTP, Dovecot) to the accept of our "
            "letter; the daemon idle, one clean 9-form return at a time."
        ),
        "",
        "| | mails | median s | p99 s | most s | goal |",
        "|---|---|---|---|---|---|",
    ]
    for name, times in told.items():
        goal = "median <= 1, p99 <= 3" if name == "IDLE" else "-"
        lines.append(
            f"| {name} | {len(times)} | {median(times):.2f} | {_p99(times):.2f} | "
            f"{max(times):.2f} | {goal} |"
        )
    return lines


def _answer_times(
    scratch: Path, certificates: Certificates, more: str, count: int
) -> list[float]:
    """Seconds of so many mails, on servers and a daemon of their own."""
    made = mails(count + 1)
    with (
        running_dovecot(certificates) as dovecot,
        running_postfix(dovecot) as postfix,
        running_aiosmtpd(certificates) as smtp,
    ):
        configuration = configure(scratch / f"latency-{count}", dovecot, smtp, more)
        with running(daemon(configuration, "run", "--allow-root")):
            answer_time(postfix, smtp, made.pop())  # until everything is loaded
            return [answer_time(postfix, smtp, mail) for mail in made]


_POLLING = f", idle: never, poll_seconds: {POLL_SECONDS}"


def answer_time(postfix: Postfix, smtp: AioSmtp, mail: SampleMail) -> float:
    """Hand a mail in as a province's server does, and wait for the answer."""
    before = len(smtp.letters)
    with smtplib.SMTP("127.0.0.1", postfix.smtp, timeout=PATIENCE) as server:
        server.sendmail(mail.sender, [USER], mail.raw)
        accepted = time.monotonic()
    while len(smtp.letters) == before:
        if time.monotonic() - accepted > PATIENCE:
            raise SystemExit(f"no letter to {mail.sender} after {before} others")
        _TICK.wait(0.002)
    return time.monotonic() - accepted


def idle(scratch: Path, certificates: Certificates) -> list[str]:
    """Start to first poll; then memory and processor while nothing happens."""
    starts = []
    with running_dovecot(certificates) as dovecot, running_aiosmtpd(certificates) as smtp:
        for number in range(STARTS):
            home = scratch / f"idle-{number}"
            configuration = configure(home, dovecot, smtp)
            ledger = home / "data" / "ingest.db"
            began = time.time()
            with running(daemon(configuration, "run", "--allow-root")):
                starts.append(first_poll(ledger) - began)
        put(dovecot, mails(1))
        home = scratch / "idle"
        command = daemon(configure(home, dovecot, smtp), "run", "--allow-root")
        with running(command) as process:
            before = len(smtp.letters)
            while len(smtp.letters) == before:  # children are started with the first mail
                _TICK.wait(0.05)
            _TICK.wait(2.0)
            pids = family(process.pid)
            used = sum(map(processor_seconds, pids))
            _TICK.wait(IDLE_SECONDS)
            used = sum(map(processor_seconds, pids)) - used
            memory = [memory_of(pid, "VmRSS") for pid in pids]
    together = memory[0] + max(memory[1:], default=0.0)
    return [
        "## Idle, and start",
        "",
        "| | measured | goal |",
        "|---|---|---|",
        (
            f"| start to the end of the first poll, median of {STARTS} | "
            f"{median(starts):.2f} s | <= 1.5 s |"
        ),
        f"| daemon resident | {memory[0]:.0f} MB | |",
        f"| daemon and one worker | {together:.0f} MB | <= 150 MB |",
        f"| all {len(memory)} processes | {sum(memory):.0f} MB | |",
        (
            f"| processor with IDLE over {IDLE_SECONDS} s | "
            f"{100 * used / IDLE_SECONDS:.2f} % | <= 0.2 % |"
        ),
    ]


def first_poll(ledger: Path) -> float:
    """When the first round over the mailbox ended, as the heartbeat tells."""
    while True:
        _TICK.wait(0.02)
        if not ledger.exists():
            continue
        try:
            with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
                found = database.execute(
                    "SELECT at FROM heartbeat WHERE job = 'collect'"
                ).fetchone()
        except sqlite3.OperationalError:  # not there yet
            continue
        if found:
            return datetime.fromisoformat(found[0]).timestamp()


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[98]
