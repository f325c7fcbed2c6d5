"""Death at any call: wraps a port so that the n-th call of a run dies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class KilledError(BaseException):
    """SIGKILL, as far as the code under test can tell: nobody may catch it."""


@dataclass
class Fate:
    """Counts calls over all ports of a run; at number `at` the process dies.

    Even numbers die before the call has its effect, odd ones after it. `calls` names
    the call of each instant that was lived through.
    """

    at: int
    steps: int = 0
    calls: list[str] = field(default_factory=list)

    def step(self, call: str = "") -> None:
        """One more instant at which the process could die."""
        self.calls.append(call)
        if self.steps == self.at:
            self.steps += 1
            raise KilledError
        self.steps += 1


class Mortal:
    """A port whose every call, and every item it gives, is a chance to die."""

    def __init__(self, port: object, fate: Fate) -> None:
        self._port = port
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        whole = getattr(self._port, name)
        if not callable(whole):
            return whole

        def call(*args: Any, **named: Any) -> Any:
            self._fate.step(name)
            result = whole(*args, **named)
            self._fate.step(name)
            return self._one_by_one(result) if isinstance(result, Iterator) else result

        return call

    def _one_by_one(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            self._fate.step("item")
            yield item
