"""The reminders' part of the ledger on both databases."""

from dataclasses import replace

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState
from pipeline.domain.reminders import (
    Gap,
    OpenForm,
    Reminder,
    ReminderNote,
    ReminderOutcome,
)
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

NOTE = ReminderNote(make.ROUND, "02", "d-5", ReminderOutcome.WRITTEN)
OWED = Gap((OpenForm("PL01"),), narrative=True)
PASSED = replace(NOTE, outcome=ReminderOutcome.PASSED)


def reminder(key: str = "r1", **changes: object):
    return make.letter(key, template="reminder", **changes)


def write(ledger: SqlLedger, note: ReminderNote, letter: Letter) -> None:
    assert ledger.note_reminder(Reminder(note, OWED, (letter,)), "daemon", make.at())


def know(ledger: SqlLedger, *forms: str) -> None:
    ledger.know_round(make.ROUND, ["02", "04"], forms)


def test_what_was_never_sent_is_missing(ledger: SqlLedger) -> None:
    know(ledger, "PL01", "PL02")
    nothing = Gap((OpenForm("PL01"), OpenForm("PL02")), narrative=True)
    assert ledger.gaps(make.ROUND) == {"02": nothing, "04": nothing}
    assert ledger.gaps("another") == {}


def test_what_counts_is_no_gap_and_errors_are_counted(ledger: SqlLedger) -> None:
    know(ledger, "PL01", "PL02")
    bad = make.form("PL02", state=FormState.DEFICIENT)
    faults = [make.finding(form="PL02"), make.finding(form="PL02", code="total")]
    file_mail(ledger, "a", [make.form(), bad], findings=tuple(faults), narrative=True)
    gap = ledger.gaps(make.ROUND)["02"]
    assert gap == Gap((OpenForm("PL02", 2),))
    assert ledger.gaps(make.ROUND)["04"].narrative


def test_errors_are_those_of_the_newest_version(ledger: SqlLedger) -> None:
    know(ledger, "PL01")
    bad = make.form(state=FormState.DEFICIENT)
    two = (make.finding(), make.finding(code="total"))
    file_mail(ledger, "a", [bad], findings=two)
    file_mail(ledger, "b", [bad], 30, findings=two[:1])
    assert ledger.gaps(make.ROUND)["02"].forms == (OpenForm("PL01", 1),)
    file_mail(ledger, "c", [make.form()], 60, narrative=True)
    assert not ledger.gaps(make.ROUND)["02"].is_open


def test_what_is_held_is_still_owed(ledger: SqlLedger) -> None:
    know(ledger, "PL01")
    file_mail(ledger, "a", [make.form()], state=State.HELD, narrative=True)
    waiting = Gap((OpenForm("PL01"),), narrative=True, waits_for_us=True)
    assert ledger.gaps(make.ROUND)["02"] == waiting


def test_a_form_that_could_not_be_read_has_no_errors(ledger: SqlLedger) -> None:
    know(ledger, "PL01")
    file_mail(ledger, "a", [make.form(state=FormState.UNREADABLE)], findings=())
    assert ledger.gaps(make.ROUND)["02"].forms == (OpenForm("PL01", 0),)


