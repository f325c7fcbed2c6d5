"""Texts that a regular expression finds hard: runs of its own signs, and near misses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations

from tests.house.backtracking import Atomic, Branch, Look, Nodes, Place, Repeat, Sign

_MOST_UNITS = 24
_MOST_PAIRS = 4
_TAILS = ("", "\x00", "!\n")


@dataclass(slots=True)
class _Sample:
    """A shortest text of a pattern, and of every repeat what stands before and in it."""

    repeats: list[tuple[str, str]] = field(default_factory=list)
    signs: dict[str, None] = field(default_factory=dict)

    def of(self, nodes: Nodes, before: str) -> str:
        said = ""
        for node in nodes:
            said += self._one(node, before + said)
        return said

    def _one(self, node: object, before: str) -> str:
        if isinstance(node, Sign):
            self.signs |= dict.fromkeys(node.members)
            return node.members[0]
        if isinstance(node, Branch):
            return max([self.of(way, before) for way in node.ways], key=len)
        if isinstance(node, Repeat):
            body = self.of(node.body, before)
            single = len(node.body) == 1 and isinstance(node.body[0], Sign)
            members = node.body[0].members if single else (body,)
            self.repeats += [(before, member) for member in members if member]
            return body * max(1, node.least)
        if isinstance(node, Atomic):
            return self.of(node.body, before)
        if isinstance(node, Look) and node.wanted and not node.behind:
            self.of(node.body, before)
        assert isinstance(node, Look | Place)
        return ""


def hostile(nodes: Nodes, length: int) -> Iterator[str]:
    """Texts of about a length."""
    sample = _Sample()
    whole = sample.of(nodes, "")
    bodies = list(dict.fromkeys(body for _, body in sample.repeats))
    units = list(dict.fromkeys([*bodies, *sample.signs, " ", "a", "1"]))[:_MOST_UNITS]
    yield from _texts(sample, whole, units, bodies, length)


def _texts(
    sample: _Sample, whole: str, units: list[str], bodies: list[str], length: int
) -> Iterator[str]:
    for unit in units:
        for tail in _TAILS:
            yield _run(unit, length) + tail
    for before, body in sample.repeats:
        yield before + _run(body, length) + "\x00"
        yield before + _run(body, length) + whole[len(before) :]
        yield _run(before + body, length) + "\x00"
        yield _run(before, length // 2) + _run(body, length // 2) + "\x00"
    for cut in range(3):
        yield _run(whole[: len(whole) - cut] + " " * (cut == 2), length)
    for one, other in permutations(bodies[:_MOST_PAIRS], 2):
        yield _run(one + other, length) + "\x00"
        yield _run(one, length // 2) + _run(other, length // 2) + "\x00"


def _run(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length] if unit else ""
