"""Rows, columns and rules by what the round's files call them, not by their keys."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import KINDS
from pipeline.domain.writing.vietnamese import read_canonical

_LEADING_TERMS = ("part", "whole", "rate", "left", "expr")
_KEY = re.compile(r"[\w.]+")


def labelled(
    plan_round: PlanRound, findings: Iterable[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Findings with the `label` of their row and the `heading` of their column.

    `kind` is how what was found and expected stands in a table: a figure or a text.
    """
    forms = {form.id: form for form in plan_round.forms}
    return [
        {
            **finding,
            **label_of(
                forms.get(finding["form_id"]), finding["indicator"], finding["column_key"]
            ),
            "kind": "figure" if _are_figures(finding) else "text",
        }
        for finding in findings
    ]


def label_of(form: Form | None, row: str | None, column: str | None) -> Mapping[str, str]:
    """The words of a row and of a column; a key that the round does not know stays."""
    rows = {each.key: each.label for each in form.indicators} if form else {}
    columns = {each.key: each.title for each in form.columns} if form else {}
    return {
        "label": rows.get(row or "", row or ""),
        "heading": columns.get(column or "", column or ""),
    }


def meaning_of(plan_round: PlanRound, form: str, rule: str) -> Mapping[str, str]:
    """The finding `code` that a rule raises, and the `label` of its row if it has one."""
    for each in plan_round.forms:
        known = next((r for r in each.rules if (each.id, r.id) == (form, rule)), None)
        if known is not None:
            rows = {row.key: row.label for row in each.indicators}
            label = rows.get(_leading_row(known), "").lstrip(" -+")
            return {"code": KINDS[known.kind].code, "label": label}
    return {"code": "", "label": ""}


def _leading_row(rule: Rule) -> str:
    for name in _LEADING_TERMS:
        term = rule.term(name)
        first = term[0] if isinstance(term, tuple) and term else term
        found = _KEY.match(first) if isinstance(first, str) else None
        if found:
            return found[0]
    return ""


def _are_figures(finding: Mapping[str, Any]) -> bool:
    told = [finding[name] for name in ("found", "expected") if finding[name]]
    return all(read_canonical(str(each)) is not None for each in told)
