"""When an answer is due, and what still waits for one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.question_register import QuestionState, due_after, overdue
from pipeline.domain.writing.vietnamese import HANOI
from tests.builders.questions import question


def hanoi(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("received", "days", "last"),
    [
        (hanoi(2013, 7, 10, 9), 15, (2013, 7, 31)),
        (hanoi(2013, 7, 12, 9), 1, (2013, 7, 15)),  # a Friday
        (hanoi(2013, 7, 13, 9), 1, (2013, 7, 15)),  # a Saturday
        (hanoi(2013, 4, 26, 9), 2, (2013, 5, 3)),  # off from 29 April to 1 May
        (hanoi(2013, 2, 8, 9), 1, (2013, 2, 18)),  # a week of Tết
        (hanoi(2013, 4, 18, 9), 1, (2013, 4, 22)),  # the Hùng kings, then a weekend
        (hanoi(2013, 8, 30, 9), 1, (2013, 9, 3)),
        (hanoi(2013, 12, 31, 9), 1, (2014, 1, 2)),
        (hanoi(2013, 7, 10, 23, 59), 1, (2013, 7, 11)),
    ],
)
def test_an_answer_is_due_at_the_end_of_a_working_day(received, days, last) -> None:
    assert due_after(received, VIETNAM, days) == hanoi(*last, 23, 59, 59)
    assert due_after(received.astimezone(), VIETNAM, days) == hanoi(*last, 23, 59, 59)


@pytest.mark.parametrize(
    ("state", "letter", "waits"),
    [
        (QuestionState.OPEN, None, True),
        (QuestionState.ASSIGNED, None, True),
        (QuestionState.CLOSED, None, False),
        (QuestionState.ANSWERED, LetterState.WAITING, False),
        (QuestionState.ANSWERED, LetterState.SENT, False),
        (QuestionState.ANSWERED, LetterState.UNKNOWN, False),
        (QuestionState.ANSWERED, LetterState.FAILED, True),
        (QuestionState.ANSWERED, LetterState.BOUNCED, True),
    ],
)
def test_what_waits_for_an_answer(state, letter, waits) -> None:
    entry = question(state=state, letter_state=letter)
    assert entry.waits is waits
    assert (entry.refusal is None) is waits


def test_overdue_is_what_waits_past_its_day_the_longest_first() -> None:
    day = timedelta(days=1)
    first = question(id=1)
    entries = [
        replace(first, id=2, due=first.due + day),
        first,
        replace(first, id=3, state=QuestionState.CLOSED),
        replace(first, id=4, due=first.due + 3 * day),
    ]
    assert [entry.id for entry in overdue(entries, first.due)] == []
    assert [entry.id for entry in overdue(entries, first.due + 2 * day)] == [1, 2]
