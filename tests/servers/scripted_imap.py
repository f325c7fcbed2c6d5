"""An IMAP server on a plain socket that misbehaves exactly where it is told to."""

import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.ports.access import MailboxAccess
from tests.servers.scripted_line import (
    DropError,
    Fault,
    Script,
    ScriptedLine,
    as_faults,
    scripted_door,
    serving,
)

_DATE = '"10-Jul-2013 09:12:00 +0700"'
Messages = dict[int, bytes]


@dataclass
class ScriptedImap(Script):
    """What the server has, what it was told to do, and what it saw.

    Points are commands (`LOGIN`, `EXAMINE`, `SEARCH`, `IDLE`, `greeting` ...) and messages
    (`BODY 3`, `SIZE 3`). A text sent instead may have `{tag}`. Messages lie about their
    size by `short` and `long`, and break off by `half`. `others` are further folders.
    """

    messages: Messages = field(default_factory=dict)
    others: dict[str, Messages] = field(default_factory=dict)
    uidvalidity: int = 77
    capabilities: str = "IMAP4rev1 IDLE AUTH=PLAIN"
    exists: int | None = None
    quota: str = ""
    tokens: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

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


@contextmanager
def scripted_imap(
    messages: Messages,
    context: ssl.SSLContext | None = None,
    faults: Mapping[str, Fault] | None = None,
    **settings: object,
) -> Iterator[ScriptedImap]:
    """Serve one connection after the other until the block ends."""
    door = scripted_door()
    server = ScriptedImap(door.getsockname()[1], as_faults(faults), messages=messages)
    for name, value in settings.items():
        setattr(server, name, value)
    with serving(door, server, lambda line: _Talk(server, line).run(), context):
        yield server


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedImap, line: ScriptedLine) -> None:
        self.server = server
        self.line = line
        self.say = line.say
        self.messages = server.messages

    def run(self) -> None:
        self.answer("greeting", "", "* OK scripted")
        while raw := self.line.readline():
            tag, _, rest = raw.decode("utf-8", "replace").rstrip().partition(" ")
            self.server.commands.append(rest)
            words = rest.upper().split()
            verb = words[1] if words[0] == "UID" else words[0]
            if verb == "LOGOUT":
                self.say(f"* BYE out\r\n{tag} OK out")
                return
            if verb in {"EXAMINE", "SELECT"}:
                name = rest.partition(" ")[2].strip('"')
                self.messages = self.server.others.get(name, self.server.messages)
            if verb == "IDLE":
                self.idle(tag)
            elif verb == "AUTHENTICATE":
                self.authenticate(tag)
            elif verb == "FETCH":
                self.fetch(tag, rest, by_uid=words[0] == "UID")
            else:
                self.answer(verb, tag, self.good(verb) + f"{tag} OK done")

    def authenticate(self, tag: str) -> None:
        """XOAUTH2: a refusal first tells its reasons, and hears an answer to them."""
        self.say("+ ")
        said = b64decode(self.line.readline()).decode()
        if any(said == f"user=khtc\1auth=Bearer {one}\1\1" for one in self.server.tokens):
            self.answer("AUTHENTICATE", tag, f"{tag} OK done")
            return
        self.say("+ " + b64encode(b'{"status":"401"}').decode())
        self.line.readline()
        self.say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials, said {said[10:]!r}")

    def good(self, verb: str) -> str:
        server = self.server
        count = len(self.messages) if server.exists is None else server.exists
        uids = " ".join(map(str, self.messages))
        answers = {
            "CAPABILITY": f"* CAPABILITY {server.capabilities}\r\n",
            "GETQUOTAROOT": f'* QUOTAROOT INBOX "" ""\r\n{server.quota}',
            "SEARCH": f"* SEARCH {uids}\r\n" if uids else "* SEARCH\r\n",
            "EXAMINE": f"* {count} EXISTS\r\n* OK [UIDVALIDITY {server.uidvalidity}] v\r\n"
            f"* OK [UIDNEXT {max(self.messages, default=0) + 1}] n\r\n",
        }
        return answers.get(verb, "")

    def fetch(self, tag: str, rest: str, *, by_uid: bool) -> None:
        asked = [int(number) for number in re.findall(r"\d+", rest.partition("(")[0])]
        uids = list(self.messages)
        if not by_uid:
            for place in asked[: len(uids)]:
                self.say(f"* {place} FETCH (UID {uids[place - 1]})")
        else:
            what = next(each for each in ("BODY", "SIZE", "DATE") if each in rest)
            for uid in asked:
                if uid in self.messages and not self.one(tag, what, uid, rest):
                    return
        self.answer("FETCH", tag, f"{tag} OK done")

    def one(self, tag: str, what: str, uid: int, rest: str) -> bool:
        """One message; False when its fault ended the command."""
        data = self.messages[uid]
        place = list(self.messages).index(uid) + 1
        fault = self.server.fault(f"{what} {uid}")
        told = {"half": len(data), "short": len(data) // 2, "long": 2 * len(data)}
        if fault is not None and fault not in told:
            self.misbehave(fault, tag)
            return not fault.startswith("{tag}")
        if what == "SIZE":
            self.say(f"* {place} FETCH (UID {uid} RFC822.SIZE {len(data)})")
            return True
        date = f"INTERNALDATE {_DATE} " if "INTERNALDATE" in rest else ""
        if what == "DATE":
            self.say(f"* {place} FETCH (UID {uid} {date.strip()})")
            return True
        size = told.get(fault or "", len(data))
        head = f"* {place} FETCH (UID {uid} {date}BODY[] {{{size}}}\r\n".encode()
        if fault == "half":
            self.line.send(head + data[: size // 2])
            raise DropError
        self.line.send(head + data + b")\r\n")
        return True

    def idle(self, tag: str) -> None:
        fault = self.server.fault("IDLE")
        if fault is not None and fault.startswith("{tag}"):
            self.say(fault.format(tag=tag))
            return
        if fault is not None and fault.startswith("+ "):  # all in one packet
            self.say(fault)
            fault = None
        else:
            self.say("+ idling")
        if fault is not None:
            self.server.over.wait(0.05)  # a packet of its own, as from a real server
            self.misbehave(fault, tag)
        self.line.readline()
        self.say(f"{tag} OK idled")

    def answer(self, what: str, tag: str, good: str) -> None:
        fault = self.server.fault(what)
        if fault is None:
            self.say(good)
        else:
            self.misbehave(fault, tag)

    def misbehave(self, fault: str, tag: str) -> None:
        if fault and not self.line.misbehave(fault, b"* OK "):
            self.say(fault.format(tag=tag))
