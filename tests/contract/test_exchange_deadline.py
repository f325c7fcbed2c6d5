"""One watch over all exchanges: cuts off what overstays, and nothing else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pipeline.adapters.mail import deadline
from pipeline.adapters.mail.deadline import cut_off_after

Pair = tuple[socket.socket, socket.socket]
LONG = 60.0


@pytest.fixture
def pairs() -> Iterator[tuple[Pair, Pair]]:
    with ExitStack() as stack:
        first, second = socket.socketpair(), socket.socketpair()
        for end in (*first, *second):
            end.settimeout(LONG)
            stack.enter_context(end)
        yield first, second


def test_an_exchange_that_overstays_is_cut_off(pairs: tuple[Pair, Pair]) -> None:
    (ours, _), _ = pairs
    with cut_off_after(0.01, lambda: ours):
        assert ours.recv(1) == b""


def test_a_short_bound_inside_a_long_one_cuts_its_own_line_only(
    pairs: tuple[Pair, Pair],
) -> None:
    (outer, peer), (inner, _) = pairs
    with cut_off_after(LONG, lambda: outer):
        with cut_off_after(0.01, lambda: inner):
            assert inner.recv(1) == b""
        peer.send(b"x")
        assert outer.recv(1) == b"x"


def test_no_line_is_asked_for_once_the_exchange_is_over(pairs: tuple[Pair, Pair]) -> None:
    (ours, peer), (other, _) = pairs
    asked = threading.Event()

    def line() -> socket.socket:
        asked.set()
        return ours

    with cut_off_after(0.05, line):
        pass
    with cut_off_after(0.1, lambda: other):  # due later: the first would have come before
        assert other.recv(1) == b""
    assert not asked.is_set()
    peer.send(b"x")
    assert ours.recv(1) == b"x"


def test_the_watch_survives_a_line_that_cannot_be_asked_for(
    pairs: tuple[Pair, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours, _), _ = pairs
    broken = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: broken.set())

    def line() -> socket.socket:
        raise AttributeError("no socket yet")

    with cut_off_after(0.01, line):
        assert broken.wait(LONG)
    with cut_off_after(0.01, lambda: ours):
        assert ours.recv(1) == b""


def test_the_watch_survives_that_there_is_no_room_for_a_thread(
    pairs: tuple[Pair, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours, _), _ = pairs
    start, refused = threading.Thread.start, []

    def no_room_once(thread: threading.Thread) -> None:
        if not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(deadline, "_AGAIN", 0.001)
    with cut_off_after(0.05, lambda: ours):
        monkeypatch.setattr(threading.Thread, "start", no_room_once)
        assert ours.recv(1) == b""
    assert refused


def test_many_exchanges_need_one_thread(pairs: tuple[Pair, Pair]) -> None:
    (ours, _), _ = pairs
    with cut_off_after(LONG, lambda: ours):
        before = threading.active_count()
        with cut_off_after(LONG, lambda: ours), cut_off_after(LONG, lambda: ours):
            assert threading.active_count() == before
