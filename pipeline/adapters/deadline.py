"""A bound on a whole exchange with a server, however slowly it trickles.

A socket timeout only bounds the silence between two bytes: one byte a second keeps a
reader busy for days. Here a timer shuts the socket down, which the reader sees as an end.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_off_after(seconds: float, line: socket.socket | None) -> Iterator[None]:
    """Shut `line` down when the block lasts longer than `seconds`."""
    if line is None:
        yield
        return
    timer = threading.Timer(seconds, _shut, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown: that would pull the TLS state from under the reader.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
