"""The reminders' part of the ledger on both databases."""

from dataclasses import replace

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState
from pipeline.domain.reminders import Gap, OpenForm, ReminderNote, ReminderOutcome
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

NOTE = ReminderNote(make.ROUND, "02", "d-5", ReminderOutcome.WRITTEN)
PASSED = replace(NOTE, outcome=ReminderOutcome.PASSED)


def reminder(key: str = "r1", **changes: object):
    return make.letter(key, template="reminder", **changes)


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
    assert ledger.note_reminder(NOTE, letters, "daemon", make.at())
    assert not ledger.note_reminder(NOTE, (reminder("r3"),), "lan", make.at(1))
    assert ledger.reminders(make.ROUND) == [NOTE]
    claimed = ledger.claim_letters(make.at(2), 9)
    assert [item.recipient for item in claimed] == ["hagiang@example.vn", "b@example.vn"]
    (event,) = database.rows("SELECT actor, action FROM event")
    assert event == {"actor": "daemon", "action": "remind"}
    assert ledger.audit_chain() is None


def test_another_account_or_a_restart_finds_the_note(database: TestDatabase) -> None:
    first = database.open()
    first.note_reminder(NOTE, (reminder(),), "daemon", make.at())
    first.close()
    second = database.open()
    assert not second.note_reminder(NOTE, (reminder(),), "daemon", make.at(1))
    second.close()


def test_a_step_that_passed_may_be_written_and_nothing_else(ledger: SqlLedger) -> None:
    assert ledger.note_reminder(PASSED, (), "daemon", make.at())
    assert not ledger.note_reminder(PASSED, (), "daemon", make.at(1))
    assert ledger.note_reminder(NOTE, (reminder(),), "lan", make.at(2))
    assert not ledger.note_reminder(PASSED, (), "daemon", make.at(3))
    assert ledger.reminders(make.ROUND) == [NOTE]


def test_steps_without_a_letter_are_closed_together_and_once(ledger: SqlLedger) -> None:
    done = replace(NOTE, step="d-1", outcome=ReminderOutcome.COMPLETE)
    ledger.note_reminder(NOTE, (reminder(),), "daemon", make.at())
    assert ledger.close_reminders([PASSED, done], "daemon", make.at(1)) == [done]
    assert ledger.close_reminders([PASSED, done], "daemon", make.at(2)) == []
    assert ledger.reminders(make.ROUND) == [NOTE, done]


def test_a_letter_that_exists_stays_as_it_is(ledger: SqlLedger) -> None:
    ledger.note_reminder(PASSED, (reminder(),), "daemon", make.at())
    changed = (reminder(data=b"other"),)
    assert ledger.note_reminder(NOTE, changed, "daemon", make.at(1))
    (item,) = ledger.claim_letters(make.at(2), 9)
    assert item.data == reminder().data


def test_a_reminder_that_waits_is_withdrawn_and_one_that_left_is_not(
    ledger: SqlLedger,
) -> None:
    left, waits = reminder("r1"), reminder("r2", state=LetterState.WAITING)
    ledger.note_reminder(NOTE, (left,), "daemon", make.at())
    (item,) = ledger.claim_letters(make.at(1), 9)
    ledger.settle_letter(item.id, LetterState.SENT, make.at(1))
    other = replace(NOTE, step="d-1")
    ledger.note_reminder(other, (waits,), "daemon", make.at(2))
    assert ledger.withdraw_reminders(make.ROUND, "04", make.at(3)) == 0
    assert ledger.withdraw_reminders(make.ROUND, "02", make.at(3)) == 1
    assert ledger.withdraw_reminders(make.ROUND, "02", make.at(4)) == 0
    assert [row["state"] for row in ledger.outbox()] == ["sent", "suppressed"]


def test_reminders_count_for_approval_and_not_for_budgets(ledger: SqlLedger) -> None:
    ledger.note_reminder(NOTE, (reminder(),), "daemon", make.at())
    assert ledger.letters_of_round(make.ROUND) == 1
    assert ledger.letters_of_round("another") == 0
    history = ledger.letters_made("hagiang@example.vn", make.at(1))
    assert (history.to_recipient, history.all_times) == ((), ())
