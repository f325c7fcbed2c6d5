"""Letters leave while a cycle is at work: the first does not wait for the last mail.

On the night of a deadline thousands of mails come at once; processing them takes minutes.
A letter takes some ways to the server and back, in which the processor has nothing to do:
they leave in a thread of their own (ADR 0031).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from pipeline.assembly import OFFICE, PAUSE_FILE
from pipeline.daemon.station import Station
from pipeline.domain.errors import PipelineError
from pipeline.jobs.deliver import DeliverLimits, deliver

SLICE_MESSAGES = 10
"""Few enough that nobody waits long, so many that a delivery is worth its questions."""
SLICE_TIME = timedelta(seconds=5)
MOST_TIME = timedelta(seconds=30)
"""So long at most one delivery goes on: then it leaves its sign of life and its trouble."""


@dataclass(slots=True)
class Deliveries:
    """The deliveries of one cycle together: letters by number, and the last trouble.

    Each begins only if this daemon still leads, and none before the one before is over.
    """

    station: Station
    since: datetime
    done: int = 0
    sent: set[int] = field(default_factory=set)
    requeued: set[int] = field(default_factory=set)
    trouble: PipelineError | None = None
    _beside: Executor | None = None
    _under_way: Future[None] | None = None
    _hurried: bool = False

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Deliver between messages while the block is at work, until it ends.

        What kept such a delivery from its end is raised in the block, or at its end. Where
        the block fails, letters that are claimed still leave, and no more.
        """
        well = False
        with self.station.beside() as self._beside:
            try:
                yield
                well = True
            finally:
                self._hurried = not well
        self._beside, self._hurried = None, False
        self._look_back()

    def between(self, done: int) -> None:
        """After a message is settled: what is due leaves where a slice is full."""
        clock = self.station.clock
        if done - self.done < SLICE_MESSAGES and clock() - self.since < SLICE_TIME:
            return
        if self._beside is None or not self._look_back():
            return
        self.done, self.since = done, clock()
        self._under_way = self._beside.submit(self._slice)

    def _look_back(self) -> bool:
        """Whether no delivery is under way; what ended the last one is raised, once."""
        last = self._under_way
        if last is not None and not last.done():
            return False
        self._under_way = None
        if last is not None:
            last.result()
        return True

    def _slice(self) -> None:
        clock = self.station.clock
        end = clock() + MOST_TIME
        if not self._deliver(lambda: self._hurried or clock() >= end, soon=True):
            self.station.postbox.close()

    def deliver(self) -> None:
        """What is due, until nothing is."""
        self._deliver(lambda: False, soon=False)
        self.done = 0  # what is processed next is counted anew

    def _deliver(self, enough: Callable[[], bool], *, soon: bool) -> bool:
        """Whether letters may leave at all."""
        station = self.station
        settings = station.plan.settings
        if settings.policy.replies == "off" or not station.leadership.look():
            return False
        if station.delivering.resting(station.clock()):
            return False
        random = Random()  # noqa: S311 - only spreads retries
        paused_file = settings.data_dir / PAUSE_FILE

        def paused() -> bool:
            told = station.stop.is_set() or paused_file.exists()
            return told or not station.leadership.look()

        limits = DeliverLimits(
            paused=paused,
            enough=enough,
            is_open=OFFICE.is_open,
            jitter=random.random,
            soon=soon,
        )
        report = deliver(
            station.ledger, station.journal, station.postbox, station.clock, limits
        )
        station.delivering.note(report.trouble, station.clock())
        station.beat("deliver", report.trouble)
        self.sent.update(report.sent)
        self.requeued.update(report.requeued)
        self.trouble = report.trouble  # one that is over is none
        return True
