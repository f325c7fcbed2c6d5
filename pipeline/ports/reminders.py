"""The reminders' part of the ledger: what is owed, and the sent-log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.reminders import Gap, Reminder, ReminderNote


class ReminderBook(Protocol):
    """Every step of every province once; each with letters is in the audit trail."""

    def gaps(self, round_id: str) -> Mapping[str, Gap]:
        """What each province of a round owes, by code, its expected forms in order."""

    def reminders(self, round_id: str) -> Sequence[ReminderNote]:
        """The sent-log of a round."""

    def note_reminder(self, reminder: Reminder, by: str, now: datetime) -> bool:
        """Enter a step and put its letters into the outbox, in one transaction.

        False, and nothing is done, when the step is in the log already; one that passed
        may still be written. A letter whose reply_key is known stays as it is, unless it
        was withdrawn as stale. Letters of other steps that still wait are withdrawn.
        """

    def close_reminders(
        self, notes: Sequence[ReminderNote], by: str, now: datetime
    ) -> Sequence[ReminderNote]:
        """Enter steps that need no letter, all in one transaction; those not known yet."""

    def withdraw_stale_reminders(self) -> int:
        """Keep reminders from leaving that say what is no longer so; how many letters.

        Where something else is owed today the step is entered as passed: it may be
        written again.
        """
