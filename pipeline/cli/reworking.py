"""`reprocess`: read messages again from the archive, with the difference first."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.assembly import Plan, copy_plan, open_archive, open_ledger, open_workshop
from pipeline.cli.decisions import who
from pipeline.cli.ingest import parse_time
from pipeline.cli.main import FINE, FOUND, USAGE, Call
from pipeline.cli.naming import find
from pipeline.cli.talk import Bar
from pipeline.domain.mail.message import State
from pipeline.jobs.process import process
from pipeline.ports import Ledger

Figures = Mapping[tuple[str, str, str], str | None]
KEPT_AS_THEY_ARE = (State.GONE,)
_QUARANTINED = {"state": State.QUARANTINED.value}


def reprocess(call: Call) -> int:
    """Process messages again; what the ledger lost is taken from the archive.

    With -n the work is done on a copy, and the row-level difference is shown.
    """
    chosen = (call.arguments.message, call.arguments.since, call.arguments.all)
    if sum(map(bool, chosen)) != 1:
        call.talk.say("reprocess.choose")
        return USAGE
    before = _figures(call.plan)
    if not call.arguments.dry_run:
        worked = _rework(call, call.plan)
        _tell(call, worked, before, _figures(call.plan))
        return FOUND if worked.stuck else FINE
    with tempfile.TemporaryDirectory(prefix="khtc-") as scratch:
        plan = copy_plan(call.plan, Path(scratch))
        worked = _rework(call, plan)
        _tell(call, worked, before, _figures(plan))
    return FOUND if worked.stuck else FINE


@dataclass(frozen=True, slots=True)
class Worked:
    """How many messages were read again, and the numbers of those that could not be."""

    messages: int
    stuck: tuple[int, ...]


def _rework(call: Call, plan: Plan) -> Worked:
    """Reopen what was chosen and process it."""
    ledger = open_ledger(plan)
    try:
        purged = _take_in_archive(plan, ledger, call.clock())
        if purged:
            call.talk.say("reprocess.purged", count=purged)
        chosen = list(_chosen(call, ledger))
        for message in chosen:
            ledger.reopen(message, call.clock())
        ledger.note(
            who(call),
            "reprocess",
            {"messages": str(len(chosen)), "why": call.arguments.why},
            call.clock(),
        )
        shop = open_workshop(plan, ledger)
        try:
            count = process(
                shop, call.clock, progress=Bar(call.talk, "reprocess.bar", len(chosen))
            )
            quarantined = {row["id"] for row in ledger.messages(_QUARANTINED)}
            return Worked(count, tuple(sorted(quarantined & set(chosen))))
        finally:
            shop.reader.close()
    finally:
        ledger.close()


def _take_in_archive(plan: Plan, ledger: Ledger, now: datetime) -> int:
    """Arrivals that the archive knows and the ledger does not: it is the truth.

    Of a purged mail nothing is left to read: a row that a restored ledger has of it is
    marked, one that is lost stays so. How many such mails there are that have no row.
    """
    archive = open_archive(plan)
    buried = archive.buried()
    for mail in ledger.raw_mails() if buried else ():
        if mail.digest in buried:
            ledger.purge(mail, "daemon", now)
    lost: set[str] = set()
    for arrival in archive.arrivals():
        place = arrival.location
        if ledger.placed(place.folder, place.uidvalidity, place.uid, place.uid):
            continue
        if arrival.digest in buried:
            lost.add(arrival.digest)
        else:
            ledger.arrive(arrival)
    return len(lost)


def _chosen(call: Call, ledger: Ledger) -> Iterator[int]:
    if call.arguments.message:
        yield find(ledger, call.arguments.message).id
        return
    since = parse_time(call.arguments.since)
    filters = {"since": since.isoformat()} if since else {}
    for row in ledger.messages(filters):
        duplicate = row["reason"] == "same-bytes"
        if row["digest"] and not duplicate and row["state"] not in KEPT_AS_THEY_ARE:
            yield row["id"]


def _figures(plan: Plan) -> Figures:
    """Every figure that counts now, by province, form, row and column."""
    from pipeline.domain.writing.number_text import canonical

    ledger = open_ledger(plan)
    try:
        return {
            (f"{each.province} {each.form}", each.indicator, each.column): (
                str(each.missing) if each.value is None else canonical(each.value)
            )
            for plan_round in plan.rounds
            for each in ledger.figures(plan_round.id, None)
        }
    finally:
        ledger.close()


def _tell(call: Call, worked: Worked, before: Figures, after: Figures) -> None:
    changes = [
        (*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    if call.talk.machine:
        names = ("where", "indicator", "column", "before", "after")
        listed: list[Any] = [dict(zip(names, change, strict=True)) for change in changes]
        stuck = {"quarantined": list(worked.stuck)}
        call.talk.document({"messages": worked.messages, "changes": listed} | stuck)
        return
    call.talk.tell("reprocess.done", messages=worked.messages, changes=len(changes))
    if worked.stuck:
        numbers = ", ".join(map(str, worked.stuck))
        call.talk.tell("reprocess.stuck", numbers=numbers)
    if changes:
        call.talk.table(("where", "indicator", "column", "before", "after"), changes)
