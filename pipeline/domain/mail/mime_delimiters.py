"""The lines that part a message, found in its bytes."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_REST = re.compile(rb"(--)?[ \t]*+\r?$", re.MULTILINE)
_NEW_LINE = ord("\n")


class Delimiter(NamedTuple):
    """A line between parts; one that `closes` comes after the last."""

    begins: int
    ends: int
    closes: bool


def delimiters(
    data: bytes, boundary: bytes, within: tuple[int, int]
) -> Iterator[Delimiter]:
    """The lines in a range that are a boundary and nothing else.

    Searched as bytes, a line break first (a line may be millions of dashes): a pattern
    would be made for each mail, and be slower on the rest.
    """
    (start, end), mark = within, b"\n--" + boundary
    opens = start == 0 or data[start - 1] == _NEW_LINE
    first = opens and data.startswith(mark[1:], start, end)
    at = start - 1 if first else data.find(mark, start, end)
    while at >= 0 or first:
        first = False
        rest = _REST.match(data, at + len(mark), end)
        if rest is not None:
            yield Delimiter(at + 1, rest.end(), rest[1] is not None)
        at = data.find(mark, at + 1 if rest is None else rest.end(), end)
