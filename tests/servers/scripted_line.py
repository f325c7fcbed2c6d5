"""A server on a plain socket that misbehaves exactly where its script tells it to.

What the two mail servers share: the door, the lines, and the ways to fail.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Fault = str | list[str]


class DropError(Exception):
    """The server hangs up."""


@dataclass
class Script:
    """What a server was told to do, and what it saw.

    `faults` maps a point of the talk to what is done there instead: `drop`, `stall`,
    `trickle`, or a text that is sent; a list is used up from its front. No more than
    `times` faults happen; then all is well. The next connection breaks after the byte
    `cut_after`, once. `over` ends every wait.
    """

    port: int
    faults: dict[str, Fault] = field(default_factory=dict)
    times: int = 1_000_000
    cut_after: int | None = None
    connections: int = 0
    sent_bytes: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def fault(self, point: str) -> str | None:
        """The fault due at a point now."""
        found = self.faults.get(point)
        if found is None or found == [] or self.times <= 0:
            return None
        self.times -= 1
        return found.pop(0) if isinstance(found, list) else found


class ScriptedLine:
    """One connection: lines in, bytes out at once, as far as the script lets them."""

    def __init__(self, script: Script, line: socket.socket) -> None:
        self._script = script
        self._line = line
        self._lines = line.makefile("rb")
        self._left, script.cut_after = script.cut_after, None

    def readline(self) -> bytes:
        """The client's next line; empty at its end."""
        return self._lines.readline()

    def say(self, text: str) -> None:
        """A text and its line end."""
        self.send(text.encode() + b"\r\n")

    def send(self, data: bytes) -> None:
        """Bytes; DropError after the byte where the line is to be cut."""
        if self._left is not None:
            data, self._left = data[: self._left], self._left - len(data)
        self._script.sent_bytes += len(data)
        self._line.sendall(data)
        if self._left is not None and self._left <= 0:
            raise DropError

    def misbehave(self, fault: str, opening: bytes = b"") -> bool:
        """Hang up, fall silent or dribble (DropError); False when it is none of these."""
        over = self._script.over
        if fault == "stall":
            over.wait(1)
        elif fault == "trickle":
            self.send(opening)
            while not over.wait(0.02):
                self.send(b"2")
        elif fault != "drop":
            return False
        raise DropError


def scripted_door() -> socket.socket:
    """Where such a server listens."""
    return socket.create_server(("127.0.0.1", 0))


@contextmanager
def serving(
    door: socket.socket,
    script: Script,
    converse: Callable[[ScriptedLine], None],
    context: ssl.SSLContext | None,
) -> Iterator[None]:
    """Serve every connection in a thread of its own until the block ends."""
    door.settimeout(0.02)
    talks: list[threading.Thread] = []

    def answer(line: socket.socket) -> None:
        line.settimeout(5)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(DropError, OSError):
            if context is not None:
                line = context.wrap_socket(line, server_side=True)
            with line:
                converse(ScriptedLine(script, line))
        line.close()

    def serve() -> None:
        while not script.over.is_set():
            with suppress(TimeoutError):
                line, _ = door.accept()
                script.connections += 1
                talks.append(threading.Thread(target=answer, args=(line,)))
                talks[-1].start()

    listener = threading.Thread(target=serve)
    listener.start()
    try:
        yield
    finally:
        script.over.set()
        for thread in (listener, *talks):
            thread.join(30)
        door.close()


def as_faults(faults: Mapping[str, Fault] | None) -> dict[str, Fault]:
    """A script's own copy of what it is told."""
    return dict(faults or {})
