"""Judge: one parsed message against the round, the registry and what came before.

    settle_forms | identify | check | decide | plan_reply | compose | write

A straight line of pure stages with the ledger's answers between them; nothing is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.domain.case import Case, LetterHistory, Policy
from pipeline.domain.letters.letter import LetterContext, LetterDraft, Standing
from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.last_round import NOTHING_KNOWN
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.plan.punctuality import Deadlines, deadlines_of
from pipeline.domain.senders.identity import Identity
from pipeline.domain.senders.province import Gazetteer, Province, Sender
from pipeline.domain.senders.registry import SenderEntry, registry_at
from pipeline.domain.verdict import Decision, Parsed
from pipeline.jobs.approval import approved
from pipeline.jobs.hear import Heard, hear
from pipeline.jobs.look_back import (
    changes_since,
    earlier_mail,
    repeat_of,
    says_the_same,
    what_came_before,
)
from pipeline.jobs.reconcile import Mail, reconciled
from pipeline.ports import (
    CorrectionWriter,
    Ledger,
    LetterWriter,
    MailToJudge,
    MessageRecord,
)
from pipeline.stages.check import CheckContext, check
from pipeline.stages.compose import compose
from pipeline.stages.correct import correct
from pipeline.stages.decide import decide
from pipeline.stages.identify import identify
from pipeline.stages.plan_reply import plan_reply
from pipeline.stages.settle_forms import settle_forms


@dataclass(frozen=True, slots=True)
class Bench:
    """What every judgement rests on; the first round is asked when a mail names none.

    `senders` come from the file; those that planners confirmed win over them.
    """

    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    senders: tuple[Sender, ...]
    policy: Policy
    writer: LetterWriter
    account: str
    approve_first: int = 0
    write_correction: CorrectionWriter | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision with the letters that it asks for."""

    decision: Decision
    letters: tuple[Letter, ...]


def judge(
    bench: Bench, ledger: Ledger, record: MessageRecord, parsed: Parsed, now: datetime
) -> Judgement:
    """The decision on a message, and its letters as frozen bytes.

    All that the ledger is asked for is of one moment.
    """
    with ledger.one_look():
        return _judge(bench, ledger, record, parsed, now)


def foresee(
    bench: Bench, ledger: Ledger, record: MessageRecord, parsed: Parsed, now: datetime
) -> None:
    """Within one look, before anything is asked: have the ledger ask together."""
    ledger.foresee_mail(_to_judge(bench, record, parsed), now)


def _to_judge(bench: Bench, record: MessageRecord, parsed: Parsed) -> MailToJudge:
    return MailToJudge(
        message=record.id,
        round=_round_of(bench, parsed).id,
        sender=parsed.envelope.sender,
        content_key=parsed.content_key,
        rank=(record.arrival.received_at or record.arrival.first_seen_at, record.id),
    )


