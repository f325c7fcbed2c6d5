"""`show --totals`: the national and regional figures that a mail stands in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.cli.main import Call
from pipeline.domain.lineage import Touch, TouchedTotals
from pipeline.domain.writing.vietnamese import write_number
from pipeline.jobs.trace_totals import touched_totals
from pipeline.ports import Ledger

COLUMNS = ("form", "indicator", "column", "value", "sheet", "cell", "stands_as", "national")


def totals_document(
    call: Call, ledger: Ledger, message: int, document: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A document for each cell of the national tables that a message has a part in."""
    province = document["province"]
    rounds = {each.id: each for each in call.plan.rounds}
    plan_round = rounds.get(document["round"] or "")
    if plan_round is None or province is None:
        return []
    places = (plan_round, call.plan.gazetteer)
    found = touched_totals(ledger, places, message, province)
    return [_touch(touch, found) for touch in found.touches]


def _touch(touch: Touch, found: TouchedTotals) -> dict[str, Any]:
    figure = touch.source.figure
    return {
        "form": touch.form,
        "indicator": touch.indicator,
        "column": touch.column,
        "as": "weight" if touch.weighs else "figure",
        "value": None if figure.value is None else f"{figure.value:f}",
        "status": figure.status,
        "path": figure.path,
        "sheet": figure.sheet,
        "cell": figure.cell,
        "areas": [_area(touch, area, found) for area in found.areas],
    }


def _area(touch: Touch, area: tuple[str, str], found: TouchedTotals) -> dict[str, Any]:
    """An area's total as the newest run kept it; nulls before the first run."""
    level, name = area
    kept = found.kept.get((level, touch.form, touch.indicator, touch.column))
    value = None if kept is None else kept.total.value
    return {
        "level": level,
        "area": name,
        "run": None if kept is None else kept.run,
        "value": None if value is None else f"{value:f}",
    }


def tell_totals(call: Call, touched: Sequence[Mapping[str, Any]]) -> None:
    """The cells in one table, with the nation's total of the newest run."""
    if not touched:
        call.talk.tell("show.no_totals")
        return
    areas = ", ".join(area["area"] for area in touched[0]["areas"])
    call.talk.tell("show.totals", count=len(touched), areas=areas)
    call.talk.table(COLUMNS, [_line(call, each) for each in touched])


def _line(call: Call, each: Mapping[str, Any]) -> list[object]:
    national, use = each["areas"][0]["value"], each["as"]
    return [
        each["form"],
        each["indicator"],
        each["column"],
        "" if each["value"] is None else write_number(Decimal(each["value"])),
        each["sheet"],
        each["cell"],
        call.talk.text(f"use.{use}"),
        "" if national is None else write_number(Decimal(national)),
    ]
