"""What goes into the tables for one filed message, made before the transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState, Row
from pipeline.domain.verdict import Decision, FormResult, Parsed
from pipeline.domain.writing.number_text import DIGITS_AT_MOST, canonical
from pipeline.domain.writing.text import match_key

Entry = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class FiledForm:
    """The row of `version` and the columns of `figure` for one form of a mail."""

    version: Entry
    figures: Columns


def filed_forms(decision: Decision) -> list[FiledForm]:
    """The versions that a decision adds; ValueError for a number that is none.

    Only filed and held messages have versions: a duplicate brings nothing new.
    """
    if decision.state not in (State.FILED, State.HELD):
        return []
    counting = _counting(decision.forms)
    return [
        FiledForm(
            version={
                "form_id": form.appendix.form,
                "state": form.state.value,
                "counts": int(place in counting and not form.shut),
                "shut": int(form.shut),
                "verified": int(decision.identity.verified),
            },
            figures=_figures(form),
        )
        for place, form in enumerate(decision.forms)
    ]


def _counting(forms: Sequence[FormResult]) -> set[int]:
    """Which forms of a mail may give figures: readable, and not contradicted in it.

    A form that is there twice counts once if both say the same, else not at all.
    """
    copies: dict[str, list[int]] = {}
    for place, form in enumerate(forms):
        if form.state is not FormState.UNREADABLE:
            copies.setdefault(form.appendix.form, []).append(place)
    return {
        places[0]
        for places in copies.values()
        if len(places) == 1 or len({_contents(forms[place]) for place in places}) == 1
    }


def _contents(form: FormResult) -> frozenset[object]:
    return frozenset(
        (row.indicator, row.column, row.value, row.missing) for row in form.appendix.rows
    )


def _figures(form: FormResult) -> Columns:
    """Column by column, as they are inserted: a dictionary a figure costs more."""
    readable = form.state is not FormState.UNREADABLE
    rows = _undoubled(form.appendix.rows) if readable else []
    return {
        "indicator": [row.indicator for row in rows],
        "column_key": [row.column for row in rows],
        # a number that cannot be stored is refused here
        "value": _spelled([row.value for row in rows]),
        "missing": [row.missing for row in rows],
        "quantum": _spelled([row.quantum for row in rows]),
        "unit": [row.unit for row in rows],
        "unit_written": [row.unit_written for row in rows],
        "raw": [row.raw for row in rows],
        "path": [row.path for row in rows],
        "sheet": [row.sheet for row in rows],
        "cell": [row.cell for row in rows],
        "hidden": [int(row.hidden) for row in rows],
        "encoding": [row.encoding for row in rows],
    }


def _spelled(numbers: Sequence[Decimal | None]) -> list[str | None]:
    """Each as its canonical text; where all are counts that is seen at a glance."""
    plain = [None if number is None else str(number) for number in numbers]
    told = [text for text in plain if text is not None]
    if "".join(told).isdecimal() and max(map(len, told)) <= DIGITS_AT_MOST:
        return plain
    return [None if number is None else canonical(number) for number in numbers]


def _undoubled(rows: Sequence[Row]) -> list[Row]:
    """One row a figure: where two rows of a sheet give one figure, neither wins."""
    kept: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row.indicator, row.column)
        first = kept.setdefault(key, row)
        if (first.value, first.missing) != (row.value, row.missing):
            kept[key] = replace(first, value=None, missing=None)
    return list(kept.values())


def finding_rows(number: int, decision: Decision) -> list[Entry]:
    """The rows of `finding`, in the decision's order."""
    return [
        {
            "message_id": number,
            "code": found.code,
            "severity": found.severity,
            "state": found.state,
            "form_id": found.form,
            "rule": found.rule,
            "indicator": found.indicator,
            "column_key": found.column,
            "path": found.path,
            "sheet": found.sheet,
            "cell": found.cell,
            "found": found.found,
            "expected": found.expected,
            "suspect": json.dumps(found.suspect),
            "basis": found.basis,
        }
        for found in decision.findings
    ]


def message_values(parsed: Parsed, decision: Decision) -> Mapping[str, Any]:
    """What a filing changes in the message's own row: it is nobody's claim any more."""
    envelope = parsed.envelope
    words = (envelope.sender or "", envelope.sender_name, envelope.subject)
    names = (attachment.name for attachment in parsed.attachments)
    return {
        "received_at": decision.received_at,
        "state": decision.state,
        "standing": decision.state,
        "reason": decision.reason,
        "detail": None,
        "duplicate_of": None,
        "lease_owner": None,
        "lease_until": None,
        "lease_reporter": None,
        "kind": decision.kind,
        "sender": envelope.sender,
        "subject": envelope.subject,
        "search_text": match_key(" ".join((*words, *names, parsed.words))),
        "round_id": decision.round,
        "province_code": decision.identity.province,
        "verified": int(decision.identity.verified),
        "verdict": decision.verdict,
        "late": None if decision.late is None else int(decision.late),
        "narrative": int(decision.narrative),
        "scan": int(decision.scan),
        "row_count": sum(len(form.appendix.rows) for form in decision.forms),
        "content_key": parsed.content_key,
        "suppressed": decision.reply.suppressed,
    }


def letter_row(letter: Letter, decision: Decision, now: datetime) -> Entry:
    """A new row of `letter` that answers a mail by itself."""
    again = decision.state == State.DUPLICATE or decision.reply.repeats
    return outbox_row(letter, now, brings_forms=bool(decision.forms) and not again)


def outbox_row(letter: Letter, now: datetime, *, brings_forms: bool) -> Entry:
    """A new row of `letter`; one that must not go out is kept as suppressed."""
    state = letter.state if letter.suppressed is None else LetterState.SUPPRESSED
    return {
        "reply_key": letter.reply_key,
        "token": letter.token,
        "template": letter.template,
        "recipient": letter.recipient,
        "rfc_message_id": letter.rfc_message_id,
        "subject": letter.subject,
        "data": letter.data,
        "state": state,
        "suppressed": letter.suppressed,
        "brings_forms": int(brings_forms),
        "attempts": 0,
        "created_at": now,
    }
