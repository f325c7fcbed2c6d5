"""The state of the country at a glance: the heat map, what to decide, how we are."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.console.rooms.progress import progress_of
from pipeline.console.rooms.tile_map import tiles_of
from pipeline.console.world import Answer, Page, Visit, World
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Province
from pipeline.domain.writing.vietnamese import write_number
from pipeline.stages.report import local_time

Coverage = Mapping[tuple[str, str], Mapping[str, Any]]
SIGNS = {"accepted": "✓", "deficient": "!", "missing": "·"}
STATES_TO_DECIDE = ("held", "quarantined")
SHOWN_TO_DECIDE = 20
HELD_RULES = "held rules"
GIGABYTE = 1 << 30
"""Below it `doctor` finds the disk too full as well."""


def show(visit: Visit) -> Answer:
    """The overview of a round."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    coverage = coverage_of(world, plan_round)
    states = world.ledger.state_counts()
    regions = _regions(world.gazetteer.provinces, plan_round, coverage)
    rows = [row for region in regions for row in region["rows"]]
    cells = {row["province"].code: row["cells"] for row in rows}
    return Page(
        "overview",
        {
            "round": plan_round,
            "rounds": world.rounds,
            "due": local_time(plan_round.due),
            "regions": regions,
            "map": tiles_of(world.gazetteer.provinces, cells),
            "forms": plan_round.forms_required,
            "progress": progress_of(plan_round, coverage.values()),
            "cells": _count(cell["state"] for cell in coverage.values()),
            "complete": _complete(coverage),
            "messages": sum(states.values()),
            "states": states,
            "waiting": _to_decide(world),
            "letters": world.ledger.letter_counts(),
            "held_rules": held_rules_of(world, plan_round),
            "beats": _beats(world),
            "free": write_number(round(Decimal(world.free_bytes()) / GIGABYTE, 1)),
            "disk_low": world.free_bytes() < GIGABYTE,
            "mark": world.newest_event(),
        },
    )


def pulse(visit: Visit) -> Answer:
    """A mark that changes when something new has come: pages ask for it."""
    return Page("pulse", {"mark": visit.world.newest_event()})


def coverage_of(world: World, plan_round: PlanRound) -> Coverage:
    """The cells of the heat map by province and form."""

    def ask() -> Coverage:
        rows = world.ledger.coverage(plan_round.id)
        return {(row["province_code"], row["form_id"]): row for row in rows}

    name = ("coverage", plan_round.id)
    return world.memory.recall(name, world.newest_event(), ask)


def cell_of(row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A cell with its sign: state by shape first, by colour second."""
    state = row["state"] if row else "missing"
    doubtful = bool(row and row["late"] is not None and not row["verified"])
    sign = SIGNS[state] + ("?" if doubtful else "")
    return {
        "state": state,
        "sign": sign,
        "late": bool(row and row["late"]),
        "doubtful": doubtful,
    }


def _regions(
    provinces: Iterable[Province], plan_round: PlanRound, coverage: Coverage
) -> Sequence[Mapping[str, Any]]:
    """Provinces under their region of eight, both in the registry's order."""
    regions: dict[str, list[Mapping[str, Any]]] = {}
    for province in provinces:
        cells = [
            {"form": form, **cell_of(coverage.get((province.code, form)))}
            for form in plan_round.forms_required
        ]
        row = {"province": province, "cells": cells}
        regions.setdefault(province.region8, []).append(row)
    return [{"name": name, "rows": rows} for name, rows in regions.items()]


def _complete(coverage: Coverage) -> int:
    """How many provinces have every form accepted."""
    open_cells = {code for (code, _), cell in coverage.items() if _open(cell)}
    return len({code for code, _ in coverage} - open_cells)


def _open(cell: Mapping[str, Any]) -> bool:
    return bool(cell["state"] != "accepted")


def _count(states: Iterable[str]) -> Mapping[str, int]:
    counted = dict.fromkeys(SIGNS, 0)
    for state in states:
        counted[state] += 1
    return counted


def _to_decide(world: World) -> Sequence[Mapping[str, Any]]:
    """Messages that wait for a person: those of registered senders, then the newest.

    Whoever floods the mailbox from an unknown address hides no province.
    """
    return [
        row
        for state in STATES_TO_DECIDE
        for row in _registered_first(world, state)[:SHOWN_TO_DECIDE]
    ]


def _registered_first(world: World, state: str) -> Sequence[Mapping[str, Any]]:
    return [
        row
        for verified in "10"
        for row in world.ledger.log_page(
            {"state": state, "verified": verified}, None, SHOWN_TO_DECIDE
        )
    ]


def held_rules_of(world: World, plan_round: PlanRound) -> Sequence[Mapping[str, Any]]:
    """Rules that fail too often and that nobody has spoken on."""

    def ask() -> Sequence[Mapping[str, Any]]:
        return [
            {"form": s.name[0], "rule": s.name[1], "failing": s.failing, "seen": s.seen}
            for s in world.ledger.rule_standings(plan_round.id)
            if s.held and s.word is None
        ]

    # costs most of the page, and is not worth more than a look a minute
    minute = world.clock().strftime("%d %H:%M")
    return world.memory.recall((HELD_RULES, plan_round.id), minute, ask)


def _beats(world: World) -> Sequence[Mapping[str, Any]]:
    return [
        {"job": job, "at": local_time(at), "outcome": outcome}
        for job, (at, outcome) in world.ledger.beats().items()
    ]
