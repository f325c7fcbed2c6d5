"""Work that is given to another thread, done at once in this one: no order is left open."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class AtOnce(Executor):
    """Whatever is submitted is over when `submit` comes back."""

    def submit(
        self, work: Callable[..., Any], /, *values: Any, **named: Any
    ) -> Future[Any]:
        over: Future[Any] = Future()
        try:
            over.set_result(work(*values, **named))
        except Exception as fault:  # noqa: BLE001 - as any executor keeps what work raises
            over.set_exception(fault)
        return over
