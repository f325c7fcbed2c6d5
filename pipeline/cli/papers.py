"""`paper`: the signed paper that came by post, as planners tick it off."""

from datetime import date

from pipeline.assembly import open_ledger
from pipeline.cli.decisions import word
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named, round_named
from pipeline.domain.errors import PermanentError
from pipeline.domain.paper import Beside
from pipeline.domain.writing.vietnamese import HANOI

COLUMNS = ("province", "name", "paper", "scan", "narrative")


def paper(call: Call) -> int:
    """`paper list` or `paper received PROVINCE`."""
    return _list(call) if call.arguments.action == "list" else _received(call)


def _received(call: Call) -> int:
    """Note the day a province's paper came, or take the note back."""
    wanted = call.arguments
    plan_round = round_named(call, wanted.round)
    province = province_named(call, wanted.province)
    on = None if wanted.withdraw else _day(call, wanted.on)
    ledger = open_ledger(call.plan)
    try:
        stands = ledger.beside(plan_round.id).get(province, Beside()).paper
        changed = stands != on
        if not wanted.dry_run:
            said = word(call)
            place = (plan_round.id, province)
            changed = ledger.note_paper(place, on, said.by, said.why, said.at)
    finally:
        ledger.close()
    day = None if on is None else on.isoformat()
    if call.talk.machine:
        answer = {"round": plan_round.id, "province": province, "paper": day}
        call.talk.document({**answer, "changed": changed})
    name = call.plan.gazetteer.by_code(province).name
    phrase = "paper.same" if not changed else "paper.none" if on is None else "paper.done"
    call.talk.tell(phrase, province=name, day=day or "-")
    return FINE


def _day(call: Call, written: str | None) -> date:
    """The day named, today where none is."""
    today = call.clock().astimezone(HANOI).date()
    if written is None:
        return today
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise PermanentError(f"{written}: not a date; write 2013-07-20") from error
    if day > today:
        raise PermanentError(f"{written}: a paper cannot have come after today, {today}")
    return day


def _list(call: Call) -> int:
    """Every province of the round with what came beside its forms."""
    plan_round = round_named(call, call.arguments.round)
    ledger = open_ledger(call.plan)
    try:
        codes = dict.fromkeys(r["province_code"] for r in ledger.coverage(plan_round.id))
        found = ledger.beside(plan_round.id)
    finally:
        ledger.close()
    lines = []
    for code in codes:
        each = found.get(code, Beside())
        day = None if each.paper is None else each.paper.isoformat()
        if call.talk.machine:
            about = {"round": plan_round.id, "province": code, "paper": day}
            call.talk.document({**about, "scan": each.scan, "narrative": each.narrative})
        name = call.plan.gazetteer.by_code(code).name
        lines.append(
            [code, name, day, *("✓" if c else "" for c in (each.scan, each.narrative))]
        )
    if not call.talk.machine:
        call.talk.table(COLUMNS, lines)
    return FINE
