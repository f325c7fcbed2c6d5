"""The server: uvicorn in this process, one worker, until it is told to stop.

uvicorn by itself waits without end for a request that does not come, and answers 503 to
everybody when its connections are all taken, by idle ones too: both are mended here.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.console.web.application import Console
from pipeline.console.web.headers import HEADERS
from pipeline.console.web.patience import PATIENT, Patience
from pipeline.console.world import World


class PageServer:
    """The pages of a world behind a socket that listens already.

    `proxies` are the addresses whose word on the client's own is taken.
    """

    def __init__(
        self,
        world: World,
        door: socket.socket,
        patience: Patience = PATIENT,
        proxies: Sequence[str] = (),
    ) -> None:
        self._door = door
        self._console = Console(world, patience)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._console.application(),
                http=patient(patience, self._console.plain_fault("malformed", 400)),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
            )
        )

    def run(self) -> None:
        """Serve until SIGTERM (in the main thread) or `stop`."""
        self._server.run(sockets=[self._door])

    def warm(self) -> None:
        """Work out what the first visitor would wait for."""
        self._console.warm()

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._server.should_exit = True


def patient(patience: Patience, refusal: str) -> type[H11Protocol]:
    """A protocol for uvicorn that waits so long; `refusal` is its page for no request."""

    class Patient(_PatientProtocol):
        limits = patience
        page = _no_request(refusal.encode())

    return Patient


def _no_request(page: bytes) -> bytes:
    """The answer to what is no HTTP, made by hand as there is no request to answer."""
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(page))}
    heads = {**HEADERS, "Cache-Control": "no-store", "Connection": "close", **kind}
    lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {heads[name]}" for name in heads)]
    return "\r\n".join([*lines, "", ""]).encode() + page


class _PatientProtocol(H11Protocol):
    """HTTP/1.1 with time-outs; when it is full the longest waiting client makes room."""

    limits: Patience
    page: bytes

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock of a client, and make room for it."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._look_again = self.loop.call_later(self.limits.head, self._look)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._look_again.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the clock starts anew when they complete a request's head."""
        idle = not self._busy
        super().data_received(data)
        if idle and self._busy:
            self._since = self.loop.time()

    def on_response_complete(self) -> None:
        """After an answer the clock of the next request starts."""
        self._since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Our page with our headers, for what is no request."""
        if not self._busy:
            self.transport.write(self.page)
        self.transport.close()

    @property
    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _waits_for_client(self) -> bool:
        """Whether it is the client that has to do something."""
        return not self._busy or self.cycle.more_body or self.flow.write_paused

    def _look(self) -> None:
        until = self._since + (self.limits.whole if self._busy else self.limits.head)
        left = until - self.loop.time()
        if left <= 0:
            self.transport.abort()
        else:
            self._look_again = self.loop.call_later(min(left, self.limits.head), self._look)

    def _make_room(self) -> None:
        others: list[Any] = [each for each in self.connections if each is not self]
        waiting = [each for each in others if each._waits_for_client]  # noqa: SLF001
        gone = min(waiting, key=lambda each: each._since, default=self)  # noqa: SLF001
        gone.transport.abort()
