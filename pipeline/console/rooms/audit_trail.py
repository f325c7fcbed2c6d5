"""The audit trail, newest first."""

from pipeline.console.world import Answer, Page, Visit

A_PAGE = 100


def show(visit: Visit) -> Answer:
    """One page of events."""
    rows = visit.world.ledger.event_page(None, visit.before(), A_PAGE + 1)
    shown, more = rows[:A_PAGE], len(rows) > A_PAGE
    following = f"/audit?before={shown[-1]['number']}" if more else ""
    return Page("audit", {"events": shown, "next": following})
