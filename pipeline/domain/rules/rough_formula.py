"""Expressions worked out on the rough figures of many rows at once."""

from collections.abc import Callable, Iterator, Sequence
from math import inf
from operator import add, sub

from pipeline.domain.plan.expression import Expression, Name, Number
from pipeline.domain.rules.rough_figures import NARROWED

Range = tuple[Sequence[float], Sequence[float]]
"""The least and the most that each of some figures may stand for."""
Worked = Callable[[Sequence[Range]], Range]


class UnclearError(Exception):
    """Signs that floating-point ranges do not say enough of: for the exact ones."""


def worked(expression: Expression, order: Sequence[Name]) -> Worked:
    """The function that works an expression out of ranges of its figures in this order.

    A figure divided by what may be zero may be anything.
    """
    if isinstance(expression, Name):
        place = order.index(expression)
        return lambda given: given[place]
    if isinstance(expression, Number):
        number = float(expression.value)
        slack = abs(number) * NARROWED
        return lambda given: (
            [number + slack] * len(given[0][0]),
            [number - slack] * len(given[0][0]),
        )
    operate = _OPERATIONS[expression.sign]
    left, right = worked(expression.left, order), worked(expression.right, order)
    return lambda given: operate(left(given), right(given))


def _added(one: Range, other: Range) -> Range:
    return list(map(add, one[0], other[0])), list(map(add, one[1], other[1]))


def _taken(one: Range, other: Range) -> Range:
    return list(map(sub, one[0], other[1])), list(map(sub, one[1], other[0]))


def _times(one: Range, other: Range) -> Range:
    if min(other[0]) < 0 or min(other[1]) < 0:
        one, other = other, one
        if min(other[0]) < 0 or min(other[1]) < 0:
            raise UnclearError
    each = list(zip(*one, *other, strict=True))
    return (
        [low * (least if low >= 0 else most) for low, _, least, most in each],
        [high * (most if high >= 0 else least) for _, high, least, most in each],
    )


def _divided(one: Range, other: Range) -> Range:
    each = list(_quotients(one, other))
    return [low for low, _ in each], [high for _, high in each]


def _quotients(one: Range, other: Range) -> Iterator[tuple[float, float]]:
    for low, high, least, most in zip(*one, *other, strict=True):
        if least > 0 and most > 0:
            yield (
                low / (most if low >= 0 else least),
                high / (least if high >= 0 else most),
            )
        elif least <= 0 <= most:
            yield -inf, inf
        else:
            raise UnclearError


_OPERATIONS: dict[str, Callable[[Range, Range], Range]] = {
    "+": _added,
    "-": _taken,
    "*": _times,
    "/": _divided,
}
