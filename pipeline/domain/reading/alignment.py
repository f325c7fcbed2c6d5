"""The best order-keeping pairing of two sequences, with affine gaps and margins.

A form's rows and a sheet's rows come in the same order but for what people inserted,
deleted and renamed. Order says more than text, because labels repeat; so all rows are
paired at once and not each on its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FORBIDDEN = float("-inf")
_SKIP_LEFT = (0.30, 0.12)
_SKIP_RIGHT = (0.12, 0.03)
Scores = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A left and a right item that belong together.

    `margin` is how much the whole pairing loses when either of the two must go with
    something else; 0 means that it is a toss-up.
    """

    left: int
    right: int
    margin: float


def align(scores: Scores) -> tuple[Pair, ...]:
    """The pairs of highest total score, in order; `scores[left][right]`, FORBIDDEN no."""
    height, width = len(scores), len(scores[0]) if scores else 0
    if not height or not width:
        return ()
    forward = _ending(scores)
    turned = [list(reversed(row)) for row in reversed(scores)]
    backward = _ending(turned)
    through = [
        [
            forward[i][j] + backward[height - 1 - i][width - 1 - j] - scores[i][j]
            if scores[i][j] != FORBIDDEN
            else FORBIDDEN
            for j in range(width)
        ]
        for i in range(height)
    ]
    return tuple(_pairs(through))


def _gap(count: int, cost: tuple[float, float]) -> float:
    return cost[0] + cost[1] * (count - 1) if count else 0.0


def _ending(scores: Scores) -> list[list[float]]:
    """For each allowed pair the best total of a pairing of the prefixes that ends in it."""
    height, width = len(scores), len(scores[0])
    match = [[FORBIDDEN] * width for _ in range(height)]
    # best[j]: best total of the rows above, columns before j, after any gaps on the left
    above = [-_gap(j, _SKIP_RIGHT) for j in range(width + 1)]
    skipping = [FORBIDDEN] * (width + 1)
    for i in range(height):
        row, made = scores[i], match[i]
        for j in range(width):
            if row[j] != FORBIDDEN:
                made[j] = row[j] + above[j]
        above, skipping = _next_line(above, skipping, made)
    return match


def _next_line(
    above: list[float], skipping: list[float], made: list[float]
) -> tuple[list[float], list[float]]:
    """Best totals after one more left item: matched, or skipped."""
    skipped = [
        max(best - _SKIP_LEFT[0], skip - _SKIP_LEFT[1])
        for best, skip in zip(above, skipping, strict=True)
    ]
    line = [skipped[0]]
    running = FORBIDDEN
    for j, paired in enumerate(made):
        running = max(running - _SKIP_RIGHT[1], line[j] - _SKIP_RIGHT[0])
        line.append(max(paired, skipped[j + 1], running))
    return line, skipped


def _pairs(through: list[list[float]]) -> list[Pair]:
    """Pairs on one best path, each with the distance to the best path without it."""
    best = max(max(row) for row in through)
    if best == FORBIDDEN:
        return []
    column_best = [
        sorted(column, reverse=True)[:2] for column in zip(*through, strict=True)
    ]
    pairs = []
    after = 0
    for i, row in enumerate(through):
        for j in range(after, len(row)):
            if row[j] > best - 1e-9:
                pairs.append(Pair(i, j, best - _rival(row, j, column_best[j])))
                after = j + 1
                break
    return pairs


def _rival(row: list[float], j: int, column_best: list[float]) -> float:
    others = max((value for at, value in enumerate(row) if at != j), default=FORBIDDEN)
    second = column_best[1] if len(column_best) > 1 else FORBIDDEN
    return max(others, second)
