"""One message: evidence, files, forms, findings, letters, history."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.console.rooms.form_grid import grid_of
from pipeline.console.rooms.labels import label_of, labelled
from pipeline.console.world import (
    Answer,
    Download,
    MissingPageError,
    Page,
    Visit,
)
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.figure_change import figure_changes
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.ports import MessageRecord

MOST_EVENTS = 100
MOST_FINDINGS = 300
LONGEST_MARK = 12


def show(visit: Visit) -> Answer:
    """The page of a message."""
    world = visit.world
    record = record_of(visit)
    document = world.ledger.document(record.id) or {}
    findings = world.ledger.findings_of(record.id)
    return Page(
        "message",
        {
            "number": record.id,
            "record": record,
            "message": document,
            "heads": _heads(visit, record),
            "findings": labelled(_round(visit, document), findings[:MOST_FINDINGS]),
            "finding_count": len(findings),
            "accepted_forms": world.ledger.accepted_forms(record.id),
            "admitted_forms": world.ledger.admitted_forms(record.id),
            "names": {p.code: p.name for p in world.gazetteer.provinces},
            "provinces": world.gazetteer.provinces,
            "letters": world.ledger.letter_page({"message": str(record.id)}, None, 20),
            "events": world.ledger.event_page(record.id, None, MOST_EVENTS),
        },
    )


def show_form(visit: Visit) -> Answer:
    """A form of a message as a grid, each figure beside its cell."""
    world = visit.world
    record = record_of(visit)
    document = world.ledger.document(record.id) or {}
    wanted = visit.place["form"]
    plan_round = _round(visit, document)
    if wanted not in {form["form"] for form in document.get("forms", ())}:
        raise MissingPageError
    form = plan_round.form(wanted)
    findings = [f for f in world.ledger.findings_of(record.id) if f["form_id"] == wanted]
    return Page(
        "message_form",
        {
            "number": record.id,
            "form": form,
            "code": document.get("province"),
            "names": {p.code: p.name for p in world.gazetteer.provinces},
            "columns": form.value_columns,
            "lines": grid_of(form, document["rows"], findings),
            "findings": labelled(plan_round, findings[:MOST_FINDINGS]),
            "changes": [
                {"change": each, **label_of(form, each.indicator, each.column)}
                for each in _changes(visit, record, document, wanted)
            ],
        },
    )


def show_difference(visit: Visit) -> Answer:
    """What reading a message again would change, before it is done.

    Reading takes seconds: it is done beside the pages. `as` is the mark of the ledger
    that the answer was first asked for at, so that news do not start it anew.
    """
    record, world = record_of(visit), visit.world
    mark = visit.asked.get("as") or world.newest_event()
    if not mark.isascii() or not mark.isdecimal() or len(mark) > LONGEST_MARK:
        raise MissingPageError
    found = world.errands.look(
        (f"difference {record.id}", mark),
        lambda: world.enquiries.reprocessing(record.id),
    )
    if found is None:
        return Page("working", {"number": record.id, "again": f"{visit.path}?as={mark}"})
    rows = found["rows"]
    return Page(
        "difference",
        {
            "number": record.id,
            "heads": found["heads"],
            "rows": rows[:MOST_FINDINGS],
            "count": len(rows),
        },
    )


def download(visit: Visit) -> Answer:
    """The raw mail, to be saved only; who took it stands in the audit trail."""
    record = record_of(visit)
    digest = record.arrival.digest
    if not digest:
        raise PermanentError(f"message {record.id} was never fetched")
    data = visit.world.archive.load(digest)
    detail = {"message": str(record.id), "digest": digest}
    now = visit.world.clock()
    visit.world.ledger.note(visit.person.name, "download-raw", detail, now)
    return Download(f"{digest[:16]}.eml", data)


def record_of(visit: Visit) -> MessageRecord:
    """The message that the address names."""
    record = visit.world.ledger.record(str(visit.number("number")))
    if record is None or record.id != visit.number("number"):
        raise MissingPageError
    return record


def _heads(visit: Visit, record: MessageRecord) -> Mapping[str, Any]:
    """The message's row of the ingest log."""
    (row,) = visit.world.ledger.log_page({"id": str(record.id)}, None, 1)
    return row


def _round(visit: Visit, document: Mapping[str, Any]) -> PlanRound:
    return visit.world.round_named(document.get("round"))


def _changes(
    visit: Visit, record: MessageRecord, document: Mapping[str, Any], form: str
) -> Sequence[Any]:
    """What a form says otherwise than the province's version before."""
    ledger = visit.world.ledger
    parsed = ledger.parsed(record.id)
    round_id, province = document.get("round"), document.get("province")
    if parsed is None or round_id is None or province is None:
        return ()
    rank = (record.arrival.received_at or record.arrival.first_seen_at, record.id)
    before = ledger.last_said(round_id, province, [form], rank)
    ours = [appendix for appendix in parsed.appendices if appendix.form == form]
    return figure_changes(before, ours)
