"""Wholes and their parts: total, at_least_sum, at_most_sum, column_total."""

from collections.abc import Iterable, Iterator

from pipeline.domain.plan.interval import added
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import ALL_PARTS_GIVEN
from pipeline.domain.rules.figures import Cell, FigureBook, Operand, Standing, cell_of
from pipeline.domain.rules.outcome import Mend, Outcome, Result, failed, passed
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import reference, references, text, texts

_GIVEN, _UNREADABLE = Standing.GIVEN, Standing.UNREADABLE
_Parts = tuple[Operand, ...]
_Sum = tuple[Cell, tuple[Cell, ...]]
# an open sum is a lower bound only: some part is not known
_OPEN = (Standing.EMPTY, Standing.NOT_AVAILABLE)


def total(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """The whole equals its parts; with an optional part blank it is at least those given.

    A blank required part is told of as a missing value, so the rule does not apply.
    """
    all_given = text(rule, "when") == ALL_PARTS_GIVEN
    for whole, parts in _by_column(rule, book):
        given = _given(parts)
        if len(given) < len(parts):
            blank = [part for part in parts if part.standing in _OPEN]
            if all_given and blank:
                continue
            if any(_must_be_filled(part, book) for part in blank):
                continue
        yield from _judge_total(rule, whole, parts, given)


def column_total(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """In each row the column of the whole equals the columns of its parts."""
    for whole, parts in _found(book, book.plan(rule, column_sums)):
        if all(part.standing is not Standing.EMPTY for part in parts):
            yield from _judge_total(rule, whole, parts, _given(parts))


def at_least_sum(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """The whole is at least the sum of the parts that are given."""
    for whole, parts in _by_column(rule, book):
        result = _ready(whole, parts)
        if result is Result.BLOCKED:
            yield Outcome(rule, result, whole, parts)
        elif result is None:
            total_of = added(part.given for part in _given(parts))
            if total_of.exceeds(whole.given):
                yield failed(rule, whole, parts, total_of.value)


def at_most_sum(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """The whole is at most the sum of the parts; a blank part might hold any number."""
    for whole, parts in _by_column(rule, book):
        result = _ready(whole, parts)
        if any(part.standing in _OPEN for part in parts):
            continue
        if result is Result.BLOCKED:
            yield Outcome(rule, result, whole, parts)
        elif result is None:
            total_of = added(part.given for part in _given(parts))
            if whole.given.exceeds(total_of):
                yield failed(rule, whole, parts, total_of.value)


def _by_column(rule: Rule, book: FigureBook) -> Iterator[tuple[Operand, _Parts]]:
    return _found(book, book.plan(rule, row_sums))


def _found(book: FigureBook, sums: Iterable[_Sum]) -> Iterator[tuple[Operand, _Parts]]:
    cells = book.cells
    for whole, parts in sums:
        yield cells[whole], tuple([cells[part] for part in parts])


def row_sums(rule: Rule, index: RoundIndex) -> tuple[_Sum, ...]:
    """In each column of a rule the cell of the whole row and those of its parts."""
    whole, parts = reference(rule, "whole"), references(rule, "parts")
    return tuple(
        (cell_of(rule, whole, column), tuple(cell_of(rule, row, column) for row in parts))
        for column in index.columns_of(rule)
    )


def column_sums(rule: Rule, index: RoundIndex) -> tuple[_Sum, ...]:
    """In each row of a rule the cell of the whole column and those of its parts."""
    whole, parts = text(rule, "whole"), texts(rule, "parts")
    return tuple(
        ((rule.form, row.key, whole), tuple((rule.form, row.key, key) for key in parts))
        for row in index.selected(rule)
    )


def _must_be_filled(part: Operand, book: FigureBook) -> bool:
    return part.standing is Standing.EMPTY and book.required(part)


def _given(parts: _Parts) -> _Parts:
    return tuple([part for part in parts if part.standing is _GIVEN])


def _ready(whole: Operand, parts: _Parts) -> Result | None:
    """None when there is something to add up and a whole to compare it with."""
    if whole.standing is not _GIVEN and whole.standing is not _UNREADABLE:
        return Result.NA
    if any(figure.standing is _UNREADABLE for figure in (whole, *parts)):
        return Result.BLOCKED
    return None if _given(parts) else Result.NA


def _judge_total(
    rule: Rule, whole: Operand, parts: _Parts, given: _Parts
) -> Iterator[Outcome]:
    complete = whole.interval is not None and 0 < len(given) == len(parts)
    result = None if complete else _ready(whole, parts)
    if result is Result.BLOCKED:
        yield Outcome(rule, result, whole, parts)
    if result is not None:
        return
    total_of = added([part.given for part in given])
    is_open = not complete and any(part.standing in _OPEN for part in parts)
    low_enough = is_open and not total_of.exceeds(whole.given)
    if low_enough or whole.given.meets(total_of):
        yield passed(rule, whole, parts)
    else:
        mends = () if is_open else _mends(whole, given)
        yield failed(rule, whole, parts, total_of.value, mends)


def _mends(whole: Operand, parts: _Parts) -> tuple[Mend, ...]:
    gap = whole.given.value - added(part.given for part in parts).value
    return (
        (whole, whole.given.value - gap),
        *((part, part.given.value + gap) for part in parts),
    )
