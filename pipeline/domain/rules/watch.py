"""What is told and not asked to be mended: shortfall, low_disbursement."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import Cell, FigureBook
from pipeline.domain.rules.outcome import Outcome, failed
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import number, text

_Pair = tuple[Cell, Cell]
_WHOLE = 100


def shortfall(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """The year's estimate stays below a share of its plan; expected is the plan."""
    return _below(rule, book, book.plan(rule, estimates_and_plans))


def low_disbursement(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Little of a budget is spent by mid-year; expected is the whole budget."""
    return _below(rule, book, book.plan(rule, spent_and_budgets))


def _below(rule: Rule, book: FigureBook, pairs: Iterable[_Pair]) -> Iterator[Outcome]:
    share = (number(rule, "below_percent") or Decimal(0)) / _WHOLE
    cells = book.cells
    for part, whole in pairs:
        seat, against = cells[part], cells[whole]
        if seat.interval is None or against.interval is None:
            continue
        value, low, high = against.interval
        if low > 0 and (low if share >= 0 else high) * share > seat.interval.high:
            yield failed(rule, seat, (against,), value)


def estimates_and_plans(rule: Rule, index: RoundIndex) -> tuple[_Pair, ...]:
    return _pairs(rule, index, "estimate", "plan")


def spent_and_budgets(rule: Rule, index: RoundIndex) -> tuple[_Pair, ...]:
    return _pairs(rule, index, "disbursed", "budget")


def _pairs(rule: Rule, index: RoundIndex, part: str, whole: str) -> tuple[_Pair, ...]:
    one, other = text(rule, part), text(rule, whole)
    return tuple(
        ((rule.form, row.key, one), (rule.form, row.key, other))
        for row in index.selected(rule)
    )
