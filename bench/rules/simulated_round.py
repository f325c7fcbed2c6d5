"""A simulated round: provinces that mend exactly what their letter says."""

import random
from collections.abc import Iterator, Mapping

from bench.rules.faults import Cell, Figures
from bench.rules.laboratory import Laboratory
from pipeline.domain.plan.finding import Finding, Severity
from tests.builders.returns import cell_of

MOST_LETTERS = 9
_BLOCKING = (Severity.FATAL, Severity.ERROR)


def letters_until_clean(laboratory: Laboratory, province: str, seed: int) -> int:
    """How many letters a province gets before its return is clean: one to six faults,
    each letter's named cells put right, nothing else touched.
    """
    dice = random.Random(f"{seed}/{province}")
    truth = laboratory.clean(province, seed)
    figures = dict(truth)
    for _ in range(dice.randint(1, 6)):
        kind = dice.choice(laboratory.maker.kinds)
        fault = laboratory.maker.make(kind, truth, dice)
        if fault is not None:
            _lay_over(figures, truth, fault.figures)
    for letters in range(MOST_LETTERS):
        told = [
            finding
            for finding in laboratory.findings(province, figures)
            if finding.severity in _BLOCKING
        ]
        if not told:
            return letters
        for cell in _named(laboratory, told):
            if cell in truth:
                figures[cell] = truth[cell]
    return MOST_LETTERS


def _lay_over(figures: Figures, truth: Figures, faulty: Figures) -> None:
    for cell, value in truth.items():
        if cell not in faulty:
            figures.pop(cell, None)
        elif faulty[cell] != value:
            figures[cell] = faulty[cell]


def _named(laboratory: Laboratory, told: list[Finding]) -> Iterator[Cell]:
    """The cells that a letter points at: each finding's own, and those it suspects."""
    places = _places(laboratory)
    for finding in told:
        form = finding.form or ""
        rows = [finding.indicator] if finding.indicator else []
        columns = [finding.column] if finding.column else []
        plan = laboratory.plan_round.form(form)
        for indicator in rows or [row.key for row in plan.indicators]:
            for column in columns or [column.key for column in plan.value_columns]:
                yield form, indicator, column
        for address in finding.suspect:
            sheet, _, cell = address.rpartition("!")
            yield places[(sheet or form, cell)]


def _places(laboratory: Laboratory) -> Mapping[tuple[str, str], Cell]:
    return {
        (form.id, cell_of(form, row.key, column.key)): (form.id, row.key, column.key)
        for form in laboratory.plan_round.forms
        for row in form.indicators
        for column in form.value_columns
    }
