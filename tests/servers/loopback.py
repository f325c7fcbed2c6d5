"""Free ports on loopback, and waiting until something listens."""

import socket
from collections.abc import Callable


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on; all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def await_listener(port: int, alive: Callable[[], bool], tries: int = 400) -> None:
    """Return when a port answers; RuntimeError when the server died or never does."""
    pause = socket.socketpair()
    try:
        pause[0].settimeout(0.025)
        for _ in range(tries):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
            except ConnectionRefusedError:
                if not alive():
                    break
                try:
                    pause[0].recv(1)
                except TimeoutError:
                    continue
            else:
                return
    finally:
        for end in pause:
            end.close()
    raise RuntimeError(f"nothing listens on port {port}")
