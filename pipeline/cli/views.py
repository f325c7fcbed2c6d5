"""`log`, `show`: what is there to see of the mails."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.assembly import open_ledger
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import find, province_named
from pipeline.cli.pages import in_words, tell_message, tell_rows
from pipeline.cli.touched import tell_totals, totals_document
from pipeline.domain.mail.message import State
from pipeline.domain.paper import Beside
from pipeline.domain.plan.figure_change import figure_changes
from pipeline.ports import Ledger, MessageRecord

LOG_LINES = "200"
DIFF_COLUMNS = ("form", "indicator", "column", "before", "after", "cell")
LOG_COLUMNS = (
    "id",
    "received_at",
    "sender",
    "subject",
    "state",
    "reason",
    "province_code",
    "verdict",
    "errors",
    "reply_state",
)


def log(call: Call) -> int:
    """The ingest log, newest first."""
    names = ("province", "state", "since", "search", "limit")
    filters = {
        name: str(value)
        for name in names
        if (value := getattr(call.arguments, name)) is not None
    }
    if "province" in filters:
        filters["province"] = province_named(call, filters["province"])
    if not call.talk.machine:
        filters.setdefault("limit", LOG_LINES)
    ledger = open_ledger(call.plan)
    try:
        rows = ledger.messages(filters)
        if call.talk.machine:
            for row in rows:
                call.talk.document(dict(row))
        else:
            call.talk.table(LOG_COLUMNS, [_log_line(call, row) for row in rows])
    finally:
        ledger.close()
    return FINE


def _log_line(call: Call, row: Mapping[str, Any]) -> list[object]:
    """A row of the log in words; a reason with its code, by which documents name it."""
    received = {"received_at": str(row["received_at"])[:16].replace("T", " ")}
    worded = {**row, **in_words(call.talk, row), **received}
    return [worded[column] for column in LOG_COLUMNS]


def show(call: Call) -> int:
    """One message: evidence, forms, findings, letter."""
    ledger = open_ledger(call.plan)
    try:
        record = find(ledger, call.arguments.message)
        document = dict(ledger.document(record.id) or {})
        document |= _paper(ledger, document)
        if call.arguments.diff:
            document["diff"] = _changes(ledger, record, document)
        if call.arguments.totals:
            document["totals"] = totals_document(call, ledger, record.id, document)
        (row,) = ledger.log_page({"id": str(record.id)}, None, 1)
    finally:
        ledger.close()
    if call.talk.machine:
        call.talk.document(document)
    else:
        tell_message(call, record.id, document)
        _tell_more(call, row, document)
    return FINE


def _tell_more(call: Call, row: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """What the log knows of a message besides, and what was asked for."""
    if row["duplicate_of"] is not None:
        call.talk.tell("show.repeats", number=row["duplicate_of"])
    if row["state"] == State.QUARANTINED and row["detail"]:
        call.talk.tell("show.detail", detail=call.talk.worded(row["detail"]))
    if "paper" in document:
        call.talk.tell("show.paper", day=document["paper"])
    if call.arguments.rows:
        tell_rows(call.talk, document["rows"])
    if "diff" in document:
        changes = document["diff"]
        call.talk.tell("show.diff", count=len(changes))
        call.talk.table(DIFF_COLUMNS, [[c[n] for n in DIFF_COLUMNS] for c in changes])
    if "totals" in document:
        tell_totals(call, document["totals"])


def _paper(ledger: Ledger, document: Mapping[str, Any]) -> dict[str, str]:
    """`paper`: the day the signed paper of the message's province came, if it did."""
    round_id, province = document["round"], document["province"]
    if round_id is None or province is None:
        return {}
    beside = ledger.beside(round_id).get(province, Beside())
    return {} if beside.paper is None else {"paper": beside.paper.isoformat()}


def _changes(
    ledger: Ledger, record: MessageRecord, document: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the forms of a message say otherwise than the province's version before."""
    parsed = ledger.parsed(record.id)
    round_id, province = document["round"], document["province"]
    if parsed is None or round_id is None or province is None:
        return []
    rank = (record.arrival.received_at or record.arrival.first_seen_at, record.id)
    forms = sorted({appendix.form for appendix in parsed.appendices})
    before = ledger.last_said(round_id, province, forms, rank)
    return [asdict(change) for change in figure_changes(before, parsed.appendices)]
