"""Reminders: the steps of a round, what became of them, what would be made now."""

from pipeline.console.world import Answer, Page, Visit
from pipeline.stages.report import local_time


def show(visit: Visit) -> Answer:
    """The steps; with `?preview=1` the reminders that are due now as well."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    preview = bool(visit.asked.get("preview"))
    return Page(
        "reminders",
        {
            "round": plan_round,
            "due": local_time(plan_round.due),
            "now": local_time(world.clock()),
            "steps": world.enquiries.reminder_steps(plan_round),
            "preview": preview,
            "rows": world.enquiries.reminders_due(plan_round) if preview else (),
            "names": {p.code: p.name for p in world.gazetteer.provinces},
        },
    )
