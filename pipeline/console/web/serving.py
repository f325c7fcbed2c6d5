"""The server: uvicorn in this process, one worker, until it is told to stop."""

import uvicorn

from pipeline.console.web.application import Console
from pipeline.console.world import World


def make_server(world: World, host: str, port: int) -> uvicorn.Server:
    """A server that is ready to `run`; port 0 takes a free one."""
    return uvicorn.Server(
        uvicorn.Config(
            Console(world).application(),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            limit_concurrency=64,
        )
    )
