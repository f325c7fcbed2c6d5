"""Letters are claimed before they are sent, and counted for the reply budgets."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState, OutboxItem
from pipeline.domain.mail.message import State
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail


def test_claimed_letter_is_sending_before_it_is_handed_out(ledger: SqlLedger) -> None:
    letter = make.letter()
    file_mail(ledger, "a", letters=[letter])
    (item,) = ledger.claim_letters(make.at(9), 10)
    assert item == OutboxItem(
        item.id, "k1", letter.recipient, letter.rfc_message_id, letter.data, 1
    )
    assert ledger.claim_letters(make.at(9), 10) == []
    assert list(ledger.sending_letters()) == [item]


def test_letters_are_told_as_sent_together_and_each_only_in_its_own_attempt(
    ledger: SqlLedger,
) -> None:
    letters = [make.letter(key) for key in ("k1", "k2", "k3", "k4")]
    file_mail(ledger, "a", letters=letters)
    one, retried, unknown, failed = ledger.claim_letters(make.at(9), 10)
    ledger.settle_letter(retried.id, LetterState.QUEUED, make.at(9))
    (again,) = ledger.claim_letters(make.at(9), 10)
    ledger.settle_letter(unknown.id, LetterState.UNKNOWN, make.at(9))
    ledger.settle_letter(failed.id, LetterState.FAILED, make.at(9))
    claimed = [one, retried, unknown, failed]
    ledger.settle_sent([(letter, make.at(n)) for n, letter in enumerate(claimed, 10)])
    states = {row["id"]: (row["state"], row["sent_at"]) for row in ledger.outbox()}
    assert states == {
        one.id: ("sent", "2013-07-10T12:10:00+07:00"),
        retried.id: ("sending", None),
        unknown.id: ("sent", "2013-07-10T12:12:00+07:00"),
        failed.id: ("failed", None),
    }
    assert [letter.id for letter in ledger.sending_letters()] == [again.id]


def test_outbox_tells_each_letter(ledger: SqlLedger) -> None:
    number = file_mail(ledger, "a", letters=[make.letter()])
    (item,) = ledger.claim_letters(make.at(9), 10)
    ledger.settle_letter(item.id, LetterState.SENT, make.at(10))
    assert [dict(row) for row in ledger.outbox()] == [
        {
            "id": item.id,
            "digest": make.digest_of("a"),
            "template": "acknowledgement",
            "recipient": "hagiang@example.vn",
            "message_id": "<k1@example.gov.vn>",
            "state": "sent",
            "attempts": 1,
            "sent_at": "2013-07-10T12:10:00+07:00",
            "subject": "[KHTC 2014/02] Đã nhận",
            "suppressed": None,
            "created_at": "2013-07-10T12:03:00+07:00",
            "ledger_id": number,
        }
    ]
    assert list(ledger.sending_letters()) == []


def test_oldest_letters_first_up_to_the_limit(ledger: SqlLedger) -> None:
    for name, minutes in (("late", 9), ("early", 1), ("middle", 5)):
        file_mail(ledger, name, minutes=minutes, letters=[make.letter(name)])
    assert [item.reply_key for item in ledger.claim_letters(make.at(20), 2)] == [
        "early",
        "middle",
    ]
    assert [item.reply_key for item in ledger.claim_letters(make.at(20), 2)] == ["late"]


def test_letter_put_back_waits_till_its_time(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", letters=[make.letter()])
    (item,) = ledger.claim_letters(make.at(9), 10)
    ledger.settle_letter(item.id, LetterState.QUEUED, make.at(9), make.at(39))
    assert ledger.claim_letters(make.at(38.9), 10) == []
    (again,) = ledger.claim_letters(make.at(39), 10)
    assert again.attempts == 2


@pytest.mark.parametrize(
    "letter",
    [
        make.letter(state=LetterState.WAITING),
        make.letter(suppressed="N18"),
        make.letter(state=LetterState.SUPPRESSED, suppressed="N03"),
    ],
)
def test_only_queued_letters_go_out(ledger: SqlLedger, letter: object) -> None:
    file_mail(ledger, "a", letters=[letter])  # type: ignore[list-item]
    assert ledger.claim_letters(make.at(9), 10) == []


def test_suppressed_letter_is_kept_and_is_no_answer(ledger: SqlLedger) -> None:
    number = file_mail(ledger, "a", letters=[make.letter(suppressed="N18")])
    (row,) = ledger.outbox()
    assert (row["state"], row["suppressed"]) == ("suppressed", "N18")
    assert not ledger.answered(number)
    (logged,) = ledger.messages({})
    assert logged["reply_state"] == "suppressed"


def test_known_reply_key_is_left_alone(ledger: SqlLedger) -> None:
    """Filing again, after a crash or a reprocess, writes no second letter."""
    number = file_mail(ledger, "a", letters=[make.letter()])
    (item,) = ledger.claim_letters(make.at(9), 10)
    ledger.settle_letter(item.id, LetterState.SENT, make.at(10))
    file_mail(ledger, "a", letters=[make.letter(subject="other", data=b"other")])
    (row,) = ledger.outbox()
    assert (row["state"], row["subject"]) == ("sent", "[KHTC 2014/02] Đã nhận")
    assert ledger.answered(number)


def test_letter_outcomes(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", letters=[make.letter()])
    (item,) = ledger.claim_letters(make.at(9), 10)
    for state in (LetterState.UNKNOWN, LetterState.FAILED, LetterState.BOUNCED):
        ledger.settle_letter(item.id, state, make.at(10))
        (row,) = ledger.outbox()
        assert (row["state"], row["sent_at"]) == (state, None)


def test_unknown_letter_is_named(ledger: SqlLedger) -> None:
    with pytest.raises(PermanentError, match="no letter 8"):
        ledger.settle_letter(8, LetterState.SENT, make.at(1))


def test_history_for_the_budgets(ledger: SqlLedger) -> None:
    day = 24 * 60
    file_mail(ledger, "old", minutes=-day - 4, letters=[make.letter("old")])
    file_mail(ledger, "form", [make.form()], 1, [make.letter("form")])
    file_mail(
        ledger,
        "again",
        [make.form()],
        2,
        [make.letter("again", template="duplicate")],
        state=State.DUPLICATE,
        reason="same-content",
    )
    file_mail(ledger, "other", minutes=3, letters=[make.letter("x", "b@example.vn")])
    file_mail(ledger, "mute", minutes=4, letters=[make.letter("y", suppressed="N18")])
    history = ledger.letters_made("hagiang@example.vn", make.at(10))
    assert history.to_recipient == (
        (make.at(-day - 1), "acknowledgement", False),
        (make.at(4), "acknowledgement", True),
        (make.at(5), "duplicate", False),
    )
    assert (history.in_hour, history.in_day) == (3, 3)
    later = ledger.letters_made("hagiang@example.vn", make.at(65))
    assert (later.in_hour, later.in_day) == (1, 3), "an hour is over at its end"
    assert ledger.letters_made("hagiang@example.vn", make.at(day + 5)).in_day == 1


def test_accounts_send_their_own_letters(database: TestDatabase) -> None:
    ours, theirs = database.open("ours"), database.open("theirs")
    file_mail(ours, "a", letters=[make.letter()])
    assert theirs.claim_letters(make.at(9), 10) == []
    assert len(ours.claim_letters(make.at(9), 10)) == 1
    assert list(theirs.sending_letters()) == []
    ours.close()
    theirs.close()


def test_no_letter_is_claimed_twice(database: TestDatabase) -> None:
    ledgers = [database.open(), database.open()]
    letters = [make.letter(f"k{n}", f"p{n}@example.vn") for n in range(40)]
    file_mail(ledgers[0], "a", letters=letters)

    def deliver(which: int) -> list[str]:
        claimed: list[str] = []
        while items := ledgers[which % 2].claim_letters(make.at(9), 3):
            claimed += [item.reply_key for item in items]
        return claimed

    with ThreadPoolExecutor(4) as pool:
        keys = [key for part in pool.map(deliver, range(4)) for key in part]
    for opened in ledgers:
        opened.close()
    assert sorted(keys) == sorted(letter.reply_key for letter in letters)


def test_the_mail_that_was_answered_last(ledger: SqlLedger) -> None:
    """By an unsuppressed letter to the address; the mail in hand does not count."""
    to = make.letter().recipient
    first = file_mail(ledger, "a", minutes=1, letters=[make.letter("k1")])
    second = file_mail(ledger, "b", minutes=2, letters=[make.letter("k2")])
    file_mail(ledger, "c", minutes=3, letters=[make.letter("k3", suppressed="N18")])
    assert ledger.last_answered(to, 99) == second
    assert ledger.last_answered(to, second) == first
    assert ledger.last_answered("other@example.vn", 99) is None
