"""A glance at rough figures settles most rules; what is found is what it was without."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bench.rules.laboratory import Laboratory
from pipeline.domain.plan.form import Figure, Missing
from pipeline.domain.rules.figures import FigureBook
from pipeline.domain.rules.glance import glance
from pipeline.domain.rules.kinds import EVALUATORS
from pipeline.domain.rules.outcome import Result
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import (
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

ROUND = shipped_round()
CONTEXT = CheckContext(ROUND, "02", shipped_gazetteer())
# an earlier figure, though of no form of the round: beside it every rule is evaluated
BESIDE = Figure("PL99", "a", "b", Decimal(1), None)
MARKS = (*Missing, "không rõ")
UNSAID = frozenset((Result.FAIL, Result.BLOCKED))


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory()


def others(value: Decimal, dice: random.Random) -> Decimal:
    """A figure in the place of another: a little off, much off, or odd."""
    unit = Decimal(1).scaleb(min(int(value.as_tuple().exponent), 0))
    return dice.choice(
        (
            value + unit * dice.randint(-3, 3),
            value + unit / 2,
            value * dice.choice((10, 1000, 1_000_000)),
            value * Decimal("0.001"),
            -value,
            Decimal(0),
            value + Decimal("1E-12"),
            Decimal("9E+17"),
        )
    )


def returns(count: int) -> Iterator[tuple[str, dict, dict]]:
    """Returns with up to a dozen cells changed or marked, each of another province."""
    dice = random.Random(26)
    provinces = [province.code for province in shipped_gazetteer().provinces]
    for number in range(count):
        province = provinces[number % len(provinces)]
        figures = consistent_return(ROUND, province, number)
        marks = {}
        for cell in dice.sample(sorted(figures), dice.choice((0, 1, 2, 5, 12))):
            if dice.random() < 0.4:
                del figures[cell]
                marks[cell] = dice.choice(MARKS[: 3 + number % 2])
            else:
                figures[cell] = others(figures[cell], dice)
        yield province, figures, marks


def test_a_rule_that_a_glance_settles_has_nothing_to_say():
    settled = 0
    for province, figures, marks in returns(60):
        appendices = make_appendices(ROUND, figures, marks)
        book = FigureBook(replace(CONTEXT, province=province), appendices)
        for rule in glance(book).settled:
            said = {outcome.result for outcome in EVALUATORS[rule.kind](rule, book)}
            assert said.isdisjoint(UNSAID), (rule.id, province)
            settled += 1
    assert settled > 60 * 60


def test_what_is_found_is_what_was_found_without_it():
    found = 0
    for province, figures, marks in returns(40):
        appendices = make_appendices(ROUND, figures, marks)
        context = replace(CONTEXT, province=province)
        said = check(appendices, context)
        assert said == check(appendices, replace(context, accepted=(BESIDE,)))
        found += len(said)
    assert found > 100


def test_so_it_is_of_each_kind_of_fault(laboratory: Laboratory):
    dice = random.Random(27)
    clean = consistent_return(ROUND, "02", 5)
    for kind in laboratory.maker.kinds:
        fault = laboratory.maker.make(kind, clean, dice)
        assert fault is not None
        appendices = make_appendices(ROUND, fault.figures)
        said = check(appendices, CONTEXT)
        assert said == check(appendices, replace(CONTEXT, accepted=(BESIDE,)))


def test_in_a_clean_return_only_what_it_tells_is_evaluated():
    book = FigureBook(CONTEXT, make_appendices(ROUND, consistent_return(ROUND, "02", 3)))
    seen = glance(book)
    assert {rule.kind for rule in seen.doubted} <= {"shortfall", "low_disbursement"}
    assert len(seen.settled) > 100


def test_beside_earlier_figures_every_rule_is_evaluated():
    appendices = make_appendices(ROUND, consistent_return(ROUND, "02", 3))
    assert not glance(FigureBook(replace(CONTEXT, accepted=(BESIDE,)), appendices)).settled


def test_a_figure_of_more_digits_than_arithmetic_carries_is_asked_about():
    forms = make_appendices(ROUND, consistent_return(ROUND, "02", 3))
    for at, form in enumerate(forms):
        first, *rows = form.rows
        huge = replace(first, value=Decimal("1E+28"))
        changed = replace(form, rows=(huge, *rows))
        said = check((*forms[:at], changed, *forms[at + 1 :]), CONTEXT)
        cells = {(found.indicator, found.column) for found in said}
        assert (first.indicator, first.column) in cells
