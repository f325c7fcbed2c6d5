"""One full cycle: collect, process, deliver."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pipeline.assembly import OFFICE, PAUSE_FILE
from pipeline.daemon.leadership import free_claims_of_the_dead
from pipeline.daemon.station import Station
from pipeline.domain.errors import PipelineError
from pipeline.jobs.collect import CollectLimits, CollectReport, collect
from pipeline.jobs.deliver import DeliverLimits, DeliverReport, deliver
from pipeline.jobs.process import process
from pipeline.jobs.watch_quota import watch_quota

log = logging.getLogger("khtc.daemon")

NOTHING_COLLECTED = CollectReport((), (), (), (), None)
NOTHING_DELIVERED = DeliverReport((), (), (), (), (), None)


@dataclass(frozen=True, slots=True)
class CycleReport:
    """What one cycle did; `trouble` is what kept it from doing more."""

    collected: int
    processed: int
    sent: int
    waiting: int
    trouble: PipelineError | None


def run_cycle(
    station: Station, progress: Callable[[int], None] = lambda done: None
) -> CycleReport:
    """Collect, process, deliver, once. A dead server costs its own job only.

    A daemon that does not lead processes only, and nothing from another data folder.
    """
    led = station.leadership.led
    leads = station.leadership.look()
    if led and not leads:
        station.mailbox.close()
    if not leads and not station.leadership.shares_folder():
        log.warning("data_dir is not the leader's data folder: nothing is done")
        return CycleReport(0, 0, 0, 0, None)
    free_claims_of_the_dead(station.shop)
    collected = _collect(station) if leads else NOTHING_COLLECTED
    processed = process(station.shop, station.clock, station.stop.is_set, progress)
    leads = leads and station.leadership.look()
    delivered = _deliver(station) if leads else NOTHING_DELIVERED
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
    report = collect(
        station.mailbox,
        station.shop.archive,
        station.ledger,
        station.clock,
        CollectLimits(spam_folders=spam, stop=station.stop.is_set),
        station.troubles,
    )
    station.collecting.note(report.trouble, station.clock())
    station.beat("collect", report.trouble)
    if report.trouble is None:
        _watch_quota(station)
    return report


def _watch_quota(station: Station) -> None:
    now = station.clock()
    trouble = watch_quota(station.mailbox, station.ledger, station.quota, now)
    if trouble is not None:
        log.warning("quota: %s", trouble)


def _deliver(station: Station) -> DeliverReport:
    settings = station.plan.settings
    random = Random()  # noqa: S311 - only spreads retries
    paused_file = settings.data_dir / PAUSE_FILE

    def paused() -> bool:
        told = station.stop.is_set() or paused_file.exists()
        return told or not station.leadership.look()

    off = settings.policy.replies == "off"
    if off or station.delivering.resting(station.clock()):
        return NOTHING_DELIVERED
    report = deliver(
        station.ledger,
        station.journal,
        station.postbox,
        station.clock,
        DeliverLimits(paused=paused, is_open=OFFICE.is_open, jitter=random.random),
    )
    station.delivering.note(report.trouble, station.clock())
    station.beat("deliver", report.trouble)
    return report
