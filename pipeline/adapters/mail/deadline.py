"""A bound on a whole exchange with a server, however slowly it trickles.

A socket timeout only bounds the silence between two bytes: one byte a second keeps a
reader busy for days. Here a timer shuts the socket down, which the reader sees as an end.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_off_after(
    seconds: float, line: Callable[[], socket.socket | None]
) -> Iterator[None]:
    """Shut down the socket that `line` gives when the block lasts longer than `seconds`.

    It is asked for at that moment, for it may be made only inside the block.
    """
    timer = threading.Timer(seconds, _shut, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _shut(line: Callable[[], socket.socket | None]) -> None:
    with suppress(OSError):
        if (open_socket := line()) is not None:
            # Not SSLSocket.shutdown: that would pull the TLS state from under the reader.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)
