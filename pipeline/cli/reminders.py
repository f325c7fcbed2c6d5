"""`remind`: the reminders that are due, or one step of them."""

import getpass
from datetime import timedelta
from typing import Any

from pipeline.assembly import make_bench, make_reminders, open_ledger
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.cli.naming import round_named
from pipeline.domain.reminders import Reminder
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.remind import Order, RemindReport
from pipeline.jobs.remind import remind as make_due
from pipeline.ports import Ledger

SEEN_WITHIN = timedelta(hours=1)
COLUMNS = ("province_code", "step", "owed", "recipient")


def remind(call: Call) -> int:
    """Make the letters that are due; with -n say which they would be."""
    wanted = call.arguments
    only = None if wanted.round is None else round_named(call, wanted.round).id
    by = wanted.by or getpass.getuser()
    order = Order(by, wanted.step, wanted.dry_run, only)
    ledger = open_ledger(call.plan)
    try:
        _warn_of_blindness(call, ledger)
        desk = make_reminders(call.plan, ledger, make_bench(call.plan))
        report = make_due(desk, call.clock(), order)
        _tell(call, report)
    finally:
        ledger.close()
    return FOUND if report.faulty else FINE


def _warn_of_blindness(call: Call, ledger: Ledger) -> None:
    """Say that what is owed may have come, where the mailbox was not read of late."""
    at, outcome = ledger.beats().get("collect", (None, ""))
    if at is None:
        call.talk.say("remind.never_read")
    elif outcome != "ok" or call.clock() - at > SEEN_WITHIN:
        when = f"{at.astimezone(HANOI):%Y-%m-%d %H:%M}"
        told = call.talk.outcome(outcome)
        call.talk.say("remind.not_read", at=when, outcome=told)


def _tell(call: Call, report: RemindReport) -> None:
    due = [*report.written, *report.unaddressed]
    if call.talk.machine:
        call.talk.document(_document(report))
    elif due:
        call.talk.table(COLUMNS, [_line(call, reminder) for reminder in due])
    phrase = "remind.would" if call.arguments.dry_run else "remind.done"
    letters = sum(len(reminder.letters) for reminder in report.written)
    call.talk.tell(phrase, letters=letters, provinces=len(report.written))
    if report.unaddressed:
        call.talk.say("remind.unaddressed", count=len(report.unaddressed))
    if report.undecided:
        codes = [reminder.note.province for reminder in report.undecided]
        call.talk.say("remind.undecided", count=len(codes), provinces=", ".join(codes))
    for reminder, fault in report.faulty:
        about = {"province": reminder.note.province, "step": reminder.note.step}
        call.talk.say("remind.faulty", **about, problem=call.talk.worded(fault))
    if report.over:
        call.talk.tell("remind.over", count=len(report.over))


def _document(report: RemindReport) -> dict[str, Any]:
    return {
        "reminders": [_reminder(reminder) for reminder in report.written],
        "unaddressed": [_reminder(reminder) for reminder in report.unaddressed],
        "undecided": [_reminder(reminder) for reminder in report.undecided],
        "faulty": [
            {**_reminder(reminder), "problem": str(fault)}
            for reminder, fault in report.faulty
        ],
        "over": [
            {
                "round": note.round,
                "province": note.province,
                "step": note.step,
                "outcome": note.outcome.value,
            }
            for note in report.over
        ],
        "withdrawn": report.withdrawn,
    }


def _reminder(reminder: Reminder) -> dict[str, Any]:
    forms = reminder.gap.forms
    return {
        "round": reminder.note.round,
        "province": reminder.note.province,
        "step": reminder.note.step,
        "missing": [owed.form for owed in forms if owed.errors is None],
        "deficient": {owed.form: owed.errors for owed in forms if owed.errors is not None},
        "narrative": reminder.gap.narrative,
        "letters": [
            {
                "to": letter.recipient,
                "subject": letter.subject,
                "state": letter.state.value,
            }
            for letter in reminder.letters
        ],
    }


def _line(call: Call, reminder: Reminder) -> list[object]:
    owed = [
        form.form if form.errors is None else f"{form.form} ({form.errors})"
        for form in reminder.gap.forms
    ]
    if reminder.gap.narrative:
        owed.append(call.talk.text("remind.narrative"))
    to = ", ".join(letter.recipient for letter in reminder.letters)
    return [
        reminder.note.province,
        reminder.note.step,
        ", ".join(owed),
        to or call.talk.text("remind.no_address"),
    ]
