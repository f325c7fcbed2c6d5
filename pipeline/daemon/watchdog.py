"""A loop that is watched: each time its work asks whether to stop, it has got on.

Collecting, processing, delivering and waiting for mail ask between any two messages, and
while they wait every second. A loop that hangs asks nothing, and the service manager
restarts it (WatchdogSec of the unit).
"""

from threading import Event, get_ident

from pipeline.adapters.systemd_socket import SystemdSocket


class WatchedStop(Event):
    """An event whose asking by the thread that made it is a sign of life of the loop."""

    def __init__(self, manager: SystemdSocket) -> None:
        super().__init__()
        self._manager = manager
        self._loop = get_ident()

    def is_set(self) -> bool:
        """Whether we were told to stop. Other threads may ask; that says nothing."""
        if get_ident() == self._loop:
            self._manager.alive()
        return super().is_set()
