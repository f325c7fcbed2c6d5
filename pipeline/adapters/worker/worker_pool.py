"""The children of a daemon together, and the answers they owe."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from pipeline.adapters.worker.parsing_worker import ParsingWorker, WorkerSettings
from pipeline.domain.verdict import Parsed
from pipeline.ports import RawMessage

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


class WorkerPool:
    """Several children that read ahead; answers come in the order of the messages."""

    def __init__(self, settings: WorkerSettings, size: int) -> None:
        self._workers = [ParsingWorker(settings) for _ in range(size)]
        self._idle = list(self._workers)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="parse")
        self.width = size * AHEAD

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence[_Reading]:
        """For each message a call that waits for its answer, or raises as `parse` does."""
        return [_Reading(self._threads.submit(self._parse, each)) for each in messages]

    def walls(self) -> str:
        """What the kernel put around the children, as far as one was started."""
        return next((worker.walls for worker in self._workers if worker.walls), "")

    def _parse(self, load: Callable[[], RawMessage]) -> Parsed:
        # list.pop and append are atomic; there are never more threads than workers
        worker = self._idle.pop()
        try:
            return worker.parse(load())
        finally:
            self._idle.append(worker)

    def close(self) -> None:
        """Stop all children; answers not waited for are lost."""
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
