"""The way out in memory: a mail server that accepts, refuses or dies as told."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.domain.errors import PermanentError


@dataclass
class MemoryServer:
    """What the world outside has: letters accepted, and what to do instead.

    `left` counts how often a postbox ended its session.
    """

    letters: list[tuple[str, bytes]] = field(default_factory=list)
    refusals: dict[str, Exception] = field(default_factory=dict)
    at_the_dot: dict[str, Exception] = field(default_factory=dict)
    left: int = 0

    def accept(self, recipient: str, data: bytes) -> None:
        """The 250 after the final dot."""
        self.letters.append((recipient, data))


class MemoryPostbox:
    """ports.Postbox on a MemoryServer."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        if recipient in self._server.refusals:
            raise self._server.refusals[recipient]
        if not re.fullmatch(r"[!-~]+@[a-z0-9.-]+", recipient):
            raise PermanentError(f"{recipient!r} is not a plain e-mail address")
        at_dot()
        if recipient in self._server.at_the_dot:
            raise self._server.at_the_dot[recipient]
        self._server.accept(recipient, data)

    def check(self) -> None:
        """Always well."""

    def close(self) -> None:
        """Noted only: there is nothing to give back."""
        self._server.left += 1
