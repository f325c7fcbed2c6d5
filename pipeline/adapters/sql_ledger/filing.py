"""Filing: everything about one message in one transaction, and reading it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.bulk import insert_rows
from pipeline.adapters.sql_ledger.claims import open_again
from pipeline.adapters.sql_ledger.columns import (
    pack,
    pack_written,
    unpack,
    unpack_as,
    unpack_part,
)
from pipeline.adapters.sql_ledger.desk import (
    DAEMON,
    Desk,
    LockedRow,
    only_of,
    set_values,
)
from pipeline.adapters.sql_ledger.entries import (
    FiledForms,
    filed_forms,
    finding_rows,
    letter_row,
    message_values,
)
from pipeline.adapters.sql_ledger.explanations import (
    enter_explanations,
    noted_explanations,
)
from pipeline.adapters.sql_ledger.filed_rows import add_rows, looked_up
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.question_register import enter_questions
from pipeline.adapters.sql_ledger.rule_watch import add_ruling
from pipeline.adapters.sql_ledger.schema import (
    figures,
    findings,
    messages,
    outcomes,
    versions,
)
from pipeline.adapters.sql_ledger.schema import letters as outbox_letters
from pipeline.adapters.sql_ledger.schema_packed import packs
from pipeline.adapters.sql_ledger.schema_rulings import acceptances, explanations
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.mail.message import Kind, State
from pipeline.domain.plan.form import Appendix, SaidForm, SaidForms
from pipeline.domain.verdict import Decision, Parsed, Reconciled
from pipeline.domain.wire import WireError
from pipeline.stages.explain_matching import explain_matching
from pipeline.stages.report import outline, report, rows_of, summary


class Filing(Desk):
    """Writes the outcome of messages, and gives it back."""

    def file(
        self,
        message: int,
        parsed: Parsed,
        decision: Decision,
        letters: Sequence[Letter],
        now: datetime,
        owner: str | None = None,
    ) -> None:
        """Everything about one message in one transaction, replacing what was filed.

        A known reply_key is left as it is. Nothing is filed with PermanentError, when a
        figure cannot be stored (NaN, a thousand digits), nor with OvertakenError, when
        `owner` is given and has the message in hand no more.
        """
        try:
            forms = filed_forms(decision)
            document = _without_known_rows(parsed, decision)
        except ValueError as error:
            raise PermanentError(f"message {message}: a figure is {error}") from error
        read = pack_written(self._as_it_came.written(parsed))
        stored = {"parsed": read, "document": pack(document)}
        with self._database.writing() as connection:
            keys = [*dict.fromkeys(letter.reply_key for letter in letters)]
            row, known = looked_up(connection, message, keys)
            if row is None:
                raise self._no_message(message)
            only_of(row, owner)
            if row.kind is not None:
                _clear(connection, row.id)
            outcome = {"message_id": row.id, "filed_at": now, **stored}
            _ADDING_OUTCOME.run(connection, outcome)
            insert_rows(connection, findings, finding_rows(row.id, decision))
            filed = (forms, decision, letters)
            main = self._add_all(connection, filed, row, known, now)
            noted = self._note_words(connection, row, parsed, decision, now)
            if decision.state is State.FILED:
                self._accept_reconciled(connection, row.id, decision.reconciled, now)
            values = message_values(parsed, decision)
            set_values(connection, row.id, **values, letter_id=main)
            about = _told(decision, letters, noted)
            append(self._database, connection, now, (DAEMON, "file", row.id), about)

    def _note_words(
        self,
        connection: Connection,
        row: LockedRow,
        parsed: Parsed,
        decision: Decision,
        now: datetime,
    ) -> Mapping[str, object]:
        """Enter what a mail asks and explains, and what it brings back; what was."""
        again = row.kind is not None
        asked = 0
        if again or parsed.requests:
            asked = enter_questions(connection, row.id, parsed, decision, now)
        if again or decision.explanations:
            enter_explanations(self._database, connection, row.id, decision, now)
        bounced = self._note_bounce(connection, parsed, decision)
        return {"questions": asked, "bounced": bounced}

    def _add_all(
        self,
        connection: Connection,
        filed: tuple[FiledForms, Decision, Sequence[Letter]],
        row: LockedRow,
        known: Mapping[str, int],
        now: datetime,
    ) -> int | None:
        """Add forms, and the letters that are not known; the number of the one to the
        sender.

        Without a new letter the one that was written before stays the message's own.
        """
        forms, decision, letters = filed
        about = {"account": self._account, "message_id": row.id}
        fresh = {
            letter.reply_key: letter_row(letter, decision, now) | about
            for letter in letters
            if letter.reply_key not in known
        }
        of_key = {**known, **add_rows(connection, row.id, forms, fresh, self._layouts)}
        numbers = {letter.recipient: of_key[letter.reply_key] for letter in letters}
        first = next(iter(numbers.values()), row.letter_id)
        return numbers.get(decision.reply.to or "", first)

    def _accept_reconciled(
        self,
        connection: Connection,
        number: int,
        forms: Sequence[Reconciled],
        now: datetime,
    ) -> None:
        """Take forms of earlier messages as they are, and have those judged again."""
        for each in forms:
            why = f"agrees with message {number}"
            values = {"message_id": each.message, "form_id": each.form}
            add_ruling(connection, acceptances, values, DAEMON, why, now)
            about = {"forms": [each.form], "why": why}
            append(self._database, connection, now, (DAEMON, "accept", each.message), about)
        for message in sorted({each.message for each in forms}):
            earlier = self._locked(connection, message)
            open_again(self._database, connection, earlier, now)

    def _note_bounce(
        self, connection: Connection, parsed: Parsed, decision: Decision
    ) -> list[int]:
        """Mark the letters that a bounce brings back; their numbers.

        Nothing else follows from a bounce: anybody may write one (the registry stays).
        """
        if decision.kind is not Kind.BOUNCE or not parsed.envelope.returned:
            return []
        gone = update(outbox_letters).where(
            outbox_letters.c.account == self._account,
            outbox_letters.c.rfc_message_id.in_(parsed.envelope.returned),
            outbox_letters.c.state.in_(_LEFT),
        )
        marked = gone.values(state=LetterState.BOUNCED).returning(outbox_letters.c.id)
        return sorted(connection.scalars(marked))

    def parsed(self, message: int) -> Parsed | None:
        """What the worker read when the message was last filed."""
        data = self._read(message)
        return None if data is None else unpack_as(Parsed, data)

    def forms_said(self, message: int) -> Sequence[SaidForm | Appendix]:
        """What the forms said that were read then; none without a row."""
        data = self._read(message)
        if data is None:
            return ()
        try:
            return unpack_part(SaidForms, data).appendices
        except WireError:
            return unpack_as(Parsed, data).appendices

    def _read(self, message: int) -> bytes | None:
        with self._database.reading() as connection:
            data: bytes | None = PARSED.scalar(connection, {"message": message})
        return data

    def document(self, message: int) -> Mapping[str, Any] | None:
        """The outcome as `show --json` prints it (contract.md); None without a row.

        Filed as it was then, with what holds now of state, verdict and belief. A
        message that was never read gives the same keys, empty.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                select(messages, outcomes.c.document, outcomes.c.parsed)
                .outerjoin(outcomes, outcomes.c.message_id == messages.c.id)
                .where(messages.c.id == message)
            ).one_or_none()
            numbers = connection.scalars(
                select(findings.c.id)
                .where(findings.c.message_id == message)
                .order_by(findings.c.id)
            ).all()
            said = noted_explanations(connection, explanations.c.message_id == message)
        if row is None:
            return None
        if row.document is None:
            outlined = outline(row.digest, State(row.state), row.reason, row.received_at)
            return outlined | {"matching": []}
        document: dict[str, Any] = unpack(row.document)
        document["identity"]["verified"] = bool(row.verified)
        for number, finding in zip(numbers, document["findings"], strict=True):
            finding["id"] = number
        for place, noted in said:
            document["explanations"][place] |= {
                "id": noted.id,
                "state": noted.state.value,
                "findings": [one.id for one, _ in noted.asked if one.id],
            }
        appendices = unpack_as(Parsed, row.parsed).appendices
        document["matching"] = explain_matching(appendices)
        if document["rows"] is None:
            document["rows"] = rows_of(appendices)
        return document | {
            "state": row.state,
            "reason": row.reason,
            "verdict": row.verdict,
        }


