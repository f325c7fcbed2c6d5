"""What a fault says, in the language of whoever reads it.

Faults are raised and logged in English; a book gives the same sentences in another
language, with {} where a value stands. A value that is a sentence itself is looked up too.
"""

from collections.abc import Mapping, Sequence

_DEEPEST = 6


class FaultBook:
    """Sentences of faults by the English ones; what is in no book stays as it is."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        told = [(english.split("{}"), other) for english, other in sentences.items()]
        # of two that fit, the one with more words of its own is meant
        self._told = sorted(told, key=lambda each: -sum(map(len, each[0])))

    def worded(self, problem: str, depth: int = 0) -> str:
        """A fault's words in the book's language."""
        for pieces, other in self._told if depth < _DEEPEST else ():
            values = _values(pieces, problem)
            if values is not None:
                return other.format(*(self.worded(each, depth + 1) for each in values))
        return problem


def _values(pieces: Sequence[str], text: str) -> list[str] | None:
    """What stands between the pieces of a sentence; None when it is another one."""
    if len(pieces) == 1:
        return [] if text == pieces[0] else None
    first, last = pieces[0], pieces[-1]
    at, end = len(first), len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or at > end:
        return None
    values = []
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return None
        values.append(text[at:found])
        at = found + len(piece)
    return [*values, text[at:end]]
