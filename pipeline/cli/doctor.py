"""`doctor`: tries every door and says what to do."""

import hashlib
import ipaddress
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.adapters.archive_openers import OPENERS, missing_packages
from pipeline.assembly import (
    make_bench,
    make_private,
    open_archive,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_reader,
)
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.domain.errors import (
    ConfigError,
    PermanentError,
    PipelineError,
    TransientError,
)
from pipeline.ports import RawMessage
from pipeline.stages.lint_round import lint

TRIAL_MESSAGE = b"From: a@example.vn\r\nTo: b@example.vn\r\nSubject: x\r\n\r\nx\r\n"
TRIAL_DIGEST = hashlib.sha256(TRIAL_MESSAGE).hexdigest()
ENOUGH_DISK = 1 << 30


@dataclass(frozen=True, slots=True)
class DoorReport:
    """One door: whether it opened, what was seen, and what to do when it did not."""

    door: str
    ok: bool
    detail: str
    advice: str = ""


def doctor(call: Call) -> int:
    """Every door in turn; 1 when one does not open. ConfigError stops with 78."""
    _ = call.plan  # a wrong configuration is told at once, with exit 78
    healthy = True
    for report in _reports(call):
        healthy = healthy and report.ok
        if call.talk.machine:
            call.talk.document(
                {
                    "door": report.door,
                    "ok": report.ok,
                    "detail": report.detail,
                    "advice": report.advice,
                }
            )
        sign = ("!" if report.advice else "✓") if report.ok else "✗"
        name = call.talk.text(f"doctor.{report.door}")
        call.talk.tell("doctor.line", sign=sign, name=name, detail=report.detail)
        if report.advice:
            call.talk.tell("doctor.advice", advice=report.advice)
    return FINE if healthy else FOUND


def _reports(call: Call) -> Iterator[DoorReport]:
    doors: dict[str, Callable[[Call], str]] = {
        "config": _try_config,
        "rounds": _try_rounds,
        "templates": _try_templates,
        "archives": _try_archives,
        "disk": _try_disk,
        "private": _try_private,
        "worker": _try_worker,
        "database": _try_database,
        "imap": _try_imap,
        "smtp": _try_smtp,
        "clock": _try_clock,
    }
    for door, attempt in doors.items():
        try:
            detail = attempt(call)
        except ConfigError as fault:
            yield DoorReport(door, ok=False, detail=str(fault), advice=fault.key)
        except PipelineError as fault:
            advice = call.talk.text(f"doctor.advice.{door}")
            yield DoorReport(door, ok=False, detail=str(fault), advice=advice)
        else:
            yield DoorReport(door, ok=True, detail=detail)
    yield _console_door(call)
    yield from _old_beats(call)


def _try_config(call: Call) -> str:
    return f"{call.settings.source}; {len(call.plan.senders)} senders"


def _try_rounds(call: Call) -> str:
    for plan_round in call.plan.rounds:
        for problem in lint(plan_round, call.plan.gazetteer):
            raise ConfigError(problem.file, problem.key, problem.problem)
    return ", ".join(plan_round.id for plan_round in call.plan.rounds)


def _try_templates(call: Call) -> str:
    return type(make_bench(call.plan).writer).__name__


def _try_archives(call: Call) -> str:
    missing = missing_packages()
    if missing:
        raise PermanentError(", ".join(missing))
    return ", ".join(sorted(OPENERS))


def _try_disk(call: Call) -> str:
    folder = make_private(call.settings.data_dir)
    free = shutil.disk_usage(folder).free
    if free < ENOUGH_DISK:
        raise TransientError(f"{folder}: {free >> 20} MB free")
    open_archive(call.plan)
    return f"{folder}: {free >> 30} GB free"


def _try_private(call: Call) -> str:
    """Whether the data folder, with mails and names in it, is ours alone."""
    folder = make_private(call.settings.data_dir)
    found = folder.stat()
    if found.st_uid not in (os.geteuid(), 0):
        raise PermanentError(f"{folder} belongs to user {found.st_uid}")
    mode = stat.S_IMODE(found.st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PermanentError(f"{folder}: mode {mode:o}")
    return f"{folder}: {mode:o}"


def _try_worker(call: Call) -> str:
    """One small message through a parsing child."""
    reader = open_reader(call.plan)
    try:
        message = RawMessage(TRIAL_DIGEST, TRIAL_MESSAGE)
        parsed = reader.parse_ahead([lambda: message])[0]()
    finally:
        reader.close()
    return str(parsed.triage.kind)


def _try_database(call: Call) -> str:
    ledger = open_ledger(call.plan)
    try:
        return f"{sum(row['all'] for row in ledger.balance())} messages"
    finally:
        ledger.close()


def _try_imap(call: Call) -> str:
    mailbox = open_mailbox(call.plan)
    try:
        folders = [mailbox.examine(folder) for folder in mailbox.folders()]
    finally:
        mailbox.close()
    return ", ".join(f"{f.name}: {len(f.uids)}" for f in folders)


def _try_smtp(call: Call) -> str:
    if call.settings.policy.replies == "off":
        return "off"
    postbox = open_postbox(call.plan)
    try:
        postbox.check()
    finally:
        postbox.close()
    return call.settings.smtp.host


def _try_clock(call: Call) -> str:
    now = call.clock()
    newest = max((r.issued for r in call.plan.rounds), default=now.date())
    if now.date() < newest:
        raise TransientError(f"{now.isoformat()} is before the round's letter {newest}")
    return now.isoformat(timespec="seconds")


def _console_door(call: Call) -> DoorReport:
    """Where the pages are served: a warning, no fault, where it is not loopback."""
    host, port = call.settings.console.host, call.settings.console.port
    advice = "" if _is_loopback(host) else call.talk.text("doctor.advice.console")
    return DoorReport("console", ok=True, detail=f"{host}:{port}", advice=advice)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _old_beats(call: Call) -> Iterator[DoorReport]:
    """What each job of the daemon last reported."""
    try:
        ledger = open_ledger(call.plan)
    except PipelineError:
        return  # said already
    try:
        beats = ledger.beats()
    finally:
        ledger.close()
    for job, (at, outcome) in sorted(beats.items()):
        detail = f"{job} {at.isoformat(timespec='seconds')}: {outcome}"
        yield DoorReport("daemon", ok=outcome == "ok", detail=detail)
