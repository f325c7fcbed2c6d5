"""What may not exceed what: part_of, half_year, column_order, bound."""

from collections.abc import Iterable, Iterator

from pipeline.domain.plan.plan_round import Column, Form
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.figures import Cell, FigureBook, cell_of
from pipeline.domain.rules.outcome import Outcome, Result, failed, usable
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import number, reference, references, text

_Pair = tuple[Cell, Cell]
HALF_YEAR = "H1"
_WHOLE_YEAR = (None, "Y")
_OF_THE_YEAR = ("estimate", "actual")


def part_of(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Each part, by itself, is at most the whole."""
    return _at_most(rule, book, book.plan(rule, parts_and_wholes))


def parts_and_wholes(rule: Rule, index: RoundIndex) -> tuple[_Pair, ...]:
    whole, parts = reference(rule, "whole"), references(rule, "part")
    return tuple(
        (cell_of(rule, part, column), cell_of(rule, whole, column))
        for column in index.columns_of(rule)
        for part in parts
    )


def half_year(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """What was done by mid-year is at most what is estimated for the whole year."""
    return _at_most(rule, book, book.plan(rule, halves_and_years))


def halves_and_years(rule: Rule, index: RoundIndex) -> tuple[_Pair, ...]:
    return tuple(
        ((rule.form, row.key, half), (rule.form, row.key, year))
        for half, year in half_year_columns(rule, index.forms[rule.form])
        for row in index.selected(rule)
    )


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
    return _at_most(rule, book, book.plan(rule, columns_in_order))


def columns_in_order(rule: Rule, index: RoundIndex) -> tuple[_Pair, ...]:
    smaller, larger = text(rule, "smaller"), text(rule, "larger")
    return tuple(
        ((rule.form, row.key, smaller), (rule.form, row.key, larger))
        for row in index.selected(rule)
    )


def bound(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """Figures between a low and a high; an unreadable cell has its own finding."""
    low, high = number(rule, "low"), number(rule, "high")
    cells = book.cells
    for key in book.plan(rule, bounded_cells):
        seat = cells[key]
        if seat.interval is None:
            continue
        _, least, most = seat.interval
        if low is not None and most < low * seat.scale:
            yield failed(rule, seat, (), low * seat.scale)
        elif high is not None and least > high * seat.scale:
            yield failed(rule, seat, (), high * seat.scale)


def bounded_cells(rule: Rule, index: RoundIndex) -> tuple[Cell, ...]:
    return tuple(
        (rule.form, row.key, column)
        for row in index.selected(rule)
        for column in index.columns_of(rule)
    )


def _at_most(rule: Rule, book: FigureBook, pairs: Iterable[_Pair]) -> Iterator[Outcome]:
    """The failure sits on the cell that is too large."""
    cells = book.cells
    for left, right in pairs:
        smaller, larger = cells[left], cells[right]
        if smaller.interval is not None and larger.interval is not None:
            if smaller.interval.low > larger.interval.high:
                yield failed(rule, smaller, (larger,), larger.interval.value)
        elif usable((smaller, larger)) is Result.BLOCKED:
            yield Outcome(rule, Result.BLOCKED, smaller, (larger,))
