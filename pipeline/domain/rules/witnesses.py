"""Who speaks of a figure beside the columns of its row.

The round before knows the province, the nation's figure and the population know what a
province of its size has. Where nothing is known of the round before, nobody speaks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import Indicator, IndicatorKind
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import FigureBook, Operand
from pipeline.domain.rules.outcome import Outcome, failed
from pipeline.domain.rules.terms import number, numbers
from pipeline.domain.senders.province import POPULATION

_HUNDRED = Decimal(100)
_LARGE = Decimal(1000)
# a province's own figure of the round before, and that of its size, lie about this near
_NEAR = Decimal(2)
_ALIKE = Decimal(3)


def witnesses(book: FigureBook, row: Indicator, seat: Operand, right: Decimal) -> int:
    """How many of the round before and the province's size name about `right`.

    In the base unit. Of a rate only the round before can speak.
    """
    return sum(
        expected is not None and _about(expected, abs(right), slack)
        for expected, slack in (
            (_last(book, seat), _NEAR),
            (_of_its_size(book, row, seat), _ALIKE),
        )
    )


def slips_of_rows(
    rule: Rule, book: FigureBook, row: Indicator, cells: Sequence[Operand]
) -> Iterator[Outcome]:
    """Cells that both witnesses outvote, whatever the columns beside them say.

    A row that slipped as a whole has no witness among its own columns. A column that
    supports the figure and is not accused itself leaves it in peace.
    """
    if row.kind is IndicatorKind.RATE or not _any_far(book, cells):
        return
    strong = number(rule, "strong_factor") or _HUNDRED
    factors = [factor for factor in numbers(rule, "factors") if factor >= strong]
    found = [(cell, _undone(book, row, cell, factors)) for cell in cells]
    free = [cell for cell, undone in found if undone is None]
    for seat, right in found:
        support = any(_about(_size(other), _size(seat), _ALIKE) for other in free)
        if right is not None and not support:
            outcome = failed(rule, seat, (), right, ((seat, right),))
            yield replace(outcome, expected=right / seat.scale, severity=Severity.ERROR)


def as_before(book: FigureBook, seat: Operand) -> bool:
    """Whether the round before had about the same figure in this place."""
    last = _last(book, seat)
    return last is not None and _about(last, _size(seat), _ALIKE)


def _any_far(book: FigureBook, cells: Sequence[Operand]) -> bool:
    """Whether some figure has another power of ten than in the round before: few have."""
    known = book.context.last_round.own
    if not known:
        return False
    for cell in cells:
        before = known.get((cell.form, cell.indicator, cell.column))
        value = cell.row.value if cell.row else None
        if before and value and before.adjusted() != value.adjusted():
            return True
    return False


def _undone(
    book: FigureBook, row: Indicator, seat: Operand, factors: Sequence[Decimal]
) -> Decimal | None:
    """The figure without a slip that both witnesses speak of."""
    last = _last(book, seat)
    if last is None or _about(last, _size(seat), _ALIKE):
        return None
    for factor in factors:
        for right in (seat.given.value / factor, seat.given.value * factor):
            size = abs(right)
            if max(size, _size(seat)) < _LARGE or not _about(last, size, _NEAR):
                continue
            expected = _of_its_size(book, row, seat)
            if expected is not None and _about(expected, size, _ALIKE):
                return right
    return None


def _last(book: FigureBook, seat: Operand) -> Decimal | None:
    """The province's own figure of the round before."""
    own = book.context.last_round.own.get((seat.form, seat.indicator, seat.column))
    return None if own is None else abs(own) * seat.scale


def _of_its_size(book: FigureBook, row: Indicator, seat: Operand) -> Decimal | None:
    """The nation's figure of the round before, as much of it as the province has people."""
    context = book.context
    nation = context.last_round.nation.get((seat.form, seat.indicator, seat.column))
    if nation is None or context.province is None or row.kind is IndicatorKind.RATE:
        return None
    year = context.plan_round.plan_year
    share = context.gazetteer.share(POPULATION, context.province, year)
    return None if share is None else abs(nation) * share * seat.scale


def _size(cell: Operand) -> Decimal:
    return abs(cell.given.value)


def _about(one: Decimal, other: Decimal, slack: Decimal) -> bool:
    small, large = sorted((one, other))
    return small > 0 and large <= small * slack
