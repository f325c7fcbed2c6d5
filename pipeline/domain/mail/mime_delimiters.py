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

    Searched as bytes: a pattern would be made for each mail, and be slower on the rest.
    """
    (at, end), mark = within, b"--" + boundary
    while (at := data.find(mark, at, end)) >= 0:
        rest = _REST.match(data, at + len(mark), end)
        if rest is None or (at > 0 and data[at - 1] != _NEW_LINE):
            at += 1
            continue
        yield Delimiter(at, rest.end(), rest[1] is not None)
        at = rest.end()
