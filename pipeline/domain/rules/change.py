"""What is far from the round before: change."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.plan.last_round import LastRound
from pipeline.domain.plan.plan_round import Column, Form, Indicator, IndicatorKind
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import FigureBook, Operand, Standing
from pipeline.domain.rules.outcome import Outcome, failed
from pipeline.domain.rules.terms import number

_RATIO = Decimal(2)
_SHARE = Decimal("0.1")
_PERCENT = Decimal(100)
_POINTS = Decimal(5)  # a rate moves by so many points before anybody asks
_FEW = Decimal(10)  # so small a difference in persons or in money is no news
# versions of a figure that become one another as a year goes by
_SETTLED = ({"actual", "estimate"}, {"plan"}, {"budget", "request"}, {"disbursed"})


def change(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Against the same column of the round before; `expected` is what stood there.

    Asked about is a figure that grew or shrank by the factor `ratio`, if the difference
    is `share_percent` of the nation's figure (selective editing: what moves no total is
    nobody's work). A figure that the round before already gave for the same year is no
    news. Without figures of the round before the rule does not apply.
    """
    last = book.context.last_round
    if not last.own:
        return
    form, ratio = book.forms[rule.form], number(rule, "ratio") or _RATIO
    columns = form.value_columns
    for row in book.selected(rule):
        for column in columns:
            before = last.own.get((form.id, row.key, column.key))
            if before is None:
                continue
            seat = book.cell(form.id, row.key, column.key)
            if seat.standing is not Standing.GIVEN:
                continue
            if not _far(ratio, row, _value(seat), before):
                continue
            if _weighs(rule, row, seat, last) and not _foreseen(
                ratio, row, seat, (form, column, last)
            ):
                found = failed(rule, seat, (), before * seat.scale)
                yield replace(found, expected=before)


def _value(seat: Operand) -> Decimal:
    """The figure in its own unit, as the round before is kept."""
    value = seat.given.value
    return value if seat.scale == 1 else value / seat.scale


def _far(ratio: Decimal, row: Indicator, value: Decimal, before: Decimal) -> bool:
    """Whether a figure left the bounds of an ordinary year."""
    least = _POINTS if row.kind is IndicatorKind.RATE else _FEW
    if abs(value - before) < least:
        return False
    small, large = sorted((abs(value), abs(before)))
    return large >= small * ratio or (value < 0) != (before < 0)


def _weighs(rule: Rule, row: Indicator, seat: Operand, last: LastRound) -> bool:
    """Whether the difference is felt in the nation's figure; a rate always is."""
    cell = (seat.form, seat.indicator, seat.column)
    nation = last.nation.get(cell)
    if row.kind is IndicatorKind.RATE or nation is None:
        return True
    if nation == 0:  # begun everywhere this year: no province's figure is strange
        return False
    share = number(rule, "share_percent") or _SHARE
    return abs(_value(seat) - last.own[cell]) * _PERCENT >= nation * share


def _foreseen(
    ratio: Decimal, row: Indicator, seat: Operand, where: tuple[Form, Column, LastRound]
) -> bool:
    """Whether the round before named about this figure for this year."""
    form, column, last = where
    for other in form.value_columns:
        foreseen = last.own.get((form.id, row.key, other.key))
        if foreseen is None or not _same_year(other, column):
            continue
        if not _far(ratio, row, _value(seat), foreseen):
            return True
    return False


def _same_year(earlier: Column, now: Column) -> bool:
    """Whether a column of the round before is about the year of a column of this one."""
    if (earlier.year or 0) != (now.year or 0) + 1:
        return False
    versions = {earlier.version, now.version}
    return earlier.period == now.period and any(versions <= each for each in _SETTLED)
