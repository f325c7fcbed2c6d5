"""The register: where each question and recommendation stands, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from pipeline.domain.letters.reply import LetterState
from pipeline.domain.questions.request import RequestKind
from pipeline.domain.questions.topic import Topic
from pipeline.domain.working_days import WorkingDays
from pipeline.domain.writing.vietnamese import HANOI

ANSWER_WITHIN = 15
"""Working days: three weeks. A round runs longer, so that an answer still helps the
return it was asked for, and another department can be heard before."""
_FAILED = frozenset((LetterState.FAILED, LetterState.BOUNCED))


class QuestionState(StrEnum):
    """Where an entry stands; `closed` by a planner's word without a letter of ours."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Question:
    """An entry of the register.

    `assigned_to` is the unit or person in charge; `outcome` the answer's text, or why it
    was closed; `letter` and `letter_state` are those of the answer in the outbox.
    """

    id: int
    message: int
    kind: RequestKind
    round: str | None
    province: str | None
    sender: str | None
    subject: str
    path: str | None
    text: str
    topic: Topic | None
    received_at: datetime
    due: datetime
    state: QuestionState
    assigned_to: str | None = None
    outcome: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None
    letter: int | None = None
    letter_state: LetterState | None = None

    @property
    def waits(self) -> bool:
        """Whether an answer is owed still: one that came back is none."""
        if self.state is QuestionState.ANSWERED:
            return self.letter_state in _FAILED
        return self.state is not QuestionState.CLOSED

    def is_overdue(self, now: datetime) -> bool:
        """Whether an answer is owed and its day has passed."""
        return self.waits and now > self.due

    @property
    def refusal(self) -> str | None:
        """Why nothing more can be done with it; None while it waits."""
        if self.waits:
            return None
        return f"question {self.id} is {self.state.value} already"


def due_after(
    received: datetime, calendar: WorkingDays, days: int = ANSWER_WITHIN
) -> datetime:
    """The last second of the working day in Vietnam by which an answer is due."""
    day = calendar.shift(received.astimezone(HANOI).date(), days)
    return datetime.combine(day, time(23, 59, 59), HANOI)


def overdue(questions: Iterable[Question], now: datetime) -> list[Question]:
    """Those that should have been answered, the longest waiting first."""
    late = (question for question in questions if question.is_overdue(now))
    return sorted(late, key=lambda question: (question.due, question.id))
