"""A door before a server on a port that stays the same while the server dies and lives."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.loopback import free_ports

Address = tuple[str, int] | str


@dataclass
class Gate:
    """Lets connections through to `behind` (a TCP address, or the path of a socket).

    `shut` cuts every line and refuses new ones, as a dead server does; `open` ends that.
    """

    behind: Address
    port: int = field(default_factory=lambda: free_ports(1)[0])
    passed: int = 0
    _door: socket.socket | None = None
    _lines: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def open(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self._begin(self._welcome, self._door)

    def shut(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        for line in self._lines:
            line.close()
        self._lines, self._threads = [], []

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _welcome(self, door: socket.socket) -> None:
        while True:
            try:
                guest, _ = door.accept()
            except OSError:
                return
            server = _connected(self.behind)
            self.passed += 1
            self._lines += [guest, server]
            self._begin(_carry, guest, server)
            self._begin(_carry, server, guest)


def _connected(address: Address) -> socket.socket:
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout=60)
    line = socket.socket(socket.AF_UNIX)
    line.connect(address)
    return line


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def standing_gate(behind: Address, *, opened: bool = True) -> Iterator[Gate]:
    """A gate for the time of the block."""
    gate = Gate(behind)
    if opened:
        gate.open()
    try:
        yield gate
    finally:
        gate.shut()
