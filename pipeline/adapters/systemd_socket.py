"""The door to systemd: one word a datagram, where it asked for them (sd_notify)."""

import socket
from contextlib import suppress


class SystemdSocket:
    """Tells the service manager how we are; silent where there is none.

    `address` is what stands in NOTIFY_SOCKET: a path, or @ and an abstract name. Nothing
    that goes wrong here may hurt the work: a word that cannot be said is not said.
    """

    def __init__(self, address: str | None) -> None:
        abstract = address is not None and address.startswith("@")
        self._address = f"\0{address[1:]}" if address and abstract else address

    def ready(self) -> None:
        """The configuration is right and the work begins."""
        self._say("READY=1")

    def alive(self) -> None:
        """The loop got on by a step."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """We were told to stop, and do."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            # a manager that does not read holds nobody up
            line.settimeout(0)
            line.sendto(word.encode(), self._address)