def _judge(
    bench: Bench, ledger: Ledger, record: MessageRecord, parsed: Parsed, now: datetime
) -> Judgement:
    plan_round = _round_of(bench, parsed)
    entries, assigned = ledger.placing([record.id])
    registry = _registry(bench, entries, record)
    settled = settle_forms(parsed.appendices)
    identity = _identity(record, parsed, registry, assigned)
    if identity.province is not None:
        ledger.foresee_province(_to_judge(bench, record, parsed), identity.province)
    before = what_came_before(ledger, record, plan_round, identity, settled.appendices)
    repeat = repeat_of(ledger, record, parsed, identity)
    last = (
        ledger.last_round(plan_round.id, identity.province, plan_round.last_round)
        if identity.province
        else NOTHING_KNOWN
    )
    checked = CheckContext(
        plan_round=plan_round,
        gazetteer=bench.gazetteer,
        province=identity.province,
        accepted=before.figures,
        last_round=last,
    )
    findings = (
        *parsed.findings,
        *settled.findings,
        *check(settled.appendices, checked, parsed.checked),
    )
    due = ledger.due(plan_round.id, identity.province) if identity.province else None
    shut = _shut(ledger, record, settled.appendices, deadlines_of(plan_round, due))
    counting = [form for form in settled.appendices if form.form not in shut]
    settles = reconciled(ledger, before, checked, Mail(counting, findings))
    righted = frozenset(each.form for each in settles)
    heard = hear(
        ledger, record, plan_round, Heard(parsed, identity, settled.appendices, findings)
    )
    case = Case(
        parsed=parsed,
        identity=identity,
        plan_round=plan_round,
        received_at=record.arrival.received_at,
        first_seen_at=record.arrival.first_seen_at,
        appendices=settled.appendices,
        findings=heard.findings,
        twice=settled.twice,
        standing=Standing(
            before.accepted | righted,
            before.deficient - righted,
            before.verified,
            before.shut,
        ),
        narrative_before=before.narrative,
        same_content=repeat is not None,
        told_same=repeat is not None and repeat.told,
        same_figures=says_the_same(ledger, record, parsed),
        planner_hold=ledger.planner_hold(record.id),
        spam_folder=record.arrival.spam_folder,
        due=due,
        explanations=heard.explanations,
        proposals=heard.proposals,
        withheld=heard.withheld,
        shut=shut,
    )
    decision = decide(case, bench.policy)
    registered = tuple(a for a, code in registry.items() if code == identity.province)
    reply = plan_reply(
        case,
        decision,
        registered,
        bench.policy,
        _history(ledger, record, now),
        now,
    )
    decision = replace(decision, reply=reply, reconciled=settles)
    province = _province(bench.gazetteer, identity)
    context = LetterContext(
        account=bench.account,
        plan_round=plan_round,
        province=province,
        reader=bench.gazetteer.addressee(province),
        now=now,
        standing=case.standing,
        due=due,
        earlier=earlier_mail(ledger, repeat),
        corrections=bench.write_correction is not None,
        changes=changes_since(ledger, record, plan_round, identity, case),
    )
    drafts = compose(decision, parsed.envelope, context)
    written = _written(bench, drafts, decision, context)
    letters = approved(bench.policy, bench.approve_first, ledger, plan_round.id, written)
    subject = letters[0].subject if letters else None
    return Judgement(replace(decision, reply=replace(reply, subject=subject)), letters)


def _shut(
    ledger: Ledger,
    record: MessageRecord,
    forms: Sequence[Appendix],
    deadlines: Deadlines,
) -> frozenset[str]:
    """The forms that came when the books were closed and that nobody has admitted."""
    received = record.arrival.received_at
    if received is None or not deadlines.closed(received):
        return frozenset()
    return frozenset(form.form for form in forms) - ledger.admitted_forms(record.id)


def provinces_of(
    bench: Bench, ledger: Ledger, mails: Sequence[tuple[MessageRecord, Parsed]]
) -> list[str | None]:
    """For each message the province that a judgement would find it to come from."""
    entries, assigned = ledger.placing([record.id for record, _ in mails])
    return [
        _identity(record, parsed, _registry(bench, entries, record), assigned).province
        for record, parsed in mails
    ]


def _identity(
    record: MessageRecord,
    parsed: Parsed,
    registry: Mapping[str, str],
    assigned: Mapping[int, str | None],
) -> Identity:
    return identify(
        parsed.clues,
        parsed.envelope.sender,
        registry,
        authentication=parsed.envelope.authentication,
        assigned=assigned.get(record.id),
    )


def _round_of(bench: Bench, parsed: Parsed) -> PlanRound:
    named = (r for r in bench.rounds if r.id == parsed.round)
    return next(named, bench.rounds[0])


def _registry(
    bench: Bench, entries: Sequence[SenderEntry], record: MessageRecord
) -> Mapping[str, str]:
    """The registry as it holds for a message, by the time it was received."""
    at = record.arrival.received_at or record.arrival.first_seen_at
    return registry_at(bench.senders, entries, at)


def _history(
    ledger: Ledger, record: MessageRecord, now: datetime
) -> Callable[[str], LetterHistory]:
    """The letters that count against the budgets of a reply to an address.

    None do for a message that is answered already: it is judged again because somebody
    asked for it, and a letter that exists is never made twice.
    """
    if ledger.answered(record.id):
        return lambda recipient: LetterHistory()
    return lambda recipient: ledger.letters_made(recipient, now)


def _province(gazetteer: Gazetteer, identity: Identity) -> Province | None:
    return gazetteer.by_code(identity.province) if identity.province else None


def _written(
    bench: Bench,
    drafts: Sequence[LetterDraft],
    decision: Decision,
    context: LetterContext,
) -> list[Letter]:
    """The letters; those that announce a correction workbook carry one and the same."""
    announced = any(draft.values["correction"] for draft in drafts)
    workbook = None
    if announced and bench.write_correction is not None:
        workbook = bench.write_correction(correct(decision, context))
    return [
        bench.writer.write(
            draft, context.now, workbook if draft.values["correction"] else None
        )
        for draft in drafts
    ]
