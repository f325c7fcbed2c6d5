"""The register of questions and recommendations: entered by filing, kept by planners."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import DAEMON, Desk
from pipeline.adapters.sql_ledger.entries import outbox_row
from pipeline.adapters.sql_ledger.schema import letters, messages
from pipeline.adapters.sql_ledger.schema_questions import questions
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.question_register import Question, QuestionState, due_after
from pipeline.domain.questions.request import Request, RequestKind
from pipeline.domain.questions.topic import Topic, propose_topic
from pipeline.domain.verdict import Decision, Parsed

NOT_RECOGNISED = "no longer recognised in the message"
SAID_ELSEWHERE = "said by another message of the province"


class QuestionRegister(Desk):
    """ports.QuestionRegister."""

    def questions(self) -> Sequence[Question]:
        with self._database.reading() as connection:
            rows = connection.execute(_entries().order_by(questions.c.due, questions.c.id))
            return [_question(row) for row in rows]

    def question(self, number: int) -> Question:
        with self._database.reading() as connection:
            return self._found(connection, number)

    def assign_question(
        self, number: int, to: str, topic: Topic | None, by: str, why: str, now: datetime
    ) -> None:
        with self._database.writing() as connection:
            entry = self._waiting(connection, number)
            chosen = topic or entry.topic
            values = {
                "state": QuestionState.ASSIGNED,
                "assigned_to": to,
                "topic": chosen,
            }
            _change(connection, number, values)
            about = {"question": number, "to": to, "topic": chosen, "why": why}
            who = (by, "assign-question", entry.message)
            append(self._database, connection, now, who, about)

    def answer_question(
        self, question: Question, text: str, letter: Letter, by: str, now: datetime
    ) -> None:
        with self._database.writing() as connection:
            entry = self._waiting(connection, question.id)
            if entry.letter != question.letter:
                raise PermanentError(f"question {question.id} was answered meanwhile")
            row = outbox_row(letter, now, brings_forms=False) | {
                "account": self._account,
                "message_id": entry.message,
            }
            added = insert(letters).values(row).returning(letters.c.id)
            values = {
                "state": QuestionState.ANSWERED,
                "outcome": text,
                "settled_by": by,
                "settled_at": now,
                "letter_id": connection.execute(added).scalar_one(),
            }
            _change(connection, question.id, values)
            about = {"question": question.id, "letter": letter.reply_key}
            who = (by, "answer-question", entry.message)
            append(self._database, connection, now, who, about)

    def close_question(self, number: int, by: str, why: str, now: datetime) -> None:
        with self._database.writing() as connection:
            entry = self._waiting(connection, number)
            _settle(connection, number, by, why, now)
            who = (by, "close-question", entry.message)
            append(self._database, connection, now, who, {"question": number, "why": why})

    def _waiting(self, connection: Connection, number: int) -> Question:
        """An entry that waits for an answer, kept from other writers."""
        locked = select(questions.c.id).where(questions.c.id == number).with_for_update()
        connection.execute(locked)
        entry = self._found(connection, number)
        if entry.refusal is not None:
            raise PermanentError(entry.refusal)
        return entry

    def _found(self, connection: Connection, number: int) -> Question:
        row = connection.execute(_entries().where(questions.c.id == number)).one_or_none()
        if row is None:
            raise PermanentError(
                f"no question {number}; `questions list` shows the numbers"
            )
        return _question(row)


def enter_questions(
    connection: Connection, message: int, parsed: Parsed, decision: Decision, now: datetime
) -> int:
    """Bring the entries of a message in line with what it asks; how many that is.

    Part of filing. A planner's word on an entry stands: only the facts about the mail
    are renewed, and what the daemon itself opened or closed.
    """
    counts = decision.state in (State.FILED, State.HELD)
    asked = {request.signature: request for request in parsed.requests if counts}
    known = {row.signature: row for row in _of_message(connection, message)}
    if not asked and not known:
        return 0
    facts = {
        "round_id": decision.round,
        "province_code": decision.identity.province,
        "received_at": decision.received_at,
        "due": due_after(decision.received_at, VIETNAM),
    }
    for signature, row in known.items():
        _change(connection, row.id, facts)
        if _untouched(row):
            reason = _needless(connection, row.id, asked.get(signature), facts)
            _stand(connection, row, reason, now)
    for signature in asked.keys() - known.keys():
        row = _entered(connection, message, asked[signature], facts)
        reason = _needless(connection, row.id, asked[signature], facts)
        _stand(connection, row, reason, now)
    return len(asked)


def _of_message(connection: Connection, message: int) -> Sequence[Row[Any]]:
    found = select(questions).where(questions.c.message_id == message)
    return connection.execute(found.order_by(questions.c.id)).all()


def _untouched(row: Row[Any]) -> bool:
    """Whether no planner has said anything of an entry."""
    return bool(row.state == QuestionState.OPEN or row.settled_by == DAEMON)


def _entered(
    connection: Connection, message: int, request: Request, facts: Mapping[str, Any]
) -> Row[Any]:
    values = {
        "message_id": message,
        "signature": request.signature,
        "kind": request.kind,
        "path": request.path,
        "passage": request.text,
        "topic": propose_topic(request.text),
        "state": QuestionState.OPEN,
        **facts,
    }
    return connection.execute(insert(questions).values(values).returning(questions)).one()


def _needless(
    connection: Connection, number: int, request: Request | None, facts: Mapping[str, Any]
) -> str | None:
    """Why an entry needs no answer of its own; None when it does.

    A province that corrects a workbook sends its report again with it: one answer is
    enough. A mail that asks always is an entry, for its asker waits in its thread.
    """
    if request is None:
        return NOT_RECOGNISED
    if request.kind is RequestKind.QUESTION or facts["province_code"] is None:
        return None
    same = select(questions.c.id).where(
        questions.c.id != number,
        questions.c.signature == request.signature,
        questions.c.province_code == facts["province_code"],
        questions.c.round_id == facts["round_id"],
        questions.c.settled_by.is_distinct_from(DAEMON),
    )
    return SAID_ELSEWHERE if connection.execute(same.limit(1)).first() else None


def _stand(
    connection: Connection, row: Row[Any], reason: str | None, now: datetime
) -> None:
    """Open an entry, or close it for a reason of the daemon's."""
    if reason is not None:
        if row.outcome != reason:
            _settle(connection, row.id, DAEMON, reason, now)
    elif row.state != QuestionState.OPEN:
        values = {"state": QuestionState.OPEN, **dict.fromkeys(_SETTLED)}
        _change(connection, row.id, values)


_SETTLED = ("outcome", "settled_by", "settled_at")


def _settle(connection: Connection, number: int, by: str, why: str, now: datetime) -> None:
    values = {
        "state": QuestionState.CLOSED,
        "outcome": why,
        "settled_by": by,
        "settled_at": now,
    }
    _change(connection, number, values)


def _change(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(questions).where(questions.c.id == number).values(values))


def _entries() -> Select[Any]:
    return (
        select(
            questions,
            messages.c.sender,
            messages.c.subject,
            letters.c.state.label("letter_state"),
        )
        .join(messages, messages.c.id == questions.c.message_id)
        .outerjoin(letters, letters.c.id == questions.c.letter_id)
    )


def _question(row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        message=row.message_id,
        kind=RequestKind(row.kind),
        round=row.round_id,
        province=row.province_code,
        sender=row.sender,
        subject=row.subject or "",
        path=row.path,
        text=row.passage,
        topic=Topic(row.topic) if row.topic else None,
        received_at=row.received_at,
        due=row.due,
        state=QuestionState(row.state),
        assigned_to=row.assigned_to,
        outcome=row.outcome,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        letter=row.letter_id,
        letter_state=LetterState(row.letter_state) if row.letter_state else None,
    )
