"""What a letter says of indicators whose estimate stays far below the plan."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.domain.letters.letter_names import Names
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.writing.vietnamese import read_canonical, write_number, write_quantity

SHORTFALLS_SHOWN = 15


def shortfall_facts(findings: Iterable[Finding], names: Names) -> Mapping[str, Any]:
    """Indicators whose estimate (found) stays far below the plan (expected)."""
    short = [f for f in findings if f.code == "shortfall" and names.label(f)]
    short.sort(key=lambda f: names.form_order(f.form))
    return {
        "rows": [_shortfall_row(f, names) for f in short[:SHORTFALLS_SHOWN]],
        "more": max(0, len(short) - SHORTFALLS_SHOWN),
    }


def _shortfall_row(finding: Finding, names: Names) -> Mapping[str, str | None]:
    estimate, plan = read_canonical(finding.found), read_canonical(finding.expected)
    percent = None
    if estimate is not None and plan:
        percent = write_number((estimate * 100 / plan).quantize(Decimal("0.1")))
    unit = names.unit(finding)
    return {
        "form": finding.form,
        "label": names.label(finding),
        "estimate": None if estimate is None else write_quantity(estimate, unit),
        "plan": None if plan is None else write_quantity(plan, unit),
        "percent": percent,
    }


def shortfall_percent(plan_round: PlanRound) -> str | None:
    """The share of the plan below which the round asks for causes."""
    for form in plan_round.forms:
        for rule in form.rules:
            share = rule.term("below_percent") if rule.kind == "shortfall" else None
            if isinstance(share, Decimal):
                return write_number(share)
    return None
