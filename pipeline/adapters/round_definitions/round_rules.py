"""The rules of a round's files, read by the shape of their kind."""

from collections.abc import Iterator

from pipeline.adapters.round_definitions.round_fields import Fields, number
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.rule import Rule, Value
from pipeline.domain.plan.rule_kinds import KINDS, RULE_STATES, KindShape, Term

# keys that every rule may have, beside the fields of its kind
_COMMON = ("id", "kind", "severity", "columns", "state", "note", "forms")
_EVERY_VALUE_COLUMN = (("value",), ("all",), ("*",))


def read_form_rules(fields: Fields, form: str, severity: Severity) -> tuple[Rule, ...]:
    """The rules that stand in the file of a form."""
    return tuple(_rule(item, form, severity) for item in _named(fields, "rules"))


def read_rules(top: Fields, form: tuple[str, str], severity: Severity) -> tuple[Rule, ...]:
    """The rules of round.yaml that hold for a form, given as (id, column set)."""
    form_id, column_set = form
    return tuple(
        _rule(item, form_id, severity)
        for item in _named(top, "rules_for_every_form")
        if not item.has("forms") or column_set in item.one_or_more("forms")
    )


def _named(fields: Fields, key: str) -> Iterator[Fields]:
    """Rules are named by their id in errors ("rules.PL02.3.whole"), not by position."""
    for item in fields.items(key):
        yield Fields(fields.source, f"{fields.at(key)}.{item.text('id')}", item.tree)


def _rule(fields: Fields, form: str, severity: Severity) -> Rule:
    kind = fields.text("kind")
    shape = KINDS.get(kind)
    if shape is None:
        raise fields.fault("kind", f"{kind!r} is none of {', '.join(KINDS)}")
    fields.only((*_COMMON, *shape.needs, *shape.may))
    state = fields.maybe("state", "active")
    if state not in RULE_STATES:
        raise fields.fault("state", f"{state!r} is none of {', '.join(RULE_STATES)}")
    return Rule(
        id=fields.text("id"),
        kind=kind,
        form=form,
        severity=fields.choice("severity", Severity, severity),
        terms=tuple(_terms(fields, shape)),
        columns=_columns(fields),
        state=state,
        note=fields.maybe("note"),
    )


def _columns(fields: Fields) -> tuple[str, ...] | None:
    if not fields.has("columns"):
        return None
    columns = fields.one_or_more("columns")
    return None if columns in _EVERY_VALUE_COLUMN else columns


def _terms(fields: Fields, shape: KindShape) -> Iterator[tuple[str, Value]]:
    """The fields of a rule's kind, in the order of its shape."""
    for name, term in shape.needs.items():
        if not fields.has(name):
            raise fields.fault(name, "this kind of rule needs it")
        yield name, _value(fields, name, term)
    for name, term in shape.may.items():
        if fields.has(name):
            yield name, _value(fields, name, term)


def _value(fields: Fields, name: str, term: Term) -> Value:
    match term:
        case Term.NUMBER:
            return fields.parsed(name, number, "a number")
        case Term.NUMBERS:
            return fields.parsed_items(name, number, "a number")
        case Term.ROWS | Term.COLUMNS | Term.SELECTION:
            return fields.one_or_more(name)
        case _:
            return fields.text(name)
