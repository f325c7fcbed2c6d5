"""Shares of a plan or of money, by province: what `rank shortfalls` measures."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.console.world import Visit
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.shortfall import HUNDRED, MEASURES, QUANTUM, Measure

Figures = Mapping[tuple[str, str], Mapping[str, Any]]


def measures_of(form: Form) -> Sequence[Measure]:
    """The shares that can be told of a form: it has both columns, and rows for them."""
    keys = {column.key for column in form.value_columns}
    kinds = {row.kind for row in form.indicators}
    told = [each for each in MEASURES if {each.done, each.whole} <= keys]
    return [each for each in told if each.kind in kinds]


def rates(visit: Visit, plan_round: PlanRound, form: Form, measure: Measure) -> Figures:
    """Percent by province and row, of rows of the measure's kind that gave both."""
    read = visit.world.ledger.form_figures
    done, whole = (
        {(row["province_code"], row["indicator"]): row for row in found}
        for found in (
            read(plan_round.id, form.id, measure.done),
            read(plan_round.id, form.id, measure.whole),
        )
    )
    kinds = {each.key for each in form.indicators if each.kind is measure.kind}
    both = [key for key in done if key in whole and key[1] in kinds]
    shares = {key: _share(done[key], whole[key]) for key in both}
    return {key: share for key, share in shares.items() if share}


def total_rates(totals: Figures, form: Form, measure: Measure) -> Figures:
    """The same of the nation's totals, under the measure's name as the column."""
    found = {}
    for row in form.indicators:
        done = totals.get((row.key, measure.done))
        whole = totals.get((row.key, measure.whole))
        share = done and whole and row.kind is measure.kind and _share(done, whole)
        if share:
            found[row.key, measure.name] = {**(done or {}), **share, "reported": None}
    return found


def _share(done: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if done["value"] is None or not Decimal(whole["value"] or 0):
        return None
    share = Decimal(done["value"]) * HUNDRED / Decimal(whole["value"])
    sure = {done.get("status"), whole.get("status")} == {"accepted"}
    return {
        "value": f"{share.quantize(QUANTUM):f}",
        "missing": None,
        "status": "accepted" if sure else "provisional",
        "sheet": done.get("sheet", ""),
        "cell": f"{done.get('cell', '')}/{whole.get('cell', '')}",
    }
