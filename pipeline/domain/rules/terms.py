"""The fields of a rule by type, and the figures that a rule speaks of."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.domain.plan.expression import Comparison, Expression, names, parse_comparison
from pipeline.domain.plan.expression import parse_formula as _parse_formula
from pipeline.domain.plan.plan_round import Form, Indicator, split_reference
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import EVERYTHING, KINDS, Term

Reference = tuple[str, str]


def text(rule: Rule, name: str) -> str:
    """A field that is one text; empty when absent."""
    value = rule.term(name)
    return value if isinstance(value, str) else ""


def texts(rule: Rule, name: str) -> tuple[str, ...]:
    """A field that is a text or a list of them; empty when absent."""
    value = rule.term(name)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return ()


def number(rule: Rule, name: str) -> Decimal | None:
    """A field that is a number; None when absent."""
    value = rule.term(name)
    return value if isinstance(value, Decimal) else None


def numbers(rule: Rule, name: str) -> tuple[Decimal, ...]:
    """A field that is a list of numbers; empty when absent."""
    value = rule.term(name)
    if not isinstance(value, tuple):
        return ()
    return tuple(item for item in value if isinstance(item, Decimal))


def reference(rule: Rule, name: str) -> Reference:
    """A field that names one row: form id (or "registry") and key."""
    return split_reference(text(rule, name), rule.form)


def references(rule: Rule, name: str) -> tuple[Reference, ...]:
    """A field that names rows."""
    return tuple(split_reference(item, rule.form) for item in texts(rule, name))


def comparison(rule: Rule) -> Comparison:
    """The expression of an identity; ExpressionError when it is not of the language."""
    return parse_comparison(text(rule, "expr"))


def formula(rule: Rule) -> Expression:
    """The expression of a derived column; its names are columns of one row."""
    return _parse_formula(text(rule, "expr"))


def rows_spoken_of(rule: Rule) -> Iterator[tuple[str, Reference]]:
    """Every row that a rule names, with the field it stands in."""
    shape = KINDS[rule.kind]
    for name, term in {**shape.needs, **shape.may}.items():
        if term in (Term.ROW, Term.ROWS):
            for found in references(rule, name):
                yield name, found
    if rule.kind == "identity":
        for figure in names(comparison(rule)):
            yield "expr", (figure.form or rule.form, figure.key)


def selected(rule: Rule, form: Form) -> tuple[Indicator, ...]:
    """The rows a rule runs on: by `all`, unit, kind or key; `except` leaves some out."""
    wanted = texts(rule, "rows") or (EVERYTHING,)
    left_out = references(rule, "except")
    return tuple(
        row
        for row in form.indicators
        if (form.id, row.key) not in left_out and _wanted(row, wanted)
    )


def _wanted(row: Indicator, wanted: tuple[str, ...]) -> bool:
    return any(
        item in (EVERYTHING, "*", row.unit, row.kind.value, row.key) for item in wanted
    )
