"""Golden cases: a folder each, found by its letter; dropping one in adds a test.

    tests/golden/<kind of trouble>/<case>/letter.eml      the mail in question
                                          before-1.eml    mails that came before it, if any
                                          expected.json   part of what `ingest --json` says
                                          reply.txt       the letters that it is answered by
                                          overdue.txt     letters of the step d+1
                                          provinces.csv   its own reporters
                                          senders.csv     who speaks for them

`expected.json` names only what the case is about: every key in it must be there with that
value. `findings` are all findings, compared by code, form and cell and by what else is
named; `rows` are some rows. reply.txt holds recipient, subject and text of each letter,
with an empty file for no letter.
"""

import csv
import email.policy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from pipeline.adapters.mail.folder_mailbox import top_received
from pipeline.adapters.public_holidays import VIETNAM
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.domain.mail.message import Arrival, Location
from pipeline.domain.reminders import ReminderHours
from pipeline.domain.senders.province import Gazetteer, Sender
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.remind import Order, ReminderDesk, remind
from tests.builders.demo_world import CONFIG
from tests.builders.workshop import World, digest_of, open_world

GOLDEN = Path(__file__).resolve().parent
A_MOMENT = timedelta(minutes=5)
HOURS = ReminderHours(time(8), HANOI, VIETNAM)
AFTER_THE_DEADLINE = datetime(2013, 7, 15, 9, tzinfo=HANOI)


@dataclass(frozen=True)
class Outcome:
    """What the pipeline makes of a case."""

    document: Mapping[str, Any]
    reply: str
    overdue: str | None = None


def golden_cases() -> list[Path]:
    """The folders of all cases."""
    return sorted(path.parent for path in GOLDEN.glob("*/*/letter.eml"))


def senders(case: Path = GOLDEN) -> Iterator[Sender]:
    """The registry that a case starts from: its own, else that of every case."""
    own = case / "senders.csv"
    path = own if own.exists() else GOLDEN / "senders.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Sender(row["address"], row["province_code"], row["name"])


def play(case: Path, scratch: Path) -> Outcome:
    """The letter of a case through the whole pipeline, after the mails before it."""
    world = open_world(scratch, tuple(senders(case)), gazetteer=_reporters(case))
    try:
        for number, earlier in enumerate(sorted(case.glob("before-*.eml")), 2):
            _take(world, earlier, number)
            world.ledger.claim_letters(world.now, 100)
        document = _take(world, case / "letter.eml", 1)
        written = world.ledger.claim_letters(world.now, 100)
        reply = "\n".join(_told(item.data) for item in written)
        reminds = (case / "overdue.txt").exists()
        return Outcome(document, reply, _reminder(world) if reminds else None)
    finally:
        world.ledger.close()


def _reporters(case: Path) -> Gazetteer | None:
    own = case / "provinces.csv"
    if not own.exists():
        return None
    return load_gazetteer(own, None, addressing_csv=CONFIG / "addressing.csv")


def _reminder(world: World) -> str:
    """The letters of the step on the first working day after the deadline."""
    desk = ReminderDesk(world.bench, world.ledger, HOURS)
    remind(desk, AFTER_THE_DEADLINE, Order(step="d+1"))
    written = world.ledger.claim_letters(AFTER_THE_DEADLINE, 100)
    return "\n".join(_told(item.data) for item in written)


def _take(world: World, file: Path, uid: int) -> Mapping[str, Any]:
    """One file, received when its topmost Received field says, as `ingest` does."""
    raw = file.read_bytes()
    received = top_received(raw)
    if received is not None:
        world.now = received + A_MOMENT
    arrival = Arrival(
        digest=world.archive.store(raw),
        location=Location("(files)", 0, uid),
        size=len(raw),
        received_at=received,
        first_seen_at=world.now,
    )
    number = world.ledger.arrive(arrival)
    world.process()
    assert digest_of(raw) == arrival.digest
    return world.document(number)


def _told(data: bytes) -> str:
    letter = message_from_bytes(data, policy=email.policy.default)
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n").strip()
    return f"To: {letter['To']}\nSubject: {letter['Subject']}\n\n{text}\n"


def shown(document: Mapping[str, Any]) -> str:
    """The parts of a document that a case usually is about, as JSON to edit."""
    plain = (
        *("kind", "state", "reason", "round", "province", "late"),
        *("forms_missing", "narrative", "scan", "verdict"),
    )
    identity, reply = document["identity"], document["reply"]
    expected = {
        **{key: document[key] for key in plain},
        "identity": {key: identity[key] for key in ("strength", "verified")},
        "attachments": [
            _some(a, "path", "type", "role", "problem") for a in document["attachments"]
        ],
        "forms": [_some(f, "form", "sheet", "state", "rows") for f in document["forms"]],
        "findings": [
            _some(f, "code", "severity", "form", "cell") for f in document["findings"]
        ],
        "reply": _some(reply, "template", "to", "also", "suppressed"),
    }
    return json.dumps(expected, ensure_ascii=False, indent=1) + "\n"


def _some(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item[key] for key in keys}


def differences(expected: Any, actual: Any, where: str = "") -> list[str]:
    """Where a document does not hold what is expected of it, in words."""
    if isinstance(expected, dict):
        return [
            line
            for key, value in expected.items()
            for line in _difference_of_key(key, value, actual, f"{where}.{key}")
        ]
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return [f"{where}: {len(actual)} items for {len(expected)}: {actual}"]
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for n, (e, a) in pairs for line in differences(e, a, f"{where}[{n}]")]
    return [] if expected == actual else [f"{where}: {actual!r}, expected {expected!r}"]


def _difference_of_key(key: str, value: Any, actual: Any, where: str) -> list[str]:
    if key not in actual:
        return [f"{where}: not there"]
    if where == ".rows":
        return [f"no row {row}" for row in value if not _has(actual[key], row)]
    if where == ".findings":
        return differences(
            sorted(value, key=_by_place), sorted(actual[key], key=_by_place), where
        )
    return differences(value, actual[key], where)


def _has(rows: list[Mapping[str, Any]], wanted: Mapping[str, Any]) -> bool:
    return any(not differences(wanted, row) for row in rows)


def _by_place(finding: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(finding.get(key)) for key in ("code", "form", "cell"))
