"""A form over all provinces, and the nation's totals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.console.rooms.overview import cell_of, coverage_of
from pipeline.console.world import Answer, MissingPageError, Page, Visit
from pipeline.domain.plan.plan_round import Column, Form, PlanRound
from pipeline.domain.senders.province import Province
from pipeline.domain.total import Level, area_of

Figures = Mapping[tuple[str, str], Mapping[str, Any]]
MOST_SHOWN = 12
LEVELS = ("national", "region6", "region8", "unit2025")


def show(visit: Visit) -> Answer:
    """One column of a form: provinces down, the indicators chosen across."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    form = choose_form(plan_round, visit.place["form"])
    column = choose_column(form, visit.asked.get("column", ""))
    first = visit.asked.get("row", "")
    rows = _window(form, first)
    figures = {
        (row["province_code"], row["indicator"]): row
        for row in world.ledger.form_figures(plan_round.id, form.id, column.key)
    }
    coverage = coverage_of(world, plan_round)
    by = visit.asked.get("sort", "")
    return Page(
        "form",
        {
            "round": plan_round,
            "form": form,
            "column": column,
            "indicators": rows,
            "first": rows[0].key,
            "lines": [
                {
                    "province": province,
                    "cell": cell_of(coverage.get((province.code, form.id))),
                    "figures": [figures.get((province.code, row.key)) for row in rows],
                }
                for province in _sorted(world.gazetteer.provinces, figures, by)
            ],
            "sort": by,
            "totals": _totals(visit, plan_round, form, "national"),
        },
    )


def nation(visit: Visit) -> Answer:
    """The totals of a form at a level, from the newest consolidation."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    form = choose_form(plan_round, visit.asked.get("form") or plan_round.forms[0].id)
    wanted = visit.asked.get("level", "")
    level = wanted if wanted in LEVELS else LEVELS[0]
    column = choose_column(form, visit.asked.get("column", ""))
    rows = [
        row
        for row in world.ledger.form_totals(plan_round.id, form.id, level)
        if level == LEVELS[0] or row["column_key"] == column.key
    ]
    return Page(
        "nation",
        {
            "round": plan_round,
            "form": form,
            "level": level,
            "levels": LEVELS,
            "column": column,
            "across": _across(visit, form, level),
            "figures": _by_place(level, rows),
        },
    )


def _sorted(provinces: Sequence[Province], figures: Figures, by: str) -> Sequence[Province]:
    """Provinces by a figure, the largest first and those without it last."""

    def size(province: Province) -> tuple[bool, Decimal]:
        row = figures.get((province.code, by))
        value = None if row is None else row["value"]
        return value is None, -Decimal(value or 0)

    return sorted(provinces, key=size) if by else provinces


def rules(visit: Visit) -> Answer:
    """Rules that failed in some province, the most often failing first."""
    plan_round = visit.world.round_named(visit.asked.get("round"))
    standings = visit.world.ledger.rule_standings(plan_round.id)
    ordered = sorted(standings, key=lambda each: (-each.failing, each.name))
    return Page("rules", {"round": plan_round, "standings": ordered})


def _across(visit: Visit, form: Form, level: str) -> list[str]:
    """What stands across: columns for the nation, areas in the registry's order else."""
    if level == LEVELS[0]:
        return [column.key for column in form.value_columns]
    provinces = visit.world.gazetteer.provinces
    return list(dict.fromkeys(area_of(province, Level(level)) for province in provinces))


def _by_place(
    level: str, rows: Sequence[Mapping[str, Any]]
) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    across = "column_key" if level == LEVELS[0] else "area"
    return {(row["indicator"], row[across]): row for row in rows}


def _totals(
    visit: Visit, plan_round: PlanRound, form: Form, level: str
) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    rows = visit.world.ledger.form_totals(plan_round.id, form.id, level)
    return {(row["indicator"], row["column_key"]): row for row in rows}


def choose_form(plan_round: PlanRound, name: str) -> Form:
    """The form of a name; MissingPageError when the round has none."""
    for form in plan_round.forms:
        if form.id == name:
            return form
    raise MissingPageError


def choose_column(form: Form, name: str) -> Column:
    """A value column, that of the plan unless named."""
    for column in form.value_columns:
        if column.key == name:
            return column
    return form.value_columns[-1]


def _window(form: Form, first: str) -> Sequence[Any]:
    """A handful of rows from one on: a page of all would be too wide to read."""
    keys = [indicator.key for indicator in form.indicators]
    start = keys.index(first) if first in keys else 0
    return form.indicators[start : start + MOST_SHOWN]
