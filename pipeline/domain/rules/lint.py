"""What a rule may name and compare, seen before any figure is."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.domain.plan.expression import REGISTRY, ExpressionError, Name, names
from pipeline.domain.plan.plan_round import (
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import (
    ALL_PARTS_GIVEN,
    EVERYTHING,
    KINDS,
    RULE_STATES,
    Term,
)
from pipeline.domain.rules.kinds import EVALUATORS
from pipeline.domain.rules.orders import half_year_columns
from pipeline.domain.rules.terms import (
    Reference,
    comparison,
    formula,
    reference,
    references,
    rows_spoken_of,
    selected,
    text,
    texts,
)
from pipeline.domain.senders.province import Gazetteer

Problem = tuple[str, str]
# fields of one kind of rule whose rows are added or compared, so must be of one unit
_COMPARED = {
    "total": ("whole", "parts"),
    "at_least_sum": ("whole", "parts"),
    "at_most_sum": ("whole", "parts"),
    "part_of": ("whole", "part"),
    "same_as": ("left", "right"),
    "ratio": ("numerator", "denominator"),
}
_SUMS = ("total", "at_least_sum")


class RuleDesk:
    """The rows, columns, units and facts that a round's rules may name."""

    def __init__(self, plan_round: PlanRound, gazetteer: Gazetteer) -> None:
        self.forms = {form.id: form for form in plan_round.forms}
        self._units = {unit.name: unit for unit in plan_round.units}
        self._facts = gazetteer.published | {name for name, _ in gazetteer.facts}
        self._rows = {
            (form.id, row.key): row for form in plan_round.forms for row in form.indicators
        }

    def row(self, where: Reference) -> Indicator | None:
        """The row of a reference; None for a fact and where there is none."""
        return self._rows.get(where)

    def problem_with(self, where: Reference) -> str | None:
        """Why a reference names nothing."""
        form, key = where
        if form == REGISTRY:
            return None if key in self._facts else f"the registry has no fact {key!r}"
        if form not in self.forms:
            return f"the round has no form {form}"
        return None if where in self._rows else f"{form} has no row {key}"

    def base_unit(self, where: Reference) -> str | None:
        """What a row is counted in at bottom; None for a fact and an unknown row."""
        row = self.row(where)
        if row is None:
            return None
        unit = self._units.get(row.unit)
        return row.unit if unit is None or unit.base is None else unit.base


def lint_rule(rule: Rule, desk: RuleDesk) -> Iterator[Problem]:
    """Mistakes in one rule: the field, and what is wrong with it."""
    shape = KINDS.get(rule.kind)
    if shape is None or rule.kind not in EVALUATORS:
        yield "kind", f"{rule.kind!r} is no kind of rule"
        return
    if rule.state not in RULE_STATES:
        yield "state", f"{rule.state!r} is none of {', '.join(RULE_STATES)}"
    for name in shape.needs:
        if rule.term(name) in (None, "", ()):
            yield name, "this kind of rule needs it"
            return
    try:
        yield from _row_problems(rule, desk)
        yield from _column_problems(rule, desk.forms[rule.form])
    except ExpressionError as error:
        yield "expr", str(error)
        return
    yield from _unit_problems(rule, desk)
    yield from _kind_problems(rule, desk)


def _row_problems(rule: Rule, desk: RuleDesk) -> Iterator[Problem]:
    for field, where in rows_spoken_of(rule):
        # an exception of a rule that several forms keep may be about another of them
        problem = desk.problem_with(where)
        if problem:
            yield field, problem
    form = desk.forms[rule.form]
    known = {EVERYTHING, "*", *(kind.value for kind in IndicatorKind)}
    every = {item.unit for f in desk.forms.values() for item in f.indicators}
    for item in texts(rule, "rows"):
        if item not in known | every | {row.key for row in form.indicators}:
            yield "rows", f"{item!r} is no row, unit or kind of row"


def _column_problems(rule: Rule, form: Form) -> Iterator[Problem]:
    known = {column.key for column in form.columns}
    shape = KINDS[rule.kind]
    named = {
        field: texts(rule, field)
        for field, term in {**shape.needs, **shape.may}.items()
        if term in (Term.COLUMN, Term.COLUMNS)
    }
    named |= {"columns": rule.columns or (), "expr": _expression_columns(rule)}
    for field, columns in named.items():
        for column in columns:
            if column not in known:
                yield field, f"{form.id} has no column {column}"


def _expression_columns(rule: Rule) -> tuple[str, ...]:
    found: tuple[Name, ...] = ()
    if rule.kind == "derived":
        return tuple(name.key for name in names(formula(rule)))
    if rule.kind == "identity":
        found = names(comparison(rule))
    return tuple(name.column for name in found if name.column)


def _unit_problems(rule: Rule, desk: RuleDesk) -> Iterator[Problem]:
    first, *others = _COMPARED.get(rule.kind, ("",))
    expected = desk.base_unit(reference(rule, first)) if first else None
    for field in others:
        for where in references(rule, field):
            unit = desk.base_unit(where)
            if expected and unit and unit != expected:
                yield field, f"{where[1]} is in {unit}, and {first} in {expected}"
    if rule.kind == "ratio" and desk.base_unit(reference(rule, "rate")) not in (None, "%"):
        yield "rate", "a ratio is in %"


def _kind_problems(rule: Rule, desk: RuleDesk) -> Iterator[Problem]:
    form = desk.forms[rule.form]
    if rule.kind == "half_year":
        yield from _half_year_problems(rule, form)
    elif rule.kind == "bound":
        yield from _bound_problems(rule)
    elif rule.kind == "derived":
        derived = {c.key for c in form.columns if c.role is ColumnRole.DERIVED}
        if text(rule, "column") not in derived:
            yield "column", "is not of the role derived"
    if text(rule, "when") not in ("", ALL_PARTS_GIVEN):
        yield "when", f"only {ALL_PARTS_GIVEN!r} is known"
    for whole in references(rule, "whole"):
        if whole in references(rule, "parts") + references(rule, "part"):
            yield "whole", f"{whole[1]} is its own part"


def _bound_problems(rule: Rule) -> Iterator[Problem]:
    low, high = rule.term("low"), rule.term("high")
    if low is None and high is None:
        yield "low", "a bound needs a low or a high"
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        yield "low", "is greater than high"


def _half_year_problems(rule: Rule, form: Form) -> Iterator[Problem]:
    for row in selected(rule, form):
        if row.kind not in (IndicatorKind.FLOW, IndicatorKind.MONEY):
            yield "rows", f"{row.key} is a {row.kind.value}: it does not grow over a year"
    if bool(text(rule, "half")) != bool(text(rule, "year")):
        yield "half", "half and year go together"
    if not any(half_year_columns(rule, form)):
        yield "half", f"{form.id} has no half-year column with a column of its year"


def whole_cycles(plan_round: PlanRound) -> Iterator[tuple[str, str, str]]:
    """Wholes that are, through other sums, parts of themselves: (form, rule, problem)."""
    parts: dict[Reference, set[Reference]] = {}
    made_by: dict[Reference, Rule] = {}
    for form in plan_round.forms:
        for rule in form.rules:
            if rule.kind in _SUMS:
                whole = reference(rule, "whole")
                parts.setdefault(whole, set()).update(references(rule, "parts"))
                made_by.setdefault(whole, rule)
    for whole, rule in made_by.items():
        if whole in _reached(whole, parts) and whole not in parts[whole]:
            yield rule.form, rule.id, f"{whole[1]} is, through other sums, its own part"


def _reached(start: Reference, parts: dict[Reference, set[Reference]]) -> set[Reference]:
    found: set[Reference] = set()
    waiting = [start]
    while waiting:
        for part in parts.get(waiting.pop(), ()):
            if part not in found:
                found.add(part)
                waiting.append(part)
    return found
