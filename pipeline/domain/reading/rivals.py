"""A form row and a sheet row as a pair, and the other pairs that come into question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.domain.plan.form import Matched
from pipeline.domain.reading.row_label import (
    AskedRow,
    FoundRow,
    similarity,
    vocabulary_of,
)

_WORTH_NAMING = 0.4
_MOST_COMPARED = 2000
MOST = 2
"""Rivals of one pair that are kept: what a planner can choose from at a glance."""


@dataclass(frozen=True, slots=True)
class Paired:
    """A form row (`asked`) and a sheet row (`found`) by index, how alike, how sure.

    `margin` and `rivals` (other pairs that were about as good) as in RowMatch.
    """

    asked: int
    found: int
    score: float
    sure: bool
    how: Matched = Matched.WORDS
    margin: float | None = None
    rivals: tuple[tuple[int, int, float], ...] = ()


def with_rivals(
    pairs: Sequence[Paired], kept: Sequence[int], alike: Sequence[Sequence[float]]
) -> tuple[Paired, ...]:
    """The pairs, close calls with the other pairs that come into question."""
    asked = {pair.asked for pair in pairs if pair.sure}
    found = {pair.found for pair in pairs if pair.sure}
    open_rows = [i for i in range(len(alike)) if i not in asked]
    open_places = [(j, at) for j, at in enumerate(kept) if at not in found]
    columns = {at: j for j, at in open_places}

    def rivals(pair: Paired) -> list[tuple[int, int, float]]:
        others = [(pair.asked, at, alike[pair.asked][j]) for j, at in open_places]
        if pair.found in columns:
            column = columns[pair.found]
            others += [(i, pair.found, alike[i][column]) for i in open_rows]
        named = (pair.asked, pair.found)
        others = [o for o in others if o[:2] != named and o[2] >= _WORTH_NAMING]
        return sorted(others, key=lambda other: -other[2])[:MOST]

    return tuple(
        pair if pair.sure else replace(pair, rivals=tuple(rivals(pair))) for pair in pairs
    )


def likely_rows(
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    pairs: Sequence[Paired],
    extra: Sequence[int],
) -> dict[int, tuple[tuple[int, float], ...]]:
    """For sheet rows (by index) that are none of the form's: the form rows that were not
    found and are most like it, each with how alike.
    """
    paired = {pair.asked for pair in pairs}
    lacking = [i for i in range(len(asked)) if i not in paired]
    if not lacking or len(lacking) * len(extra) > _MOST_COMPARED:
        return {}
    words = vocabulary_of(asked)
    likely = {}
    for at in extra:
        scores = [(i, similarity(asked[i], found[at], words)) for i in lacking]
        best = sorted(scores, key=lambda score: -score[1])[:MOST]
        likely[at] = tuple(score for score in best if score[1] >= _WORTH_NAMING)
    return likely
