"""`matches`: rows and columns that may mean something else, and what planners say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.assembly import Plan, open_ledger
from pipeline.cli.decisions import carry_out, tell_outcome, word
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named
from pipeline.jobs.matches import Doubt, confirm_match, list_doubts, withdraw_match
from pipeline.ports import Ledger
from pipeline.ports.aliases import AliasEntry
from pipeline.stages.report import local_time

DOUBT_COLUMNS = (
    *("finding", "message", "province", "form", "cell", "label"),
    *("meaning", "asked", "score", "place"),
)
ALIAS_COLUMNS = (
    *("alias", "province", "form", "label", "meaning", "said_by", "said_at"),
    *("withdrawn_by", "withdrawn_at"),
)


def matches(call: Call) -> int:
    """`matches list`, `confirm FINDING` or `withdraw ALIAS`."""
    actions: Mapping[str, Callable[[Call], int]] = {
        "list": _list,
        "confirm": _confirm,
        "withdraw": _withdraw,
    }
    return actions[call.arguments.action](call)


def _list(call: Call) -> int:
    """What is open, with every candidate; with --answered what planners said."""
    named = call.arguments.province
    province = None if named is None else province_named(call, named)
    ledger = open_ledger(call.plan)
    try:
        if call.arguments.answered:
            rows = [_alias(entry) for entry in ledger.alias_entries(province)]
        else:
            doubts = list_doubts(ledger, call.plan.rounds, province)
            rows = [doubt_row(doubt) for doubt in doubts]
    finally:
        ledger.close()
    if call.talk.machine:
        for row in rows:
            call.talk.document(row)
    elif call.arguments.answered:
        call.talk.table(ALIAS_COLUMNS, [[row[c] for c in ALIAS_COLUMNS] for row in rows])
    else:
        lines = [line for row in rows for line in _lines(row)]
        call.talk.table(DOUBT_COLUMNS, [[line[c] for c in DOUBT_COLUMNS] for line in lines])
        call.talk.tell("matches.open", count=len(rows))
    return FINE


def doubt_row(doubt: Doubt) -> dict[str, Any]:
    """An open question as `matches list --json` prints it."""
    noted = doubt.noted
    return {
        "finding": noted.id,
        "message": noted.message,
        "round": noted.round,
        "province": noted.province,
        "form": noted.finding.form,
        "axis": doubt.axis.value,
        "sheet": noted.finding.sheet,
        "cell": noted.finding.cell,
        "label": doubt.label,
        "meanings": [
            {
                "meaning": meaning.key,
                "code": meaning.code,
                "label": meaning.label,
                "score": meaning.score,
                "taken": meaning.taken,
            }
            for meaning in doubt.meanings
        ],
        "elsewhere": [
            {
                "meaning": other.key,
                "place": other.cell,
                "label": other.label,
                "score": other.score,
            }
            for other in doubt.elsewhere
        ],
    }


def _lines(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One line a candidate; the question itself on the first only."""
    blank = dict.fromkeys(DOUBT_COLUMNS, "")
    head = {name: row.get(name, "") for name in DOUBT_COLUMNS}
    for meaning in row["meanings"]:
        asked = f"{meaning['code']} {meaning['label']}".strip()
        choice = {"meaning": meaning["meaning"], "score": meaning["score"], "asked": asked}
        yield {**head, **choice}
        head = blank
    for other in row["elsewhere"]:
        yield {**head, **other}
        head = blank


def _alias(entry: AliasEntry) -> dict[str, Any]:
    withdrawn = entry.withdrawn_at
    return {
        "alias": entry.id,
        "message": entry.message,
        "province": entry.province,
        "form": entry.alias.form,
        "axis": entry.alias.axis.value,
        "label": entry.label,
        "under": entry.alias.under,
        "meaning": entry.alias.meaning,
        "said_by": entry.said_by,
        "why": entry.why,
        "said_at": local_time(entry.said_at),
        "withdrawn_by": entry.withdrawn_by,
        "withdrawn_at": None if withdrawn is None else local_time(withdrawn),
    }


def _confirm(call: Call) -> int:
    """Say what a label means; every message that asks the same is read again."""
    finding, meaning = call.arguments.finding, call.arguments.meaning

    def act(plan: Plan, ledger: Ledger) -> Sequence[int]:
        return confirm_match(ledger, plan.rounds, finding, meaning, word(call))

    return tell_outcome(call, carry_out(call, act))


def _withdraw(call: Call) -> int:
    """Let an alias hold no more; the messages with that form are read again."""

    def act(plan: Plan, ledger: Ledger) -> Sequence[int]:
        return withdraw_match(ledger, call.arguments.alias, word(call))

    return tell_outcome(call, carry_out(call, act))
