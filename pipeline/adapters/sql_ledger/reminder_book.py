"""What provinces owe, and which reminders were made."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.entries import outbox_row
from pipeline.adapters.sql_ledger.owed_forms import gaps_of
from pipeline.adapters.sql_ledger.schema import letters as outbox_letters
from pipeline.adapters.sql_ledger.schema_reminders import reminder_letters, reminders
from pipeline.adapters.sql_ledger.waiting_reminders import (
    WaitingReminders,
    forget_stale,
    withdraw_other_steps,
)
from pipeline.domain.letters.reply import Letter
from pipeline.domain.reminders import Gap, Reminder, ReminderNote, ReminderOutcome


class ReminderBook(Desk):
    """ports.ReminderBook."""

    def gaps(self, round_id: str) -> Mapping[str, Gap]:
        with self._database.reading() as connection:
            return gaps_of(connection, round_id)

    def reminders(self, round_id: str) -> Sequence[ReminderNote]:
        query = select(reminders).where(reminders.c.round_id == round_id)
        ordered = query.order_by(reminders.c.made_at, reminders.c.province_code)
        with self._database.reading() as connection:
            return [_note(row) for row in connection.execute(ordered)]

    def note_reminder(self, reminder: Reminder, by: str, now: datetime) -> bool:
        note = reminder.note
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "reminders")
            if not _entered(connection, note, by, now):
                return False
            if reminder.letters:
                withdraw_other_steps(connection, note)
                for letter in reminder.letters:
                    self._put(connection, reminder, letter, now)
                about = {
                    "round": note.round,
                    "province": note.province,
                    "step": note.step,
                    "letters": [letter.reply_key for letter in reminder.letters],
                }
                who = (by, "remind", None)
                append(self._database, connection, now, who, about)
            return True

    def close_reminders(
        self, notes: Sequence[ReminderNote], by: str, now: datetime
    ) -> Sequence[ReminderNote]:
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "reminders")
            return [note for note in notes if _entered(connection, note, by, now)]

    def _put(
        self, connection: Connection, reminder: Reminder, letter: Letter, now: datetime
    ) -> None:
        """A letter of a step into the outbox; over one that was withdrawn as stale."""
        forget_stale(connection, letter.reply_key)
        known = select(outbox_letters.c.id).where(
            outbox_letters.c.reply_key == letter.reply_key
        )
        if connection.scalar(known) is not None:
            return
        row = outbox_row(letter, now, brings_forms=False) | {"account": self._account}
        added = insert(outbox_letters).values(row).returning(outbox_letters.c.id)
        values = {
            "letter_id": connection.execute(added).scalar_one(),
            "said": reminder.said,
            **_place(reminder.note),
        }
        connection.execute(insert(reminder_letters).values(values))

    def withdraw_stale_reminders(self) -> int:
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "reminders")
            return WaitingReminders(connection).withdraw_stale()


def _place(note: ReminderNote) -> dict[str, str]:
    return {
        "round_id": note.round,
        "province_code": note.province,
        "step": note.step,
    }


def _entered(connection: Connection, note: ReminderNote, by: str, now: datetime) -> bool:
    """Enter a step, or turn one that passed into one that is written."""
    said = {"outcome": note.outcome, "made_by": by, "made_at": now}
    here = [getattr(reminders.c, name) == value for name, value in _place(note).items()]
    known = connection.scalar(select(reminders.c.outcome).where(*here))
    if known is None:
        connection.execute(insert(reminders).values(_place(note) | said))
        return True
    late = known == ReminderOutcome.PASSED and note.outcome is ReminderOutcome.WRITTEN
    if late:
        connection.execute(update(reminders).where(*here).values(said))
    return late


def _note(row: Row[Any]) -> ReminderNote:
    return ReminderNote(
        round=row.round_id,
        province=row.province_code,
        step=row.step,
        outcome=ReminderOutcome(row.outcome),
    )
