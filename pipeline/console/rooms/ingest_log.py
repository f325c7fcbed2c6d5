"""The ingest log: every message ever seen, skipped ones too, page by page."""

from csv import writer
from io import StringIO
from urllib.parse import urlencode

from pipeline.console.world import Answer, Download, Page, Visit
from pipeline.domain.mail.message import Kind, State
from pipeline.domain.verdict import Verdict
from pipeline.domain.writing.vietnamese import safe_text

A_PAGE = 50
A_DRAUGHT = 1000
FILTERS = ("province", "state", "kind", "verdict", "reason", "since", "search")
COLUMNS = (
    *("id", "received_at", "sender", "subject", "kind", "state", "reason"),
    *("province_code", "verdict", "late", "rows", "errors", "queries"),
    *("reply_state", "replied_at", "digest"),
)


def show(visit: Visit) -> Answer:
    """One page of the log."""
    world = visit.world
    filters = _filters(visit)
    rows = world.ledger.log_page(filters, visit.before(), A_PAGE + 1)
    shown, more = rows[:A_PAGE], len(rows) > A_PAGE
    onward = {**filters, "before": shown[-1]["id"]} if more else {}
    return Page(
        "log",
        {
            "rows": shown,
            "filters": {name: filters.get(name, "") for name in FILTERS},
            "next": f"/log?{urlencode(onward)}" if more else "",
            "csv": f"/log.csv?{urlencode(filters)}",
            "first": f"/log?{urlencode(filters)}" if visit.before() else "",
            "provinces": world.gazetteer.provinces,
            "names": {p.code: p.name for p in world.gazetteer.provinces},
            "states": [state.value for state in State],
            "kinds": [kind.value for kind in Kind],
            "verdicts": [verdict.value for verdict in Verdict],
        },
    )


def export(visit: Visit) -> Answer:
    """The log as a table for a spreadsheet; no cell of it is a formula."""
    text = StringIO()
    table = writer(text)
    table.writerow(COLUMNS)
    before: int | None = None
    while rows := visit.world.ledger.log_page(_filters(visit), before, A_DRAUGHT):
        table.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
        before = rows[-1]["id"]
    return Download("so-thu.csv", text.getvalue().encode("utf-8-sig"))


def _cell(value: object) -> str:
    """A value as text that a spreadsheet does not take for a formula."""
    text = "" if value is None else safe_text(str(value), 2000)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _filters(visit: Visit) -> dict[str, str]:
    return {
        name: value
        for name in FILTERS
        if (value := visit.asked.get(name, "").strip()[:200])
    }
