"""Lint a round's definitions: what is well formed and still cannot be meant."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pipeline.domain.plan.plan_round import (
    Aggregate,
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
    split_reference,
)
from pipeline.domain.rules.lint import RuleDesk, lint_rule, whole_cycles
from pipeline.domain.senders.province import Gazetteer

ROUND_FILE = "round.yaml"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LintProblem:
    """One mistake in a round's files: which file, which key, what is wrong."""

    file: str
    key: str
    problem: str


def lint(plan_round: PlanRound, gazetteer: Gazetteer) -> tuple[LintProblem, ...]:
    """Every mistake found in a round; empty when its definitions can be worked with."""
    desk = RuleDesk(plan_round, gazetteer)
    found = list(_round_problems(plan_round))
    for form in plan_round.forms:
        file = f"{form.id}.yaml"
        found += [LintProblem(file, *said) for said in _form_problems(form, desk)]
        for rule in form.rules:
            for field, problem in lint_rule(rule, desk):
                key = f"rules.{rule.id}.{field}"
                found.append(LintProblem(_file_of(rule.id, plan_round, form), key, problem))
    found += [
        LintProblem(f"{form}.yaml", f"rules.{rule}.parts", problem)
        for form, rule, problem in whole_cycles(plan_round)
    ]
    return tuple(dict.fromkeys(found))


def _file_of(rule_id: str, plan_round: PlanRound, form: Form) -> str:
    """A rule that several forms keep stands in round.yaml."""
    keepers = [f for f in plan_round.forms if any(rule_id == r.id for r in f.rules)]
    return ROUND_FILE if len(keepers) > 1 else f"{form.id}.yaml"


def _round_problems(plan_round: PlanRound) -> Iterator[LintProblem]:
    for form_id in _twice(form.id for form in plan_round.forms):
        yield LintProblem(ROUND_FILE, "forms", f"the form {form_id} is there twice")
    for name in _twice(unit.name for unit in plan_round.units):
        yield LintProblem(ROUND_FILE, "units", f"the unit {name!r} is there twice")
    known = {unit.name for unit in plan_round.units}
    for unit in plan_round.units:
        if unit.base is not None and unit.base not in known:
            problem = f"{unit.name!r} has an unknown base {unit.base!r}"
            yield LintProblem(ROUND_FILE, "units", problem)
    spelt = (
        spelling.casefold()
        for unit in plan_round.units
        for spelling in {unit.name.casefold(), *map(str.casefold, unit.written_as)}
    )
    for spelling in _twice(spelt):
        problem = f"{spelling!r} is written for two units"
        yield LintProblem(ROUND_FILE, "units", problem)
    yield from _column_problems(plan_round)
    yield from _rule_id_problems(plan_round)


def _column_problems(plan_round: PlanRound) -> Iterator[LintProblem]:
    for form in {form.column_set: form for form in plan_round.forms}.values():
        place = f"columns.{form.column_set}"
        for key in _twice(column.key for column in form.columns):
            yield LintProblem(ROUND_FILE, place, f"the column {key} is there twice")
        for name in _clashes(form.columns, lambda c: (c.title, *c.aliases)):
            yield LintProblem(ROUND_FILE, place, f"{name!r} names two columns")
        if not any(column.role is ColumnRole.LABEL for column in form.columns):
            yield LintProblem(ROUND_FILE, place, "no column has the role label")
        if not form.value_columns:
            yield LintProblem(ROUND_FILE, place, "no column has the role value")


def _rule_id_problems(plan_round: PlanRound) -> Iterator[LintProblem]:
    """A rule id is met again only as the same rule, kept by several forms."""
    shapes: dict[str, set[object]] = {}
    for form in plan_round.forms:
        for rule_id in _twice(rule.id for rule in form.rules):
            problem = "the id stands twice"
            yield LintProblem(f"{form.id}.yaml", f"rules.{rule_id}", problem)
        for rule in form.rules:
            shapes.setdefault(rule.id, set()).add((rule.kind, rule.terms))
    for rule_id, different in shapes.items():
        if len(different) > 1:
            problem = "the id stands for different rules"
            yield LintProblem(ROUND_FILE, f"rules.{rule_id}", problem)


def _form_problems(form: Form, desk: RuleDesk) -> Iterator[tuple[str, str]]:
    for key in _twice(row.key for row in form.indicators):
        yield "rows", f"the row {key} is there twice"
    for name in _clashes(form.indicators, _names_of_row):
        yield "rows", f"the alias {name!r} also names another row"
    columns = {column.key for column in form.value_columns}
    for place, row in enumerate(form.indicators):
        for column in row.optional_columns:
            if column not in columns:
                yield f"rows[{place}].optional_columns", f"no value column {column}"
        for problem in _weight_problems(form, row, desk):
            yield f"rows[{place}].weight", f"{row.key}: {problem}"
    yield from _usual_problems(form, desk)


def _usual_problems(form: Form, desk: RuleDesk) -> Iterator[tuple[str, str]]:
    for place, row in enumerate(form.indicators):
        usual = row.usual
        named = {"of": usual.of, "rate": usual.rate} if usual is not None else {}
        for field, reference in named.items():
            known = reference is None or split_reference(reference, form.id)
            unknown = None if known is True else desk.problem_with(known)
            if unknown:
                yield f"rows[{place}].usual.{field}", f"{row.key}: {unknown}"


def _weight_problems(form: Form, row: Indicator, desk: RuleDesk) -> Iterator[str]:
    if row.aggregate is Aggregate.WEIGHTED and row.weight is None:
        yield "a weighted row needs a weight"
    if row.aggregate is Aggregate.SUM and row.kind is IndicatorKind.RATE:
        yield "a rate is never summed"
    if row.weight is None:
        return
    if row.aggregate is not Aggregate.WEIGHTED:
        yield f"a weight without `aggregate: {Aggregate.WEIGHTED.value}`"
    problem = desk.problem_with(split_reference(row.weight, form.id))
    if problem:
        yield problem
        return
    weight = desk.row(split_reference(row.weight, form.id))
    if weight is not None and weight.kind is IndicatorKind.RATE:
        yield f"{row.weight} is itself a rate"


def _names_of_row(row: Indicator) -> tuple[str, ...]:
    return (row.label, *row.aliases)


def _clashes(items: Iterable[T], names_of: Callable[[T], tuple[str, ...]]) -> Iterator[str]:
    """Aliases of one item that are also a name of another.

    The first names of two items may be equal: rows repeat their labels ("Tỷ lệ").
    """
    known = [tuple(map(str.casefold, names_of(item))) for item in items]
    for place, (_, *aliases) in enumerate(known):
        others = {name for n, names in enumerate(known) if n != place for name in names}
        yield from sorted(others.intersection(aliases))


def _twice(keys: Iterable[str]) -> Iterator[str]:
    return (key for key, times in Counter(keys).items() if times > 1)
