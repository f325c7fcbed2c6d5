"""The console's real server on loopback, and a small browser that keeps cookies."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from threading import Thread
from urllib.parse import urlencode

from pipeline.console.passwords import keep
from pipeline.console.web.patience import PATIENT, Patience
from pipeline.console.web.serving import PageServer
from pipeline.console.world import World
from pipeline.domain.people import Role

PASSWORD = "một mật khẩu dài"
RECORD = keep(PASSWORD)
TOKEN = re.compile(r'name="token" value="([^"]*)"')


@dataclass(frozen=True)
class Got:
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        return self.body.decode("utf-8")

    @property
    def text(self) -> str:
        """What a person reads: tags away, entities resolved."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    @property
    def token(self) -> str:
        found = TOKEN.search(self.html)
        return found[1] if found else ""


@dataclass
class Browser:
    """Asks the server, with the cookies that it set."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Got:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Got:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", path, urlencode(fields), sent)

    def enter(self, name: str, password: str = PASSWORD) -> Got:
        """Type name and password at the door."""
        token = self.get("/login").token
        return self.post("/login", {"token": token, "name": name, "password": password})

    def decide(self, page: str, path: str, **fields: str) -> Got:
        """Send a form of a page."""
        token = self.get(page).token
        return self.post(path, {"token": token, "why": "đã gọi điện", **fields})

    def _ask(self, method: str, path: str, body: str | None, headers: dict) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.cookies:
            kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": kept, **headers}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.update({k: m.value for k, m in SimpleCookie(value).items()})
        got = Got(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read(),
            tuple(answer.msg.get_all("set-cookie", ())),
        )
        connection.close()
        return got


@contextmanager
def serving(
    world: World,
    patience: Patience = PATIENT,
    proxies: Sequence[str] = (),
    *,
    warm: bool = False,
) -> Iterator[int]:
    """The console on a free port of loopback; warmed as the daemon does, if asked."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = PageServer(world, door, patience, proxies)
        if warm:
            server.warm()
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            server.stop()
            thread.join()


def add_people(world: World) -> None:
    """One account a role, all with the same password."""
    for role in Role:
        world.ledger.add_account(role.value, role, RECORD, "test", world.clock())
