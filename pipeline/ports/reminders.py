"""The reminders' part of the ledger: what is owed, and the sent-log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.letters.reply import Letter
from pipeline.domain.reminders import Gap, ReminderNote


class ReminderBook(Protocol):
    """Every step of every province once; each with letters is in the audit trail."""

    def gaps(self, round_id: str) -> Mapping[str, Gap]:
        """What each province of a round owes, by code, its expected forms in order."""

    def reminders(self, round_id: str) -> Sequence[ReminderNote]:
        """The sent-log of a round."""

    def note_reminder(
        self, note: ReminderNote, letters: Sequence[Letter], by: str, now: datetime
    ) -> bool:
        """Enter a step and put its letters into the outbox, in one transaction.

        False, and nothing is done, when the step is in the log already; one that passed
        may still be written. A letter whose reply_key is known stays as it is.
        """

    def close_reminders(
        self, notes: Sequence[ReminderNote], by: str, now: datetime
    ) -> Sequence[ReminderNote]:
        """Enter steps that need no letter, all in one transaction; those not known yet."""

    def withdraw_reminders(self, round_id: str, province: str, now: datetime) -> int:
        """Keep a province's reminders that have not left from leaving; how many."""
