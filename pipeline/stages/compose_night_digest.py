"""Facts of the letter that tells planners how a round stands."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.domain.letters.letter import (
    LetterDraft,
    Thread,
    make_reference,
    make_reply_key,
)
from pipeline.domain.night_digest import NightDigest
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.question_register import Question
from pipeline.domain.run_changes import TotalChange
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.writing.vietnamese import (
    HANOI,
    moment,
    safe_text,
    write_date,
    write_number,
)

TEMPLATE = "night-digest"
NAMED, LISTED, MOVED = 20, 15, 12
SUBJECT_SHOWN, FAULT_SHOWN = 80, 160


def compose_night_digest(
    facts: NightDigest, places: tuple[PlanRound, Gazetteer], account: str, to: str
) -> LetterDraft:
    """The letter of one night and round to one planner.

    Its key says round and night: made again, it is the same letter.
    """
    plan_round, gazetteer = places
    names = {province.code: province.name for province in gazetteer.provinces}
    about = f"{plan_round.id}|{facts.night}"
    digest = hashlib.sha256(about.encode()).hexdigest()
    standing = facts.standing
    silent = [names.get(code, code) for code in standing.silent]
    return LetterDraft(
        template=TEMPLATE,
        to=to,
        reply_key=make_reply_key(account, digest, TEMPLATE, to),
        thread=Thread(),
        values={
            "reference": make_reference(plan_round.plan_year, None, digest),
            "code": None,
            "today": moment(facts.now),
            "round": {
                "letter": plan_round.letter,
                "issued": write_date(plan_round.issued),
                "title": plan_round.title,
                "plan_year": plan_round.plan_year,
                "id": plan_round.id,
            },
            "province": None,
            "place": None,
            "contact": plan_round.contact,
            "due": {**moment(plan_round.due), "passed": facts.now > plan_round.due},
            "since": moment(facts.since),
            "received": {
                "all": sum(facts.received.values()),
                **{state: facts.received.get(state, 0) for state in _STATES},
            },
            "units": standing.units,
            "sent": standing.units - len(silent),
            "complete": standing.complete,
            "accepted": standing.states.get("accepted", 0),
            "deficient": standing.states.get("deficient", 0),
            "missing": standing.states.get("missing", 0),
            "late": standing.late,
            "shut": standing.shut,
            "silent": silent[:NAMED],
            "silent_more": max(0, len(silent) - NAMED),
            "held": [
                {
                    "number": mail.number,
                    "place": names.get(mail.province or ""),
                    "reason": mail.reason,
                }
                for mail in facts.held[:LISTED]
            ],
            "held_all": len(facts.held),
            "letters_waiting": facts.letters_waiting,
            "overdue": [_question(q, names, facts) for q in facts.overdue[:LISTED]],
            "overdue_all": len(facts.overdue),
            "questions_open": facts.questions_open,
            "moved": _moved(facts, plan_round),
            "moved_all": len(facts.moved.totals),
            "returns_all": len(facts.moved.versions),
            "since_run": moment(facts.moved.since) if facts.moved.since else None,
            "faults": {
                "jobs": [
                    {"job": job, "told": safe_text(told, FAULT_SHOWN)}
                    for job, told in sorted(facts.faults.jobs.items())
                ],
                "letters": dict(facts.faults.letters),
                "quarantined": facts.faults.quarantined,
            },
        },
    )


_STATES = ("filed", "held", "ignored", "duplicate", "quarantined", "gone", "received")


def _question(
    question: Question, names: Mapping[str, str], facts: NightDigest
) -> Mapping[str, Any]:
    due = question.due.astimezone(HANOI).date()
    return {
        "number": question.id,
        "kind": question.kind.value,
        "place": names.get(question.province or "", None),
        "subject": safe_text(question.subject, SUBJECT_SHOWN),
        "due": write_date(due),
        "days": (facts.now.astimezone(HANOI).date() - due).days,
        "assigned_to": question.assigned_to,
    }


def _moved(facts: NightDigest, plan_round: PlanRound) -> Sequence[Mapping[str, Any]]:
    """The totals that moved most, in relation to what they were."""
    known = {form.id: form for form in plan_round.forms}
    told = [change for change in facts.moved.totals if change.cell[0] in known]
    heaviest = sorted(enumerate(told), key=lambda item: (-_weight(item[1]), item[0]))
    lines = []
    for _, change in heaviest[:MOVED]:
        form_id, row, column = change.cell
        indicator = known[form_id].indicator(row)
        lines.append(
            {
                "form": form_id,
                "label": indicator.label.lstrip(" -+"),
                "column": known[form_id].column(column).title,
                "unit": indicator.unit,
                "before": _written(change.before[0]),
                "now": _written(change.now[0]),
            }
        )
    return lines


def _weight(change: TotalChange) -> Decimal:
    """How much of its old value a total moved by; new and vanished ones come first."""
    before, now = change.before[0], change.now[0]
    if before is None or now is None or not before:
        return Decimal("Infinity") if before != now else Decimal(0)
    return abs((now - before) / before)


def _written(value: Decimal | None) -> str | None:
    return None if value is None else write_number(round(value, 3))
