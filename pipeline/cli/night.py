"""`consolidate` and `audit`: the night's work on demand."""

from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.assembly import (
    make_consolidation,
    open_archive,
    open_journal,
    open_ledger,
    open_mailbox,
)
from pipeline.cli.ingest import parse_time
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.cli.naming import round_named
from pipeline.domain.errors import ConfigError, UnreachableError
from pipeline.domain.five_year_path import Standing
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.audit import AuditReport, audit_ledger
from pipeline.jobs.consolidate import consolidate


def consolidate_round(call: Call) -> int:
    """National and regional tables of a round, now or as they stood."""
    plan_round = round_named(call, call.arguments.round)
    as_of = parse_time(call.arguments.as_of)
    out = Path(call.arguments.out).absolute() if call.arguments.out else None
    ledger = open_ledger(call.plan)
    try:
        work = make_consolidation(call.plan, ledger, plan_round, out)
        report = consolidate(work, call.clock(), as_of, dry_run=call.arguments.dry_run)
    finally:
        ledger.close()
    answer: dict[str, Any] = {
        "run": report.run,
        "round": report.round,
        "as_of": report.as_of.astimezone(HANOI).isoformat(),
        "figures": report.figures,
        "reported": report.reported,
        "expected": report.expected,
        "totals": report.totals,
        "products": report.products,
        "five_year": {
            "targets": len(plan_round.targets),
            **{each.value: 0 for each in Standing},
            **Counter(point.standing.value for point in report.five_year),
        },
    }
    if call.talk.machine:
        call.talk.document(answer)
    dry: bool = call.arguments.dry_run
    call.talk.tell("consolidate.would" if dry else "consolidate.done", **answer)
    return FINE


def audit(call: Call) -> int:
    """Whether ledger, archive and audit trail agree; 1 when they do not."""
    report = _audited(call)
    if call.talk.machine:
        call.talk.document(
            {
                "balanced": not report.problems,
                "messages": report.messages,
                "mailbox_asked": report.mailbox,
                "folders": [dict(row) for row in report.folders],
                "problems": [dict(problem) for problem in report.problems],
            }
        )
        return FOUND if report.problems else FINE
    for row in report.folders:
        call.talk.tell("audit.folder", **row)
    for problem in report.problems:
        detail = call.talk.word("letter", call.talk.worded(problem["detail"]))
        told = {"where": problem["where"], "detail": detail}
        call.talk.tell(f"audit.{problem['what']}", **told)
    if not report.mailbox:
        call.talk.tell("audit.no_mailbox")
    phrase = "audit.bad" if report.problems else "audit.good"
    call.talk.tell(phrase, messages=report.messages, count=len(report.problems))
    return FOUND if report.problems else FINE


def _audited(call: Call) -> AuditReport:
    """The audit with the mailbox, or without it where it is out of reach."""
    ledger, archive = open_ledger(call.plan), open_archive(call.plan)
    journal = open_journal(call.plan)
    try:
        mailbox = open_mailbox(call.plan)
    except ConfigError:
        mailbox = None
    try:
        return audit_ledger(ledger, archive, mailbox, journal, every_figure=True)
    except UnreachableError as fault:
        call.talk.say("fault.later", problem=call.talk.worded(fault))
        return audit_ledger(ledger, archive, journal=journal, every_figure=True)
    finally:
        if mailbox is not None:
            mailbox.close()
        ledger.close()
