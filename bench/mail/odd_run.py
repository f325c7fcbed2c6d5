"""Odd mails through the worker's child: what became of the files put in."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.mail.odd_mails import OURS, OddMail
from pipeline.adapters.worker.parsing_worker import ParsingWorker, WorkerSettings
from pipeline.domain.errors import LimitError
from pipeline.domain.mail.message import Kind, Role
from pipeline.domain.verdict import Parsed
from pipeline.ports import RawMessage

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class OddResults:
    """Mails by what became of them, processor seconds, and the mails that went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    slowest: str = ""
    wrong: list[tuple[OddMail, str]] = field(default_factory=list)
    by_trait: dict[str, Counter[str]] = field(default_factory=dict)


def new_worker() -> ParsingWorker:
    """The daemon's own worker on the shipped round."""
    return ParsingWorker(
        WorkerSettings(
            rounds=(str(CONFIG / "rounds" / "ke-hoach-2014"),),
            provinces=str(CONFIG / "provinces.csv"),
            communes=str(CONFIG / "communes.csv"),
            own_addresses=(OURS.decode(),),
        )
    )


def run_odd_mails(mails: Iterable[OddMail]) -> OddResults:
    """Read every mail in a child; the daemon's side must see nothing but typed answers."""
    results = OddResults()
    worker = new_worker()
    worker.parse(RawMessage("0" * 64, b"From: a@b.vn\r\n\r\nwarm\r\n"))
    try:
        for mail in mails:
            _take(worker, mail, results)
    finally:
        worker.close()
    return results


def _take(worker: ParsingWorker, mail: OddMail, results: OddResults) -> None:
    before = _processor_seconds()
    outcome = outcome_of(worker, mail)
    spent = _processor_seconds() - before
    if spent > max(results.seconds, default=0.0):
        results.slowest = mail.name
    results.seconds.append(spent)
    results.outcomes[outcome] += 1
    for trait in dict.fromkeys(mail.traits):
        results.by_trait.setdefault(trait, Counter())[outcome] += 1
    if outcome in ("silent", "exception") or spent > 5:
        results.wrong.append((mail, outcome))


def outcome_of(worker: ParsingWorker, mail: OddMail) -> str:
    """`whole`, `damaged`, `held`, `limits`, `silent` or `exception`."""
    digest = hashlib.sha256(mail.raw).hexdigest()
    try:
        parsed = worker.parse(RawMessage(digest, mail.raw))
    except LimitError:
        return "limits"
    except Exception as fault:  # noqa: BLE001 - counting what must not happen
        print(mail.name, repr(fault)[:300])
        return "exception"
    return judged(parsed, mail)


def judged(parsed: Parsed, mail: OddMail) -> str:
    """What an answer of the worker means for the files put in."""
    if parsed.triage.reason == "hidden-attachment":
        return "held"
    have = Counter(one.sha256 for one in parsed.attachments)
    missing = Counter(mail.files) - have
    if not missing:
        return "whole"
    named = parsed.triage.kind is Kind.SUBMISSION
    others = [
        one
        for one in parsed.attachments
        if one.sha256 not in mail.files
        and (one.role is not Role.OTHER or one.problem or one.type in ("unknown", "empty"))
    ]
    return "damaged" if named and len(others) >= missing.total() else "silent"


def _processor_seconds() -> float:
    """User and system time of our children that live, by the kernel's account."""
    total = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK
