"""One full cycle: collect, process, deliver."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.adapters.disk.durable_files import free_bytes
from pipeline.daemon.delivery import Deliveries
from pipeline.daemon.leadership import free_claims_of_the_dead
from pipeline.daemon.station import Station
from pipeline.domain.errors import PipelineError
from pipeline.domain.health import LEAST_DISK
from pipeline.jobs.collect import collect
from pipeline.jobs.collect_round import CollectLimits, CollectReport
from pipeline.jobs.process import process
from pipeline.jobs.watch_quota import watch_quota

log = logging.getLogger("khtc.daemon")

AT_ONCE = 500
"""Mails of a folder; more would keep the first ones waiting for their letters."""
NOTHING_COLLECTED = CollectReport((), (), (), (), None)


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

    Where much is to be processed, what is ready leaves in between; where much has come,
    what was taken in at first is processed before the rest is fetched. The sizes of known
    messages are compared at the end: of a hundred thousand that takes its time.

    A daemon that does not lead processes only, and nothing from another data folder.
    """
    leads = station.leadership.look()
    if not leads:
        station.mailbox.close()
    if not leads and not station.leadership.shares_folder():
        log.warning("data_dir is not the leader's data folder: nothing is done")
        return CycleReport(0, 0, 0, 0, None)
    free_claims_of_the_dead(station.shop)
    deliveries = Deliveries(station, station.clock())
    settle = partial(_settle if leads else _settle_for_leader, station, progress)
    taken = _take_in(station) if leads else iter([NOTHING_COLLECTED])
    arrived = processed = 0
    trouble: PipelineError | None = None
    for collected in taken:
        arrived += len(collected.arrived)
        trouble = trouble or collected.trouble
        processed += settle(deliveries)
    return CycleReport(
        collected=arrived,
        processed=processed,
        sent=len(deliveries.sent),
        waiting=len(deliveries.requeued - deliveries.sent),
        trouble=trouble or deliveries.trouble,
    )


def _take_in(station: Station) -> Iterator[CollectReport]:
    """What is collected, a part at a time; each is processed before the next is fetched.

    What a missing folder or a full disk costs it costs once, not with each part.
    """
    if station.collecting.resting(station.clock()):
        yield NOTHING_COLLECTED
        return
    more, sizes, first = True, False, True
    while more or sizes:
        collected = _collect(station, sizes=sizes)
        if first or not (collected.trouble and collected.is_alive):
            station.collecting.note(collected.trouble, station.clock())
        yield collected
        first = False
        if not _still_collects(station):
            return
        more = collected.more and collected.may_go_on
        sizes = collected.sizes_due and collected.is_alive and not more


def _settle(
    station: Station, progress: Callable[[int], None], deliveries: Deliveries
) -> int:
    """Process what there is, and deliver what comes of it; how many were settled."""

    def settled(done: int) -> None:
        progress(done)
        deliveries.between(done)

    try:
        with deliveries.beside():
            done = process(station.shop, station.clock, station.stop.is_set, settled)
        station.leadership.look_for_helpers(station.shop.owner)
        deliveries.deliver()
    finally:
        station.postbox.close()  # a slice may have kept the line
    return done


def _settle_for_leader(
    station: Station, progress: Callable[[int], None], _deliveries: Deliveries
) -> int:
    """Process what there is, and call the leader to the letters that came of it."""
    done = process(station.shop, station.clock, station.stop.is_set, progress)
    if done:
        station.ledger.call()
    return done


def _still_collects(station: Station) -> bool:
    """Whether we may ask the mailbox once more: processing may have taken hours."""
    return not station.stop.is_set() and station.leadership.look()


def _collect(station: Station, *, sizes: bool) -> CollectReport:
    spam = frozenset(station.plan.settings.mailbox.spam_folders)
    report = collect(
        station.mailbox,
        station.shop.archive,
        station.ledger,
        station.clock,
        CollectLimits(
            spam,
            stop=station.stop.is_set,
            room=partial(_room, station),
            coming=station.shop.reader.expect,
            most=AT_ONCE,
            sizes=sizes,
        ),
        station.troubles,
    )
    station.beat("collect", report.trouble)
    if report.trouble is None:
        _watch_quota(station)
    return report


def _room(station: Station) -> int:
    return free_bytes(station.plan.settings.data_dir) - LEAST_DISK


def _watch_quota(station: Station) -> None:
    now = station.clock()
    trouble = watch_quota(station.mailbox, station.ledger, station.quota, now)
    if trouble is not None:
        log.warning("quota: %s", trouble)
