"""The soak: the daemon as it is run, thousands of mails, servers that fail at random."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from bench.proof.soak_mails import soak_mails
from pipeline.demo.sample_mails import registered_senders, senders_csv
from tests.builders.demo_world import shipped_gazetteer
from tests.builders.mails import OURS
from tests.e2e.mail_system import until
from tests.e2e.program import Installation
from tests.servers.faulty_smtp import FaultySmtp, faulty_smtp
from tests.servers.ledgers import TestDatabase
from tests.servers.scripted_imap import ScriptedImap, scripted_imap

if TYPE_CHECKING:
    from subprocess import Popen

BATCH = 100
PATIENCE = 600.0
# A letter that failed again and again rests for up to a quarter of an hour.
LONGEST_REST = 1_200.0
MOST_MEGABYTES = 300.0
ENDS = "('filed', 'held', 'ignored', 'duplicate', 'quarantined', 'gone')"
# What passes in seconds; a server that asks for less would rest a quarter of an hour.
_IMAP = ("drop", "* BYE going down", "{tag} NO no", "SSH-2.0-OpenSSH", "stall")
_BODY = ("drop", "half", "short", "long", "", "{tag} NO [EXPUNGEISSUED] gone", "* BYE x")
_SMTP = ("drop", "421", "4xx", "junk", "stall", "accept-and-drop")


@dataclass(frozen=True)
class Size:
    """What a process holds: megabytes in memory, open files, threads."""

    megabytes: float
    files: int
    threads: int


@dataclass(frozen=True)
class Soaked:
    """What the soak came to: sizes after a third of it, at the end and at the most."""

    mails: int
    letters: int
    unknown: int
    faults: int
    killed: int
    minutes: float
    early: Size
    late: Size
    peak: float
    problems: tuple[str, ...]


def soak(mails: int, seed: int, until_then: float = float("inf")) -> Soaked | None:
    """Let the daemon live through so many mails, in whole batches; its end must balance.

    No batch but the first begins after `until_then` (monotonic). None: no mail asked for.
    """
    if mails <= 0:
        return None
    began = time.monotonic()
    with (
        TemporaryDirectory() as folder,
        scripted_imap({}) as imap,
        faulty_smtp() as smtp,
    ):
        imap.times = smtp.times = 1_000_000
        program = _installed(Path(folder), imap, smtp)
        with _running(program) as daemon:
            trial = _Trial(program, daemon, imap, smtp, Random(seed))
            with trial.watched():
                for number in range(ceil(mails / BATCH)):
                    if number and time.monotonic() > until_then:
                        break
                    trial.batch()
                trial.rest()
        return trial.result((time.monotonic() - began) / 60)


class _Trial:
    """Batches of mails, faults beside them, and what the daemon holds after each."""

    def __init__(
        self,
        program: Installation,
        daemon: "Popen[bytes]",
        imap: ScriptedImap,
        smtp: FaultySmtp,
        dice: Random,
    ) -> None:
        self._program, self._daemon = program, daemon
        self._imap, self._smtp = imap, smtp
        self._dice = dice
        self._mails = soak_mails(dice)
        self._sizes: list[Size] = []
        self._planned = 0
        self._killed = 0
        self._vain: list[str] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What is waited for in vain is a problem like others, not the end of the proof."""
        try:
            yield
        except AssertionError as vain:
            self._vain.append(str(vain))

    def batch(self) -> None:
        """A batch arrives, is in trouble, and is settled."""
        first = len(self._imap.messages) + 1
        new = {first + n: next(self._mails) for n in range(BATCH)}
        self._trouble(list(new))
        # A new dictionary: the server may be walking through the old one.
        self._imap.messages = self._imap.messages | new
        until(self._settled, f"{len(self._imap.messages)} mails are settled", PATIENCE)
        self._sizes.append(_size(self._daemon.pid))
        if len(self._sizes) % 10 == 0:
            print(f"soak: {len(self._imap.messages)} {self._sizes[-1]}", file=sys.stderr)

    def rest(self) -> None:
        """No more faults: every letter that is put off leaves."""
        self._imap.faults, self._smtp.faults = {}, {}
        left = "state IN ('queued', 'sending')"
        until(lambda: not self._left("outbox", left), "every letter leaves", LONGEST_REST)

    def result(self, minutes: float) -> Soaked:
        """What it came to; the daemon has ended."""
        rows = Counter(row["state"] for row in self._program.rows("outbox"))
        return Soaked(
            mails=len(self._imap.messages),
            letters=rows["sent"],
            unknown=rows["unknown"],
            faults=self._planned - self._undone(),
            killed=self._killed,
            minutes=minutes,
            early=self._sizes[len(self._sizes) // 3],
            late=self._sizes[-1],
            peak=max(size.megabytes for size in self._sizes),
            problems=tuple(self._problems()),
        )

    def _trouble(self, uids: Sequence[int]) -> None:
        faults = {
            self._dice.choice(("EXAMINE", "SEARCH", "FETCH", "greeting")): _IMAP,
            f"BODY {self._dice.choice(uids)}": _BODY,
            f"SIZE {self._dice.choice(uids)}": _IMAP,
        }
        for point, choice in faults.items():
            self._imap.faults[point] = [self._dice.choice(choice)]
        point = self._dice.choice(("greeting", "auth", "mail", "rcpt", "data", "dot"))
        self._smtp.faults[point] = [self._dice.choice(_SMTP)]
        self._planned += len(faults) + 1
        children = _children(self._daemon.pid)
        if children and self._dice.random() < 0.2:
            with suppress(ProcessLookupError):
                os.kill(self._dice.choice(children), signal.SIGKILL)
                self._killed += 1

    def _settled(self) -> bool:
        assert self._daemon.poll() is None, "the daemon has ended"
        done = self._left("ingest_log", f"state IN {ENDS}")
        return done == len(self._imap.messages)

    def _left(self, view: str, which: str) -> int:
        query = f"SELECT count(*) AS n FROM {view} WHERE {which}"
        return int(self._program.database.rows(query)[0]["n"])

    def _undone(self) -> int:
        lists = [*self._imap.faults.values(), *self._smtp.faults.values()]
        return sum(len(each) for each in lists if isinstance(each, list))

    def _problems(self) -> Iterator[str]:
        yield from self._vain
        rows = Counter(row["uid"] for row in self._program.rows("ingest_log"))
        if rows != Counter(dict.fromkeys(self._imap.messages, 1)):
            yield "not one row for each mail"
        came = Counter(_id_of(data) for data in self._smtp.accepted)
        for row in self._program.rows("outbox"):
            times = came.pop(row["message_id"], 0)
            if times > 1 or (row["state"] == "sent") > times:
                yield f"a letter is {row['state']} and came {times} times"
        if came:
            yield f"{len(came)} letters that the ledger does not know"
        told = self._program.run("audit", "--json")
        if told.code:
            yield f"audit: {told.out[:300]}"
        yield from self._growth()

    def _growth(self) -> Iterator[str]:
        early, late = self._sizes[len(self._sizes) // 3], self._sizes[-1]
        if late.megabytes > early.megabytes * 1.2 + 10:
            yield f"memory grew from {early.megabytes:.0f} to {late.megabytes:.0f} MB"
        if late.files > early.files + 4 or late.threads > early.threads + 2:
            yield f"files or threads grew from {early} to {late}"
        if max(size.megabytes for size in self._sizes) > MOST_MEGABYTES:
            yield f"more than {MOST_MEGABYTES:.0f} MB"


def _id_of(data: bytes) -> str:
    head = data.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    line = next(x for x in head.splitlines() if x.lower().startswith("message-id:"))
    return line.partition(":")[2].strip()


def _installed(folder: Path, imap: ScriptedImap, smtp: FaultySmtp) -> Installation:
    (folder / "config").mkdir()
    secret = folder / "config" / "password"
    secret.write_text("mat-khau-thu\n")
    secret.chmod(0o600)
    senders = senders_csv(registered_senders(shipped_gazetteer(), 1))
    (folder / "config" / "senders.csv").write_text(senders, encoding="utf-8")
    door = {
        "host": "127.0.0.1",
        "security": "none",
        "password_file": "config/password",
        "username": "khtc",
        "timeout_seconds": 2,
    }
    settings = {
        "round": "ke-hoach-2014",
        "data_dir": "data",
        "database": f"sqlite:///{folder}/data/ingest.db",
        "mailbox": {**door, "port": imap.port, "poll_seconds": 1},
        "smtp": {
            **door,
            "port": smtp.port,
            "from_address": OURS,
            "final_timeout_seconds": 2,
        },
        "policy": {"letters_per_hour": 100_000},
        "workers": 2,
    }
    text = yaml.safe_dump(settings, allow_unicode=True)
    (folder / "config" / "daemon.yaml").write_text(text, encoding="utf-8")
    return Installation(folder, TestDatabase("sqlite", settings["database"]), settings)


@contextmanager
def _running(program: Installation) -> "Iterator[Popen[bytes]]":
    log = program.folder / "daemon.log"
    daemon = program.start("run", "--allow-root", log=log)
    try:
        until(partial(_has_tables, program), "the daemon has begun")
        yield daemon
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(30)
        assert code == 0, f"the daemon ended with {code}"
    except BaseException:
        print(log.read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()


def _has_tables(program: Installation) -> bool:
    """The file of the database is there a moment before what is in it."""
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'outbox'"
    return (program.data / "ingest.db").exists() and bool(program.database.rows(tables))


def _size(process: int) -> Size:
    status = Path(f"/proc/{process}/status").read_text()
    told = dict(line.split(":", 1) for line in status.splitlines())
    files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return Size(int(told["VmRSS"].split()[0]) / 1024, files, int(told["Threads"]))


def _children(process: int) -> list[int]:
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for path in lists for number in path.read_text().split()]


def main() -> int:
    """A soak alone: `python -m bench.proof.soak MAILS [SEED]`."""
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    soaked = soak(int(sys.argv[1]), seed)
    print(soaked)
    return int(soaked is None or bool(soaked.problems))


if __name__ == "__main__":
    sys.exit(main())
