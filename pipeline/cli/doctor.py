"""`doctor`: tries every door and says what to do."""

import hashlib
import ipaddress
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

from pipeline.adapters.archive_openers import OPENERS, missing_packages
from pipeline.adapters.disk.durable_files import free_bytes
from pipeline.assembly import (
    TEMPLATES,
    make_bench,
    make_private,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_reader,
)
from pipeline.cli.doctor_machine import (
    DoorReport,
    see_strays,
    see_user,
    see_walls,
    try_clock,
    try_disk,
    try_others,
    try_secrets,
    try_zone,
)
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.domain.errors import (
    ConfigError,
    MissingFolderError,
    PermanentError,
    PipelineError,
    RefusedLoginError,
    ThrottledError,
)
from pipeline.jobs.watch_quota import too_full
from pipeline.ports import Ledger, RawMessage
from pipeline.stages.lint_round import lint
from pipeline.stages.report import local_time

TRIAL_MESSAGE = b"From: a@example.vn\r\nTo: b@example.vn\r\nSubject: x\r\n\r\nx\r\n"
TRIAL_DIGEST = hashlib.sha256(TRIAL_MESSAGE).hexdigest()
ENOUGH_DISK = 1 << 30


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
        detail = report.said or call.talk.worded(report.detail)
        call.talk.tell("doctor.line", sign=sign, name=name, detail=detail)
        if report.advice:
            call.talk.tell("doctor.advice", advice=report.advice)
    return FINE if healthy else FOUND


def _reports(call: Call) -> Iterator[DoorReport]:
    yield from _tried(call, _BEFORE_THE_LEDGER)
    try:
        ledger = open_ledger(call.plan)
    except PipelineError as fault:
        yield _shut(call, "database", fault)
        yield from _tried(call, {**_SERVERS, "clock": try_clock})
    else:
        with closing(ledger):
            yield from _tried(call, _with_ledger(ledger))
            yield from _old_beats(call, ledger)
    yield from _tried(call, {"zone": try_zone, "console": _console_door})


def _tried(
    call: Call, doors: Mapping[str, Callable[[Call], str | DoorReport]]
) -> Iterator[DoorReport]:
    for door, attempt in doors.items():
        try:
            seen = attempt(call)
        except PipelineError as fault:
            yield _shut(call, door, fault)
        else:
            yield seen if isinstance(seen, DoorReport) else _opened(door, seen)


def _opened(door: str, detail: str) -> DoorReport:
    return DoorReport(door, ok=True, detail=detail)


def _shut(call: Call, door: str, fault: PipelineError) -> DoorReport:
    """A door that does not open: what a person does about a fault of this kind."""
    if isinstance(fault, ConfigError):
        where = {"key": fault.key, "source": fault.source}
        advice = call.talk.text("doctor.advice.key", **where)
        return DoorReport(door, ok=False, detail=str(fault), advice=advice)
    topics: Mapping[type[PipelineError], str] = {
        RefusedLoginError: "login",
        ThrottledError: "throttled",
        MissingFolderError: "folder",
    }
    topic = topics.get(type(fault), door)
    advice = call.talk.text(f"doctor.advice.{topic}")
    return DoorReport(door, ok=False, detail=str(fault), advice=advice)


def _with_ledger(ledger: Ledger) -> Mapping[str, Callable[[Call], str | DoorReport]]:
    """The doors that the ledger is asked at, and the servers between them."""
    return {
        "database": lambda _: f"{sum(row['all'] for row in ledger.balance())} messages",
        "strays": lambda call: see_strays(call, ledger),
        "others": lambda call: try_others(call, ledger),
        **_SERVERS,
        "clock": lambda call: try_clock(call, ledger),
    }


def _try_config(call: Call) -> str:
    return f"{call.settings.source}; {len(call.plan.senders)} senders"


def _try_rounds(call: Call) -> str:
    for plan_round in call.plan.rounds:
        for problem in lint(plan_round, call.plan.gazetteer):
            raise ConfigError(problem.file, problem.key, problem.problem)
    return ", ".join(plan_round.id for plan_round in call.plan.rounds)


def _try_templates(call: Call) -> str:
    make_bench(call.plan)  # which renders each of them once
    return str(TEMPLATES / "letters")


def _try_archives(call: Call) -> str:
    missing = missing_packages()
    if missing:
        raise PermanentError(", ".join(missing))
    return ", ".join(sorted(OPENERS))


def _try_disk(call: Call) -> str:
    free = free_bytes(make_private(call.settings.data_dir))
    return try_disk(call, ENOUGH_DISK, free)


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


def _try_worker(call: Call) -> DoorReport:
    """One small message through a parsing child, and which walls are around it."""
    reader = open_reader(call.plan)
    try:
        message = RawMessage(TRIAL_DIGEST, TRIAL_MESSAGE)
        parsed = reader.parse_ahead([lambda: message])[0]()
        return see_walls(call, str(parsed.triage.kind), reader.walls())
    finally:
        reader.close()


def _try_imap(call: Call) -> DoorReport:
    mailbox = open_mailbox(call.plan)
    try:
        folders = [mailbox.examine(folder) for folder in mailbox.folders()]
        percent = mailbox.percent_full()
    finally:
        mailbox.close()
    full = "" if percent is None else f"; {percent} %"
    advice = call.talk.text("doctor.advice.quota") if too_full(percent) else ""
    detail = ", ".join(f"{f.name}: {len(f.uids)}" for f in folders) + full
    said = ", ".join(
        call.talk.text("doctor.folder", folder=f.name, count=len(f.uids)) for f in folders
    )
    if percent is not None:
        said = call.talk.text("doctor.room", folders=said, percent=percent)
    return DoorReport("imap", ok=True, detail=detail, advice=advice, said=said)


def _try_smtp(call: Call) -> str:
    if call.settings.policy.replies == "off":
        return "policy.replies: off"
    postbox = open_postbox(call.plan)
    try:
        postbox.check()
    finally:
        postbox.close()
    return call.settings.smtp.host


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


def _old_beats(call: Call, ledger: Ledger) -> Iterator[DoorReport]:
    """What each job of the daemon last reported, in Vietnam's time."""
    for job, (moment, outcome) in sorted(ledger.beats().items()):
        at = local_time(moment)
        detail = f"{job} {at}: {outcome}"
        said = call.talk.text(
            "doctor.beat",
            job=call.talk.word("job", job),
            at=at,
            outcome=call.talk.outcome(outcome),
        )
        yield DoorReport("daemon", ok=outcome == "ok", detail=detail, said=said)


_BEFORE_THE_LEDGER: Mapping[str, Callable[[Call], str | DoorReport]] = {
    "config": _try_config,
    "user": see_user,
    "secrets": try_secrets,
    "rounds": _try_rounds,
    "templates": _try_templates,
    "archives": _try_archives,
    "disk": _try_disk,
    "private": _try_private,
    "worker": _try_worker,
}
_SERVERS: Mapping[str, Callable[[Call], str | DoorReport]] = {
    "imap": _try_imap,
    "smtp": _try_smtp,
}
