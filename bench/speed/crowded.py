"""An installation of ours with so many old mails in ledger and mailbox, and its costs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event

from bench.speed.bare_client import seconds_to_fetch
from bench.speed.burst import seconds_to_answer
from bench.speed.old_mails import crowd, remember, validity
from bench.speed.programs import (
    configure,
    daemon,
    family,
    measure,
    of_a_server,
    processor_seconds,
    running,
)
from pipeline.demo.sample_mails import SampleMail
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.postgres import Postgres

_LOOKS = 3
_TICK = Event()


@dataclass(frozen=True)
class Place:
    """A database, and how the mail server keeps its mails."""

    store: str
    kept_as: str

    def __str__(self) -> str:
        return f"{self.store} | {self.kept_as}"


@dataclass(frozen=True)
class Cost:
    """Milliseconds a message, to its letter: processor of ours and the servers, clock."""

    ours: float
    database: float
    mail_server: float
    clock: float


@dataclass(frozen=True)
class Crowded:
    """A mailbox and a ledger that hold the same old mails, and who serves them.

    `nothing` are the seconds of a whole `once` that finds nothing new.
    """

    configuration: Path
    postgres: Postgres
    dovecot: Dovecot
    smtp: AioSmtp
    nothing: float

    @contextmanager
    def at_work(self) -> Iterator["AtWork"]:
        """A daemon that waits for mail."""
        with running(daemon(self.configuration, "run", "--allow-root")) as process:
            yield AtWork(process.pid, self)

    def floor(self, some: list[SampleMail]) -> float:
        """Milliseconds a message of a bare client of the mailbox; no daemon may run."""
        return 1000 * seconds_to_fetch(self.dovecot, some) / len(some)


@dataclass(frozen=True)
class AtWork:
    """A daemon that waits for mail in a crowded installation."""

    pid: int
    crowded: Crowded

    def cost(self, some: list[SampleMail]) -> Cost:
        """What a message of these costs that come at once."""
        before = self._used()
        seconds = seconds_to_answer(self.crowded.dovecot, self.crowded.smtp, some)
        _TICK.wait(0.5)  # what it does before it waits again belongs to these
        used = [b - a for a, b in zip(before, self._used(), strict=True)]
        return Cost(*(1000 * each / len(some) for each in (*used, seconds)))

    def _used(self) -> tuple[float, float, float]:
        """Processor seconds of the daemon with its children, and of both servers."""
        return (
            sum(map(processor_seconds, family(self.pid))),
            of_a_server(self.crowded.postgres.process),
            of_a_server(self.crowded.dovecot.process),
        )


@contextmanager
def crowded(
    home: Path, certificates: Certificates, postgres: Postgres, place: Place, size: int
) -> Iterator[Crowded]:
    """An installation with so many old mails; SystemExit when one is fetched again."""
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
        looks = [measure(daemon(configuration, "once")).seconds for _ in range(_LOOKS)]
        taken = len(list((home / "data" / "archive").glob("??/*.eml")))
        if taken:
            raise SystemExit(f"{taken} bodies of {size} were fetched twice")
        yield Crowded(configuration, postgres, dovecot, smtp, median(looks))
