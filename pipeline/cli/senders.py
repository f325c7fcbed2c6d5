"""`senders`: the registry, and what planners say of an address."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.assembly import Plan, copy_plan, open_ledger, open_workshop
from pipeline.cli.decisions import word
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named
from pipeline.cli.pages import in_words
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import SenderEntry
from pipeline.jobs.planner_decisions import (
    KnownAddresses,
    confirm_sender,
    retire_sender,
)
from pipeline.jobs.process import process
from pipeline.ports import Ledger

COLUMNS = (
    "address",
    "province",
    "name",
    "phone",
    "source",
    "confirmed_by",
    "confirmed_at",
    "retired_by",
    "retired_at",
)
OUTCOME = ("id", "state", "reason", "verdict", "reply_state")


def senders(call: Call) -> int:
    """`senders list`, `confirm ADDRESS PROVINCE` or `retire ADDRESS`."""
    actions: Mapping[str, Callable[[Call], None]] = {
        "list": _list,
        "confirm": _confirm,
        "retire": _retire,
    }
    actions[call.arguments.action](call)
    return FINE


def _list(call: Call) -> None:
    """Every entry, those of senders.csv first; retired ones with their date."""
    ledger = open_ledger(call.plan)
    try:
        rows = list(_rows(call.plan.senders, ledger.sender_entries()))
    finally:
        ledger.close()
    if call.talk.machine:
        for row in rows:
            call.talk.document(row)
        return
    call.talk.table(COLUMNS, [_listed(call, row) for row in rows])


def _listed(call: Call, row: Mapping[str, Any]) -> list[object]:
    source = call.talk.text(f"senders.{row['source']}")
    return [{**row, "source": source}[column] for column in COLUMNS]


def _rows(
    listed: tuple[Sender, ...], entries: tuple[SenderEntry, ...]
) -> Iterator[dict[str, Any]]:
    spoken_of = {entry.sender.address for entry in entries}
    for sender in listed:
        if sender.address not in spoken_of:
            yield _row(sender, "file")
    for entry in entries:
        yield _row(entry.sender, "planner") | {
            "confirmed_by": entry.sender.confirmed_by,
            "confirmed_at": entry.confirmed_at.isoformat(timespec="seconds"),
            "retired_by": entry.retired_by,
            "retired_at": entry.retired_at
            and entry.retired_at.isoformat(timespec="seconds"),
        }


def _row(sender: Sender, source: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    return row | {
        "address": sender.address,
        "province": sender.province,
        "name": sender.name,
        "phone": sender.phone,
        "source": source,
    }


def _confirm(call: Call) -> None:
    """Believe an address, and decide again what it sent that was in doubt."""
    address = call.arguments.address.strip().lower()
    province = province_named(call, call.arguments.province)
    known = _known(call)

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        doubtful = confirm_sender(ledger, known, address, province, word(call))
        shop = open_workshop(plan, ledger)
        try:
            process(shop, call.clock)
        finally:
            shop.reader.close()
        return doubtful

    outcome = _carry_out(call, act)
    if call.talk.machine:
        about = {"address": address, "province": province, "messages": outcome}
        call.talk.document(about)
        return
    name = call.plan.gazetteer.by_code(province).name
    call.talk.tell(
        "senders.confirmed", address=address, province=name, messages=len(outcome)
    )
    if outcome:
        call.talk.table(OUTCOME, [_in_words(call, row) for row in outcome])


def _in_words(call: Call, row: Mapping[str, Any]) -> list[object]:
    return list({**row, **in_words(call.talk, row)}.values())


def _retire(call: Call) -> None:
    """Believe an address no more, in mail received from now on."""
    address = call.arguments.address.strip().lower()
    retired: list[str] = []

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        retired.append(retire_sender(ledger, _known(call), address, word(call)))
        return []

    _carry_out(call, act)
    if call.talk.machine:
        call.talk.document({"address": address, "province": retired[0]})
        return
    name = call.plan.gazetteer.by_code(retired[0]).name
    call.talk.tell("senders.retired", address=address, province=name)


def _known(call: Call) -> KnownAddresses:
    return KnownAddresses(call.plan.senders, frozenset(call.plan.own_addresses))


def _carry_out(
    call: Call, act: Callable[[Plan, Ledger], list[int]]
) -> list[dict[str, Any]]:
    """What became of the messages that an action touches; with -n on a copy."""
    with tempfile.TemporaryDirectory(prefix="khtc-") as scratch:
        dry = call.arguments.dry_run
        plan = copy_plan(call.plan, Path(scratch)) if dry else call.plan
        ledger = open_ledger(plan)
        try:
            touched = set(act(plan, ledger))
            rows = [dict(row) for row in ledger.messages({}) if row["id"] in touched]
        finally:
            ledger.close()
    return [{name: row[name] for name in OUTCOME} for row in reversed(rows)]
