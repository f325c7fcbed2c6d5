"""What is told and not asked to be mended: shortfall, low_disbursement."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.domain.plan.interval import exact
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import FigureBook
from pipeline.domain.rules.outcome import Outcome, failed, usable
from pipeline.domain.rules.terms import number, text

_WHOLE = 100


def shortfall(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """The year's estimate stays below a share of its plan; expected is the plan."""
    return _below(rule, book, text(rule, "estimate"), text(rule, "plan"))


def low_disbursement(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Little of a budget is spent by mid-year; expected is the whole budget."""
    return _below(rule, book, text(rule, "disbursed"), text(rule, "budget"))


def _below(rule: Rule, book: FigureBook, part: str, whole: str) -> Iterator[Outcome]:
    share = exact((number(rule, "below_percent") or Decimal(0)) / _WHOLE)
    for row in book.selected(rule):
        seat = book.cell(rule.form, row.key, part)
        against = book.cell(rule.form, row.key, whole)
        if usable((seat, against)) is not None or against.given.low <= 0:
            continue
        if (against.given * share).exceeds(seat.given):
            yield failed(rule, seat, (against,), against.given.value)
