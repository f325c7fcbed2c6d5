"""`ingest`: the same pipeline on raw messages from disk."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.mail.folder_mailbox import top_received
from pipeline.assembly import Plan, open_ledger, open_workshop
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.cli.pages import tell_message
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import Arrival, Location
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.process import Workshop, process

FOLDER = "(files)"
WATCHED = ("fatal", "error", "query")


def ingest(call: Call) -> int:
    """Take in files; 1 when a finding or a person's decision stands in the way.

    With -n a copy of the ledger is worked on and thrown away.
    """
    received_at = parse_time(call.arguments.received_at)
    with tempfile.TemporaryDirectory(prefix="khtc-") as scratch:
        plan = (
            _scratch_plan(call.plan, Path(scratch)) if call.arguments.dry_run else call.plan
        )
        ledger = open_ledger(plan)
        shop = open_workshop(plan, ledger)
        try:
            outcomes = [
                _take(call, shop, Path(name), number, received_at)
                for number, name in enumerate(call.arguments.files)
            ]
        finally:
            shop.reader.close()
            ledger.close()
    return FOUND if any(map(_needs_a_person, outcomes)) else FINE


def parse_time(text: str | None) -> datetime | None:
    """An instant of the command line; Vietnam's time unless it says otherwise."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise PermanentError(f"{text}: not a time; write 2013-07-10T09:12+07:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=HANOI)


def _take(
    call: Call, shop: Workshop, path: Path, number: int, received_at: datetime | None
) -> Mapping[str, Any]:
    """One file through the whole pipeline; its document, told."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PermanentError(f"{path}: {error.strerror}") from error
    now = call.clock()
    arrival = Arrival(
        digest=shop.archive.store(data),
        location=Location(FOLDER, 0, int(now.timestamp() * 1_000_000) + number),
        size=len(data),
        received_at=top_received(data) or received_at,
        first_seen_at=now,
    )
    shop.archive.record(arrival)
    message = shop.ledger.arrive(arrival)
    process(shop, call.clock)
    document = shop.ledger.document(message) or {}
    if call.talk.machine:
        call.talk.document(document)
    else:
        tell_message(call, message, document)
    return document


def _needs_a_person(document: Mapping[str, Any]) -> bool:
    if document["state"] in ("held", "quarantined"):
        return True
    return any(
        finding["state"] == "fail" and finding["severity"] in WATCHED
        for finding in document["findings"]
    )


def _scratch_plan(plan: Plan, folder: Path) -> Plan:
    """The plan with a copy of the ledger and an empty archive in a scratch folder."""
    from pipeline.adapters.sql_ledger.scratch import copy_ledger

    url = copy_ledger(plan.settings.database, folder / "ingest.db")
    token = plan.settings.data_dir / "token.key"
    if token.exists():
        (folder / "token.key").write_bytes(token.read_bytes())
    settings = replace(plan.settings, data_dir=folder, database=url)
    return replace(plan, settings=settings)