def test_a_step_is_noted_once_with_its_letters(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    letters = (reminder("r1"), reminder("r2", recipient="b@example.vn"))
    assert ledger.note_reminder(Reminder(NOTE, OWED, letters), "daemon", make.at())
    assert not ledger.note_reminder(
        Reminder(NOTE, OWED, (reminder("r3"),)), "lan", make.at(1)
    )
    assert ledger.reminders(make.ROUND) == [NOTE]
    claimed = ledger.claim_letters(make.at(2), 9)
    assert [item.recipient for item in claimed] == ["hagiang@example.vn", "b@example.vn"]
    (event,) = database.rows("SELECT actor, action FROM event")
    assert event == {"actor": "daemon", "action": "remind"}
    assert ledger.audit_chain() is None


def test_another_account_or_a_restart_finds_the_note(database: TestDatabase) -> None:
    first = database.open()
    first.note_reminder(Reminder(NOTE, OWED, (reminder(),)), "daemon", make.at())
    first.close()
    second = database.open()
    assert not second.note_reminder(
        Reminder(NOTE, OWED, (reminder(),)), "daemon", make.at(1)
    )
    second.close()


def test_a_step_that_passed_may_be_written_and_nothing_else(ledger: SqlLedger) -> None:
    assert ledger.note_reminder(Reminder(PASSED, OWED, ()), "daemon", make.at())
    assert not ledger.note_reminder(Reminder(PASSED, OWED, ()), "daemon", make.at(1))
    assert ledger.note_reminder(Reminder(NOTE, OWED, (reminder(),)), "lan", make.at(2))
    assert not ledger.note_reminder(Reminder(PASSED, OWED, ()), "daemon", make.at(3))
    assert ledger.reminders(make.ROUND) == [NOTE]


def test_steps_without_a_letter_are_closed_together_and_once(ledger: SqlLedger) -> None:
    done = replace(NOTE, step="d-1", outcome=ReminderOutcome.COMPLETE)
    ledger.note_reminder(Reminder(NOTE, OWED, (reminder(),)), "daemon", make.at())
    assert ledger.close_reminders([PASSED, done], "daemon", make.at(1)) == [done]
    assert ledger.close_reminders([PASSED, done], "daemon", make.at(2)) == []
    assert ledger.reminders(make.ROUND) == [NOTE, done]


def test_a_letter_that_exists_stays_as_it_is(ledger: SqlLedger) -> None:
    ledger.note_reminder(Reminder(PASSED, OWED, (reminder(),)), "daemon", make.at())
    changed = (reminder(data=b"other"),)
    assert ledger.note_reminder(Reminder(NOTE, OWED, changed), "daemon", make.at(1))
    (item,) = ledger.claim_letters(make.at(2), 9)
    assert item.data == reminder().data


def file_all(ledger: SqlLedger) -> None:
    file_mail(ledger, "all", [make.form()], 30, narrative=True)


def states(ledger: SqlLedger) -> list[tuple[str, str | None]]:
    return [(row["state"], row["suppressed"]) for row in ledger.outbox()]


def test_a_reminder_that_waits_is_withdrawn_and_one_that_left_is_not(
    ledger: SqlLedger,
) -> None:
    know(ledger, "PL01")
    left, waits = reminder("r1"), reminder("r2", state=LetterState.WAITING)
    write(ledger, NOTE, left)
    (item,) = ledger.claim_letters(make.at(1), 9)
    ledger.settle_letter(item.id, LetterState.SENT, make.at(1))
    write(ledger, replace(NOTE, step="d-1"), waits)
    write(ledger, replace(NOTE, province="04"), reminder("r3", state=LetterState.WAITING))
    assert ledger.withdraw_stale_reminders() == 0
    file_all(ledger)
    assert ledger.withdraw_stale_reminders() == 1
    assert ledger.withdraw_stale_reminders() == 0
    assert sorted(states(ledger)) == [
        ("sent", None),
        ("suppressed", "complete"),
        ("waiting", None),
    ]


def test_a_newer_reminder_takes_the_place_of_one_that_waits(ledger: SqlLedger) -> None:
    know(ledger, "PL01")
    write(ledger, NOTE, reminder("r1", state=LetterState.WAITING))
    write(ledger, replace(NOTE, province="04"), reminder("r2"))
    write(ledger, replace(NOTE, step="d-1"), reminder("r3"))
    assert sorted(states(ledger)) == [
        ("queued", None),
        ("queued", None),
        ("suppressed", "replaced"),
    ]


def test_a_reminder_stays_outside_working_hours_and_an_answer_does_not(
    ledger: SqlLedger,
) -> None:
    know(ledger, "PL01")
    write(ledger, NOTE, reminder("r1"))
    file_mail(ledger, "a", letters=(make.letter("answer"),), state=State.HELD)
    (item,) = ledger.claim_letters(make.at(1), 9, reminders=lambda: False)
    assert item.reply_key == "answer"


def test_the_hours_are_asked_for_only_where_a_reminder_waits(ledger: SqlLedger) -> None:
    know(ledger, "PL01")
    asked = []

    def opens() -> bool:
        asked.append(True)
        return True

    file_mail(ledger, "a", letters=(make.letter("answer"),), state=State.HELD)
    assert len(ledger.claim_letters(make.at(1), 9, reminders=opens)) == 1
    assert not asked
    write(ledger, NOTE, reminder("r1"))
    ledger.claim_letters(make.at(1), 9, reminders=opens)
    assert asked == [True]


def test_a_reminder_stays_while_a_mail_of_the_province_waits_for_us(
    ledger: SqlLedger,
) -> None:
    know(ledger, "PL01")
    write(ledger, NOTE, reminder("r1"))
    file_mail(ledger, "a", [make.form()], state=State.HELD, narrative=True)
    assert ledger.claim_letters(make.at(40), 9) == []
    assert states(ledger) == [("queued", None)]


def test_a_reminder_asked_for_while_a_mail_waits_leaves_all_the_same(
    ledger: SqlLedger,
) -> None:
    know(ledger, "PL01")
    file_mail(ledger, "a", [make.form()], state=State.HELD, narrative=True)
    asked = Reminder(NOTE, ledger.gaps(make.ROUND)["02"], (reminder("r1"),))
    assert ledger.note_reminder(asked, "lan", make.at(40))
    assert len(ledger.claim_letters(make.at(41), 9)) == 1


@pytest.mark.parametrize("change", ["sent", "extended"])
def test_a_reminder_that_is_no_longer_true_does_not_leave_and_is_written_anew(
    ledger: SqlLedger, change: str
) -> None:
    know(ledger, "PL01")
    write(ledger, NOTE, reminder("r1"))
    until = None
    if change == "sent":
        file_mail(ledger, "a", [make.form()], narrative=False)
    else:
        until = make.at(9999)
        ledger.extend(make.ROUND, "02", until, "lan", "bão", make.at(1))
    assert ledger.claim_letters(make.at(40), 9) == []
    assert states(ledger) == [("suppressed", "stale")]
    assert ledger.reminders(make.ROUND) == [PASSED]
    gap = ledger.gaps(make.ROUND)["02"]
    anew = Reminder(NOTE, gap, (reminder("r1", data=b"anew"),), until)
    assert ledger.note_reminder(anew, "daemon", make.at(41))
    (item,) = ledger.claim_letters(make.at(42), 9)
    assert item.data == b"anew"


def test_letters_older_than_the_note_of_what_they_say_leave_while_anything_is_owed(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    know(ledger, "PL01")
    write(ledger, NOTE, reminder("r1"))
    database.run("UPDATE reminder_letter SET said = NULL")
    file_mail(ledger, "a", [make.form()], narrative=False)
    assert len(ledger.claim_letters(make.at(40), 9)) == 1


def test_reminders_count_for_approval_and_not_for_budgets(ledger: SqlLedger) -> None:
    ledger.note_reminder(Reminder(NOTE, OWED, (reminder(),)), "daemon", make.at())
    assert ledger.letters_of_round(make.ROUND, 5) == 1
    assert ledger.letters_of_round("another", 5) == 0
    history = ledger.letters_made("hagiang@example.vn", make.at(1))
    assert (history.to_recipient, history.in_day) == ((), 0)
