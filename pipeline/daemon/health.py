"""What is known of this daemon's health, from before its database answers."""

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.assembly import Clock
from pipeline.domain.health import VitalSigns
from pipeline.jobs.take_pulse import take_pulse
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.daemon.station import Station


class HealthWatch:
    """Measures when asked, from any thread; `station` is set once there is one."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._started_at = clock()
        self.station: Station | None = None

    def signs(self) -> VitalSigns:
        """What is so at this moment."""
        station = self.station
        doors = (station.collecting, station.delivering) if station else ()
        measured = VitalSigns(
            at=self._clock(),
            started_at=self._started_at,
            poll=timedelta(seconds=self._settings.mailbox.poll_seconds),
            disk_free=self._disk_free(),
            refused=any(door.refused for door in doors),
        )
        return take_pulse(measured, station.ledger if station else None)

    def _disk_free(self) -> int:
        try:
            return shutil.disk_usage(self._settings.data_dir).free
        except OSError:
            return 0  # a folder that is gone takes nothing
