"""The station: everything the daemon works with, opened once."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event
from time import monotonic

from pipeline.assembly import (
    Clock,
    Plan,
    open_journal,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_workshop,
)
from pipeline.daemon.leadership import (
    Leadership,
    free_claims_of_the_dead,
    refuse_other_folder,
)
from pipeline.domain.errors import PipelineError, TransientError
from pipeline.jobs.fetch_troubles import FetchTroubles
from pipeline.jobs.pace import Pace
from pipeline.jobs.process import Workshop
from pipeline.jobs.watch_quota import QuotaWatch
from pipeline.ports import Ledger, Mailbox, Postbox, SendJournal

log = logging.getLogger("khtc.daemon")

FIRST_REST = timedelta(seconds=30)
FIRST_MOMENT, MOMENT = 0.004, 0.02
LOOK_FOR_THE_DEAD = 10
"""Moments between two looks."""


def _a_thread() -> Executor:
    return ThreadPoolExecutor(1, "letters")


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
    leadership: Leadership
    troubles: FetchTroubles = field(default_factory=FetchTroubles)
    quota: QuotaWatch = field(default_factory=QuotaWatch)
    beside: Callable[[], Executor] = _a_thread
    """Who delivers letters while others are at work: one at a time, in their order."""

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
    shop = replace(shop, pause=_WaitForOthers(shop, stop))
    leadership = Leadership(ledger, shop.owner, plan.settings.data_dir)
    refuse_other_folder(leadership, plan.settings, stop)
    free_claims_of_the_dead(shop)
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
        leadership=leadership,
    )


@dataclass(slots=True)
class _WaitForOthers:
    """A moment, in which somebody else may finish; now and then, who turns out dead.

    It is shorter than a message takes: whoever sleeps on leaves a core idle. Most waits
    end with the next message that the other has read, so the first moments of each are
    the shortest.
    """

    shop: Workshop
    stop: Event
    moments: int = 0
    over: float = 0.0
    moment: float = FIRST_MOMENT

    def __call__(self) -> None:
        if self.moments % LOOK_FOR_THE_DEAD == 0:
            free_claims_of_the_dead(self.shop)
        self.moments += 1
        goes_on = monotonic() - self.over < MOMENT
        self.moment = min(self.moment * 2, MOMENT) if goes_on else FIRST_MOMENT
        self.stop.wait(self.moment)
        self.over = monotonic()


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
