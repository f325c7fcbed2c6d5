"""Rounds of one or two small forms, to look at one rule at a time."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Figure
from pipeline.domain.plan.plan_round import (
    Aggregate,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)
from pipeline.domain.plan.rule import Rule
from pipeline.domain.senders.province import Gazetteer
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import (
    NO_MARKS,
    Marks,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

HA_GIANG = "02"


def rule(kind: str, **terms) -> Rule:
    """A rule of form F1 with id F1.1; `form`, `id`, `severity`, `columns` may be given."""
    own = {
        name: terms.pop(name)
        for name in ("id", "form", "severity", "columns", "state")
        if name in terms
    }
    read = {
        name.rstrip("_"): tuple(value) if isinstance(value, list) else value
        for name, value in terms.items()
    }
    made = Rule("F1.1", kind, "F1", Severity.ERROR, tuple(read.items()))
    return replace(made, **own)


def row(key: str, unit: str = "Người", **fields) -> Indicator:
    """A row of a form, a sum of persons counted over the year unless told."""
    made = Indicator(key, "", key, unit, IndicatorKind.FLOW, Aggregate.SUM)
    return replace(made, **fields)


def form(
    rows: Iterable[Indicator | str],
    rules: Iterable[Rule] = (),
    form_id: str = "F1",
    like: str = "PL01",
) -> Form:
    """A form with the columns of a shipped one."""
    model = shipped_round().form(like)
    return Form(
        id=form_id,
        title=form_id,
        column_set=model.column_set,
        columns=model.columns,
        indicators=tuple(row(r) if isinstance(r, str) else r for r in rows),
        rules=tuple(rules),
    )


def round_of(*forms: Form) -> PlanRound:
    """The shipped round with other forms."""
    return replace(
        shipped_round(), forms=forms, forms_required=tuple(item.id for item in forms)
    )


def cells(**texts: str) -> dict[tuple[str, str, str], Decimal]:
    """Figures of form F1 by row: `a="kh_n1=10 uoc_n1=12"`, `a="5"` in uoc_n1 only."""
    return cells_of("F1", **texts)


def cells_of(form_id: str, **texts: str) -> dict[tuple[str, str, str], Decimal]:
    found = {}
    for key, text in texts.items():
        for item in text.split():
            column, _, value = item.rpartition("=")
            found[(form_id, key, column or "uoc_n1")] = Decimal(value)
    return found


def rule_findings(
    plan_round: PlanRound,
    figures: dict[tuple[str, str, str], Decimal],
    marks: Marks = NO_MARKS,
    accepted: tuple[Figure, ...] = (),
    gazetteer: Gazetteer | None = None,
) -> tuple[Finding, ...]:
    """What the rules say of a return; the findings on missing cells are left out."""
    context = CheckContext(plan_round, HA_GIANG, gazetteer or shipped_gazetteer(), accepted)
    found = check(make_appendices(plan_round, figures, marks), context)
    return tuple(item for item in found if item.rule is not None)


def said(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """What matters of findings: code, row, column, found and expected; blocked ones so."""
    return [
        (f.code, f.indicator or "", f.column or "", f.found or "", f.expected or "")
        if f.state is FindingState.FAIL
        else (f.code, "blocked")
        for f in findings
    ]


def run_rule(one_rule, rows="a b c d", marks=None, like="PL01", **texts):
    """What one rule says of a form of these rows; `marks` stand in uoc_n1."""
    made = round_of(form([row(r) for r in rows.split()], [one_rule], like=like))
    keyed = {("F1", key, "uoc_n1"): mark for key, mark in (marks or {}).items()}
    return said(rule_findings(made, cells(**texts), keyed))
