"""Rows and columns that may mean something else: what is asked, and what was said."""

from pipeline.console.world import Answer, GoTo, Page, Visit, World
from pipeline.domain.errors import PermanentError
from pipeline.domain.reading.alias import OWN
from pipeline.ports.console import Rows
from pipeline.stages.report import local_time

MOST_SAID = 200


def show(visit: Visit) -> Answer:
    """What is open, and what planners said before."""
    world, before = visit.world, visit.before()
    rows, below = doubts_of(world, before)
    said = world.ledger.alias_entries(None)[-MOST_SAID:]
    return Page(
        "matches",
        {
            "rows": rows,
            "below": below,
            "first": before is None,
            "own": OWN,
            "said": [
                {"entry": entry, "at": local_time(entry.said_at)} for entry in said[::-1]
            ],
            "names": {p.code: p.name for p in world.gazetteer.provinces},
        },
    )


def doubts_of(world: World, before: int | None) -> tuple[Rows, int | None]:
    """A page of what is open, and below which finding there may be more."""
    return world.memory.recall(
        ("doubts", str(before or "")),
        world.newest_event(),
        lambda: world.enquiries.doubts(before),
    )


def confirm(visit: Visit) -> Answer:
    """Say what a label means."""
    meaning = visit.sent.get("meaning", "")
    if not meaning:
        raise PermanentError("choose what the label means")
    number = _number(visit, "finding")
    visit.world.desk.confirm_match(number, meaning, visit.word())
    return GoTo("/matches?done=match")


def withdraw(visit: Visit) -> Answer:
    """Let what was said hold no more."""
    visit.world.desk.withdraw_match(_number(visit, "alias"), visit.word())
    return GoTo("/matches?done=withdrawn")


def _number(visit: Visit, name: str) -> int:
    text = visit.sent.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise PermanentError(f"{text}: not a number")
    return int(text)
