"""Decisions: what a form of a page asks for, handed to the desk with who and why."""

from datetime import datetime, time
from urllib.parse import quote

from pipeline.console.rooms.message import record_of
from pipeline.console.rooms.overview import HELD_RULES
from pipeline.console.world import Answer, GoTo, Visit
from pipeline.domain.errors import PermanentError
from pipeline.stages.report import VIETNAM

END_OF_DAY = time(23, 59, 59)


def assign(visit: Visit) -> Answer:
    """Say which province a message comes from."""
    message = record_of(visit).id
    code = visit.sent.get("province", "")
    if code not in {province.code for province in visit.world.gazetteer.provinces}:
        raise PermanentError(f"{code}: no province of this code")
    visit.world.desk.assign(message, code, visit.word())
    return _done(f"/messages/{message}", "assigned")


def hold(visit: Visit) -> Answer:
    """Keep a message from counting."""
    message = record_of(visit).id
    visit.world.desk.hold(message, visit.word(), held=True)
    return _done(f"/messages/{message}", "held")


def release(visit: Visit) -> Answer:
    """Let a held message count."""
    message = record_of(visit).id
    visit.world.desk.hold(message, visit.word(), held=False)
    return _done(f"/messages/{message}", "released")


def reprocess(visit: Visit) -> Answer:
    """Read a message again."""
    message = record_of(visit).id
    visit.world.desk.reprocess(message, visit.word())
    return _done(f"/messages/{message}", "reprocessed")


def accept(visit: Visit) -> Answer:
    """Take a form as it is, or take that back."""
    message = record_of(visit).id
    undo = visit.sent.get("undo") == "1"
    visit.world.desk.accept(message, visit.sent.get("form", ""), visit.word(), undo=undo)
    return _done(f"/messages/{message}", "withdrawn" if undo else "accepted")


def admit(visit: Visit) -> Answer:
    """Let a form count that came when the books were closed, or take that back."""
    message = record_of(visit).id
    undo = visit.sent.get("undo") == "1"
    visit.world.desk.admit(message, visit.sent.get("form", ""), visit.word(), undo=undo)
    return _done(f"/messages/{message}", "withdrawn" if undo else "admitted")


def waive(visit: Visit) -> Answer:
    """Set a finding of a message aside, or let it count again."""
    message = record_of(visit).id
    number = visit.sent.get("finding", "")
    known = {str(row["id"]) for row in visit.world.ledger.findings_of(message)}
    if number not in known:
        raise PermanentError(f"finding {number}: message {message} has none of this number")
    undo = visit.sent.get("undo") == "1"
    visit.world.desk.waive(int(number), visit.word(), undo=undo)
    return _done(f"/messages/{message}", "withdrawn" if undo else "waived")


def rule_on_explanation(visit: Visit) -> Answer:
    """Waive what the province explains in a message, or refuse to."""
    message = record_of(visit).id
    number = visit.sent.get("explanation", "")
    document = visit.world.ledger.document(message) or {}
    known = {str(item.get("id")) for item in document.get("explanations", ())}
    if not number.isdecimal() or number not in known:
        raise PermanentError(f"{number}: no explanation of message {message}")
    accepted = visit.sent.get("accepted") == "1"
    visit.world.desk.rule_on_explanation(int(number), visit.word(), accepted=accepted)
    return _done(f"/messages/{message}", "explained" if accepted else "unexplained")


def extend(visit: Visit) -> Answer:
    """Give a province a deadline of its own; an empty date gives the round's back."""
    province = visit.world.province(visit.place["code"])
    plan_round = visit.world.round_named(visit.sent.get("round"))
    due = _last_second(visit.sent.get("date", ""))
    if due is not None and not plan_round.may_end(due):
        raise PermanentError(f"{due.date()}: no deadline of a round of {plan_round.issued}")
    visit.world.desk.extend(plan_round.id, province.code, due, visit.word())
    return _done(f"/provinces/{province.code}", "extended", plan_round.id)


def edit_letter(visit: Visit) -> Answer:
    """Give a waiting letter other words."""
    number = visit.number("number")
    text = visit.sent.get("text", "").replace("\r\n", "\n").rstrip()
    visit.world.desk.edit_letter(number, text, visit.word())
    return _done(f"/letters/{number}", "letter_edited")


def release_letter(visit: Visit) -> Answer:
    """Let a waiting letter go."""
    number = visit.number("number")
    visit.world.desk.release_letter(number, visit.word())
    return _done(f"/letters/{number}", "letter")


def pause(visit: Visit) -> Answer:
    """Stop every letter."""
    visit.world.desk.pause(visit.word(), paused=True)
    return _done("/letters", "paused")


def resume(visit: Visit) -> Answer:
    """Let letters go again."""
    visit.world.desk.pause(visit.word(), paused=False)
    return _done("/letters", "resumed")


def confirm_sender(visit: Visit) -> Answer:
    """Believe an address."""
    address = visit.sent.get("address", "").strip().lower()
    code = visit.sent.get("province", "")
    if code not in {province.code for province in visit.world.gazetteer.provinces}:
        raise PermanentError(f"{code}: no province of this code")
    visit.world.desk.confirm_sender(address, code, visit.word())
    return _done("/senders", "confirmed")


def retire_sender(visit: Visit) -> Answer:
    """Believe an address no more."""
    address = visit.sent.get("address", "").strip().lower()
    visit.world.desk.retire_sender(address, visit.word())
    return _done("/senders", "retired")


def rule_on(visit: Visit) -> Answer:
    """Believe a rule whatever fails, or hold it back."""
    plan_round = visit.world.round_named(visit.sent.get("round"))
    name = (visit.sent.get("form", ""), visit.sent.get("rule", ""))
    known = {(form.id, rule.id) for form in plan_round.forms for rule in form.rules}
    state = visit.sent.get("state", "")
    if name not in known or state not in ("kept", "held"):
        raise PermanentError(f"{'/'.join(name)} {state}: no such rule or ruling")
    word = visit.word()
    visit.world.ledger.rule_on(plan_round.id, name, state, word.by, word.why, word.at)
    visit.world.memory.forget((HELD_RULES, plan_round.id))
    return _done("/rules", "ruled", plan_round.id)


def _last_second(text: str) -> datetime | None:
    """The end of a day in Vietnam; None for no date at all."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=VIETNAM)
    except ValueError as error:
        raise PermanentError(f"{text}: not a date; write 2013-07-20") from error
    return datetime.combine(day.date(), END_OF_DAY, VIETNAM)


def _done(path: str, what: str, round_id: str = "") -> GoTo:
    of_round = f"&round={quote(round_id)}" if round_id else ""
    return GoTo(f"{path}?done={what}{of_round}")
