"""The register of questions on both databases: entered by filing, kept by planners."""

from typing import Any

import pytest

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import Kind, State, Triage
from pipeline.domain.question_register import QuestionState, due_after
from pipeline.domain.questions.request import Request
from pipeline.domain.questions.topic import Topic
from tests.builders import decisions as make
from tests.builders.questions import asks, recommends
from tests.servers.ledgers import TestDatabase, file_mail

BY = ("lan", "đã bàn")
ANSWER = "Hạn là 12/7."
HELD = {"kind": Kind.QUESTION, "state": State.HELD, "reason": "question", "round": None}


def ask(ledger: SqlLedger, name: str = "a", *requests: Request, **decided: Any) -> int:
    """File a mail that asks; its number."""
    read = {"requests": requests or (asks(),), "triage": Triage(Kind.QUESTION, "question")}
    return file_mail(ledger, name, read=read, **(HELD | decided))


def file_again(ledger: SqlLedger, number: int, *requests: Request, **decided: Any) -> None:
    ledger.reopen(number, make.at(60))
    parsed = make.parsed("a", requests=requests)
    ledger.file(number, parsed, make.decision("a", **(HELD | decided)), (), make.at(61))


def report(ledger: SqlLedger, name: str, minutes: float = 0, **decided: Any) -> int:
    """File a return whose report recommends."""
    read = {"requests": (recommends(),)}
    return file_mail(ledger, name, [make.form()], minutes, read=read, **decided)


def answer(key: str = "answer-1", **changes: Any):
    return make.letter(key, template="answer", **changes)


