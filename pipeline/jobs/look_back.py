"""Look back: what the ledger knows from before a message, as judging it needs it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.case import Case
from pipeline.domain.letters.letter import Earlier
from pipeline.domain.plan.figure_change import FigureChanges, figure_changes
from pipeline.domain.plan.form import Appendix, say_the_same
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.identity import Identity
from pipeline.domain.verdict import Parsed
from pipeline.ports import Ledger, MessageRecord, ProvinceFiles

NOTHING_BEFORE = ProvinceFiles(frozenset(), frozenset(), frozenset(), (), narrative=False)


def what_came_before(
    ledger: Ledger,
    record: MessageRecord,
    plan_round: PlanRound,
    identity: Identity,
    forms: Sequence[Appendix],
) -> ProvinceFiles:
    """What the province sent before this message, by rank; nothing when unknown.

    No rule looks at earlier figures of a form that this mail brings once.
    """
    if identity.province is None:
        return NOTHING_BEFORE
    rank = (record.arrival.received_at or record.arrival.first_seen_at, record.id)
    times = Counter(form.form for form in forms)
    come_again = [form for form, count in times.items() if count == 1]
    return ledger.province_files(plan_round.id, identity.province, rank, come_again)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The earlier message with the same files, and whether the province was told so."""

    message: int
    told: bool


def repeat_of(
    ledger: Ledger, record: MessageRecord, parsed: Parsed, identity: Identity
) -> Repeat | None:
    """The earlier filed message of the province with the same files; None without one."""
    key, province = parsed.content_key, identity.province
    if key is None or province is None:
        return None
    earlier = ledger.same_content(key, province, record.id)
    if earlier is None:
        return None
    return Repeat(earlier, ledger.told_same_content(key, province, record.id))


def earlier_mail(ledger: Ledger, repeat: Repeat | None) -> Earlier | None:
    """What a letter says of the earlier message; None when there is nothing to say."""
    record = None if repeat is None else ledger.record(str(repeat.message))
    if record is None:
        return None
    arrival = record.arrival
    return Earlier(arrival.digest, arrival.received_at or arrival.first_seen_at)


def says_the_same(ledger: Ledger, record: MessageRecord, parsed: Parsed) -> bool:
    """Whether the forms say what the sender's mail said that was answered last."""
    sender = parsed.envelope.sender
    if sender is None or not parsed.appendices:
        return False
    last = ledger.last_answered(sender, record.id)
    before = () if last is None else ledger.forms_said(last)
    return say_the_same(parsed.appendices, before)


def changes_since(
    ledger: Ledger,
    record: MessageRecord,
    plan_round: PlanRound,
    identity: Identity,
    case: Case,
) -> FigureChanges | None:
    """What forms that came again say otherwise; None where none came before."""
    again = {form.form for form in case.appendices} & (
        case.standing.accepted | case.standing.deficient
    )
    if identity.province is None or not again:
        return None
    rank = (record.arrival.received_at or record.arrival.first_seen_at, record.id)
    before = ledger.last_said(plan_round.id, identity.province, sorted(again), rank)
    return figure_changes(before, case.appendices)
