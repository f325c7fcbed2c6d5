"""A bound on a whole exchange with a server, however slowly it trickles.

A socket timeout only bounds the silence between two bytes: one byte a second keeps a
reader busy for days. Here a watch shuts the socket down, which the reader sees as an end.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

Line = Callable[[], socket.socket | None]


@contextmanager
def cut_off_after(seconds: float, line: Line) -> Iterator[None]:
    """Shut down the socket that `line` gives when the block lasts longer than `seconds`.

    It is asked for at that moment, for it may be made only inside the block. Nothing is
    shut down after the block.
    """
    exchange = _WATCH.begin(seconds, line)
    try:
        yield
    finally:
        _WATCH.end(exchange)


@dataclass(eq=False, slots=True)
class _Exchange:
    """One exchange under watch; `cutting` is the thread that cuts it off."""

    due: float
    line: Line
    cutting: threading.Thread | None = None


class _Watch:
    """One thread for all exchanges: a thread for each costs more than the exchange."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: set[_Exchange] = set()
        self._thread: threading.Thread | None = None
        self._wakes_at = 0.0

    def begin(self, seconds: float, line: Line) -> _Exchange:
        """Watch an exchange from now on."""
        exchange = _Exchange(time.monotonic() + seconds, line)
        with self._changed:
            self._open.add(exchange)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._stand, name="deadlines", daemon=True
                )
                self._thread.start()
            elif exchange.due < self._wakes_at:
                self._changed.notify()
        return exchange

    def end(self, exchange: _Exchange) -> None:
        """Watch it no longer; when it is being cut off, only after that."""
        with self._changed:
            self._open.discard(exchange)
        if exchange.cutting is not None:
            exchange.cutting.join()

    def _stand(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for late in [each for each in self._open if each.due <= now]:
                    # In a thread of its own: whatever befalls it, the watch goes on.
                    cutting = threading.Thread(target=_shut, args=(late.line,), daemon=True)
                    try:
                        cutting.start()
                    except RuntimeError:  # there is no room for one just now
                        late.due = now + _AGAIN
                        continue
                    late.cutting = cutting
                    self._open.discard(late)
                self._wakes_at = min((each.due for each in self._open), default=now + _NAP)
                self._changed.wait(self._wakes_at - now)


_NAP = 3600.0
"""How long the watch sleeps when there is nothing to watch, unless it is woken."""
_AGAIN = 1.0
_WATCH = _Watch()


def _shut(line: Line) -> None:
    with suppress(OSError):
        if (open_socket := line()) is not None:
            # Not SSLSocket.shutdown: that would pull the TLS state from under the reader.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)
