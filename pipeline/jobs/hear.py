"""Hear: what planners ruled on a mail's findings, and what its province explains.

    heed | explanations_of | propose

Nothing is stored: proposals are filed with the decision.
"""

from dataclasses import dataclass, replace

from pipeline.domain.plan.explanation import Explanation, explanations_of
from pipeline.domain.plan.finding import Finding, FindingState
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import ExplainedQueries, PlanRound
from pipeline.domain.plan.root_cell import RootCells
from pipeline.domain.proposal import Own, Proposal, propose
from pipeline.domain.rulings import NotedFinding, heed, signature
from pipeline.domain.senders.identity import Identity, Strength
from pipeline.domain.verdict import Parsed
from pipeline.ports import Ledger, MessageRecord

_BELIEVED = (Strength.REGISTERED, Strength.STRONG)


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail's findings with what planners and its province say of them.

    `withheld` are the forms with an error that a held rule does not tell, and that the
    province's version before did not have.
    """

    parsed: Parsed
    identity: Identity
    appendices: tuple[Appendix, ...]
    findings: tuple[Finding, ...]
    explanations: tuple[Explanation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    withheld: frozenset[str] = frozenset()


def hear(
    ledger: Ledger, record: MessageRecord, plan_round: PlanRound, mail: Heard
) -> Heard:
    """The findings as planners' rulings leave them, and what is proposed to waive.

    Only a believed sender's words are about an earlier mail, and only a known one's are
    accepted at once. Most returns need no look into the ledger.
    """
    text, identity = mail.parsed.envelope.text, mail.identity
    said = explanations_of(text, mail.appendices, mail.findings)
    failing = any(finding.state is FindingState.FAIL for finding in mail.findings)
    if not (failing or said):
        return mail
    rulings = ledger.rulings(plan_round.id, identity.province, record.id)
    heeded = heed(mail.findings, rulings)
    silenced = _silenced(mail.findings, heeded)
    earlier = _earlier(ledger, record, plan_round, mail) if said or silenced else ()
    proposals = propose(
        said,
        Own(mail.findings, heeded, RootCells(mail.appendices if said else ())),
        earlier,
        rulings,
        at_once=plan_round.explained_queries is ExplainedQueries.ACCEPTED
        and identity.verified,
    )
    at_once = {signature(p.finding) for p in proposals if p.at_once}
    findings = tuple(
        replace(finding, state=FindingState.WAIVED)
        if finding.state is FindingState.FAIL and signature(finding) in at_once
        else finding
        for finding in heeded
    )
    as_before = {(noted.finding.form, noted.finding.rule) for noted in earlier}
    return replace(
        mail,
        findings=findings,
        explanations=said,
        proposals=proposals,
        withheld=frozenset(str(form) for form, _ in silenced - as_before),
    )


def _silenced(
    found: tuple[Finding, ...], heeded: tuple[Finding, ...]
) -> set[tuple[str | None, str | None]]:
    """Form and rule of the errors that are not told because their rule is held."""
    return {
        (now.form, now.rule)
        for before, now in zip(found, heeded, strict=True)
        if now.severity.blocks
        and before.state is FindingState.FAIL
        and now.state is FindingState.BLOCKED
    }


def _earlier(
    ledger: Ledger, record: MessageRecord, plan_round: PlanRound, mail: Heard
) -> tuple[NotedFinding, ...]:
    """What the province's earlier mails failed: words may be about it."""
    province, envelope = mail.identity.province, mail.parsed.envelope
    if province is None or mail.identity.strength not in _BELIEVED:
        return ()
    rank = (record.arrival.received_at or record.arrival.first_seen_at, record.id)
    answered = (*envelope.in_reply_to, *reversed(envelope.references))
    return tuple(ledger.earlier_findings(plan_round.id, province, rank, answered))
