"""The ingest log: every message ever seen, skipped ones too, page by page."""

from urllib.parse import urlencode

from pipeline.console.world import Answer, Page, Visit
from pipeline.domain.mail.message import Kind, State
from pipeline.domain.verdict import Verdict

A_PAGE = 50
FILTERS = ("province", "state", "kind", "verdict", "reason", "since", "search")


def show(visit: Visit) -> Answer:
    """One page of the log."""
    world = visit.world
    filters = {
        name: value
        for name in FILTERS
        if (value := visit.asked.get(name, "").strip()[:200])
    }
    rows = world.ledger.log_page(filters, visit.before(), A_PAGE + 1)
    shown, more = rows[:A_PAGE], len(rows) > A_PAGE
    onward = {**filters, "before": shown[-1]["id"]} if more else {}
    return Page(
        "log",
        {
            "rows": shown,
            "filters": {name: filters.get(name, "") for name in FILTERS},
            "next": f"/log?{urlencode(onward)}" if more else "",
            "first": f"/log?{urlencode(filters)}" if visit.before() else "",
            "provinces": world.gazetteer.provinces,
            "names": {p.code: p.name for p in world.gazetteer.provinces},
            "states": [state.value for state in State],
            "kinds": [kind.value for kind in Kind],
            "verdicts": [verdict.value for verdict in Verdict],
        },
    )
