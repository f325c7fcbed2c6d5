"""No regular expression of the program takes time that grows faster than its text."""

import re
from collections.abc import Iterator

import pytest

from pipeline.domain.questions.topic import _WORDS as TOPICS
from tests.house.backtracking import (
    CUT,
    Atomic,
    Branch,
    Look,
    Nodes,
    Repeat,
    TooManyStepsError,
    Walk,
    parsed,
    steps,
)
from tests.house.hostile_strings import hostile
from tests.house.program_patterns import BuiltPattern, ProgramPattern, program_patterns

SHORT, LONG = 24, 96
# Four times the text: four times the steps, or sixteen where they grow with its square.
AT_MOST = 8
_NO_MORE = 20_000

# Put together while the program runs: with a value of the worst kind that can get there.
BUILT = {
    "pipeline/domain/mail/body_text _without_unseen": ("-->", r"</script[^<>]*>"),
    "pipeline/domain/questions/topic propose_topic": tuple(TOPICS.values()),
    "pipeline/domain/reading/header_scopes _scopes": (r"\bdia phuong\b",),
    "pipeline/stages/gather_clues _behind_office": (r"(?:LĐTBXH|Tỉnh)[\s_-]*Hà Nam\b",),
}


def test_patterns_built_while_the_program_runs_are_known() -> None:
    built = {one.where for one in program_patterns() if isinstance(one, BuiltPattern)}
    assert built == set(BUILT)


def _all() -> Iterator[ProgramPattern]:
    yield from (one for one in program_patterns() if isinstance(one, ProgramPattern))
    for where, sources in BUILT.items():
        for source in sources:
            yield ProgramPattern(where, re.compile(source), ("search", "findall"))


def test_every_pattern_of_the_program_is_looked_at() -> None:
    assert len(list(_all())) > 250


@pytest.mark.fault("T-09")
def test_no_pattern_backtracks_without_end() -> None:
    slow = [
        f"{one.where}: {one.pattern.pattern!r} by {method} on {text[:40]!r}"
        for one in _all()
        for method in one.methods
        if (text := _slow(parsed(one.pattern), method)) is not None
    ]
    assert slow == []


def _slow(nodes: Nodes, method: str) -> str | None:
    """A text on which the steps grow with more than its length."""
    if not _endless(nodes):
        return None
    for short, long in zip(hostile(nodes, SHORT), hostile(nodes, LONG), strict=True):
        try:
            many = steps(nodes, method, long, _NO_MORE)
        except TooManyStepsError:
            return long
        few = steps(nodes, method, short, _NO_MORE)
        if many > max(AT_MOST * few, 6 * len(long)):
            return long
    return None


def _endless(nodes: Nodes) -> bool:
    """Whether anything in it repeats without a bound: else its steps have one."""
    for node in nodes:
        if isinstance(node, Repeat) and node.most > CUT:
            return True
        inner = (
            node.ways
            if isinstance(node, Branch)
            else (node.body,)
            if isinstance(node, Repeat | Look | Atomic)
            else ()
        )
        if any(map(_endless, inner)):
            return True
    return False


@pytest.mark.parametrize(
    ("source", "method", "slow"),
    [
        (r"(a+)+$", "match", True),
        (r"(?:a|a)*b", "match", True),
        (r"\s+$", "search", True),
        (r"\s+$", "match", False),
        (r"\s++x", "search", True),
        (r"a*\s*a*x", "fullmatch", True),
        (r"<[^>]*>", "sub", True),
        (r"<[^<>]*>", "sub", False),
        (r"<[^>]{1,50}>", "sub", False),
        (r"(?>a+)b|c", "match", False),
        (r"(?=.*x)a", "search", True),
        (r"(?<!\s)\s+x", "search", False),
        (r"(['\"])[^'\"]*\1", "match", False),
        (r"a+?b+?c", "match", False),
        (r"a+?[ab]+?c", "match", True),
        (r"(?i)K*ss", "fullmatch", False),
    ],
)
def test_the_counter_tells_slow_patterns_from_fast_ones(
    source: str, method: str, slow: bool
) -> None:
    assert (_slow(parsed(re.compile(source)), method) is not None) == slow


@pytest.mark.parametrize(
    ("source", "text", "end"),
    [
        (r"(a|b)*?c{2,}", "abccc", 5),
        (r"a{2,3}+a", "aaaa", 4),
        (r"a{2,3}+a", "aaa", None),
        (r"(?<!x)[^\W\d]+\Z", "abc", 3),
        (r"(?i:AB)\b(?! c)", "ab d", 2),
        (r"(?i:AB)\b(?! c)", "ab c", None),
        (r"(?m)^a$\n^b", "a\nb", 3),
    ],
)
def test_the_counter_matches_as_the_engine_does(
    source: str, text: str, end: int | None
) -> None:
    found = re.compile(source).match(text)
    assert (found and found.end()) == end
    assert Walk(text, 1_000).match(parsed(re.compile(source)), 0) == end
