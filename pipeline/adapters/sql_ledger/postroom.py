"""Letters on their way out: claimed before they are sent, settled after."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import (
    ColumnElement,
    Connection,
    select,
    true,
    update,
)

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.letter_queries import (
    ANSWERING,
    CLAIMED,
    DUE,
    LAST_ANSWERED,
    LEFT_SENDING,
    MADE_SINCE,
    MADE_TO,
    OF_A_ROUND,
    OURS,
    REMINDER,
    REMINDER_WAITS,
    SENDING,
    SETTLING,
    SETTLING_HELD,
    made_since,
)
from pipeline.adapters.sql_ledger.schema import letters, messages
from pipeline.adapters.sql_ledger.waiting_reminders import WaitingReminders
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState, OutboxItem
from pipeline.ports.ledger import LetterHistory


class Postroom(Desk):
    """The outbox as `deliver` works it, and what reply budgets need to know."""

    def claim_letters(
        self, now: datetime, limit: int, *, reminders: Callable[[], bool] | None = None
    ) -> Sequence[OutboxItem]:
        """Letters due, marked `sending`, attempt counted; committed before returning.

        Two daemons never claim one letter. A reminder is looked at once more: it leaves
        only while it is true, and where `reminders` says no (outside working hours) it
        waits.
        """
        with self._database.writing() as connection:
            due = DUE.where(self._not_barred(connection, reminders))
            which = {"whose": self._account, "now": now, "limit": limit}
            claimed = connection.scalars(due, which).all()
            if not claimed:
                return []
            connection.execute(SENDING, {"claimed": claimed})
            rows = connection.execute(CLAIMED, {"claimed": claimed})
            return [OutboxItem(**row) for row in rows.mappings()]

    def _not_barred(
        self, connection: Connection, reminders: Callable[[], bool] | None
    ) -> ColumnElement[bool]:
        """Which letters may leave; reminders cost nothing while none waits."""
        if REMINDER_WAITS.scalar(connection) is None:
            return true()
        if reminders is not None and not reminders():
            return letters.c.template != REMINDER
        queued = WaitingReminders(connection, (LetterState.QUEUED,))
        queued.withdraw_stale()
        return letters.c.id.not_in(queued.held_back())

    def _no_letter(self, letter: int) -> PermanentError:
        return PermanentError(
            f"no letter {letter} in {self._database.name}; `letters list` shows the numbers"
        )

    def settle_letter(
        self,
        letter: int,
        state: LetterState,
        now: datetime,
        retry_at: datetime | None = None,
        attempt: int | None = None,
    ) -> None:
        """What became of a claimed letter; `queued` with `retry_at` waits till then.

        With `attempt` only while it is in that attempt's hands. That it was sent may be
        said later too, when another daemon could not know and called it `unknown`.
        """
        told = {"letter": letter, "state": state, "retry_at": retry_at}
        if state is LetterState.SENT:
            told["sent_at"] = now
        settling, held = SETTLING, {}
        if attempt is not None:
            settling = SETTLING_HELD[state is LetterState.SENT]
            held = {"attempt": attempt}
        with self._database.writing() as connection:
            changed = connection.execute(settling, told | held)
            if changed.rowcount != 1 and attempt is None:
                raise self._no_letter(letter)

    def settle_sent(self, letters: Sequence[tuple[OutboxItem, datetime]]) -> None:
        """That claimed letters were sent, and when: as `settle_letter` of each attempt."""
        told = [
            {
                "letter": letter.id,
                "attempt": letter.attempts,
                "state": LetterState.SENT,
                "retry_at": None,
                "sent_at": at,
            }
            for letter, at in letters
        ]
        with self._database.writing() as connection:
            connection.execute(SETTLING_HELD[True], told)

    def while_ours(self, letter: OutboxItem, act: Callable[[], LetterState | None]) -> bool:
        """Do something while no other process can touch a claimed letter."""
        ours = {"letter": letter.id, "attempt": letter.attempts}
        with self._database.writing() as connection:
            if OURS.scalar(connection, ours) is None:
                return False
            state = act()
            if state is not None:
                told = {"letter": letter.id, "state": state, "retry_at": None}
                connection.execute(SETTLING, told)
        return True

    def edit_letter(
        self, letter: int, before: bytes, data: bytes, by: str, why: str, now: datetime
    ) -> None:
        """Give a waiting letter other bytes. Audited, by the digests of both.

        PermanentError when it waits no more, or is no longer as `before`.
        """
        with self._database.writing() as connection:
            changed = connection.execute(
                update(letters)
                .where(
                    letters.c.id == letter,
                    letters.c.state == LetterState.WAITING,
                    letters.c.data == before,
                )
                .values(data=data)
            )
            if changed.rowcount != 1:
                raise PermanentError(f"letter {letter} waits no more, or was changed")
            digests = {"from": sha256(before).hexdigest(), "to": sha256(data).hexdigest()}
            about = {"letter": str(letter), "why": why, **digests}
            append(self._database, connection, now, (by, "edit-letter", None), about)

    def reply_key(self, letter: int) -> str:
        """The key of a letter by its number; PermanentError when there is none."""
        with self._database.reading() as connection:
            key = connection.scalar(
                select(letters.c.reply_key).where(letters.c.id == letter)
            )
        if key is None:
            raise self._no_letter(letter)
        return str(key)

    def sending_letters(self) -> Sequence[OutboxItem]:
        """Letters left `sending` by a crash: their outcome is unknown."""
        with self._database.reading() as connection:
            rows = connection.execute(LEFT_SENDING, {"whose": self._account})
            return [OutboxItem(**row) for row in rows.mappings()]

    def letters_made(self, recipient: str, now: datetime) -> LetterHistory:
        """Unsuppressed letters to one recipient ever, and to all in an hour and a day."""
        with self._database.reading() as connection:
            rows = MADE_TO.rows(connection, {"recipient": recipient})
            ((in_hour, in_day),) = MADE_SINCE.rows(connection, made_since(now))
        return LetterHistory(
            tuple((at, template, bool(brings)) for at, template, brings in rows),
            in_hour,
            in_day,
        )

    def last_answered(self, recipient: str, message: int) -> int | None:
        """The message that the newest letter to an address answers, another one."""
        which = {"recipient": recipient, "message": message}
        with self._database.reading() as connection:
            last: int | None = LAST_ANSWERED.scalar(connection, which)
        return last

    def answered(self, message: int) -> bool:
        """Whether an unsuppressed letter exists for a message."""
        with self._database.reading() as connection:
            return ANSWERING.scalar(connection, {"message": message}) is not None

    def letters_of_round(self, round_id: str, at_most: int) -> int:
        """How many unsuppressed letters there are to mails of a round, or as reminders.

        Counted up to `at_most`: a round has a hundred thousand.
        """
        which = {"round": round_id, "most": at_most}
        with self._database.reading() as connection:
            counted: int = sum(each.scalar(connection, which) for each in OF_A_ROUND)
        return min(counted, at_most)

    def told_same_content(self, content_key: str, province: str, message: int) -> bool:
        """Whether a `duplicate` letter answers another such mail of the province."""
        query = (
            select(letters.c.id)
            .join(messages, messages.c.id == letters.c.message_id)
            .where(
                letters.c.suppressed.is_(None),
                letters.c.template == "duplicate",
                messages.c.content_key == content_key,
                messages.c.province_code == province,
                messages.c.id != message,
            )
        )
        with self._database.reading() as connection:
            return connection.scalar(query.limit(1)) is not None
