"""`questions`: what localities asked and recommended, and who answers until when."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

from pipeline.assembly import make_bench, open_ledger
from pipeline.cli.decisions import who
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named
from pipeline.domain.errors import PermanentError
from pipeline.domain.question_register import Question, overdue
from pipeline.domain.questions.topic import Topic
from pipeline.jobs.answer import write_answer
from pipeline.ports import Ledger
from pipeline.stages.report import local_time

COLUMNS = (
    "id",
    "ledger_id",
    "province_code",
    "due",
    "request",
    "topic",
    "state",
    "assigned_to",
    "subject",
)
NAMED_AT_MOST = 20
WIDTH = 90
Action = Callable[[Call, Ledger], None]


def questions(call: Call) -> int:
    """`questions list`, `show N`, `assign N TO`, `answer N --file TEXT`, `close N`."""
    actions: dict[str, Action] = {
        "list": _list,
        "show": _show,
        "assign": _assign,
        "answer": _answer,
        "close": _close,
    }
    ledger = open_ledger(call.plan)
    try:
        actions[call.arguments.action](call, ledger)
    finally:
        ledger.close()
    return FINE


def tell_overdue(call: Call, ledger: Ledger) -> None:
    """Name what should have been answered, beside other data; nothing when all is."""
    late = overdue(ledger.questions(), call.clock())
    if late:
        numbers = ", ".join(str(entry.id) for entry in late[:NAMED_AT_MOST])
        more = " ..." if len(late) > NAMED_AT_MOST else ""
        call.talk.say("questions.overdue", count=len(late), numbers=numbers + more)


def _list(call: Call, ledger: Ledger) -> None:
    """The register, the one due first in front."""
    wanted, now = call.arguments, call.clock()
    province = None if wanted.province is None else province_named(call, wanted.province)
    entries = [
        entry
        for entry in ledger.questions()
        if province in (None, entry.province)
        and (entry.waits or not wanted.open)
        and (entry.is_overdue(now) or not wanted.overdue)
    ]
    if call.talk.machine:
        for entry in entries:
            call.talk.document(_document(entry, now))
        return
    call.talk.table(COLUMNS, [_line(call, entry, now) for entry in entries])


def _document(entry: Question, now: datetime) -> dict[str, Any]:
    return {
        "id": entry.id,
        "message": entry.message,
        "kind": entry.kind.value,
        "round": entry.round,
        "province": entry.province,
        "sender": entry.sender,
        "subject": entry.subject,
        "path": entry.path,
        "text": entry.text,
        "topic": entry.topic and entry.topic.value,
        "received_at": local_time(entry.received_at),
        "due": local_time(entry.due),
        "overdue": entry.is_overdue(now),
        "state": entry.state.value,
        "assigned_to": entry.assigned_to,
        "outcome": entry.outcome,
        "settled_by": entry.settled_by,
        "settled_at": entry.settled_at and local_time(entry.settled_at),
        "letter": entry.letter,
        "letter_state": entry.letter_state and entry.letter_state.value,
    }


def _line(call: Call, entry: Question, now: datetime) -> list[object]:
    late = " !" if entry.is_overdue(now) else ""
    return [
        entry.id,
        entry.message,
        entry.province,
        local_time(entry.due)[:10] + late,
        call.talk.text(f"request.{entry.kind}"),
        call.talk.text(f"topic.{entry.topic}") if entry.topic else "",
        _state(call, entry),
        entry.assigned_to,
        entry.subject,
    ]


def _state(call: Call, entry: Question) -> str:
    """The state in words; of an answered entry that of its letter as well."""
    state = call.talk.text(f"asked.{entry.state}")
    if entry.letter_state is None:
        return state
    return f"{state} ({call.talk.text(f'letter.{entry.letter_state}')})"


def _show(call: Call, ledger: Ledger) -> None:
    """One entry with its words and what became of it."""
    entry, now = _named(call, ledger), call.clock()
    if call.talk.machine:
        call.talk.document(_document(entry, now))
        return
    call.talk.table(COLUMNS, [_line(call, entry, now)])
    _tell_lines(call, entry.text)
    if entry.outcome is not None:
        call.talk.tell(
            "questions.outcome",
            by=entry.settled_by,
            at=entry.settled_at and local_time(entry.settled_at),
        )
        _tell_lines(call, entry.outcome)


def _tell_lines(call: Call, text: str) -> None:
    """A text of many lines, the long ones folded: a phrase is cut at 400 signs."""
    for paragraph in text.split("\n"):
        for line in wrap(paragraph, WIDTH) or [""]:
            call.talk.tell("questions.line", line=line)


def _named(call: Call, ledger: Ledger) -> Question:
    number = call.arguments.question
    if not number.isdecimal():
        raise PermanentError(f"{number}: not a number; `questions list` shows the numbers")
    return ledger.question(int(number))


def _waiting(call: Call, ledger: Ledger) -> Question:
    """The named entry, if something can be done with it still."""
    entry = _named(call, ledger)
    if entry.refusal is not None:
        raise PermanentError(entry.refusal)
    return entry


def _assign(call: Call, ledger: Ledger) -> None:
    """Say who answers, and if need be what it is about."""
    entry, said = _waiting(call, ledger), call.arguments
    if not said.dry_run:
        topic = Topic(said.group) if said.group else None
        ledger.assign_question(entry.id, said.to, topic, who(call), said.why, call.clock())
    if not call.talk.machine:
        call.talk.tell("questions.assigned", number=entry.id, to=said.to)
    else:
        call.talk.document(_document(ledger.question(entry.id), call.clock()))


def _answer(call: Call, ledger: Ledger) -> None:
    """Write the letter; with -n it is shown and goes nowhere."""
    entry, now = _named(call, ledger), call.clock()
    text = _text_of(call.arguments.file)
    letter, words = write_answer(make_bench(call.plan), ledger, entry, text, now)
    if not call.arguments.dry_run:
        ledger.answer_question(entry, text, letter, who(call), now)
    if call.talk.machine:
        told = {
            "id": entry.id,
            "to": letter.recipient,
            "subject": words.subject,
            "text": words.text,
            "state": letter.state.value,
        }
        call.talk.document(told)
        return
    call.talk.tell("questions.letter", to=letter.recipient, subject=words.subject)
    if call.arguments.dry_run:
        _tell_lines(call, words.text)
    else:
        state = call.talk.text(f"letter.{letter.state}")
        call.talk.tell("questions.answered", number=entry.id, state=state)


def _text_of(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise PermanentError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PermanentError(f"{name}: not plain text in UTF-8; save it as that") from error


def _close(call: Call, ledger: Ledger) -> None:
    """Done without a letter: answered by telephone, or no question at all."""
    entry, said = _waiting(call, ledger), call.arguments
    if not said.dry_run:
        ledger.close_question(entry.id, who(call), said.why, call.clock())
    if not call.talk.machine:
        call.talk.tell("questions.closed", number=entry.id)
    else:
        call.talk.document(_document(ledger.question(entry.id), call.clock()))
