"""What provinces owe, and which reminders were made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.entries import outbox_row
from pipeline.adapters.sql_ledger.schema import letters as outbox_letters
from pipeline.adapters.sql_ledger.schema_reminders import reminder_letters, reminders
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.reminders import Gap, OpenForm, ReminderNote, ReminderOutcome

ANSWERED = "complete"
"""Why a reminder that waited did not leave: what it asked for came."""

# Of a form that is not clean the version that counts, else the newest that came.
_OPEN = """
SELECT c.province_code, c.form_id, c.state,
       (SELECT count(*) FROM finding f
        WHERE f.state = 'fail' AND f.severity IN ('fatal', 'error')
          AND f.form_id = c.form_id AND f.message_id = (
            SELECT s.message_id FROM version_standing s
            WHERE s.round_id = c.round_id AND s.province_code = c.province_code
              AND s.form_id = c.form_id AND s.standing = 'filed'
            ORDER BY CASE WHEN s.counts = 1 THEN s.place ELSE 1000000 END,
                s.received_at DESC, s.message_id DESC LIMIT 1)) AS errors
FROM coverage c WHERE c.round_id = :round AND c.state <> 'accepted'
ORDER BY c.province_code, c.form_id
"""
_UNITS = """
SELECT e.province_code, max(m.narrative) AS narrative
FROM (SELECT DISTINCT round_id, province_code FROM expected_form
      WHERE round_id = :round) e
LEFT JOIN message m ON m.round_id = e.round_id AND m.province_code = e.province_code
    AND m.standing = 'filed'
GROUP BY e.province_code
"""
# A question brings no form: it keeps nobody from being reminded.
_WAITING = """
SELECT DISTINCT province_code FROM message
WHERE round_id = :round AND province_code IS NOT NULL
  AND state IN ('received', 'held', 'quarantined')
  AND coalesce(reason, '') <> 'question'
"""


class ReminderBook(Desk):
    """ports.ReminderBook."""

    def gaps(self, round_id: str) -> Mapping[str, Gap]:
        with self._database.reading() as connection:
            rows = connection.execute(text(_OPEN).bindparams(round=round_id)).all()
            units = connection.execute(text(_UNITS).bindparams(round=round_id)).all()
            waiting = set(
                connection.scalars(text(_WAITING).bindparams(round=round_id)).all()
            )
        forms: dict[str, list[OpenForm]] = defaultdict(list)
        for row in rows:
            errors = None if row.state == "missing" else int(row.errors)
            forms[row.province_code].append(OpenForm(row.form_id, errors))
        return {
            unit.province_code: Gap(
                tuple(forms.get(unit.province_code, ())),
                narrative=not unit.narrative,
                waits_for_us=unit.province_code in waiting,
            )
            for unit in units
        }

    def reminders(self, round_id: str) -> Sequence[ReminderNote]:
        query = select(reminders).where(reminders.c.round_id == round_id)
        ordered = query.order_by(reminders.c.made_at, reminders.c.province_code)
        with self._database.reading() as connection:
            return [_note(row) for row in connection.execute(ordered)]

    def note_reminder(
        self, note: ReminderNote, letters: Sequence[Letter], by: str, now: datetime
    ) -> bool:
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "reminders")
            if not _entered(connection, note, by, now):
                return False
            for letter in letters:
                self._put(connection, note, letter, now)
            if letters:
                about = {
                    "round": note.round,
                    "province": note.province,
                    "step": note.step,
                    "letters": [letter.reply_key for letter in letters],
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
        self, connection: Connection, note: ReminderNote, letter: Letter, now: datetime
    ) -> None:
        """A letter of a step into the outbox, unless it is there."""
        known = select(outbox_letters.c.id).where(
            outbox_letters.c.reply_key == letter.reply_key
        )
        if connection.scalar(known) is not None:
            return
        row = outbox_row(letter, now, brings_forms=False) | {"account": self._account}
        added = insert(outbox_letters).values(row).returning(outbox_letters.c.id)
        values = {"letter_id": connection.execute(added).scalar_one(), **_place(note)}
        connection.execute(insert(reminder_letters).values(values))

    def withdraw_reminders(self, round_id: str, province: str, now: datetime) -> int:
        theirs = select(reminder_letters.c.letter_id).where(
            reminder_letters.c.round_id == round_id,
            reminder_letters.c.province_code == province,
        )
        waiting = (LetterState.WAITING, LetterState.QUEUED)
        ending = (
            update(outbox_letters)
            .where(
                outbox_letters.c.id.in_(theirs.scalar_subquery()),
                outbox_letters.c.state.in_(waiting),
            )
            .values(state=LetterState.SUPPRESSED, suppressed=ANSWERED)
        )
        with self._database.writing() as connection:
            return connection.execute(ending).rowcount


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
