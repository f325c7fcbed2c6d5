"""An IMAP server on a plain socket that misbehaves exactly where it is told to."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from pipeline.ports.access import MailboxAccess

_DATE = '"10-Jul-2013 09:12:00 +0700"'


@dataclass
class ScriptedImap:
    """What the server has, what it was told to do, and what it saw.

    `faults` maps a command (`LOGIN`, `EXAMINE`, `SEARCH`, `IDLE`, `greeting` ...) or a
    message (`BODY 3`, `SIZE 3`) to what is sent instead: a text with `{tag}`, or `drop`,
    `stall`, `trickle`; a list is used up from its front. `cut_after` is the byte after
    which the first connection breaks.
    """

    port: int
    messages: dict[int, bytes]
    faults: dict[str, str | list[str]] = field(default_factory=dict)
    uidvalidity: int = 77
    capabilities: str = "IMAP4rev1 IDLE AUTH=PLAIN"
    exists: int | None = None
    cut_after: int | None = None
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    sent_bytes: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def access(self, **changes: object) -> MailboxAccess:
        """How our adapter reaches it: impatiently."""
        values = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "ca_file": None,
            "username": "khtc",
            "password": "mat-khau-thu",
            "timeout_seconds": 0.4,
        }
        return MailboxAccess(**{**values, **changes})  # type: ignore[arg-type]

    def fault(self, what: str) -> str | None:
        """The fault due at a point now."""
        found = self.faults.get(what)
        if isinstance(found, list):
            return found.pop(0) if found else None
        return found


class _DropError(Exception):
    """The server hangs up."""


@contextmanager
def scripted_imap(
    messages: dict[int, bytes], context: ssl.SSLContext | None = None, **settings: object
) -> Iterator[ScriptedImap]:
    """Serve one connection after the other until the block ends."""
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(0.02)
    server = ScriptedImap(door.getsockname()[1], messages, **settings)  # type: ignore[arg-type]
    thread = threading.Thread(target=_serve, args=(door, server, context))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        thread.join(30)
        door.close()


def _serve(
    door: socket.socket, server: ScriptedImap, context: ssl.SSLContext | None
) -> None:
    talks = []
    while not server.over.is_set():
        try:
            line, _ = door.accept()
        except TimeoutError:
            continue
        server.connections += 1
        cut = server.cut_after if server.connections == 1 else None
        talks.append(threading.Thread(target=_converse, args=(server, line, context, cut)))
        talks[-1].start()
    for talk in talks:
        talk.join(30)


def _converse(
    server: ScriptedImap,
    line: socket.socket,
    context: ssl.SSLContext | None,
    cut: int | None,
) -> None:
    line.settimeout(3)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(_DropError, OSError):
        if context is not None:
            line = context.wrap_socket(line, server_side=True)
        with line, line.makefile("rb") as lines:
            _Talk(server, line, cut).run(lines)
    line.close()


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedImap, line: socket.socket, cut: int | None) -> None:
        self.server = server
        self.line = line
        self.left = cut

    def run(self, lines: "socket.SocketIO") -> None:
        self.answer("greeting", "", "* OK scripted")
        for raw in lines:
            tag, _, rest = raw.decode("utf-8", "replace").rstrip().partition(" ")
            self.server.commands.append(rest)
            words = rest.upper().split()
            verb = words[1] if words[0] == "UID" else words[0]
            if verb == "LOGOUT":
                self.say(f"* BYE out\r\n{tag} OK out")
                return
            if verb == "IDLE":
                self.idle(tag, lines)
            elif verb == "FETCH":
                self.fetch(tag, rest, by_uid=words[0] == "UID")
            else:
                self.answer(verb, tag, self.good(verb) + f"{tag} OK done")

    def good(self, verb: str) -> str:
        server = self.server
        count = len(server.messages) if server.exists is None else server.exists
        uids = " ".join(map(str, server.messages))
        answers = {
            "CAPABILITY": f"* CAPABILITY {server.capabilities}\r\n",
            "SEARCH": f"* SEARCH {uids}\r\n" if uids else "* SEARCH\r\n",
            "EXAMINE": f"* {count} EXISTS\r\n* OK [UIDVALIDITY {server.uidvalidity}] v\r\n"
            f"* OK [UIDNEXT {max(server.messages, default=0) + 1}] n\r\n",
        }
        return answers.get(verb, "")

    def fetch(self, tag: str, rest: str, *, by_uid: bool) -> None:
        asked = [int(number) for number in re.findall(r"\d+", rest.partition("(")[0])]
        uids = list(self.server.messages)
        if not by_uid:
            for place in asked:
                self.say(f"* {place} FETCH (UID {uids[place - 1]})")
        else:
            what = "BODY" if "BODY" in rest else "SIZE"
            for uid in asked:
                if uid in self.server.messages and not self.one(tag, what, uid, rest):
                    return
        self.answer("FETCH", tag, f"{tag} OK done")

    def one(self, tag: str, what: str, uid: int, rest: str) -> bool:
        """One message; False when its fault ended the command."""
        data = self.server.messages[uid]
        place = list(self.server.messages).index(uid) + 1
        fault = self.server.fault(f"{what} {uid}")
        if fault is not None:
            self.misbehave(fault, tag)
            return not fault.startswith("{tag}")
        if what == "SIZE":
            self.say(f"* {place} FETCH (UID {uid} RFC822.SIZE {len(data)})")
            return True
        date = f"INTERNALDATE {_DATE} " if "INTERNALDATE" in rest else ""
        head = f"* {place} FETCH (UID {uid} {date}BODY[] {{{len(data)}}}\r\n"
        self.send(head.encode() + data + b")\r\n")
        return True

    def idle(self, tag: str, lines: "socket.SocketIO") -> None:
        fault = self.server.fault("IDLE")
        if fault is not None and fault.startswith("{tag}"):
            self.say(fault.format(tag=tag))
            return
        self.say("+ idling")
        if fault is not None:
            self.server.over.wait(0.05)  # a packet of its own, as from a real server
            self.misbehave(fault, tag)
        lines.readline()
        self.say(f"{tag} OK idled")

    def answer(self, what: str, tag: str, good: str) -> None:
        fault = self.server.fault(what)
        if fault is None:
            self.say(good)
        else:
            self.misbehave(fault, tag)

    def misbehave(self, fault: str, tag: str) -> None:
        if fault == "drop":
            raise _DropError
        if fault == "stall":
            self.server.over.wait(1)
            raise _DropError
        if fault == "trickle":
            self.send(b"* OK ")
            while not self.server.over.wait(0.02):
                self.send(b"x")
            raise _DropError
        if fault:
            self.say(fault.format(tag=tag))

    def say(self, text: str) -> None:
        self.send(text.encode() + b"\r\n")

    def send(self, data: bytes) -> None:
        if self.left is not None:
            data, self.left = data[: self.left], self.left - len(data)
        self.server.sent_bytes += len(data)
        self.line.sendall(data)
        if self.left is not None and self.left <= 0:
            raise _DropError
