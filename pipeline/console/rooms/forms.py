"""A form over all provinces, and the nation's totals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.console.rooms.bars import bars_of
from pipeline.console.rooms.labels import meaning_of
from pipeline.console.rooms.measures import measures_of, rates, total_rates
from pipeline.console.rooms.overview import cell_of, coverage_of
from pipeline.console.rooms.path import path_of
from pipeline.console.world import Answer, MissingPageError, Page, Visit
from pipeline.domain.far_off import far_off
from pipeline.domain.plan.plan_round import Column, Form, Indicator, PlanRound
from pipeline.domain.senders.province import Province
from pipeline.domain.total import Level, area_of

Figures = Mapping[tuple[str, str], Mapping[str, Any]]
MOST_SHOWN = 12
LEVELS = ("national", "region6", "region8", "unit2025")


def show(visit: Visit) -> Answer:
    """One column or share of a form: provinces down, the indicators chosen across."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    form = choose_form(plan_round, visit.place["form"])
    column = choose_column(form, visit.asked.get("column", ""))
    shares = {each.name: each for each in measures_of(form)}
    measure = shares.get(visit.asked.get("column", ""))
    told = [r for r in form.indicators if measure is None or r.kind is measure.kind]
    rows = _window(told, visit.asked.get("row", ""))
    totals = _totals(visit, plan_round, form, "national")
    if measure is None:
        found = world.ledger.form_figures(plan_round.id, form.id, column.key)
        figures: Figures = {(row["province_code"], row["indicator"]): row for row in found}
    else:
        figures = rates(visit, plan_round, form, measure)
        totals = total_rates(totals, form, measure)
    coverage = coverage_of(world, plan_round)
    by, order = visit.asked.get("sort", ""), visit.asked.get("order", "desc")
    return Page(
        "form",
        {
            "round": plan_round,
            "form": form,
            "column": column,
            "shown": measure.name if measure else column.key,
            "shares": list(shares),
            "share": measure is not None,
            "told": told,
            "indicators": rows,
            "first": rows[0].key,
            "lines": [
                {
                    "province": province,
                    "cell": cell_of(coverage.get((province.code, form.id))),
                    "figures": [figures.get((province.code, row.key)) for row in rows],
                }
                for province in _sorted(world.gazetteer.provinces, figures, (by, order))
            ],
            "far": {row.key: _far(figures, row.key) for row in rows},
            "sort": by,
            "order": order,
            "totals": totals,
        },
    )


def _far(figures: Figures, indicator: str) -> frozenset[str]:
    """Provinces whose figure of a row is unlike the others'."""
    return far_off(
        {
            province: Decimal(figure["value"])
            for (province, row), figure in figures.items()
            if row == indicator and figure["value"] is not None
        }
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
    across, by_place = _across(visit, form, level), _by_place(level, rows)
    charted = _charted(form, visit.asked.get("row", ""), by_place)
    names = [form.column(each).title if level == LEVELS[0] else each for each in across]
    values = [by_place.get((charted.key, each)) for each in across]
    return Page(
        "nation",
        {
            "round": plan_round,
            "form": form,
            "level": level,
            "levels": LEVELS,
            "column": column,
            "across": across,
            "figures": by_place,
            "charted": charted,
            "chart": bars_of(names, values),
            **_path(visit, plan_round, (form, charted), rows, level),
        },
    )


def _path(
    visit: Visit,
    plan_round: PlanRound,
    row: tuple[Form, Indicator],
    totals: Sequence[Mapping[str, Any]],
    level: str,
) -> Mapping[str, Any]:
    """The five-year plan, for the page of the country: it has no regions."""
    if level != LEVELS[0]:
        return {"path": (), "targets": ()}
    path = path_of(visit, plan_round, row, totals)
    own = {target.unit for target in plan_round.targets if target.form == row[0].id}
    return {"path": path, "targets": plan_round.targets, "of_units": len(own - {None})}


def _sorted(
    provinces: Sequence[Province], figures: Figures, wanted: tuple[str, str]
) -> Sequence[Province]:
    """Provinces by a figure, the largest first unless "asc"; those without it last."""
    by, order = wanted
    sign = 1 if order == "asc" else -1

    def size(province: Province) -> tuple[bool, Decimal]:
        row = figures.get((province.code, by))
        value = None if row is None else row["value"]
        return value is None, sign * Decimal(value or 0)

    return sorted(provinces, key=size) if by else provinces


def rules(visit: Visit) -> Answer:
    """Rules that failed in some province, the most often failing first."""
    plan_round = visit.world.round_named(visit.asked.get("round"))
    standings = visit.world.ledger.rule_standings(plan_round.id)
    ordered = sorted(standings, key=lambda each: (-each.failing, each.name))
    meanings = {each.name: meaning_of(plan_round, *each.name) for each in ordered}
    return Page("rules", {"round": plan_round, "standings": ordered, "meanings": meanings})


def _charted(form: Form, wanted: str, figures: Figures) -> Indicator:
    """The row that is drawn: the one asked for, else the first with figures."""
    known = {row for row, _ in figures}
    rows = [row for row in form.indicators if row.key in known] or [*form.indicators]
    return next((row for row in rows if row.key == wanted), rows[0])


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


def _window(told: Sequence[Indicator], first: str) -> Sequence[Indicator]:
    """A handful of rows from one on: a page of all would be too wide to read."""
    keys = [indicator.key for indicator in told]
    start = keys.index(first) if first in keys else 0
    return told[start : start + MOST_SHOWN]
