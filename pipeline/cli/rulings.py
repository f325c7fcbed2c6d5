"""`accept`, `admit`, `waive`, `extend`: a planner's word on forms, findings, deadlines."""

from collections.abc import Sequence
from datetime import datetime, time

from pipeline.assembly import Plan
from pipeline.cli.decisions import carry_out, tell_outcome, word
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import find, province_named, round_named
from pipeline.domain.errors import PermanentError
from pipeline.jobs import planner_decisions
from pipeline.ports import Ledger
from pipeline.stages.report import VIETNAM, local_time

END_OF_DAY = time(23, 59, 59)


def accept(call: Call) -> int:
    """Take forms of a message as they are, with their faults."""
    wanted, undo = call.arguments.form, call.arguments.withdraw

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        message = find(ledger, call.arguments.message).id
        return planner_decisions.accept(ledger, message, wanted, word(call), undo=undo)

    return tell_outcome(call, carry_out(call, act))


def admit(call: Call) -> int:
    """Let forms of a message count that came when the books were closed."""
    wanted, undo = call.arguments.form, call.arguments.withdraw

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        message = find(ledger, call.arguments.message).id
        return planner_decisions.admit(ledger, message, wanted, word(call), undo=undo)

    return tell_outcome(call, carry_out(call, act))


def waive(call: Call) -> int:
    """Set one finding aside for as long as its values stay what they are."""
    finding, undo = call.arguments.finding, call.arguments.withdraw

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        return planner_decisions.waive(ledger, finding, word(call), undo=undo)

    return tell_outcome(call, carry_out(call, act))


def extend(call: Call) -> int:
    """Give a province a deadline of its own, or the round's back."""
    plan_round = round_named(call, call.arguments.round)
    province = province_named(call, call.arguments.province)
    due = _deadline(call.arguments.date)
    if due is not None and not plan_round.may_end(due):
        raise PermanentError(
            f"{call.arguments.date}: no deadline of a round opened {plan_round.issued}"
        )

    def act(plan: Plan, ledger: Ledger) -> Sequence[int]:
        return planner_decisions.extend(ledger, plan_round.id, province, due, word(call))

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
