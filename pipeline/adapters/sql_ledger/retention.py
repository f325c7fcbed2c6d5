"""The retention of raw mails: what stands on them, and marking them as purged."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema import letters, messages
from pipeline.adapters.sql_ledger.schema_questions import questions
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.question_register import QuestionState
from pipeline.domain.retention import SETTLED, RawMail

_UNSENT = (
    LetterState.WAITING,
    LetterState.QUEUED,
    LetterState.SENDING,
    LetterState.UNKNOWN,
)
_AWAITING: Mapping[str, Select[Any]] = {
    "question": select(questions.c.message_id).where(
        questions.c.state.in_((QuestionState.OPEN, QuestionState.ASSIGNED))
    ),
    "letter": select(letters.c.message_id).where(letters.c.state.in_(_UNSENT)),
}


class Retention(Desk):
    """ports.RetentionBook."""

    def raw_mails(self) -> Sequence[RawMail]:
        """All bytes that messages stand on and that were not purged, oldest first."""
        query = select(messages).where(
            messages.c.digest.is_not(None), messages.c.purged_at.is_(None)
        )
        by_digest: dict[str, list[Row[Any]]] = defaultdict(list)
        with self._database.reading() as connection:
            awaits = _awaits(connection)
            order = (messages.c.received_at, messages.c.id)
            for row in connection.execute(query.order_by(*order)):
                by_digest[row.digest].append(row)
        return [_raw_mail(digest, rows, awaits) for digest, rows in by_digest.items()]

    def purge(self, mail: RawMail, by: str, now: datetime) -> bool:
        """Mark a mail's messages as purged, audited; before its bytes go.

        False, and nothing is marked, when one of them is not settled any more.
        """
        with self._database.writing() as connection:
            found = connection.execute(
                select(messages).where(messages.c.digest == mail.digest).with_for_update()
            ).all()
            awaits = _awaits(connection)
            if any(row.state not in SETTLED or row.id in awaits for row in found):
                return False
            connection.execute(
                update(messages)
                .where(messages.c.digest == mail.digest)
                .values(purged_at=now)
            )
            about = {"digest": mail.digest, "size": str(mail.size)}
            for row in found:
                append(self._database, connection, now, (by, "purge", row.id), about)
        return True

    def purged(self) -> frozenset[str]:
        """The digests of messages whose bytes were purged."""
        query = select(messages.c.digest).where(messages.c.purged_at.is_not(None))
        with self._database.reading() as connection:
            return frozenset(connection.scalars(query))


def _awaits(connection: Connection) -> Mapping[int, frozenset[str]]:
    """What is open about each message."""
    found: dict[int, set[str]] = defaultdict(set)
    for name, query in _AWAITING.items():
        for message in connection.scalars(query):
            if message is not None:
                found[message].add(name)
    return {message: frozenset(names) for message, names in found.items()}


def _raw_mail(
    digest: str, rows: Sequence[Row[Any]], awaits: Mapping[int, frozenset[str]]
) -> RawMail:
    nothing: frozenset[str] = frozenset()
    return RawMail(
        digest=digest,
        size=rows[0].size or 0,
        received_at=max(row.received_at for row in rows),
        messages=tuple(row.id for row in rows),
        states=frozenset(State(row.state) for row in rows),
        rounds=frozenset(row.round_id for row in rows if row.round_id),
        awaits=nothing.union(*(awaits.get(row.id, nothing) for row in rows)),
    )
