"""Trouble at any call: wraps a port so that the n-th call of a run dies or fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pipeline.domain.errors import TransientError

# Their ports promise that they raise nothing.
SURE = {"close", "folders"}


class KilledError(BaseException):
    """SIGKILL, as far as the code under test can tell: nobody may catch it."""


class How(Enum):
    """What happens at the instant of a fate."""

    KILLED = "the process is killed"
    POWER = "the power fails"
    STOPPED = "SIGTERM"
    FAILED = "one call fails"
    FAILING = "every call fails from then on"

    @property
    def deadly(self) -> bool:
        """Whether the process is gone without a word."""
        return self in {How.KILLED, How.POWER}

    @property
    def fails(self) -> bool:
        """Whether calls fail."""
        return self in {How.FAILED, How.FAILING}


@dataclass
class Fate:
    """Counts calls over all ports of a run; at number `at` something happens.

    Even numbers come before the call has its effect, odd ones after it. `calls` names
    the call of each instant that was lived through.
    """

    at: int
    how: How = How.KILLED
    steps: int = 0
    calls: list[str] = field(default_factory=list)

    @property
    def met(self) -> bool:
        """Whether it has come."""
        return 0 <= self.at < self.steps

    def stopping(self) -> bool:
        """Whether the process was told to end."""
        return self.how is How.STOPPED and self.met

    def step(self, call: str = "", fault: Exception | None = None) -> None:
        """One more instant at which it could happen; `fault` is how this call fails."""
        self.calls.append(call)
        due = self.steps == self.at
        self.steps += 1
        if due and self.how.deadly:
            raise KilledError
        failing = due or (self.how is How.FAILING and self.met)
        if failing and self.how.fails and call not in SURE:
            raise fault or OSError(5, f"{call} failed")


class Mortal:
    """A port whose every call, and every item it gives, is a chance to meet one's fate.

    A call fails with `before` when it had no effect, and with `after` when it had.
    """

    def __init__(
        self,
        port: object,
        fate: Fate,
        before: type[Exception] = TransientError,
        after: type[Exception] | None = None,
    ) -> None:
        self._port = port
        self._fate = fate
        self._before = before
        self._after = after or before

    def __getattr__(self, name: str) -> Any:
        whole = getattr(self._port, name)
        if not callable(whole):
            return whole

        def call(*args: Any, **named: Any) -> Any:
            self._fate.step(name, self._before(f"before {name}"))
            result = whole(*args, **named)
            self._fate.step(name, self._after(f"after {name}"))
            return self._one_by_one(result) if isinstance(result, Iterator) else result

        return call

    def _one_by_one(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            self._fate.step("item", self._before("before an item"))
            yield item
