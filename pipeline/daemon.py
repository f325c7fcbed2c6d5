"""The daemon: one full cycle, and the timetable that repeats it until SIGTERM.

The only door to `schedule`. What is due is decided from the ledger, never from the
memory of this process: a missed night is caught up after a restart.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Event
from zoneinfo import ZoneInfo

from schedule import Scheduler

from pipeline.assembly import (
    PAUSE_FILE,
    Clock,
    Plan,
    make_consolidation,
    open_journal,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_workshop,
)
from pipeline.domain.errors import PermanentError, PipelineError, TransientError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.question_register import overdue
from pipeline.jobs.collect import CollectLimits, CollectReport, FetchTroubles, collect
from pipeline.jobs.consolidate import ConsolidateReport, consolidate, due
from pipeline.jobs.deliver import DeliverLimits, DeliverReport, deliver
from pipeline.jobs.pace import Pace
from pipeline.jobs.process import Workshop, process
from pipeline.ports import Ledger, Mailbox, Postbox, SendJournal

log = logging.getLogger("khtc.daemon")

DRAFTS_KEPT = timedelta(days=7)
"""Half-written files of a crash stay that long, in case somebody wants to look."""
FIRST_REST = timedelta(seconds=30)
NOTHING_COLLECTED = CollectReport((), (), (), (), None)
NOTHING_DELIVERED = DeliverReport((), (), (), (), (), None)


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


def open_patiently(plan: Plan, clock: Clock, stop: Event) -> Station | None:
    """A station as soon as the database answers; None when told to stop before."""
    pace = Pace(_first_rest(plan))
    while not stop.is_set():
        try:
            return open_station(plan, clock, stop)
        except TransientError as trouble:
            log.warning("start: %s", trouble)
            pace.note(trouble, clock())
            stop.wait(pace.rest.total_seconds())
    return None


def _first_rest(plan: Plan) -> timedelta:
    """Half a minute, or less where the mailbox is asked more often."""
    return min(FIRST_REST, timedelta(seconds=plan.settings.mailbox.poll_seconds))


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
    if station.collecting.resting(station.clock()):
        return NOTHING_COLLECTED
    spam = frozenset(station.plan.settings.mailbox.spam_folders)
    with station.ledger.try_lead("collect") as leading:
        if not leading:
            return NOTHING_COLLECTED
        report = collect(
            station.mailbox,
            station.shop.archive,
            station.ledger,
            station.clock,
            CollectLimits(spam_folders=spam, stop=station.stop.is_set),
            station.troubles,
        )
    station.collecting.note(report.trouble, station.clock())
    _beat(station, "collect", report.trouble)
    return report


def _deliver(station: Station) -> DeliverReport:
    settings = station.plan.settings
    random = Random()  # noqa: S311 - only spreads retries
    paused_file = settings.data_dir / PAUSE_FILE

    def paused() -> bool:
        return station.stop.is_set() or paused_file.exists()

    off = settings.policy.replies == "off"
    if off or station.delivering.resting(station.clock()):
        return NOTHING_DELIVERED
    with station.ledger.try_lead("deliver") as leading:
        if not leading:
            return NOTHING_DELIVERED
        report = deliver(
            station.ledger,
            station.journal,
            station.postbox,
            station.clock,
            DeliverLimits(paused=paused, jitter=random.random),
        )
    station.delivering.note(report.trouble, station.clock())
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
    with station.ledger.try_lead("consolidate") as leading:
        for plan_round in station.plan.rounds if leading else ():
            last = station.ledger.last_run(plan_round.id)
            if due(last, now, settings.schedule.consolidate_at, zone):
                reports.append(_consolidate(station, plan_round))
    if reports:
        _name_overdue(station)
    return reports


def _name_overdue(station: Station) -> None:
    """Once a night: what localities asked and should have been answered."""
    late = overdue(station.ledger.questions(), station.clock())
    if late:
        numbers = ", ".join(str(question.id) for question in late)
        log.warning("%d questions or recommendations are overdue: %s", len(late), numbers)


def _consolidate(station: Station, plan_round: PlanRound) -> ConsolidateReport:
    """One night run, with its heartbeat whatever becomes of it."""
    work = make_consolidation(station.plan, station.ledger, plan_round)
    try:
        report = consolidate(work, station.clock())
    except PipelineError as trouble:
        _beat(station, "consolidate", trouble)
        raise
    _beat(station, "consolidate", None)
    return report


def run_forever(station: Station) -> None:
    """Poll, listen and consolidate until `stop` is set.

    Troubles of the world are retried with growing rests; they never end the daemon.
    """
    timetable = Scheduler()
    timetable.every(1).minutes.do(_guarded, station, consolidate_if_due)
    _guarded(station, _forget_drafts)
    ledger = Pace(station.collecting.first)
    while not station.stop.is_set():
        trouble = _guarded(station, run_cycle)
        ledger.note(trouble, station.clock())
        if trouble is None:
            timetable.run_pending()
            _guarded(station, _wait)
        else:
            station.stop.wait(ledger.rest.total_seconds())


def _forget_drafts(station: Station) -> None:
    station.shop.archive.forget_drafts(station.clock() - DRAFTS_KEPT)


def _wait(station: Station) -> None:
    """Until mail is announced, a poll is due, or we are told to stop."""
    seconds = station.plan.settings.mailbox.poll_seconds
    if station.collecting.resting(station.clock()):
        station.stop.wait(seconds)
    else:
        station.mailbox.wait(seconds)


def _guarded(station: Station, job: Callable[[Station], object]) -> PipelineError | None:
    """A job of the timetable; what kept it from its end, if anything, is logged."""
    try:
        job(station)
    except (TransientError, PermanentError) as trouble:
        log.warning("%s: %s", getattr(job, "__name__", "job"), trouble)
        return trouble
    return None
