"""Facts of the letter that reminds a province of what it owes."""

import hashlib

from pipeline.domain.letters.letter import (
    LetterContext,
    LetterDraft,
    Thread,
    make_reference,
    make_reply_key,
)
from pipeline.domain.letters.letter_names import names_of
from pipeline.domain.reminders import Gap, ReminderNote
from pipeline.domain.writing.vietnamese import moment, write_date

TEMPLATE = "reminder"


def compose_reminder(
    note: ReminderNote, gap: Gap, to: str, context: LetterContext
) -> LetterDraft:
    """The letter of a step to one address of a province.

    Its key says round, province and step: made again after a loss of the ledger it is
    the same letter, and the send journal knows it.
    """
    plan_round, province = context.plan_round, context.province
    names = names_of(plan_round)
    about = f"{note.round}|{note.province}|{note.step}"
    digest = hashlib.sha256(about.encode()).hexdigest()
    due = context.due or plan_round.due
    forms = [
        {
            "id": owed.form,
            "title": names.form_title(owed.form),
            "errors": owed.errors,
        }
        for owed in sorted(gap.forms, key=lambda owed: names.form_order(owed.form))
    ]
    missing = [form for form in forms if form["errors"] is None]
    return LetterDraft(
        template=TEMPLATE,
        to=to,
        reply_key=make_reply_key(context.account, digest, TEMPLATE, to),
        thread=Thread(),
        values={
            "reference": make_reference(plan_round.plan_year, note.province, digest),
            "code": None,
            "today": moment(context.now),
            "round": {
                "letter": plan_round.letter,
                "issued": write_date(plan_round.issued),
                "title": plan_round.title,
                "plan_year": plan_round.plan_year,
            },
            "called": context.reader.called,
            "office": context.reader.office,
            "place": province.name if province else None,
            "contact": plan_round.contact,
            "due": {
                **moment(due),
                "extended": context.due is not None and context.due > plan_round.due,
                "passed": context.now > due,
            },
            "required": len(plan_round.forms_required),
            "missing": missing,
            "mend": [form for form in forms if form["errors"] is not None],
            "narrative_missing": gap.narrative,
        },
    )
