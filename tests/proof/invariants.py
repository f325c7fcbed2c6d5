"""What must hold after any death and recovery: I1 to I12, as far as one process shows them.

I7 (memory, limits) and I9 (secrets) belong to the worker, the log and the letters; their
own suites show them. Everything else is looked at here, from outside the program.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from pipeline.jobs.audit import audit_ledger
from tests.proof.scripted_round import ACCOUNT, ROBOT, STRANGER, Outside, live, mails
from tests.servers.ledgers import VIEWS, TestDatabase

ENDS = {"filed", "held", "ignored", "duplicate", "quarantined", "gone"}
# Which life it was that did something, and numbers that only say in which order.
_OF_THE_LIFE = {"attempts", "run_id", "sent_at", "replied_at"}
# Numbers by order of arrival: a message that a server kept back comes after its neighbours.
_OF_THE_ORDER = {"id", "ledger_id", "message_id", "duplicate_of"}
_MIND = "SELECT form_id, province_code, digest, count(*) AS figures FROM observations"
COUNTING = f"{_MIND} GROUP BY form_id, province_code, digest"
# Figures are kept twice, once one by one and once packed: either with the other.
_HALVES = """
SELECT v.id FROM version v LEFT JOIN packed_figures p ON p.version_id = v.id
WHERE (p.version_id IS NULL) = EXISTS (SELECT 1 FROM figure f WHERE f.version_id = v.id)
"""


# A message or a letter in hand is finished first; what was claimed ahead is given back.
MOST_INSTANTS = 80


class BrokenInvariantError(AssertionError):
    """An invariant that did not hold, by its number."""


@dataclass(frozen=True)
class Picture:
    """All that the world holds when everything is at rest."""

    views: dict[str, list[dict[str, Any]]]
    events: list[dict[str, Any]]
    archive: dict[str, str]
    exports: dict[str, str]
    mailbox: dict[str, tuple[int, tuple[tuple[int, bytes], ...]]]
    letters: list[tuple[str, bytes]]


def must(number: str, holds: bool, what: object) -> None:
    """BrokenInvariantError unless it holds."""
    if not holds:
        raise BrokenInvariantError(f"{number}: {what}")


def picture_of(outside: Outside) -> Picture:
    """The world as an outsider sees it."""
    events = outside.database.rows("SELECT actor, action, message_id, detail FROM event")
    return Picture(
        views={view: _rows(outside.database, view) for view in VIEWS},
        events=sorted(events, key=repr),
        archive=_files(outside.disk / "archive"),
        exports=_files(outside.disk / "exports"),
        mailbox={
            name: (held.uidvalidity, tuple(held.messages.items()))
            for name, held in outside.mailbox.contents.items()
        },
        letters=sorted(outside.letters),
    )


def _rows(database: TestDatabase, view: str) -> list[dict[str, Any]]:
    found = database.rows(f"SELECT * FROM {view}")
    kept = ({k: v for k, v in row.items() if k not in _OF_THE_LIFE} for row in found)
    return sorted(kept, key=repr)


def _alike(
    some: list[dict[str, Any]], others: list[dict[str, Any]], without: set[str]
) -> bool:
    if some == others:
        return True
    left = [
        sorted(repr({k: v for k, v in row.items() if k not in without}) for row in rows)
        for rows in (some, others)
    ]
    return left[0] == left[1]


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("**/*"))
        if path.is_file() and "aside" not in path.parts
    } | {path.name: str(path.readlink()) for path in folder.glob("*/latest")}


def check_at_death(outside: Outside, golden: dict[str, int]) -> set[tuple[str, ...]]:
    """I5: at no instant does a reader see a part of a mail; what counts now (for I6)."""
    found = outside.database.rows(COUNTING)
    for row in found:
        whole = golden.get(row["digest"])
        must("I5", row["figures"] == whole, f"{row} of {whole} figures")
    halves = outside.database.rows(_HALVES)
    must("I5", not halves, f"figures without their packed twin, or it alone: {halves}")
    return {(row["province_code"], row["form_id"], row["digest"]) for row in found}


def letters_at_stake(outside: Outside) -> set[str]:
    """Letters that an earlier death left on their way or in doubt."""
    rows = outside.database.rows("SELECT message_id, state FROM outbox")
    return {row["message_id"] for row in rows if row["state"] in {"sending", "unknown"}}


def check_stopped(outside: Outside, instants: int, before: Collection[str] = ()) -> None:
    """F-S17-1: told to end, it ends soon, with nothing in hand and nothing in doubt.

    Letters at stake `before` that life may be in doubt: the death before it did that.
    """
    must("F-S17-1", instants <= MOST_INSTANTS, f"{instants} instants after SIGTERM")
    for view, busy in (("ingest_log", "processing"), ("outbox", "sending")):
        rows = outside.database.rows(f"SELECT * FROM {view} WHERE state = '{busy}'")
        must("F-S17-1", not rows, f"{view}: still {busy}")
    doubt = outside.database.rows("SELECT * FROM outbox WHERE state = 'unknown'")
    new = {row["message_id"] for row in doubt}.difference(before)
    must("F-S17-1", not new, f"the outcome is in doubt of {new}")


def check_at_rest(outside: Outside, undisturbed: Picture, counted: set[Any]) -> int:
    """Everything but I5; how many letters ended `unknown` (0 or 1 a death)."""
    _check_kept(outside)
    unknown = _check_letters(outside)
    found = picture_of(outside)
    _check_same(found, undisturbed, unknown, _OF_THE_ORDER if outside.troubled else set())
    counts = {row["form_id"] for row in outside.database.rows(COUNTING)}
    must("I6", {form for _, form, _ in counted} <= counts, "what counted is gone")
    live(outside, number=8)
    live(outside, number=9)
    must("I12", picture_of(outside) == found, "two more lives changed something")
    return len(unknown)


def _check_kept(outside: Outside) -> None:
    """I1 and I8: every mail has its row, its end, its bytes, its account."""
    rows = outside.database.rows("SELECT * FROM ingest_log")
    served = {
        (name, uid): hashlib.sha256(data).hexdigest()
        for name, held in mails().items()
        for uid, data in held.items()
    }
    placed = Counter((row["folder"], row["uid"]) for row in rows)
    must("I1", placed == Counter(dict.fromkeys(served, 1)), f"rows {placed}")
    for row in rows:
        place = (row["folder"], row["uid"])
        must("I1", row["state"] in ENDS, f"{place} is {row['state']}")
        must("I8", row["state"] == "filed" or row["reason"], f"{place} without a reason")
        if row["reason"] != "too-big":
            must("I1", row["digest"] == served[place], f"{place} has another digest")
    there = {(a.location.folder, a.location.uid) for a in outside.archive().arrivals()}
    kept = {(row["folder"], row["uid"]) for row in rows if row["reason"] != "too-big"}
    must("I1", there == kept, f"sidecars {there}")
    ledger = outside.database.open(ACCOUNT)
    try:
        report = audit_ledger(
            *(ledger, outside.archive(), outside.mailbox), every_figure=True
        )
    finally:
        ledger.close()
    must("I8", not report.problems, report.problems)


def _check_letters(outside: Outside) -> set[str]:
    """I3 and I4: at most one, exactly one unless a person is asked, none to robots."""
    taken = Counter(_id_of(data) for _, data in outside.letters)
    unknown = set()
    for row in outside.database.rows("SELECT message_id, state FROM outbox"):
        times = taken.pop(row["message_id"], 0)
        must("I3", times <= 1, f"{times} times {row['message_id']}")
        refused = outside.smtp is not None and row["state"] == "failed" and not times
        if row["state"] == "unknown" or refused:
            unknown.add(row["message_id"])
        else:
            must("I3", row["state"] == "sent" and times == 1, f"{row}, came {times} times")
    must("I3", not taken, f"letters that the ledger does not know: {taken}")
    to = {recipient for recipient, _ in outside.letters}
    must("I4", not to & {ROBOT, STRANGER}, f"letters to {to}")
    return unknown


def _id_of(data: bytes) -> str:
    return str(message_from_bytes(data)["Message-ID"]).strip()


def _check_same(
    found: Picture, undisturbed: Picture, unknown: set[str], without: set[str]
) -> None:
    """I2, I10, I11: rows, times, products and mailbox of the run without a fault."""
    must("I10", found.mailbox == undisturbed.mailbox, "the mailbox was touched")
    must("I11", found.archive == undisturbed.archive, "other bytes or times of receipt")
    for view, rows in undisturbed.views.items():
        same = _alike(found.views[view], rows, without)
        told = view in {"outbox", "ingest_log"} and unknown
        must("I2", same or bool(told), f"{view} differs")
    must("I2", found.exports == undisturbed.exports, "other products")
    same = _alike(found.events, undisturbed.events, without)
    must("I8", same, "other events in the audit trail")
    lost = {each for each in undisturbed.letters if each not in found.letters}
    must("I3", {_id_of(data) for _, data in lost} <= unknown, "a letter did not come")
