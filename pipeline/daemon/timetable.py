"""The timetable that repeats the daemon's work: the only door to `schedule`."""

import logging
from collections.abc import Callable
from datetime import timedelta
from math import ceil

from schedule import Scheduler

from pipeline.daemon.cycle import run_cycle
from pipeline.daemon.daily import (
    consolidate_if_due,
    remind_if_due,
    tell_planners_if_due,
)
from pipeline.daemon.leadership import FOLLOW_SECONDS
from pipeline.daemon.station import Station
from pipeline.domain.errors import PermanentError, PipelineError, TransientError
from pipeline.jobs.pace import Pace

log = logging.getLogger("khtc.daemon")

LISTEN_SECONDS = 0.2
"""How soon one that listens for the others notices that it is to stop."""
DRAFTS_KEPT = timedelta(days=7)
"""Half-written files of a crash stay that long, in case somebody wants to look."""


def run_forever(station: Station, tell: Callable[[], object] = lambda: None) -> None:
    """Poll, listen, consolidate and remind until `stop` is set.

    Troubles of the world are retried with growing rests; they never end the daemon.
    `tell` is called once a cycle, whatever became of it.
    """
    timetable = Scheduler()
    timetable.every(1).minutes.do(_guarded, station, consolidate_if_due)
    timetable.every(1).minutes.do(_guarded, station, tell_planners_if_due)
    timetable.every(1).minutes.do(_guarded, station, remind_if_due)
    _guarded(station, _forget_drafts)
    ledger = Pace(station.collecting.first)
    while not station.stop.is_set():
        trouble = _guarded(station, run_cycle)
        ledger.note(trouble, station.clock())
        if trouble is None:
            timetable.run_pending()
        tell()
        if trouble is None:
            if _guarded(station, wait_for_work) is not None:
                # a server that hangs up on who listens must not be asked on and on
                station.stop.wait(station.plan.settings.mailbox.poll_seconds)
        else:
            station.stop.wait(ledger.rest.total_seconds())


def _forget_drafts(station: Station) -> None:
    station.shop.archive.forget_drafts(station.clock() - DRAFTS_KEPT)


def wait_for_work(station: Station) -> None:
    """Until mail is announced, a poll is due, or we are told to stop.

    Followers hear of mail from their leader, and it of their letters from them; in case
    nobody can say so any more, all of these look again soon.
    """
    seconds = station.plan.settings.mailbox.poll_seconds
    if not station.leadership.led or station.leadership.helped:
        _wait_for_call(station, min(seconds, FOLLOW_SECONDS))
        return
    station.ledger.hear_no_more()  # we may wait for weeks
    if station.collecting.resting(station.clock()):
        station.stop.wait(seconds)
    else:
        station.mailbox.wait(seconds)


def _wait_for_call(station: Station, seconds: float) -> None:
    """Until another daemon calls, for so long at most; it ends early when told to stop."""
    for _ in range(ceil(seconds / LISTEN_SECONDS)):
        if station.stop.is_set() or _called(station):
            return


def _called(station: Station) -> bool:
    try:
        return station.ledger.called(LISTEN_SECONDS)
    except TransientError:  # the next cycle tells of it
        station.stop.wait(LISTEN_SECONDS)
        return False


def _guarded(station: Station, job: Callable[[Station], object]) -> PipelineError | None:
    """A job of the timetable; what kept it from its end, if anything, is logged."""
    try:
        job(station)
    except (TransientError, PermanentError) as trouble:
        log.warning("%s: %s", getattr(job, "__name__", "job"), trouble)
        return trouble
    return None
