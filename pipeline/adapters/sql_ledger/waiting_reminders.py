"""Reminders that were written and have not left: whether they are still true."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from pipeline.adapters.sql_ledger.owed_forms import gaps_of
from pipeline.adapters.sql_ledger.schema import letters
from pipeline.adapters.sql_ledger.schema_reminders import reminder_letters, reminders
from pipeline.adapters.sql_ledger.schema_rulings import extensions
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.reminders import (
    ALL_THE_SAME,
    Gap,
    ReminderNote,
    ReminderOutcome,
    as_asked,
    told,
)

ANSWERED = "complete"
"""What the letter asked for came."""
STALE = "stale"
"""Something else is owed today, or until another day: the step may be written again."""
REPLACED = "replaced"
"""A letter of another step was written after it."""

_WAITING = (LetterState.WAITING, LetterState.QUEUED)


class WaitingReminders:
    """The reminders of some states beside what their provinces owe in a transaction."""

    def __init__(
        self, connection: Connection, states: Sequence[LetterState] = _WAITING
    ) -> None:
        self._connection, self._states = connection, states
        query = (
            select(reminder_letters)
            .join(letters, letters.c.id == reminder_letters.c.letter_id)
            .where(letters.c.state.in_(states))
            .order_by(reminder_letters.c.letter_id)
        )
        rows = connection.execute(query).all()
        gaps = {name: gaps_of(connection, name) for name in {r.round_id for r in rows}}
        self._found = [
            (row, gap)
            for row in rows
            if (gap := gaps[row.round_id].get(row.province_code)) is not None
        ]

    def withdraw_stale(self) -> int:
        """Withdraw the letters that no longer say what is owed; how many.

        A step whose letter is stale turns into one that passed, so that it comes back.
        """
        ends: dict[str, list[int]] = {ANSWERED: [], STALE: []}
        for row, gap in self._found:
            end = self._end(row, gap)
            if end is not None:
                ends[end].append(row.letter_id)
            if end == STALE:
                self._reopen(row)
        suppressed = (_suppress(self._connection, ids, why) for why, ids in ends.items())
        return sum(suppressed)

    def held_back(self) -> Sequence[int]:
        """Letters of provinces whose own mail waits for us: it may be what they owe."""
        return [
            row.letter_id
            for row, gap in self._found
            if gap.waits_for_us and not (row.said or "").endswith(ALL_THE_SAME)
        ]

    def _end(self, row: Row[Any], gap: Gap) -> str | None:
        """Why a letter must not leave; None while it is true."""
        owed = gap if row.said is None else as_asked(gap, row.said)
        if not owed.is_open:
            return ANSWERED
        if row.said is None:
            return None
        own = select(extensions.c.due).where(
            extensions.c.round_id == row.round_id,
            extensions.c.province_code == row.province_code,
        )
        newest = own.order_by(extensions.c.id.desc()).limit(1)
        until = self._connection.scalar(newest)
        said = row.said.removesuffix(ALL_THE_SAME)
        return None if said == told(owed, until) else STALE

    def _reopen(self, row: Row[Any]) -> None:
        step = update(reminders).where(
            reminders.c.round_id == row.round_id,
            reminders.c.province_code == row.province_code,
            reminders.c.step == row.step,
        )
        self._connection.execute(step.values(outcome=ReminderOutcome.PASSED))


def withdraw_other_steps(connection: Connection, note: ReminderNote) -> None:
    """Withdraw the letters of a province's other steps that have not left."""
    theirs = select(reminder_letters.c.letter_id).where(
        reminder_letters.c.round_id == note.round,
        reminder_letters.c.province_code == note.province,
        reminder_letters.c.step != note.step,
    )
    _suppress(connection, connection.scalars(theirs).all(), REPLACED)


def forget_stale(connection: Connection, reply_key: str) -> None:
    """Take out the letter of a key that was withdrawn as stale; it never left."""
    stale = select(letters.c.id).where(
        letters.c.reply_key == reply_key,
        letters.c.state == LetterState.SUPPRESSED,
        letters.c.suppressed == STALE,
    )
    number = connection.scalar(stale)
    if number is not None:
        connection.execute(
            delete(reminder_letters).where(reminder_letters.c.letter_id == number)
        )
        connection.execute(delete(letters).where(letters.c.id == number))


def _suppress(connection: Connection, ids: Sequence[int], why: str) -> int:
    ending = (
        update(letters)
        .where(letters.c.id.in_(ids), letters.c.state.in_(_WAITING))
        .values(state=LetterState.SUPPRESSED, suppressed=why)
    )
    return connection.execute(ending).rowcount if ids else 0
