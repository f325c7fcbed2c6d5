"""What must be equal: identity, ratio, same_as, derived."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException

from pipeline.domain.plan.expression import Comparison, Name, evaluate, evaluator, names
from pipeline.domain.plan.interval import Interval, exact
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import FigureBook, Operand, Standing
from pipeline.domain.rules.outcome import Mend, Outcome, Result, failed, usable
from pipeline.domain.rules.terms import comparison, formula, reference, text

_GIVEN = Standing.GIVEN
_HUNDRED = exact(Decimal(100))
_ONE = exact(Decimal(1))


def identity(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Both sides of an expression agree; without `@column` in every column."""
    wanted = comparison(rule)
    figures = names(wanted)
    fixed = all(figure.column for figure in figures)
    for column in ("",) if fixed else book.columns(rule):
        found = {figure: _figure(rule, book, figure, column) for figure in figures}
        yield from _judge_identity(rule, wanted, found)


def _figure(rule: Rule, book: FigureBook, figure: Name, column: str) -> Operand:
    where = figure.form or rule.form, figure.key
    if figure.last:
        return book.last(where, figure.column or column)
    return book.look(rule, where, figure.column or column)


def _judge_identity(
    rule: Rule, wanted: Comparison, found: Mapping[Name, Operand]
) -> Iterator[Outcome]:
    seat, *others = found.values()
    result = usable(found.values())
    if result is Result.BLOCKED:
        yield Outcome(rule, result, seat, tuple(others))
    if result is not None:
        return
    known = {name: operand.given for name, operand in found.items()}
    try:
        holds = _holds(wanted, known)
    except ZeroDivisionError:
        return
    if holds:
        yield Outcome(rule, Result.PASS, seat, tuple(others))
    else:
        mends = tuple(_mends(wanted, found))
        expected = dict(mends).get(seat, seat.given.value)
        yield failed(rule, seat, tuple(others), expected, mends)


def _holds(wanted: Comparison, known: Mapping[Name, Interval]) -> bool:
    left = evaluate(wanted.left, known.__getitem__)
    right = evaluate(wanted.right, known.__getitem__)
    match wanted.sign:
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
    rows = tuple(reference(rule, name) for name in ("rate", "numerator", "denominator"))
    for column in book.columns(rule):
        rate, top, bottom = (book.look(rule, row, column) for row in rows)
        result = usable((rate, top, bottom))
        if result is Result.BLOCKED:
            yield Outcome(rule, result, rate, (top, bottom))
        elif result is None and bottom.given.low > 0:
            yield _judge_ratio(rule, rate, (top, bottom))


def _judge_ratio(rule: Rule, rate: Operand, others: tuple[Operand, Operand]) -> Outcome:
    top, bottom = others
    worked_out = top.given / bottom.given * _HUNDRED
    if rate.given.meets(worked_out):
        return Outcome(rule, Result.PASS, rate, others)
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
    left_row, right_row = reference(rule, "left"), reference(rule, "right")
    for column in book.columns(rule):
        left = book.look(rule, left_row, column)
        right = book.look(rule, right_row, column)
        result = usable((left, right))
        if result is Result.BLOCKED:
            yield Outcome(rule, result, left, (right,))
        elif result is None and left.given.meets(right.given):
            yield Outcome(rule, Result.PASS, left, (right,))
        elif result is None:
            values = left.given.value, right.given.value
            mends = ((left, values[1]), (right, values[0]))
            yield failed(rule, left, (right,), values[1], mends)


def derived(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """A worked-out column agrees with the columns it is made of; not on rates."""
    column, wanted = text(rule, "column"), formula(rule)
    figures, work_out = names(wanted), evaluator(wanted)
    for row in book.selected(rule):
        seat = book.cell(rule.form, row.key, column)
        if row.kind is IndicatorKind.RATE or seat.standing is not _GIVEN:
            continue
        found = {figure: book.cell(rule.form, row.key, figure.key) for figure in figures}
        if usable(found.values()) is not None:
            continue
        known = {name: operand.given for name, operand in found.items()}
        try:
            worked_out = work_out(known.__getitem__)
        except ZeroDivisionError:
            continue
        others = tuple(found.values())
        if seat.given.meets(worked_out):
            yield Outcome(rule, Result.PASS, seat, others)
        else:
            yield failed(rule, seat, others, worked_out.value)