def _told(
    decision: Decision, letters: Sequence[Letter], more: Mapping[str, object]
) -> dict[str, object]:
    """What the audit trail says of a filing, and of more what there is."""
    return {
        "state": decision.state.value,
        "reason": decision.reason,
        "verdict": decision.verdict.value,
        "province": decision.identity.province,
        "letters": [letter.reply_key for letter in letters],
        **{name: value for name, value in more.items() if value},
    }


def _without_known_rows(parsed: Parsed, decision: Decision) -> dict[str, Any]:
    """The document; its rows are left out (None) where `parsed` says the same.

    It does but for a mail in which a form came twice and was joined or dropped.
    """
    if tuple(form.appendix for form in decision.forms) == parsed.appendices:
        return summary(parsed, decision) | {"rows": None}
    return report(parsed, decision)


def _clear(connection: Connection, number: int) -> None:
    """Take away what was filed for a message, but never a letter."""
    for taking in _TAKING_AWAY:
        connection.execute(taking, {"message": number})


_OF_MESSAGE = select(versions.c.id).where(versions.c.message_id == bindparam("message"))
_TAKING_AWAY = (
    *(delete(t).where(t.c.version_id.in_(_OF_MESSAGE)) for t in (packs, figures)),
    *(
        delete(table).where(table.c.message_id == bindparam("message"))
        for table in (versions, findings, outcomes)
    ),
)


# `sending` too: the ledger hears last that a letter left, and nobody else knows its name.
_LEFT = (LetterState.SENDING, LetterState.SENT, LetterState.UNKNOWN)
PARSED = Prepared(
    select(outcomes.c.parsed).where(outcomes.c.message_id == bindparam("message"))
)
_ADDING_OUTCOME = Prepared(insert(outcomes))
