"""What may not exceed what: part_of, half_year, column_order, bound."""

from collections.abc import Iterator

from pipeline.domain.plan.plan_round import Column, Form
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import FigureBook, Operand, Standing
from pipeline.domain.rules.outcome import Outcome, Result, failed, usable
from pipeline.domain.rules.terms import number, reference, references, text

_GIVEN = Standing.GIVEN
HALF_YEAR = "H1"
_WHOLE_YEAR = (None, "Y")
_OF_THE_YEAR = ("estimate", "actual")


def part_of(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Each part, by itself, is at most the whole."""
    whole_row, part_rows = reference(rule, "whole"), references(rule, "part")
    for column in book.columns(rule):
        whole = book.look(rule, whole_row, column)
        for part_row in part_rows:
            yield from _at_most(rule, book.look(rule, part_row, column), whole)


def half_year(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """What was done by mid-year is at most what is estimated for the whole year."""
    form = book.forms[rule.form]
    for half, year in half_year_columns(rule, form):
        for row in book.selected(rule):
            smaller = book.cell(form.id, row.key, half)
            yield from _at_most(rule, smaller, book.cell(form.id, row.key, year))


def half_year_columns(rule: Rule, form: Form) -> Iterator[tuple[str, str]]:
    """The pairs (half-year column, column of the same year) that a rule compares.

    Named by the rule, else each half-year column with the estimate, or the actual
    figure, of its year.
    """
    if text(rule, "half"):
        yield text(rule, "half"), text(rule, "year")
        return
    for half in form.value_columns:
        if half.period == HALF_YEAR:
            for version in _OF_THE_YEAR:
                years = [c for c in form.value_columns if _is_year(c, half, version)]
                if years:
                    yield half.key, years[0].key
                    break


def _is_year(column: Column, half: Column, version: str) -> bool:
    return (
        column.period in _WHOLE_YEAR
        and column.year == half.year
        and column.version == version
    )


def column_order(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """In each row the figure of one column is at most that of another."""
    smaller, larger = text(rule, "smaller"), text(rule, "larger")
    for row in book.selected(rule):
        left = book.cell(rule.form, row.key, smaller)
        yield from _at_most(rule, left, book.cell(rule.form, row.key, larger))


def bound(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Figures between a low and a high; an unreadable cell has its own finding."""
    low, high = number(rule, "low"), number(rule, "high")
    columns = book.columns(rule)
    for row in book.selected(rule):
        for column in columns:
            seat = book.cell(rule.form, row.key, column)
            if seat.standing is not _GIVEN:
                continue
            if low is not None and seat.given.high < low * seat.scale:
                yield failed(rule, seat, (), low * seat.scale)
            elif high is not None and seat.given.low > high * seat.scale:
                yield failed(rule, seat, (), high * seat.scale)


def _at_most(rule: Rule, smaller: Operand, larger: Operand) -> Iterator[Outcome]:
    """The failure sits on the cell that is too large."""
    result = usable((smaller, larger))
    if result is Result.BLOCKED:
        yield Outcome(rule, result, smaller, (larger,))
    elif result is None and smaller.given.exceeds(larger.given):
        yield failed(rule, smaller, (larger,), larger.given.value)
