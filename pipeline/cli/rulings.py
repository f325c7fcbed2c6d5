"""`accept`, `waive`, `extend`: a planner's word on forms, findings and deadlines."""

from datetime import datetime, time

from pipeline.assembly import Plan
from pipeline.cli.decisions import carry_out, tell_outcome, who
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import find, province_named, round_named
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.finding import FindingState
from pipeline.domain.rulings import NotedFinding
from pipeline.ports import Ledger
from pipeline.stages.report import VIETNAM, local_time

END_OF_DAY = time(23, 59, 59)


def accept(call: Call) -> int:
    """Take forms of a message as they are, with their faults."""
    wanted, undo = call.arguments.form, call.arguments.withdraw

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        message = find(ledger, call.arguments.message).id
        forms = _forms(ledger, message, wanted)
        ledger.reopen(message, call.clock())
        words = (who(call), call.arguments.why, call.clock())
        if undo:
            if not ledger.withdraw_acceptance(message, forms, *words):
                raise PermanentError(f"message {message}: no form of it was accepted so")
        else:
            ledger.accept_forms(message, forms, *words)
        return [message]

    return tell_outcome(call, carry_out(call, act))


def _forms(ledger: Ledger, message: int, wanted: str | None) -> list[str]:
    """The forms of a message that can be accepted: the named one, or all."""
    document = ledger.document(message) or {}
    states = {form["form"]: form["state"] for form in document.get("forms", ())}
    readable = [form for form, state in states.items() if state != "unreadable"]
    forms = [form for form in readable if wanted in (None, form)]
    if not forms:
        named = wanted or "form"
        raise PermanentError(f"message {message} has no readable {named} to accept")
    return forms


def waive(call: Call) -> int:
    """Set one finding aside for as long as its values stay what they are."""
    undo = call.arguments.withdraw

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        noted = _finding(ledger, call.arguments.finding)
        ledger.reopen(noted.message, call.clock())
        words = (who(call), call.arguments.why, call.clock())
        if undo:
            if not ledger.withdraw_waiver(noted, *words):
                raise PermanentError(f"finding {noted.id} is not waived")
        else:
            ledger.waive(noted, *words)
        return [noted.message]

    return tell_outcome(call, carry_out(call, act))


def _finding(ledger: Ledger, number: str) -> NotedFinding:
    """The finding of a number of the view `findings`, if it is one that can be waived."""
    noted = ledger.finding(int(number)) if number.isdecimal() else None
    if noted is None:
        raise PermanentError(f"{number}: no such finding; `show MESSAGE` gives the numbers")
    if noted.finding.form is None or noted.finding.code == "form-missing":
        raise PermanentError(
            f"finding {number} ({noted.finding.code}) is not on a form that came"
        )
    if noted.province is None or noted.round is None:
        raise PermanentError(f"finding {number}: assign the message to a province first")
    if noted.finding.state is FindingState.BLOCKED:
        raise PermanentError(f"finding {number} is blocked: waive what blocks it")
    return noted


def extend(call: Call) -> int:
    """Give a province a deadline of its own, or the round's back."""
    plan_round = round_named(call, call.arguments.round)
    province = province_named(call, call.arguments.province)
    due = _deadline(call.arguments.date)

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        touched = ledger.extend(
            plan_round.id, province, due, who(call), call.arguments.why, call.clock()
        )
        for message in touched:
            ledger.reopen(message, call.clock())
        return list(touched)

    documents = carry_out(call, act)
    holds = due or plan_round.due
    answer = {
        "round": plan_round.id,
        "province": province,
        "due": local_time(holds),
        "extended": due is not None,
        "messages": [
            {"id": number, "late": document["late"]} for number, document in documents
        ],
    }
    if call.talk.machine:
        call.talk.document(answer)
    name = call.plan.gazetteer.by_code(province).name
    call.talk.tell(
        "extend.done", province=name, due=local_time(holds), messages=len(documents)
    )
    return FINE


def _deadline(text: str) -> datetime | None:
    """A date (to its last second) or a time in Vietnam; None for "none"."""
    if text == "none":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise PermanentError(
            f"{text}: not a date; write 2013-07-20, 2013-07-20T17:00, or none"
        ) from error
    if len(text) == len("2013-07-20"):
        moment = datetime.combine(moment.date(), END_OF_DAY)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
