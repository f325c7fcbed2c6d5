"""What is known of this daemon's health, from before its database answers."""

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.adapters.disk.durable_files import free_bytes
from pipeline.assembly import Clock, Plan, open_alarms
from pipeline.domain.errors import TransientError
from pipeline.domain.health import VitalSigns
from pipeline.domain.notice import Notice
from pipeline.jobs.consolidate import due
from pipeline.jobs.raise_alarms import AlarmDesk, raise_alarms
from pipeline.jobs.take_pulse import take_pulse

if TYPE_CHECKING:
    from pipeline.daemon.station import Station


class HealthWatch:
    """Measures when asked, from any thread; `station` is set once there is one."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self._settings = plan.settings
        self._clock = clock
        self._started_at = clock()
        self.station: Station | None = None
        self._desk = open_alarms(plan) if plan.settings.people.administrators else None

    def tell(self) -> Notice | None:
        """Write to the administrators what is due, by the one daemon that leads."""
        if self._desk is None:  # taking the pulse counts all that the ledger holds
            return None
        signs, station = self.signs(), self.station
        if station is None or signs.tallies is None:
            return self._raise(self._desk, signs)
        try:
            return self._raise(self._desk, signs) if station.leadership.look() else None
        except TransientError:  # the ledger went away just now: the next look will tell
            return None

    def _raise(self, desk: AlarmDesk, signs: VitalSigns) -> Notice | None:
        schedule, last = self._settings.schedule, desk.book.daily_at
        zone = ZoneInfo(schedule.timezone)
        return raise_alarms(
            desk, signs, daily=due(last, signs.at, schedule.remind_at, zone)
        )

    def signs(self) -> VitalSigns:
        """What is so at this moment."""
        station = self.station
        doors = (station.collecting, station.delivering) if station else ()
        measured = VitalSigns(
            at=self._clock(),
            started_at=self._started_at,
            poll=timedelta(seconds=self._settings.mailbox.poll_seconds),
            disk_free=free_bytes(self._settings.data_dir),
            refused=any(door.refused for door in doors),
        )
        return take_pulse(measured, station.ledger if station else None)
