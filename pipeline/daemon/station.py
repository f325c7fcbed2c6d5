"""The station: everything the daemon works with, opened once."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

from pipeline.assembly import (
    Clock,
    Plan,
    open_journal,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_workshop,
)
from pipeline.domain.errors import PipelineError, TransientError
from pipeline.jobs.collect import FetchTroubles
from pipeline.jobs.pace import Pace
from pipeline.jobs.process import Workshop
from pipeline.ports import Ledger, Mailbox, Postbox, SendJournal

log = logging.getLogger("khtc.daemon")

FIRST_REST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Station:
    """Everything a cycle works with; `stop` is set by SIGTERM.

    Each door has a pace of its own, so that a dead mailbox does not keep letters waiting.
    """

    plan: Plan
    ledger: Ledger
    shop: Workshop
    mailbox: Mailbox
    postbox: Postbox
    journal: SendJournal
    clock: Clock
    stop: Event
    collecting: Pace
    delivering: Pace
    troubles: FetchTroubles = field(default_factory=FetchTroubles)

    def close(self) -> None:
        """Log out everywhere and stop the parsing children."""
        self.mailbox.close()
        self.postbox.close()
        self.shop.reader.close()
        self.ledger.close()

    def beat(self, job: str, trouble: PipelineError | None) -> None:
        """Leave a sign of life of a job, with what kept it from its end."""
        outcome = "ok" if trouble is None else str(trouble)
        if trouble is not None:
            log.warning("%s: %s", job, trouble)
        self.ledger.beat(job, self.clock(), outcome)


def open_station(plan: Plan, clock: Clock, stop: Event | None = None) -> Station:
    """All parts of a daemon; ConfigError when one cannot be made from the settings."""
    stop = stop or Event()
    mailbox, postbox = open_mailbox(plan, stop), open_postbox(plan)
    ledger = open_ledger(plan)
    shop = open_workshop(plan, ledger)
    _free_claims_of_the_dead(shop)
    first = _first_rest(plan)
    return Station(
        plan=plan,
        ledger=ledger,
        shop=shop,
        mailbox=mailbox,
        postbox=postbox,
        journal=open_journal(plan),
        clock=clock,
        stop=stop,
        collecting=Pace(first),
        delivering=Pace(first),
    )


def _free_claims_of_the_dead(shop: Workshop) -> None:
    """What a killed daemon of this machine had in hand is free at once.

    On another machine nobody can tell: there the claim runs out by itself.
    """
    for owner in shop.ledger.claimants():
        if owner == shop.owner or not _may_live(owner):
            count = shop.ledger.free(owner)
            log.warning("%s died with %d messages in hand: they are free", owner, count)


def _may_live(owner: str) -> bool:
    host, _, process = owner.rpartition(":")
    if host != os.uname().nodename:
        return True
    try:
        os.kill(int(process), 0)
    except OSError as fault:  # somebody else's process refuses, and so it lives
        return not isinstance(fault, ProcessLookupError)
    return True


def open_patiently(
    plan: Plan, clock: Clock, stop: Event, tell: Callable[[], object] = lambda: None
) -> Station | None:
    """A station as soon as the database answers; None when told to stop before.

    `tell` is called after each try that failed: somebody has to hear of it.
    """
    pace = Pace(_first_rest(plan))
    while not stop.is_set():
        try:
            return open_station(plan, clock, stop)
        except TransientError as trouble:
            log.warning("start: %s", trouble)
            pace.note(trouble, clock())
            tell()
            stop.wait(pace.rest.total_seconds())
    return None


def _first_rest(plan: Plan) -> timedelta:
    """Half a minute, or less where the mailbox is asked more often."""
    return min(FIRST_REST, timedelta(seconds=plan.settings.mailbox.poll_seconds))
