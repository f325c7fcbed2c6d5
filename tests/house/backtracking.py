"""How many steps a regular expression takes: Python's own engine does not say.

It walks a pattern as that engine does (depth first, greedy first) and counts, so that a
test can tell linear from quadratic without a clock. A repeat with a bound of at most a
thousand counts as a constant: it is cut to four.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from re import _constants as sre
from re import _parser as parser
from typing import Any

AS_GOOD_AS_ENDLESS = 1_000
CUT = 4
_CATEGORY = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
# What stands in for a class, so that one of each kind is among the members that are tried.
_KINDS = 'a1 \t\n-.<("~'
_REPEATS = {
    sre.MAX_REPEAT: "greedy",
    sre.MIN_REPEAT: "lazy",
    sre.POSSESSIVE_REPEAT: "possessive",
}
_AT = {
    sre.AT_BEGINNING: r"^",
    sre.AT_BEGINNING_STRING: r"\A",
    sre.AT_END: r"$",
    sre.AT_END_STRING: r"\Z",
    sre.AT_BOUNDARY: r"\b",
    sre.AT_NON_BOUNDARY: r"\B",
}
Then = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Sign:
    """One character of a class."""

    members: tuple[str, ...]
    fits: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Place:
    here: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Branch:
    ways: tuple["Nodes", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    least: int
    most: int
    body: "Nodes"
    mode: str


@dataclass(frozen=True, slots=True)
class Look:
    """A look ahead, or behind by a width; `wanted` is False for the negative ones."""

    body: "Nodes"
    wanted: bool
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Atomic:
    body: "Nodes"


Node = Sign | Place | Branch | Repeat | Look | Atomic
Nodes = tuple[Node, ...]


def parsed(pattern: re.Pattern[Any]) -> Nodes:
    flags = pattern.flags if isinstance(pattern.pattern, str) else pattern.flags | re.ASCII
    return _Parser().nodes(parser.parse(pattern.pattern, pattern.flags), flags)


class _Parser:
    def __init__(self) -> None:
        self.groups: dict[int, Nodes] = {}

    def nodes(self, tree: Any, flags: int) -> Nodes:
        return tuple(
            node for code, value in tree for node in self._node(code, value, flags)
        )

    def _node(self, code: Any, value: Any, flags: int) -> Nodes:
        if code is sre.SUBPATTERN:
            number, more, less, inner = value
            self.groups[number] = self.nodes(inner, (flags | more) & ~less)
            return self.groups[number]
        if code is sre.GROUPREF:  # what may stand there, if not what does
            return self.groups[value]
        if code in (sre.ASSERT, sre.ASSERT_NOT):
            behind = value[1].getwidth()[0] if value[0] < 0 else 0
            return (Look(self.nodes(value[1], flags), code is sre.ASSERT, behind),)
        if code in _REPEATS:
            least, most, inner = value
            most = most if most > AS_GOOD_AS_ENDLESS else min(most, CUT)
            return (
                Repeat(min(least, CUT), most, self.nodes(inner, flags), _REPEATS[code]),
            )
        return (self._plain(code, value, flags),)

    def _plain(self, code: Any, value: Any, flags: int) -> Node:
        if code is sre.AT:
            return Place(re.compile(_AT[value], flags & (re.MULTILINE | re.ASCII)))
        if code is sre.BRANCH:
            return Branch(tuple(self.nodes(way, flags) for way in value[1]))
        if code is sre.ATOMIC_GROUP:
            return Atomic(self.nodes(value, flags))
        assert code in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY), code
        return _sign(code, value, flags)


def _sign(code: Any, value: Any, flags: int) -> Sign:
    items = value if code is sre.IN else [(code, value)]
    known: dict[str, bool] = {}

    def fits(sign: str) -> bool:
        if sign not in known:
            forms = {sign}
            if flags & re.IGNORECASE:
                forms |= {sign.lower(), sign.upper()}
            known[sign] = any(_fits(items, form, flags) for form in forms)
        return known[sign]

    named = [sign for item in items for sign in _named(*item)]
    kinds = [sign for sign in _KINDS if fits(sign)]
    members = [sign for sign in dict.fromkeys(named + kinds) if fits(sign)]
    return Sign(tuple(members[:2] + members[-3:]) or ("\u1e00",), fits)


def _named(code: Any, value: Any) -> tuple[str, ...]:
    if code is sre.LITERAL:
        return (chr(value),)
    return (chr(value[0]), chr(value[1])) if code is sre.RANGE else ()


def _fits(items: Any, sign: str, flags: int) -> bool:
    negated = items[0][0] is sre.NEGATE
    return negated != any(
        _is_one(code, value, sign, flags) for code, value in items[negated:]
    )


def _is_one(code: Any, value: Any, sign: str, flags: int) -> bool:
    if code is sre.LITERAL:
        return ord(sign) == value
    if code is sre.NOT_LITERAL:
        return ord(sign) != value
    if code is sre.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    if code is sre.ANY:
        return bool(flags & re.DOTALL) or sign != "\n"
    return re.fullmatch(_CATEGORY[value], sign, flags & re.ASCII) is not None


class TooManyStepsError(Exception):
    pass


@dataclass(slots=True)
class Walk:
    """One text, and the steps that were taken on it."""

    text: str
    at_most: int
    steps: int = 0
    whole: bool = field(default=False)

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.at_most:
            raise TooManyStepsError

    def match(self, nodes: Nodes, at: int) -> int | None:
        """Where a match that begins here ends; None without one."""
        ends: list[int] = []

        def then(end: int) -> bool:
            if self.whole and end < len(self.text):
                return False
            ends.append(end)
            return True

        return ends[0] if self.run(nodes, 0, at, then) else None

    def run(self, nodes: Nodes, first: int, at: int, then: Then) -> bool:
        for place in range(first, len(nodes)):
            node = nodes[place]
            self.step()
            if isinstance(node, Sign):
                if at >= len(self.text) or not node.fits(self.text[at]):
                    return False
                at += 1
            elif isinstance(node, Place):
                if node.here.match(self.text, at) is None:
                    return False
            elif isinstance(node, Look):
                if self._sees(node, at) != node.wanted:
                    return False
            else:
                return self._many(node, at, partial(self._on, nodes, place + 1, then))
        return then(at)

    def _on(self, nodes: Nodes, first: int, then: Then, at: int) -> bool:
        return self.run(nodes, first, at, then)

    def _many(self, node: Branch | Repeat | Atomic, at: int, rest: Then) -> bool:
        if isinstance(node, Branch):
            return any(self.run(way, 0, at, rest) for way in node.ways)
        if isinstance(node, Atomic):
            end = self._alone(node.body, at)
            return end is not None and rest(end)
        if node.mode == "possessive":
            return self._possessive(node, at, rest)
        if len(node.body) == 1 and isinstance(node.body[0], Sign):
            return self._signs(node, node.body[0], at, rest)
        return self._repeat(node, 0, at, rest)

    def _alone(self, nodes: Nodes, at: int) -> int | None:
        """Where the first match ends, never asked for another one."""
        ends: list[int] = []
        return ends[0] if self.run(nodes, 0, at, lambda end: not ends.append(end)) else None

    def _sees(self, node: Look, at: int) -> bool:
        if node.behind > at:
            return False
        return self._alone(node.body, at - node.behind) is not None

    def _possessive(self, node: Repeat, at: int, rest: Then) -> bool:
        count = 0
        while count < node.most:
            end = self._alone(node.body, at)
            if end is None or (end == at and count >= node.least):
                break
            at, count = end, count + 1
        return count >= node.least and rest(at)

    def _signs(self, node: Repeat, sign: Sign, at: int, rest: Then) -> bool:
        lazy = node.mode == "lazy"
        longest = 0
        while longest < node.most and at + longest < len(self.text):
            self.step()
            if not sign.fits(self.text[at + longest]):
                break
            longest += 1
            if lazy and longest > node.least and rest(at + longest - 1):
                return True
        lengths = [longest] if lazy else range(longest, node.least - 1, -1)
        return any(rest(at + length) for length in lengths if length >= node.least)

    def _repeat(self, node: Repeat, count: int, at: int, rest: Then) -> bool:
        self.step()

        def again(end: int) -> bool:
            if end == at and count >= node.least:
                return False
            return self._repeat(node, count + 1, end, rest)

        enough = count >= node.least
        if node.mode == "lazy" and enough and rest(at):
            return True
        if count < node.most and self.run(node.body, 0, at, again):
            return True
        return node.mode == "greedy" and enough and rest(at)


def steps(nodes: Nodes, method: str, text: str, at_most: int) -> int:
    """The steps of `match`, `fullmatch`, `search`, or of a method that finds them all.

    Raises TooManyStepsError.
    """
    walk = Walk(text, at_most, whole=method == "fullmatch")
    if method in ("match", "fullmatch"):
        walk.match(nodes, 0)
        return walk.steps
    at = 0
    while at <= len(text):
        walk.step()
        end = walk.match(nodes, at)
        if end is not None and method == "search":
            break
        at = at + 1 if end is None or end == at else end
    return walk.steps
