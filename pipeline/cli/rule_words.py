"""`forms rules`, `keep`, `hold`: rules that fail often, and a planner's word."""

from collections.abc import Mapping

from pipeline.assembly import open_ledger
from pipeline.cli.decisions import who
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import round_named
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.rulings import RuleName

COLUMNS = ("rule", "failing", "seen", "held", "word", "letters")
LETTERS_SHOWN = 12
_WORDS = {"keep": "kept", "hold": "held"}


def list_rules(call: Call) -> int:
    """Every rule that failed in some province, the most often failing first."""
    plan_round = round_named(call, call.arguments.round)
    ledger = open_ledger(call.plan)
    try:
        standings = ledger.rule_standings(plan_round.id)
    finally:
        ledger.close()
    rows = [
        {
            "rule": "/".join(each.name),
            "failing": each.failing,
            "seen": each.seen,
            "held": each.held,
            "word": each.word,
            "letters": list(each.letters),
        }
        for each in sorted(standings, key=lambda each: (-each.failing, each.name))
    ]
    if call.talk.machine:
        for row in rows:
            call.talk.document(row)
        return FINE
    call.talk.table(COLUMNS, [_line(row) for row in rows])
    return FINE


def _line(row: Mapping[str, object]) -> list[object]:
    return ["✓" if row[name] is True else _cell(row[name]) for name in COLUMNS]


def _cell(value: object) -> object:
    if not isinstance(value, list):
        return value or ""
    more = " ..." if len(value) > LETTERS_SHOWN else ""
    return ", ".join(map(str, value[:LETTERS_SHOWN])) + more


def say_of_rule(call: Call) -> int:
    """Believe a rule whatever fails, or hold it back; messages judged from now on."""
    plan_round = round_named(call, call.arguments.round)
    name = _rule_named(plan_round, call.arguments.file or "")
    why = call.arguments.why
    if not why:
        raise PermanentError("say --why: it goes into the audit trail")
    word = _WORDS[call.arguments.action]
    if not call.arguments.dry_run:
        ledger = open_ledger(call.plan)
        try:
            ledger.rule_on(plan_round.id, name, word, who(call), why, call.clock())
        finally:
            ledger.close()
    if call.talk.machine:
        call.talk.document({"rule": "/".join(name), "word": word})
    call.talk.tell(f"forms.{word}", rule="/".join(name))
    return FINE


def _rule_named(plan_round: PlanRound, text: str) -> RuleName:
    """A rule as `forms rules` writes it ("PL02/R.5"), or by an id of one form only."""
    form, _, rule = text.rpartition("/")
    found = [
        (each.id, known.id)
        for each in plan_round.forms
        for known in each.rules
        if known.id == rule and form in ("", each.id)
    ]
    if len(found) != 1:
        raise PermanentError(f"{text or 'RULE'}: not one rule; `forms rules` lists them")
    return found[0]
