"""What the service manager hears of us, on a real socket."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from pipeline.adapters.systemd_socket import SystemdSocket
from pipeline.daemon.watchdog import WatchedStop


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(address.replace("@", "\0", 1))
        self.line.setblocking(False)

    def heard(self) -> list[str]:
        """All that was said since the last look."""
        words = []
        while True:
            try:
                words.append(self.line.recv(100).decode())
            except BlockingIOError:
                return words


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@{tmp_path}/notify"


@pytest.fixture
def manager(address: str) -> Iterator[Manager]:
    made = Manager(address)
    yield made
    made.line.close()


def test_each_word_is_one_datagram(address: str, manager: Manager) -> None:
    ours = SystemdSocket(address)
    ours.ready()
    ours.alive()
    ours.stopping()
    assert manager.heard() == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


@pytest.mark.parametrize("gone", [None, "", "/nowhere/notify"])
def test_without_a_manager_nothing_is_said_and_nothing_breaks(gone: str | None) -> None:
    stop = WatchedStop(SystemdSocket(gone))
    assert not stop.is_set()
    stop.set()
    assert stop.is_set()


def test_a_manager_that_does_not_read_holds_nobody_up(
    address: str, manager: Manager
) -> None:
    ours = SystemdSocket(address)
    for _ in range(5000):
        ours.alive()
    assert set(manager.heard()) == {"WATCHDOG=1"}


@pytest.mark.fault("F-X-1")
def test_only_the_loop_that_gets_on_is_a_sign_of_life(
    address: str, manager: Manager
) -> None:
    """A loop that hangs asks nothing; that others ask, or that it waits, is no sign."""
    stop = WatchedStop(SystemdSocket(address))
    assert manager.heard() == []
    stop.wait(0)
    other = Thread(target=stop.is_set)
    other.start()
    other.join()
    assert manager.heard() == []
    stop.is_set()
    assert manager.heard() == ["WATCHDOG=1"]


def test_a_rest_longer_than_the_manager_is_patient_shows_life_meanwhile(
    address: str, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mailbox.poll_seconds: 3600`, and a server that does not announce mail."""
    monkeypatch.setattr("pipeline.daemon.watchdog.MOST_SILENT", 0.001)
    stop = WatchedStop(SystemdSocket(address))
    assert not stop.wait(0.0035)
    assert manager.heard() == ["WATCHDOG=1"] * 3
    stop.set()
    assert stop.wait(3600)
