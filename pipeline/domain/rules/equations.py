"""What must be equal: identity, ratio, same_as, derived."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException
from typing import NamedTuple

from pipeline.domain.plan.expression import (
    Comparison,
    Name,
    Placed,
    evaluate,
    names,
    placed,
)
from pipeline.domain.plan.interval import Interval, exact
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import (
    Cell,
    FigureBook,
    Operand,
    Standing,
    cell_of,
)
from pipeline.domain.rules.outcome import Mend, Outcome, Result, failed, passed, usable
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import comparison, formula, reference, text

_GIVEN = Standing.GIVEN
_HUNDRED = exact(Decimal(100))
_ONE = exact(Decimal(1))


def identity(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Both sides of an expression agree; without `@column` in every column."""
    plan = book.plan(rule, _identity)
    for column in plan.columns:
        found = {name: _figure(rule, book, name, column) for name in plan.names}
        yield from _judge_identity(rule, plan, found)


class _Identity(NamedTuple):
    """An expression made ready: its figures, and its two sides as functions of them."""

    wanted: Comparison
    columns: tuple[str, ...]
    names: tuple[Name, ...]
    left: Placed
    right: Placed


def _identity(rule: Rule, index: RoundIndex) -> _Identity:
    wanted = comparison(rule)
    figures = names(wanted)
    fixed = all(figure.column for figure in figures)
    return _Identity(
        wanted,
        ("",) if fixed else index.columns_of(rule),
        figures,
        placed(wanted.left, figures),
        placed(wanted.right, figures),
    )


def _figure(rule: Rule, book: FigureBook, figure: Name, column: str) -> Operand:
    where = figure.form or rule.form, figure.key
    if figure.last:
        return book.last(where, figure.column or column)
    return book.look(rule, where, figure.column or column)


def _judge_identity(
    rule: Rule, plan: _Identity, found: Mapping[Name, Operand]
) -> Iterator[Outcome]:
    seat, *others = found.values()
    result = usable(found.values())
    if result is Result.BLOCKED:
        yield Outcome(rule, result, seat, tuple(others))
    if result is not None:
        return
    known = [operand.given for operand in found.values()]
    try:
        holds = _holds(plan.wanted.sign, plan.left(known), plan.right(known))
    except ZeroDivisionError:
        return
    if holds:
        yield passed(rule, seat, tuple(others))
    else:
        mends = tuple(_mends(plan.wanted, found))
        expected = dict(mends).get(seat, seat.given.value)
        yield failed(rule, seat, tuple(others), expected, mends)


def _holds(sign: str, left: Interval, right: Interval) -> bool:
    match sign:
        case "==":
            return left.meets(right)
        case "<=":
            return not left.exceeds(right)
        case _:
            return not right.exceeds(left)


def _mends(wanted: Comparison, found: Mapping[Name, Operand]) -> Iterator[Mend]:
    """What each figure alone would have to be, its weight taken from one more of it."""
    points = {name: exact(operand.given.value) for name, operand in found.items()}
    gap = _gap(wanted, points)
    for name, operand in found.items():
        try:
            slope = _gap(wanted, {**points, name: points[name] + _ONE}) - gap
            mended = operand.given.value - gap / slope
        except (ZeroDivisionError, DecimalException):
            continue  # the gap does not depend on this figure alone
        yield operand, mended


def _gap(wanted: Comparison, points: Mapping[Name, Interval]) -> Decimal:
    left = evaluate(wanted.left, points.__getitem__)
    return left.value - evaluate(wanted.right, points.__getitem__).value


def ratio(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """A percentage equals numerator / denominator * 100 as far as digits are shown."""
    cells = book.cells
    for wanted in book.plan(rule, ratio_cells):
        rate, top, bottom = (cells[key] for key in wanted)
        result = usable((rate, top, bottom))
        if result is Result.BLOCKED:
            yield Outcome(rule, result, rate, (top, bottom))
        elif result is None and bottom.given.low > 0:
            yield _judge_ratio(rule, rate, (top, bottom))


def ratio_cells(rule: Rule, index: RoundIndex) -> tuple[tuple[Cell, ...], ...]:
    rows = [reference(rule, name) for name in ("rate", "numerator", "denominator")]
    return tuple(
        tuple(cell_of(rule, row, column) for row in rows)
        for column in index.columns_of(rule)
    )


def _judge_ratio(rule: Rule, rate: Operand, others: tuple[Operand, Operand]) -> Outcome:
    top, bottom = others
    worked_out = top.given / bottom.given * _HUNDRED
    if rate.given.meets(worked_out):
        return passed(rule, rate, others)
    percent = rate.given.value
    mends = [
        (rate, worked_out.value),
        (top, percent * bottom.given.value / _HUNDRED.value),
    ]
    if percent:
        mends.append((bottom, top.given.value * _HUNDRED.value / percent))
    return failed(rule, rate, others, worked_out.value, tuple(mends))


def same_as(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """One figure in two forms."""
    cells = book.cells
    for one, other in book.plan(rule, same_cells):
        left, right = cells[one], cells[other]
        result = usable((left, right))
        if result is Result.BLOCKED:
            yield Outcome(rule, result, left, (right,))
        elif result is None and left.given.meets(right.given):
            yield passed(rule, left, (right,))
        elif result is None:
            values = left.given.value, right.given.value
            mends = ((left, values[1]), (right, values[0]))
            yield failed(rule, left, (right,), values[1], mends)


def same_cells(rule: Rule, index: RoundIndex) -> tuple[tuple[Cell, Cell], ...]:
    left, right = reference(rule, "left"), reference(rule, "right")
    return tuple(
        (cell_of(rule, left, column), cell_of(rule, right, column))
        for column in index.columns_of(rule)
    )


def derived(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """A worked-out column agrees with the columns it is made of; not on rates."""
    work_out, rows = book.plan(rule, derived_cells)
    cells = book.cells
    for key, figures in rows:
        seat = cells[key]
        if seat.standing is not _GIVEN:
            continue
        others = tuple([cells[figure] for figure in figures])
        if usable(others) is not None:
            continue
        try:
            worked_out = work_out([operand.given for operand in others])
        except ZeroDivisionError:
            continue
        if seat.given.meets(worked_out):
            yield passed(rule, seat, others)
        else:
            yield failed(rule, seat, others, worked_out.value)


_Formula = tuple[Placed, tuple[tuple[Cell, tuple[Cell, ...]], ...]]


def derived_cells(rule: Rule, index: RoundIndex) -> _Formula:
    """The formula as a function, and its cells in each row that has no rate."""
    column, wanted = text(rule, "column"), formula(rule)
    figures = names(wanted)
    rows = [row for row in index.selected(rule) if row.kind is not IndicatorKind.RATE]
    return placed(wanted, figures), tuple(
        (
            (rule.form, row.key, column),
            tuple((rule.form, row.key, figure.key) for figure in figures),
        )
        for row in rows
    )
