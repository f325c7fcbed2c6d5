"""The outbox, and one letter as it is sent."""

from collections.abc import Mapping, Sequence
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlencode

from pipeline.console.world import Answer, MissingPageError, Page, Visit
from pipeline.domain.letters.reply import LetterState

A_PAGE = 50
RELEASABLE = (LetterState.WAITING, LetterState.UNKNOWN)


def show(visit: Visit) -> Answer:
    """One page of the outbox, newest first."""
    state = visit.asked.get("state", "")
    filters = {"state": state} if state in set(LetterState) else {}
    rows = visit.world.ledger.letter_page(filters, visit.before(), A_PAGE + 1)
    shown, more = rows[:A_PAGE], len(rows) > A_PAGE
    onward = {**filters, "before": shown[-1]["id"]} if more else {}
    return Page(
        "letters",
        {
            "rows": shown,
            "next": f"/letters?{urlencode(onward)}" if more else "",
            "state": filters.get("state", ""),
            "states": [each.value for each in LetterState],
            "counts": visit.world.ledger.letter_counts(),
        },
    )


class OwnText(str):
    """Words of ours, shown with their lines and links: escaped, and not made inert."""

    __slots__ = ()


def show_letter(visit: Visit) -> Answer:
    """A letter: its heads, its plain words, the names of what it encloses."""
    number = visit.number("number")
    rows = visit.world.ledger.letter_page({}, number + 1, 1)
    data = visit.world.ledger.letter_data(number)
    if data is None or not rows:
        raise MissingPageError
    lines, enclosed = _read(data)
    return Page(
        "letter",
        {
            "row": rows[0],
            "lines": lines,
            "enclosed": enclosed,
            "words": OwnText("\n".join(lines)),
            "editable": rows[0]["state"] == LetterState.WAITING,
            "releasable": rows[0]["state"] in RELEASABLE,
        },
    )


def _read(data: bytes) -> tuple[Sequence[str], Sequence[Mapping[str, Any]]]:
    """The plain text of our own letter by lines, and its enclosures."""
    mail = message_from_bytes(data, policy=policy.default)
    body = mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    enclosed = [
        {"name": part.get_filename() or "", "size": len(part.get_content())}
        for part in mail.iter_attachments()
    ]
    return str(text).splitlines(), enclosed
