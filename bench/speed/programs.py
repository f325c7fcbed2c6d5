"""Whole programs, measured from outside by what the kernel accounts for them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.demo.sample_mails import registered_senders, senders_csv
from tests.servers.aiosmtp import AioSmtp
from tests.servers.dovecot import PASSWORD, Dovecot

_LAST_WORDS = 4_000
_OF_A_PROCESS = 2
"""With its number this names the clock of a process, as clock_getcpuclockid(3) does."""
ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
USER = "khtc@example.test"
SEED = 2364
_AS_INSTALLED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Of all programs alike: what Python compiles is kept, as on a user's machine."""


@dataclass(frozen=True)
class Measured:
    """One run: wall and processor seconds (children included), peak memory in MB."""

    seconds: float
    cpu: float
    program_mb: float
    child_mb: float


def daemon(configuration: Path, *words: str) -> list[str]:
    """The command line of one of our commands."""
    return [
        sys.executable,
        str(ROOT / "run_daemon.py"),
        "--config",
        str(configuration),
        *words,
    ]


def configure(
    home: Path, dovecot: Dovecot, smtp: AioSmtp, more: str = "", other: str = ""
) -> Path:
    """A fresh installation that reads the mailbox and answers to the sink.

    `more` goes on in the mailbox's settings, `other` holds further lines of the file.
    """
    folder = home / "config"
    folder.mkdir(parents=True)
    secret = folder / "mail.secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    gazetteer = load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv")
    registry = senders_csv(registered_senders(gazetteer, SEED))
    (folder / "senders.csv").write_text(registry, encoding="utf-8")
    path = folder / "daemon.yaml"
    path.write_text(
        f"""
mailbox: {{port: {dovecot.imaps}, ca_file: {dovecot.certificates.ca_file},
  username: {USER}, password_file: config/mail.secret{more}}}
smtp: {{port: {smtp.port}, security: starttls, ca_file: {smtp.certificates.ca_file},
  username: {USER}, password_file: config/mail.secret,
  from_address: phongkh_molisa@yahoo.com}}
{other}
""",
        encoding="utf-8",
    )
    return path


def measure(command: Sequence[str]) -> Measured:
    """Run a program to its end, watching its memory and its children's."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=_AS_INSTALLED,
    )
    peaks: dict[int, float] = {}
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peaks, over))
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    over.set()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit {process.returncode}")
    children = [mb for pid, mb in peaks.items() if pid != process.pid]
    cpu = used.ru_utime + used.ru_stime
    return Measured(seconds, cpu, peaks.get(process.pid, 0.0), max(children, default=0.0))


@contextmanager
def running(
    command: Sequence[str], cores: frozenset[int] = frozenset()
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that goes on until the block ends, then is asked to stop.

    Where `cores` are given, it and its children have only these. When the block fails,
    the program's last words are told.
    """
    with TemporaryFile() as said:
        process = subprocess.Popen(
            [*_confined(cores), *command],
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=ROOT,
            env=_AS_INSTALLED,
        )
        try:
            yield process
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-_LAST_WORDS:])
            raise
        finally:
            process.terminate()
            process.wait(timeout=60)


def _confined(cores: frozenset[int]) -> list[str]:
    """What makes a command run on some cores only; its process number stays its own."""
    if not cores:
        return []
    setting = (
        "import os, sys; os.sched_setaffinity(0, map(int, sys.argv[1].split(',')));"
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    return [sys.executable, "-c", setting, ",".join(map(str, sorted(cores)))]


def watch(pid: int, peaks: dict[int, float], over: threading.Event) -> None:
    """The largest resident memory of a process and its children, by pid."""
    while not over.wait(0.1):
        for each in family(pid):
            peaks[each] = max(peaks.get(each, 0.0), memory_of(each, "VmHWM"))


def family(pid: int) -> list[int]:
    """A process and its children, by every thread that may have started one."""
    found = [pid]
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in listing.read_text().split()]
        except OSError:
            continue
    return found


def memory_of(pid: int, which: str) -> float:
    """VmHWM (peak) or VmRSS (now) of a process in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = (line.split() for line in status.splitlines() if line.startswith(which))
    return next((int(words[1]) / 1024 for words in lines), 0.0)


def processor_seconds(pid: int) -> float:
    """User and system seconds of one process so far; 0 when it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | _OF_A_PROCESS)
    except OSError:
        return 0.0


def with_reaped(pid: int) -> float:
    """The same with those of its children that have ended, to a hundredth of a second."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")


def of_a_server(pid: int) -> float:
    """The same of a server: its first process, those that live, and those that ended."""
    return sum(map(with_reaped, family(pid)))
