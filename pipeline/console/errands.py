"""Answers that take seconds: worked out beside the pages, one after the other.

A page starts one and shows that it is at work; it asks again until the answer is there.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from pipeline.domain.errors import TransientError

MOST = 8
"""Answers that are kept, and that may be waited for."""


class Errands:
    """What was asked for, by its name."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="errand")
        self._known: OrderedDict[tuple[str, str], Future[Any]] = OrderedDict()
        self._turn = Lock()

    def look(self, name: tuple[str, str], work: Callable[[], Any]) -> Any | None:
        """The answer, None while it is worked out; what `work` raises is raised once.

        TransientError when too many are waited for already.
        """
        with self._turn:
            errand = self._known.get(name)
            if errand is None:
                self._make_room()
                errand = self._known[name] = self._pool.submit(work)
            if not errand.done():
                return None
            if errand.exception() is not None:
                del self._known[name]
        return errand.result()

    def finish(self) -> None:
        """Wait for what is at work, begin no other; before the ledger is closed."""
        self._pool.shutdown(cancel_futures=True)

    def settled(self, name: tuple[str, str]) -> bool:
        """Wait until an answer is there; False for what nobody asked for."""
        errand = self._known.get(name)
        if errand is None:
            return False
        errand.exception()
        return True

    def _make_room(self) -> None:
        if len(self._known) < MOST:
            return
        for name, errand in self._known.items():
            if errand.done():
                del self._known[name]
                return
        raise TransientError(f"{MOST} answers are being worked out; try again later")
