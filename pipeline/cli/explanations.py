"""`explanations`: what provinces explain instead of mending, and a planner's word on it."""

from typing import Any

from pipeline.assembly import Plan, open_ledger
from pipeline.cli.decisions import carry_out, tell_outcome, word
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named, round_named
from pipeline.domain.proposal import NotedExplanation, ProposalState
from pipeline.jobs import planner_decisions
from pipeline.ports import Ledger
from pipeline.stages.report import local_time

COLUMNS = (
    *("id", "ledger_id", "province_code", "received_at", "state", "findings", "severity"),
    *("about", "found", "expected", "text"),
)


def explanations(call: Call) -> int:
    """`explanations list`, `accept N`, `refuse N`."""
    if call.arguments.action == "list":
        return _list(call)
    accepted = call.arguments.action == "accept"
    number = call.arguments.explanation

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        return planner_decisions.rule_on_explanation(
            ledger, number, word(call), accepted=accepted
        )

    return tell_outcome(call, carry_out(call, act))


def _list(call: Call) -> int:
    """What awaits a planner, oldest first; with --all what is ruled on or gone as well."""
    wanted = call.arguments
    plan_round = round_named(call, wanted.round)
    province = None if wanted.province is None else province_named(call, wanted.province)
    ledger = open_ledger(call.plan)
    try:
        noted = [
            each
            for each in ledger.explanations(plan_round.id)
            if province in (None, each.province) and (wanted.all or _waits(each))
        ]
    finally:
        ledger.close()
    if call.talk.machine:
        for each in noted:
            call.talk.document(_document(each))
    else:
        call.talk.table(COLUMNS, [_line(call, each) for each in noted])
    return FINE


def _waits(noted: NotedExplanation) -> bool:
    return any(found.id and state is ProposalState.PROPOSED for found, state in noted.asked)


def _line(call: Call, noted: NotedExplanation) -> list[object]:
    document = _document(noted)
    severity = document["severity"]
    return [
        noted.id,
        noted.message,
        noted.province,
        document["received_at"],
        call.talk.text(f"explanation.{noted.state}"),
        ", ".join(str(found.id) for found, _ in noted.asked if found.id),
        severity and call.talk.text(f"value.{severity}"),
        *(document[name] for name in ("about", "found", "expected", "text")),
    ]


def _document(noted: NotedExplanation) -> dict[str, Any]:
    words = noted.explanation
    first = noted.asked[0][0].finding if noted.asked else None
    form = words.form or (first.form if first else None)
    return {
        "id": noted.id,
        "message": noted.message,
        "round": noted.round,
        "province": noted.province,
        "sender": noted.sender,
        "received_at": local_time(noted.received_at),
        "state": noted.state.value,
        "waits": _waits(noted),
        "about": "/".join(filter(None, (form, words.rule or words.indicator))),
        "severity": first and first.severity.value,
        "found": first and first.found,
        "expected": first and first.expected,
        "findings": [
            {"id": found.id or None, "message": found.message, "state": state.value}
            for found, state in noted.asked
        ],
        "text": words.text,
    }
