"""Several daemons on one database: one leads, the others share the reading (ADR 0018).

The leader collects, delivers, consolidates, reminds and raises alarms. All of them use
one data folder: the leader leaves its name in a file there, and who finds in it the name
of nobody that lives has another folder, and keeps its hands off.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

from pipeline.adapters.disk.durable_files import blamed_on, write_durably
from pipeline.domain.errors import ConfigError, PermanentError, TransientError
from pipeline.jobs.process import Workshop
from pipeline.ports import Ledger
from pipeline.settings import Settings

log = logging.getLogger("khtc.daemon")

LEADER_FILE = "leader"
FOLLOW_SECONDS = 1
"""How often a daemon that does not lead looks for work and for a leader that died."""
LOOKS = 4
SHOWN_SECONDS = 2


@dataclass(slots=True)
class Leadership:
    """Whether this daemon leads; `name` is the one it is known by in the ledger.

    `helped`: others had messages in hand when we last began to deliver, so letters of
    theirs may have come since.
    """

    ledger: Ledger
    name: str
    folder: Path
    led: bool = False
    helped: bool = False
    _turn: Lock = field(default_factory=Lock)

    def look(self) -> bool:
        """Whether we lead now; who has just begun to says so in the data folder.

        Also asked by the thread that delivers letters.
        """
        with self._turn:
            return self._look()

    def _look(self) -> bool:
        leads = self.ledger.leads()
        if leads and not self.led and self.ledger.lives(self.name) is not None:
            path = self.folder / LEADER_FILE
            with blamed_on(path):
                write_durably(path, self.name.encode(), self.folder)
            log.info("this daemon (%s) leads", self.name)
        elif self.led and not leads:
            log.warning("another daemon leads now; this one (%s) only reads", self.name)
        self.led = leads
        return leads

    def look_for_helpers(self, owner: str) -> None:
        """Note whether others than `owner`, our own name on claims, have any in hand."""
        self.helped = bool(self.ledger.claimants() - {owner})
        if self.helped:
            with suppress(TransientError, PermanentError):  # then a second passes
                self.ledger.called(0)  # from now on we hear it when they are done

    def shares_folder(self) -> bool:
        """Whether the data folder is the one that the leader works in."""
        try:
            leader = (self.folder / LEADER_FILE).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        return self.ledger.lives(leader) is not False


@contextmanager
def shown_alive(ledger: Ledger) -> Iterator[None]:
    """A thread that shows the other daemons that this process does not hang.

    A process that is stopped, or whose machine is, shows nothing: another leads. A loop
    that hangs in a living process is the watchdog's.
    """
    over = Event()

    def show() -> None:
        while not over.wait(SHOWN_SECONDS):
            ledger.stay()

    thread = Thread(target=show, name="alive")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def refuse_other_folder(leadership: Leadership, settings: Settings, stop: Event) -> None:
    """ConfigError when another daemon leads from another data folder.

    A leader that has just changed may not have left its name yet: looked at again.
    """
    for _ in range(LOOKS):
        if leadership.look() or leadership.shares_folder():
            return
        stop.wait(min(FOLLOW_SECONDS, settings.mailbox.poll_seconds))
    raise ConfigError(
        settings.source,
        "data_dir",
        f"another daemon leads on this database, and {settings.data_dir} is not its data "
        "folder; give both the same one on shared storage, or stop the other daemon",
    )


def free_claims_of_the_dead(shop: Workshop) -> None:
    """What a killed process had in hand is free at once.

    On PostgreSQL the server knows who lives. On SQLite a process of another machine
    keeps its claim until that runs out by itself.
    """
    for owner in shop.ledger.claimants() - {shop.owner}:
        lives = shop.ledger.lives(owner)
        if not (_may_live(owner, shop.owner) if lives is None else lives):
            count = shop.ledger.free(owner)
            log.warning("%s died with %d messages in hand: they are free", owner, count)


def _may_live(owner: str, ours: str) -> bool:
    host, _, rest = owner.partition(":")
    if host != os.uname().nodename:
        return True
    process = int(rest.partition(":")[0])
    if process == os.getpid():
        # the console beside us, or a process before us that had our number: in a
        # container it is always 1
        return owner.rpartition(":")[0] == ours.rpartition(":")[0]
    try:
        os.kill(process, 0)
    except OSError as fault:  # somebody else's process refuses, and so it lives
        return not isinstance(fault, ProcessLookupError)
    return True
