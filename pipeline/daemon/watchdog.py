"""A loop that is watched: each time its work asks whether to stop, it has got on.

Collecting, processing, delivering and waiting for mail ask between any two messages, and
in a long rest once a minute. A loop that hangs asks nothing, and the service manager
restarts it (WatchdogSec of the unit).
"""

from threading import Event, get_ident

from pipeline.adapters.systemd_socket import SystemdSocket

MOST_SILENT = 60.0


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

    def wait(self, timeout: float | None = None) -> bool:
        """Rest until told to stop; a long rest of the loop shows life meanwhile."""
        if timeout is None or get_ident() != self._loop:
            return super().wait(timeout)
        while timeout > MOST_SILENT:
            if super().wait(MOST_SILENT):
                return True
            self._manager.alive()
            timeout -= MOST_SILENT
        return super().wait(timeout)
