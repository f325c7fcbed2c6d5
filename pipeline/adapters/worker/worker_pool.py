"""The children of a daemon together, and the answers they owe."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, LifoQueue

from pipeline.adapters.worker.parsing_worker import ParsingWorker, WorkerSettings
from pipeline.domain.errors import TransientError
from pipeline.domain.verdict import Parsed
from pipeline.ports import Keep, RawMessage

AHEAD = 4
"""Messages given to each child at once: it reads on while the daemon settles others."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """An answer to come (ports.Answer)."""

    future: Future[Parsed]

    def __call__(self) -> Parsed:
        return self.future.result()

    def ready(self) -> bool:
        return self.future.done()

    def when_read(self, act: Callable[[], object]) -> None:
        self.future.add_done_callback(lambda _: act())


class WorkerPool:
    """Several children that read ahead; answers come in the order of the messages."""

    def __init__(
        self, settings: WorkerSettings, size: int, keep: Keep = lambda *_: None
    ) -> None:
        self._workers = [ParsingWorker(settings, keep) for _ in range(size)]
        # last in, first out: where mails come one by one, one child is enough
        self._idle: LifoQueue[ParsingWorker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="parse")
        self.width = size * AHEAD

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[_Reading]:
        """For each message a call that waits for its answer, or raises as `parse` does."""
        return [_Reading(self._threads.submit(self._parse, each)) for each in messages]

    def expect(self, messages: int) -> None:
        """Start the children that so many messages keep busy, without waiting for them."""
        taken: list[ParsingWorker] = []
        with suppress(Empty):
            while len(taken) < messages:
                taken.append(self._idle.get_nowait())
        try:
            for worker in taken:
                with suppress(TransientError):  # told with the first message it is to read
                    worker.start()
        finally:
            for worker in reversed(taken):
                self._idle.put(worker)

    def walls(self) -> str:
        """What the kernel put around the children, as far as one was started."""
        return next((worker.walls for worker in self._workers if worker.walls), "")

    def _parse(self, load: Callable[[], RawMessage]) -> Parsed:
        worker = self._idle.get()
        try:
            return worker.parse(load())
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """Stop all children; answers not waited for are lost."""
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
