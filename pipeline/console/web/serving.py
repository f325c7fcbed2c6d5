"""The server: uvicorn in this process, one worker, until it is told to stop."""

import socket

import uvicorn

from pipeline.console.web.application import Console
from pipeline.console.web.patience import PATIENT, Patience, patient
from pipeline.console.world import World

PROXIES = "127.0.0.1,::1"
"""Whose word on the client's address is taken: a reverse proxy on this machine."""


class PageServer:
    """The pages of a world behind a socket that listens already."""

    def __init__(
        self, world: World, door: socket.socket, patience: Patience = PATIENT
    ) -> None:
        self._door = door
        console = Console(world, patience)
        self._server = uvicorn.Server(
            uvicorn.Config(
                console.application(),
                http=patient(patience, console.plain_fault("malformed", 400)),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
                forwarded_allow_ips=PROXIES,
            )
        )

    def run(self) -> None:
        """Serve until SIGTERM (in the main thread) or `stop`."""
        self._server.run(sockets=[self._door])

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._server.should_exit = True
