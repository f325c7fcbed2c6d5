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
class FiledForms:
    """The rows of `version` for a mail, and the columns of `figure` for all of them.

    `sizes` says how many figures each version has, in their order.
    """

    versions: Sequence[Entry]
    sizes: Sequence[int]
    figures: Columns


def filed_forms(decision: Decision) -> FiledForms:
    """The versions that a decision adds; ValueError for a number that is none.

    Only filed and held messages have versions: a duplicate brings nothing new.
    """
    forms = decision.forms if decision.state in (State.FILED, State.HELD) else ()
    counting = _counting(forms)
    versions = [
        {
            "place": place,
            "form_id": form.appendix.form,
            "state": form.state.value,
            "counts": int(place in counting and not form.shut),
            "shut": int(form.shut),
            "verified": int(decision.identity.verified),
        }
        for place, form in enumerate(forms)
    ]
    readable = [
        () if form.state is FormState.UNREADABLE else _undoubled(form.appendix.rows)
        for form in forms
    ]
    figures = _figures([row for rows in readable for row in rows])
    return FiledForms(versions, [len(rows) for rows in readable], figures)


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


def _figures(rows: Sequence[Row]) -> Columns:
    """Column by column, as they are inserted: a dictionary a figure costs more."""
    return {
        "indicator": [row.indicator for row in rows],
        "column_key": [row.column for row in rows],
        # a number that cannot be stored is refused here
        "value": _spelled([row.value for row in rows]),
        "missing": [None if row.missing is None else str(row.missing) for row in rows],
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


def _spelled(numbers: Sequence[Decimal | None]) -> Sequence[str | None]:
    """Each as its canonical text; few are written otherwise, and those often alike."""
    plain = [None if number is None else str(number) for number in numbers]
    doubtful = {text for text in plain if text is not None and not _is_count(text)}
    spelled = {text: canonical(Decimal(text)) for text in doubtful}
    if all(text == canon for text, canon in spelled.items()):
        return plain
    return [None if text is None else spelled.get(text, text) for text in plain]


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= DIGITS_AT_MOST


def _undoubled(rows: Sequence[Row]) -> Sequence[Row]:
    """One row a figure: where two rows of a sheet give one figure, neither wins."""
    if len({(row.indicator, row.column) for row in rows}) == len(rows):
        return rows
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
