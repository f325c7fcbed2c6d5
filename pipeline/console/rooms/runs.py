"""Consolidation runs with their products, and a total led back to its cells."""

from collections.abc import Mapping
from typing import Any

from pipeline.console.rooms.forms import choose_column, choose_form
from pipeline.console.world import Answer, Download, MissingPageError, Page, Visit
from pipeline.domain.lineage import imputed_of
from pipeline.domain.total import Run
from pipeline.stages.report import local_time

A_PAGE = 30


def show(visit: Visit) -> Answer:
    """Runs, newest first."""
    world = visit.world
    rows = world.ledger.run_page(visit.before(), A_PAGE + 1)
    shown, more = rows[:A_PAGE], len(rows) > A_PAGE
    return Page(
        "runs",
        {
            "rows": [
                {
                    **row,
                    "as_of": local_time(row["as_of"]),
                    "files": world.enquiries.products(_run(row)),
                }
                for row in shown
            ],
            "titles": {each.id: each.title for each in world.rounds},
            "next": f"/runs?before={shown[-1]['number']}" if more else "",
        },
    )


def download(visit: Visit) -> Answer:
    """A product of a run, to be saved."""
    number = visit.number("number")
    rows = visit.world.ledger.run_page(number + 1, 1)
    if not rows or rows[0]["number"] != number:
        raise MissingPageError
    run, name = _run(rows[0]), visit.place["file"]
    if name not in visit.world.enquiries.products(run):
        raise MissingPageError
    return Download(name, visit.world.enquiries.product(run, name))


def _run(row: Mapping[str, Any]) -> Run:
    return Run(row["round"], row["as_of"], row["started_at"])


def explain(visit: Visit) -> Answer:
    """A total, or one province's figure, down to mail, file, sheet and cell."""
    world = visit.world
    plan_round = world.round_named(visit.asked.get("round"))
    form = choose_form(plan_round, visit.asked.get("form") or plan_round.forms[0].id)
    row = visit.asked.get("row") or form.indicators[0].key
    column = visit.asked.get("column") or choose_column(form, "").key
    area = visit.asked.get("area") or None
    found = world.enquiries.explain(plan_round, (form.id, row, column), area)
    return Page(
        "explain",
        {
            "round": plan_round,
            "form": form,
            "row": form.indicator(row),
            "column": form.column(column),
            "found": found,
            "as_of": found.kept and local_time(found.kept.as_of),
            "parts": [
                (part, local_time(part.source.received_at)) for part in found.makeup.parts
            ],
            "imputed": [] if found.filled is None else list(imputed_of(found.filled)),
            "names": {p.code: p.name for p in world.gazetteer.provinces},
        },
    )
