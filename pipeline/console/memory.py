"""Answers that cost much, kept until the ledger has news.

Whatever changes a figure, a form or a ruling leaves an audit event: while the newest event
is the same, so is the answer.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """The last answer to each question, with the mark of the ledger it was given at."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[str, Any]] = {}
        self._turn = Lock()

    def recall(self, name: tuple[str, str], mark: str, ask: Callable[[], T]) -> T:
        """The answer as of a mark: known, or asked for now."""
        with self._turn:
            known = self._answers.get(name)
            if known is None or known[0] != mark:
                known = (mark, ask())
                self._answers[name] = known
            answer: T = known[1]
            return answer

    def forget(self, name: tuple[str, str]) -> None:
        """Ask anew next time."""
        with self._turn:
            self._answers.pop(name, None)
