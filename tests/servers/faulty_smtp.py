"""An SMTP server on a plain socket that misbehaves exactly where it is told to."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.ports.access import PostboxAccess

POINTS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot")
_GOOD = {
    "greeting": "220 faulty ESMTP",
    "ehlo": "250-faulty\r\n250-8BITMIME\r\n250-DSN\r\n250 AUTH PLAIN",
    "auth": "235 in",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "dot": "250 accepted",
}
_BAD = {
    "421": "421 closing",
    "4xx": "451 later",
    "5xx": "554 never",
    "junk": "what?",
    "long": "250 " + "x" * 1_000_000,
    "other": "299 well",
}


@dataclass
class FaultySmtp:
    """What the server was told to do, and what it saw.

    `faults` maps a point of POINTS to what happens there: `drop`, `stall` or one of the
    bad answers; `body` happens after the first line of the text. Each fault happens
    `times` times; then all is well.
    """

    port: int
    faults: Mapping[str, str]
    times: int
    lines: list[str] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def access(self, **changes: object) -> PostboxAccess:
        """How our adapter reaches it: with a login, impatiently."""
        values = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "ca_file": None,
            "username": "khtc",
            "password": "mat-khau-thu",
            "envelope_from": "khtc@example.test",
            "timeout_seconds": 0.3,
            "final_timeout_seconds": 0.3,
        }
        return PostboxAccess(**{**values, **changes})  # type: ignore[arg-type]

    def fault(self, point: str) -> str | None:
        """The fault due at a point now."""
        if point in self.faults and self.times > 0:
            self.times -= 1
            return self.faults[point]
        return None


class _DropError(Exception):
    """The server hangs up."""


@contextmanager
def faulty_smtp(
    faults: Mapping[str, str], times: int = 1_000, context: ssl.SSLContext | None = None
) -> Iterator[FaultySmtp]:
    """Serve one connection after the other until the block ends."""
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(0.05)
    server = FaultySmtp(door.getsockname()[1], faults, times)
    thread = threading.Thread(target=_serve, args=(door, server, context))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        thread.join(30)
        door.close()


def _serve(door: socket.socket, server: FaultySmtp, context: ssl.SSLContext | None) -> None:
    while not server.over.is_set():
        try:
            line, _ = door.accept()
        except TimeoutError:
            continue
        server.connections += 1
        line.settimeout(5)
        with suppress(_DropError, OSError):
            if context is not None:
                line = context.wrap_socket(line, server_side=True)
            with line, line.makefile("rb") as file:
                _talk(_Peer(line, file), server)
        line.close()


@dataclass
class _Peer:
    """A connection: lines in, bytes out at once."""

    line: socket.socket
    file: BinaryIO

    def readline(self) -> bytes:
        return self.file.readline()

    def say(self, text: bytes) -> None:
        self.line.sendall(text)


def _talk(file: _Peer, server: FaultySmtp) -> None:
    _answer(file, server, "greeting")
    while True:
        line = file.readline()
        if not line:
            return
        server.lines.append(line.decode("ascii", "replace").rstrip())
        verb = line[:4].upper().strip()
        point = {b"HELO": "ehlo"}.get(verb, verb.decode("ascii", "replace").lower())
        if point == "quit":
            if server.fault("quit"):
                raise _DropError
            _say(file, "221 bye")
            return
        if point == "rset":
            _say(file, "250 ok")
        elif point in _GOOD:
            _answer(file, server, point)
            if point == "data":
                _take_text(file, server)
        else:
            _say(file, "502 what?")


def _take_text(file: _Peer, server: FaultySmtp) -> None:
    text = b""
    while True:
        line = file.readline()
        if not line:
            return
        if line == b".\r\n":
            break
        text += line
        if server.fault("body") == "drop":
            raise _DropError
    _answer(file, server, "dot", text)


def _answer(file: _Peer, server: FaultySmtp, point: str, text: bytes = b"") -> bool:
    """Answer as told; True when the answer is the good one.

    A text that is taken is noted before the answer: who has read it may look at once.
    """
    fault = server.fault(point)
    if fault == "accept-and-drop":  # the mail is taken, the 250 never leaves
        server.accepted.append(b"(accepted)")
        raise _DropError
    if fault == "drop":
        raise _DropError
    if fault == "stall":
        server.over.wait(1)
        raise _DropError
    if fault == "trickle":
        while not server.over.wait(0.02):
            file.say(b"2")
        raise _DropError
    good = fault is None or fault == "other"
    if good and point == "dot":
        server.accepted.append(text)
    _say(file, _BAD[fault] if fault else _GOOD[point])
    if fault == "421":
        raise _DropError
    return good


def _say(file: _Peer, text: str) -> None:
    file.say(text.encode() + b"\r\n")
