"""report: the outcome of one message as the document that `--json` prints."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pipeline.domain.mail.message import Attachment, State
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix, Row
from pipeline.domain.proposal import Proposal, together
from pipeline.domain.senders.identity import Identity
from pipeline.domain.verdict import Decision, FormResult, Parsed, ReplyPlan, Verdict
from pipeline.domain.writing.number_text import canonical

VIETNAM = timezone(timedelta(hours=7))
"""Fixed, as the country has kept it since 1975: no time zone data is needed."""


def report(parsed: Parsed, decision: Decision) -> dict[str, Any]:
    """The whole outcome in the shape of contract.md, ready for JSON.

    Figures are canonical decimal strings, times ISO 8601 with +07:00. Every key is
    present. `rows` lists what was read of every form, whatever became of the form.
    """
    return summary(parsed, decision) | {
        "rows": rows_of(form.appendix for form in decision.forms)
    }


def rows_of(appendices: Iterable[Appendix]) -> list[Mapping[str, Any]]:
    """What was read of forms, in their order: `rows` of the document."""
    return [_row(row) for appendix in appendices for row in appendix.rows]


def summary(parsed: Parsed, decision: Decision) -> dict[str, Any]:
    """The document with `rows` left empty: all that `parsed` does not say already."""
    return {
        "digest": decision.digest,
        "kind": decision.kind.value,
        "state": decision.state.value,
        "reason": decision.reason,
        "round": decision.round,
        "province": decision.identity.province,
        "identity": _identity(decision.identity),
        "received_at": local_time(decision.received_at),
        "late": decision.late,
        "attachments": [_attachment(item) for item in parsed.attachments],
        "forms": [_form(form) for form in decision.forms],
        "forms_missing": list(decision.forms_missing),
        "narrative": decision.narrative,
        "scan": decision.scan,
        "rows": [],
        "findings": [_finding(finding) for finding in decision.findings],
        "verdict": decision.verdict.value,
        "reply": _reply(decision.reply),
        "explanations": [
            _explanation(item, place, decision.proposals)
            for place, item in enumerate(decision.explanations)
        ],
    }


def outline(
    digest: str | None, state: State, reason: str | None, received_at: datetime
) -> dict[str, Any]:
    """The same document for a message that nothing was read of (yet, or ever)."""
    return {
        "digest": digest,
        "kind": None,
        "state": state.value,
        "reason": reason,
        "round": None,
        "province": None,
        "identity": {"strength": "none", "verified": False, "evidence": []},
        "received_at": local_time(received_at),
        "late": None,
        "attachments": [],
        "forms": [],
        "forms_missing": [],
        "narrative": False,
        "scan": False,
        "rows": [],
        "findings": [],
        "verdict": Verdict.HELD.value if state is State.HELD else Verdict.NONE.value,
        "reply": _reply(ReplyPlan("none")),
        "explanations": [],
    }


def local_time(moment: datetime) -> str:
    """An aware time in Vietnam, to the second: "2013-07-10T09:12:00+07:00"."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def _identity(identity: Identity) -> Mapping[str, Any]:
    return {
        "strength": identity.strength.value,
        "verified": identity.verified,
        "evidence": [
            {
                "source": clue.source.value,
                "value": clue.value,
                "province": clue.province,
                "where": clue.where,
            }
            for clue in identity.evidence
        ],
    }


def _attachment(item: Attachment) -> Mapping[str, Any]:
    return {
        "path": item.path,
        "name": item.name,
        "type": item.type,
        "sha256": item.sha256,
        "role": item.role.value,
        "problem": item.problem,
    }


def _form(form: FormResult) -> Mapping[str, Any]:
    return {
        "form": form.appendix.form,
        "path": form.appendix.path,
        "sheet": form.appendix.sheet,
        "state": form.state.value,
        "rows": len(form.appendix.rows),
        "confidence": round(form.appendix.confidence, 4),
        "shut": form.shut,
    }


def _row(row: Row) -> Mapping[str, Any]:
    return {
        "form": row.form,
        "indicator": row.indicator,
        "column": row.column,
        "value": _number(row.value),
        "missing": None if row.missing is None else row.missing.value,
        "unit": row.unit,
        "unit_written": row.unit_written,
        "raw": row.raw,
        "path": row.path,
        "sheet": row.sheet,
        "cell": row.cell,
        "hidden": row.hidden,
        "encoding": row.encoding,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else canonical(value)


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "state": finding.state.value,
        "form": finding.form,
        "indicator": finding.indicator,
        "column": finding.column,
        "path": finding.path,
        "sheet": finding.sheet,
        "cell": finding.cell,
        "found": finding.found,
        "expected": finding.expected,
        "rule": finding.rule,
        "suspect": list(finding.suspect),
    }


def _explanation(
    item: Explanation, place: int, proposals: Iterable[Proposal]
) -> Mapping[str, Any]:
    states = (p.state for p in proposals if p.explanation == place)
    return {
        "form": item.form,
        "rule": item.rule,
        "indicator": item.indicator,
        "text": item.text,
        "state": together(states).value,
        "findings": [],
    }


def _reply(plan: ReplyPlan) -> Mapping[str, Any]:
    return {
        "template": plan.template,
        "to": plan.to,
        "also": list(plan.also),
        "subject": plan.subject,
        "suppressed": plan.suppressed,
    }
