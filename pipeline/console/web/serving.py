"""The server: uvicorn in this process, one worker, until it is told to stop."""

import socket

import uvicorn

from pipeline.console.web.application import Console
from pipeline.console.world import World

MOST_AT_ONCE = 64


class PageServer:
    """The pages of a world behind a socket that listens already."""

    def __init__(self, world: World, door: socket.socket) -> None:
        self._door = door
        self._server = uvicorn.Server(
            uvicorn.Config(
                Console(world).application(),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
                limit_concurrency=MOST_AT_ONCE,
            )
        )

    def run(self) -> None:
        """Serve until SIGTERM (in the main thread) or `stop`."""
        self._server.run(sockets=[self._door])

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._server.should_exit = True