def test_a_question_is_entered_when_it_is_filed(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    number = ask(ledger)
    (entry,) = ledger.questions()
    assert entry == ledger.question(1)
    assert (entry.message, entry.text, entry.province) == (number, asks().text, "02")
    assert (entry.state, entry.waits) == (QuestionState.OPEN, True)
    assert (entry.received_at, entry.due) == (make.at(), due_after(make.at(), VIETNAM))
    assert entry.sender == "hagiang@example.vn"
    assert '"questions": 1' in database.rows("SELECT detail FROM event")[-1]["detail"]


def test_filing_that_fails_enters_nothing(ledger: SqlLedger) -> None:
    rows = [make.row(value="NaN")]
    with pytest.raises(PermanentError):
        file_mail(ledger, "a", [make.form(rows=rows)], read={"requests": (asks(),)})
    assert ledger.questions() == []


@pytest.mark.parametrize("state", [State.IGNORED, State.DUPLICATE])
def test_what_is_set_aside_asks_nothing(ledger: SqlLedger, state: State) -> None:
    ask(ledger, state=state)
    assert ledger.questions() == []


def test_nobody_known_asks_too(ledger: SqlLedger) -> None:
    ask(ledger, identity=make.identity(None, verified=False))
    assert ledger.question(1).province is None


def test_filed_again_it_is_the_same_entry_with_the_new_province(ledger: SqlLedger) -> None:
    number = ask(ledger)
    file_again(
        ledger, number, asks("xin hỏi hạn gửi BÁO CÁO"), identity=make.identity("04")
    )
    (entry,) = ledger.questions()
    assert (entry.id, entry.province, entry.state) == (1, "04", QuestionState.OPEN)


def test_an_entry_that_is_no_longer_recognised_is_closed_and_comes_back(
    ledger: SqlLedger,
) -> None:
    number = ask(ledger)
    file_again(ledger, number)
    entry = ledger.question(1)
    assert (entry.state, entry.settled_by) == (QuestionState.CLOSED, "daemon")
    file_again(ledger, number, asks())
    entry = ledger.question(1)
    assert (entry.state, entry.outcome) == (QuestionState.OPEN, None)


def test_filing_again_leaves_a_planners_word_alone(ledger: SqlLedger) -> None:
    number = ask(ledger, "a", asks(), asks("Xin hỏi thêm?"), asks("Và nữa?"))
    ledger.assign_question(1, "Vụ Pháp chế", None, *BY, make.at(5))
    ledger.close_question(2, *BY, make.at(6))
    file_again(ledger, number)
    states = {entry.id: entry.state for entry in ledger.questions()}
    assert states == {
        1: QuestionState.ASSIGNED,
        2: QuestionState.CLOSED,
        3: QuestionState.CLOSED,
    }
    assert ledger.question(2).settled_by == "lan"
    file_again(ledger, number, asks(), asks("Xin hỏi thêm?"))
    assert ledger.question(2).state is QuestionState.CLOSED


def test_a_report_sent_again_is_answered_once(ledger: SqlLedger) -> None:
    report(ledger, "a")
    report(ledger, "b", 10)
    report(ledger, "c", 20, identity=make.identity("04"))
    waiting = [entry.message for entry in ledger.questions() if entry.waits]
    assert waiting == [1, 3]
    assert ledger.question(2).settled_by == "daemon"


def test_words_that_another_mail_no_longer_says_are_open_again(ledger: SqlLedger) -> None:
    """Nothing stays unanswered because of an entry that is closed itself."""
    first, second = report(ledger, "a"), report(ledger, "b", 10)
    for number, requests in ((first, ()), (second, (recommends(),))):
        ledger.reopen(number, make.at(60))
        parsed = make.parsed("a", [make.form()], requests=requests)
        ledger.file(number, parsed, make.decision("a"), (), make.at(61))
    assert [entry.message for entry in ledger.questions() if entry.waits] == [second]


def test_two_mails_that_ask_the_same_are_two_entries(ledger: SqlLedger) -> None:
    ask(ledger, "a")
    ask(ledger, "b")
    assert [entry.waits for entry in ledger.questions()] == [True, True]


def test_a_planner_assigns_with_a_group_or_without(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    ask(ledger, "a", asks("Xin hướng dẫn?"))
    assert ledger.question(1).topic is Topic.GUIDANCE
    ledger.assign_question(1, "Vụ Pháp chế", None, *BY, make.at(5))
    assert ledger.question(1).topic is Topic.GUIDANCE
    ledger.assign_question(1, "Vụ TCCB", Topic.STAFF, *BY, make.at(6))
    entry = ledger.question(1)
    assert (entry.assigned_to, entry.topic) == ("Vụ TCCB", Topic.STAFF)
    assert entry.state is QuestionState.ASSIGNED
    audited = database.rows("SELECT actor, action, message_id FROM event ORDER BY number")
    assert audited[-1] == {"actor": "lan", "action": "assign-question", "message_id": 1}
    assert ledger.audit_chain() is None


def test_an_answer_and_its_letter_are_there_together(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    ask(ledger)
    ledger.answer_question(ledger.question(1), ANSWER, answer(), "lan", make.at(5))
    entry = ledger.question(1)
    assert (entry.state, entry.outcome) == (QuestionState.ANSWERED, ANSWER)
    assert (entry.settled_by, entry.settled_at) == ("lan", make.at(5))
    assert (entry.letter_state, entry.waits) == (LetterState.QUEUED, False)
    (item,) = ledger.claim_letters(make.at(6), 9)
    assert (item.id, item.reply_key) == (entry.letter, "answer-1")
    assert database.rows("SELECT action FROM event")[-1] == {"action": "answer-question"}


def test_a_letter_that_cannot_be_kept_leaves_the_question_open(ledger: SqlLedger) -> None:
    file_mail(ledger, "b", letters=[make.letter("answer-1")])
    ask(ledger)
    entry = ledger.question(1)
    with pytest.raises(PermanentError):
        ledger.answer_question(entry, ANSWER, answer(), "lan", make.at(5))
    assert ledger.question(1).state is QuestionState.OPEN


def test_two_planners_never_answer_the_same(ledger: SqlLedger) -> None:
    ask(ledger)
    seen = ledger.question(1)
    ledger.answer_question(seen, ANSWER, answer(), "lan", make.at(5))
    with pytest.raises(PermanentError, match="answered already"):
        ledger.answer_question(seen, ANSWER, answer("other"), "minh", make.at(5))
    assert len(list(ledger.outbox())) == 1


def test_an_answer_that_came_back_waits_and_may_be_given_once_more(
    ledger: SqlLedger,
) -> None:
    ask(ledger)
    stale = ledger.question(1)
    ledger.answer_question(stale, ANSWER, answer(), "lan", make.at(5))
    (item,) = ledger.claim_letters(make.at(6), 9)
    ledger.settle_letter(item.id, LetterState.BOUNCED, make.at(7))
    assert ledger.question(1).is_overdue(make.at(60 * 24 * 60))
    with pytest.raises(PermanentError, match="meanwhile"):
        ledger.answer_question(stale, ANSWER, answer("two"), "lan", make.at(8))
    again = ledger.question(1)
    ledger.answer_question(again, ANSWER, answer("two"), "lan", make.at(8))
    assert ledger.question(1).waits is False


@pytest.mark.parametrize("settle", ["close", "answer"])
def test_what_is_done_with_takes_no_word_more(ledger: SqlLedger, settle: str) -> None:
    ask(ledger)
    if settle == "close":
        ledger.close_question(1, *BY, make.at(5))
        assert ledger.question(1).outcome == "đã bàn"
    else:
        ledger.answer_question(ledger.question(1), ANSWER, answer(), "lan", make.at(5))
    with pytest.raises(PermanentError, match="already"):
        ledger.close_question(1, *BY, make.at(6))
    with pytest.raises(PermanentError, match="already"):
        ledger.assign_question(1, "Vụ", None, *BY, make.at(6))


def test_a_number_that_is_none_is_told(ledger: SqlLedger) -> None:
    with pytest.raises(PermanentError, match="no question 7"):
        ledger.question(7)
    with pytest.raises(PermanentError, match="no question 7"):
        ledger.close_question(7, *BY, make.at())


def test_the_one_due_first_stands_in_front(ledger: SqlLedger) -> None:
    file_mail(ledger, "late", minutes=6000, read={"requests": (asks("B?"),)})
    file_mail(ledger, "soon", read={"requests": (asks("A?"),)})
    assert [entry.text for entry in ledger.questions()] == ["A?", "B?"]


def test_a_planners_answer_is_no_turn_of_the_robots(ledger: SqlLedger) -> None:
    """The budgets of automatic letters count what we sent by ourselves."""
    number = ask(ledger)
    ledger.answer_question(ledger.question(1), ANSWER, answer(), "lan", make.at(5))
    history = ledger.letters_made("hagiang@example.vn", make.at(6))
    assert (history.to_recipient, history.in_day) == ((), 1)
    assert ledger.answered(number) is False
    assert ledger.last_answered("hagiang@example.vn", 99) is None
