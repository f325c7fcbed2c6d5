"""An SMTP server on a plain socket that misbehaves exactly where it is told to."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.ports.access import PostboxAccess
from tests.servers.scripted_line import (
    DropError,
    Fault,
    Script,
    ScriptedLine,
    as_faults,
    scripted_door,
    serving,
)

POINTS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot")
FAULTS = ("drop", "stall", "trickle", "421", "4xx", "5xx", "junk", "long")
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
}


@dataclass
class FaultySmtp(Script):
    """What the server was told to do, and what it saw.

    Points are those of POINTS; `body` comes after the first line of the text. What is
    sent instead of the good answer is a name of _BAD or a text of its own;
    `accept-and-drop` takes the letter and hangs up before it says so. With `pipelining` it
    offers that, and answers no MAIL before RCPT and DATA are there, too.
    """

    pipelining: bool = False
    lines: list[str] = field(default_factory=list)
    letters: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def accepted(self) -> list[bytes]:
        """The letters taken, without their recipients."""
        return [data for _, data in self.letters]

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


@contextmanager
def faulty_smtp(
    faults: Mapping[str, Fault] | None = None,
    times: int = 1_000,
    context: ssl.SSLContext | None = None,
    *,
    pipelining: bool = False,
) -> Iterator[FaultySmtp]:
    """Serve one connection after the other until the block ends."""
    door = scripted_door()
    server = FaultySmtp(
        door.getsockname()[1], as_faults(faults), times, pipelining=pipelining
    )
    with serving(door, server, lambda line: _Talk(server, line).run(), context):
        yield server


class _Talk:
    """One connection, with the recipient of the letter in hand."""

    def __init__(self, server: FaultySmtp, line: ScriptedLine) -> None:
        self.server = server
        self.line = line
        self.recipient = ""
        self.ahead: list[str] = []

    def run(self) -> None:
        self.answer("greeting")
        while said := self.hear():
            if self.server.pipelining and said.startswith("mail"):
                self.ahead = [self.hear(), self.hear()]
            point = said[:4].lower().strip()
            if point == "quit":
                if self.server.fault("quit"):
                    raise DropError
                self.line.say("221 bye")
                return
            self.step(point.replace("helo", "ehlo"), said)

    def hear(self) -> str:
        """The next command; empty at the end."""
        if self.ahead:
            return self.ahead.pop(0)
        said = self.line.readline().decode("ascii", "replace").rstrip()
        if said:
            self.server.lines.append(said)
        return said

    def step(self, point: str, said: str) -> None:
        if point == "rcpt":
            self.recipient = said.partition("<")[2].partition(">")[0]
        if point == "rset":
            self.line.say("250 ok")
        elif point in _GOOD:
            if self.answer(point) and point == "data":
                self.take_text()
        else:
            self.line.say("502 what?")

    def take_text(self) -> None:
        text: list[bytes] = []
        while (raw := self.line.readline()) != b".\r\n":
            if not raw:
                return
            text.append(raw.removeprefix(b"."))
            if (fault := self.server.fault("body")) is not None:
                self.misbehave(fault)
        self.answer("dot", b"".join(text))

    def answer(self, point: str, text: bytes = b"") -> bool:
        """Answer as told; True when the answer is a yes.

        A text that is taken is noted before the answer: who has read it may look at once.
        """
        fault = self.server.fault(point)
        good = _GOOD[point]
        if point == "ehlo" and self.server.pipelining:
            good = good.replace("250 ", "250-PIPELINING\r\n250 ")
        said = good if fault is None else _BAD.get(fault, fault)
        yes = fault is None or (said[:1] == _GOOD[point][:1] and fault != "long")
        if point == "dot" and (yes or fault == "accept-and-drop"):
            self.server.letters.append((self.recipient, text))
        if fault is None:
            self.line.say(said)
        else:
            self.misbehave(fault)
        return yes

    def misbehave(self, fault: str) -> None:
        if fault == "accept-and-drop":
            raise DropError
        if not self.line.misbehave(fault):
            self.line.say(_BAD.get(fault, fault))
        if fault == "421":
            raise DropError
