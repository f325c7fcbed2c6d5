"""The register of questions: what localities asked, who answers, until when."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.console.world import Answer, GoTo, MissingPageError, Page, Visit
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Word
from pipeline.domain.question_register import Question
from pipeline.domain.questions.topic import Topic
from pipeline.stages.report import local_time

MOST_SHOWN = 100
EXCERPT = 160
CHOICES = ("open", "overdue", "all")


def show(visit: Visit) -> Answer:
    """The register, the one due first in front; those that wait unless asked otherwise."""
    now = visit.world.clock()
    entries = visit.world.ledger.questions()
    chosen: Mapping[str, Callable[[Question], bool]] = {
        "open": lambda entry: entry.waits,
        "overdue": lambda entry: entry.is_overdue(now),
        "all": lambda entry: True,
    }
    asked = visit.asked.get("show", "")
    wanted = asked if asked in CHOICES else CHOICES[0]
    kept = {name: [e for e in entries if test(e)] for name, test in chosen.items()}
    return Page(
        "questions",
        {
            "rows": [_row(visit, entry, now) for entry in _page(visit, kept[wanted])],
            "counts": {name: len(found) for name, found in kept.items()},
            "choice": wanted,
            "next": _next(visit, wanted, len(kept[wanted])),
        },
    )


def show_question(visit: Visit) -> Answer:
    """One entry with its words, what became of it, and what can be done."""
    number, now = visit.number("number"), visit.world.clock()
    entry = next((e for e in visit.world.ledger.questions() if e.id == number), None)
    if entry is None:
        raise MissingPageError
    return Page(
        "question",
        {
            "row": _row(visit, entry, now),
            "lines": entry.text.splitlines(),
            "outcome": (entry.outcome or "").splitlines(),
            "settled_by": entry.settled_by,
            "settled_at": entry.settled_at and local_time(entry.settled_at),
            "waits": entry.waits,
            "topics": [topic.value for topic in Topic],
        },
    )


def assign(visit: Visit) -> Answer:
    """Say who answers, and what group it is of."""
    number, group = visit.number("number"), visit.sent.get("topic", "")
    if group and group not in set(Topic):
        raise PermanentError(f"{group}: no group of questions")
    topic, to = Topic(group) if group else None, visit.sent.get("to", "").strip()
    visit.world.desk.assign_question(number, to, topic, visit.word())
    return GoTo(f"/questions/{number}?done=question_assigned")


def answer(visit: Visit) -> Answer:
    """Answer with a letter: its text says why, no other reason is asked for."""
    number = visit.number("number")
    word = Word(visit.person.name, "", visit.world.clock())
    text = visit.sent.get("text", "").replace("\r\n", "\n")
    visit.world.desk.answer_question(number, text, word)
    return GoTo(f"/questions/{number}?done=question_answered")


def close(visit: Visit) -> Answer:
    """Done without a letter of ours."""
    number = visit.number("number")
    visit.world.desk.close_question(number, visit.word())
    return GoTo(f"/questions/{number}?done=question_closed")


def _start(visit: Visit) -> int:
    text = visit.asked.get("from", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _page(visit: Visit, entries: Sequence[Question]) -> Sequence[Question]:
    start = _start(visit)
    return entries[start : start + MOST_SHOWN]


def _next(visit: Visit, wanted: str, count: int) -> str:
    following = _start(visit) + MOST_SHOWN
    return f"/questions?show={wanted}&from={following}" if following < count else ""


def _row(visit: Visit, entry: Question, now: datetime) -> Mapping[str, Any]:
    names = {p.code: p.name for p in visit.world.gazetteer.provinces}
    return {
        "number": entry.id,
        "message": entry.message,
        "kind": entry.kind.value,
        "province": entry.province,
        "name": names.get(entry.province or "", entry.province),
        "sender": entry.sender,
        "subject": entry.subject,
        "path": entry.path,
        "excerpt": _excerpt(entry.text),
        "topic": entry.topic.value if entry.topic else "",
        "due": local_time(entry.due),
        "overdue": entry.is_overdue(now),
        "state": entry.state.value,
        "assigned_to": entry.assigned_to,
        "letter": entry.letter,
        "letter_state": entry.letter_state.value if entry.letter_state else "",
    }


def _excerpt(text: str) -> str:
    """Its beginning, cut between two words."""
    if len(text) <= EXCERPT:
        return text
    return (text[:EXCERPT].rpartition(" ")[0] or text[:EXCERPT]).rstrip() + " …"
