"""The register's part of the ledger: questions, recommendations and their answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.letters.reply import Letter
from pipeline.domain.question_register import Question
from pipeline.domain.questions.topic import Topic


class QuestionRegister(Protocol):
    """What localities asked; each word of a planner on it is in the audit trail.

    `Ledger.file` enters what a message asks, in its own transaction: filed again, an
    entry is found by its words, and one that a planner has touched keeps his word.
    """

    def questions(self) -> Sequence[Question]:
        """Every entry, the one that is due first in front."""

    def question(self, number: int) -> Question:
        """The entry of a number; PermanentError when there is none."""

    def assign_question(
        self, number: int, to: str, topic: Topic | None, by: str, why: str, now: datetime
    ) -> None:
        """Say who answers; `topic` None leaves the group. PermanentError when it is done
        with. Audited.
        """

    def answer_question(
        self, question: Question, text: str, letter: Letter, by: str, now: datetime
    ) -> None:
        """Put the answer's letter into the outbox and note the answer, in one transaction.

        PermanentError when the entry is no longer as `question` shows it: two planners
        never answer the same. Audited.
        """

    def close_question(self, number: int, by: str, why: str, now: datetime) -> None:
        """Done without a letter of ours. PermanentError when it is already. Audited."""
