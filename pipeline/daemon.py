"""The daemon: one full cycle, and the timetable that repeats it until SIGTERM.

The only door to `schedule`. What is due is decided from the ledger, never from the
memory of this process: a missed night is caught up after a restart.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import Event
from zoneinfo import ZoneInfo

from schedule import Scheduler

from pipeline.assembly import (
    Plan,
    make_consolidation,
    open_journal,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_workshop,
)
from pipeline.domain.errors import PipelineError, RefusedLoginError, TransientError
from pipeline.jobs.collect import CollectLimits, CollectReport, FetchTroubles, collect
from pipeline.jobs.consolidate import ConsolidateReport, consolidate, due
from pipeline.jobs.deliver import DeliverLimits, DeliverReport, deliver
from pipeline.jobs.process import Workshop, process
from pipeline.ports import Ledger, Mailbox, Postbox

log = logging.getLogger("khtc.daemon")

Clock = Callable[[], datetime]
FIRST_PAUSE, LONGEST_PAUSE, REFUSED_PAUSE = 30.0, 900.0, 1800.0


@dataclass(frozen=True, slots=True)
class Station:
    """Everything a cycle works with; `stop` is set by SIGTERM."""

    plan: Plan
    ledger: Ledger
    shop: Workshop
    mailbox: Mailbox
    postbox: Postbox
    clock: Clock
    stop: Event
    troubles: FetchTroubles = field(default_factory=FetchTroubles)

    def close(self) -> None:
        """Log out everywhere and stop the parsing children."""
        self.mailbox.close()
        self.postbox.close()
        self.shop.reader.close()
        self.ledger.close()


@dataclass(frozen=True, slots=True)
class CycleReport:
    """What one cycle did; `trouble` is what kept it from doing more."""

    collected: int
    processed: int
    sent: int
    waiting: int
    trouble: PipelineError | None


def open_station(plan: Plan, clock: Clock, stop: Event | None = None) -> Station:
    """All parts of a daemon; ConfigError when one cannot be made from the settings."""
    stop = stop or Event()
    mailbox, postbox = open_mailbox(plan, stop), open_postbox(plan)
    ledger = open_ledger(plan)
    return Station(
        plan=plan,
        ledger=ledger,
        shop=open_workshop(plan, ledger),
        mailbox=mailbox,
        postbox=postbox,
        clock=clock,
        stop=stop,
    )


def run_cycle(
    station: Station, progress: Callable[[int], None] = lambda done: None
) -> CycleReport:
    """Collect, process, deliver, once. A dead server costs its own job only."""
    collected = _collect(station)
    processed = process(station.shop, station.clock, station.stop.is_set, progress)
    delivered = _deliver(station)
    trouble = collected.trouble or delivered.trouble
    return CycleReport(
        collected=len(collected.arrived),
        processed=processed,
        sent=len(delivered.sent),
        waiting=len(delivered.requeued),
        trouble=trouble,
    )


def _collect(station: Station) -> CollectReport:
    spam = frozenset(station.plan.settings.mailbox.spam_folders)
    with station.ledger.try_lead("collect") as leading:
        if not leading:
            return CollectReport((), (), (), (), None)
        report = collect(
            station.mailbox,
            station.shop.archive,
            station.ledger,
            station.clock,
            CollectLimits(spam_folders=spam, stop=station.stop.is_set),
            station.troubles,
        )
    _beat(station, "collect", report.trouble)
    return report


def _deliver(station: Station) -> DeliverReport:
    settings = station.plan.settings
    random = Random()  # noqa: S311 - only spreads retries
    paused_file = settings.data_dir / "letters.paused"

    def paused() -> bool:
        return station.stop.is_set() or paused_file.exists()

    if settings.policy.replies == "off":
        return DeliverReport((), (), (), (), (), None)
    with station.ledger.try_lead("deliver") as leading:
        if not leading:
            return DeliverReport((), (), (), (), (), None)
        report = deliver(
            station.ledger,
            open_journal(station.plan),
            station.postbox,
            station.clock,
            DeliverLimits(paused=paused, jitter=random.random),
        )
    _beat(station, "deliver", report.trouble)
    return report


def _beat(station: Station, job: str, trouble: PipelineError | None) -> None:
    outcome = "ok" if trouble is None else str(trouble)
    if trouble is not None:
        log.warning("%s: %s", job, trouble)
    station.ledger.beat(job, station.clock(), outcome)


def consolidate_if_due(station: Station) -> list[ConsolidateReport]:
    """The night run of every round whose night has passed without one."""
    settings, now = station.plan.settings, station.clock()
    zone = ZoneInfo(settings.schedule.timezone)
    reports: list[ConsolidateReport] = []
    for plan_round in station.plan.rounds:
        last = station.ledger.last_run(plan_round.id)
        if not due(last, now, settings.schedule.consolidate_at, zone):
            continue
        with station.ledger.try_lead("consolidate") as leading:
            if leading:
                work = make_consolidation(station.plan, station.ledger, plan_round)
                reports.append(consolidate(work, now))
        _beat(station, "consolidate", None)
    return reports


def run_forever(station: Station) -> None:
    """Poll, listen and consolidate until `stop` is set.

    Troubles of the world are retried with growing pauses; they never end the daemon.
    """
    timetable = Scheduler()
    timetable.every(1).minutes.do(_guarded, station, consolidate_if_due)
    pause = FIRST_PAUSE
    while not station.stop.is_set():
        trouble = _guarded(station, run_cycle)
        timetable.run_pending()
        if trouble is None:
            pause = FIRST_PAUSE
            trouble = _guarded(station, _wait)
        if trouble is not None:
            refused = isinstance(trouble, RefusedLoginError)
            station.stop.wait(REFUSED_PAUSE if refused else pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _wait(station: Station) -> None:
    """Until mail is announced, a poll is due, or we are told to stop."""
    station.mailbox.wait(min(station.plan.settings.mailbox.poll_seconds, 60))


def _guarded(station: Station, job: Callable[[Station], object]) -> PipelineError | None:
    """A job of the timetable; its trouble, if any, is logged and given back."""
    try:
        result = job(station)
    except TransientError as trouble:
        log.warning("%s: %s", getattr(job, "__name__", "job"), trouble)
        return trouble
    return result.trouble if isinstance(result, CycleReport) else None
