"""Decide what becomes of a message: its state, its verdict, what is still missing.

Pure: the same case always gets the same decision. Which letter answers it is the next
stage's business.
"""

from collections.abc import Iterable, Iterator

from pipeline.domain.case import Case, Policy
from pipeline.domain.mail.message import Kind, Role, State
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.proposal import ProposalState, together
from pipeline.domain.senders.identity import Strength
from pipeline.domain.verdict import Decision, FormResult, Verdict

MATCH_DOUBTFUL = 0.5
"""Below this confidence a planner looks at the match before it counts."""

_SET_ASIDE = {
    Kind.AUTO_REPLY: "auto-reply",
    Kind.BOUNCE: "bounce",
    Kind.LIST: "list",
    Kind.OWN: "own",
    Kind.SPAM: "spam",
    Kind.OTHER: "no-content",
}
_SETTLED = (ProposalState.ACCEPTED, ProposalState.REFUSED)
_CONFIDENTIAL = ("state-secret", "persons-listed")
_WHOLE_MAIL_HELD = ("hidden-attachment", "too-big")


def decide(case: Case, policy: Policy) -> Decision:
    """The decision on a case, without its letter."""
    state, reason = next(_obstacles(case, policy), (State.FILED, None))
    forms = tuple(_results(case))
    required = case.plan_round.forms_required
    here = {form.appendix.form for form in forms}
    present = here.union(
        case.standing.accepted, case.standing.deficient, case.standing.shut
    )
    missing = tuple(form for form in required if form not in present)
    submission = case.parsed.triage.kind is Kind.SUBMISSION
    told = state in (State.FILED, State.HELD) and submission
    findings = case.findings
    if told:
        findings += tuple(_submission_findings(case, missing, policy))
    return Decision(
        digest=case.parsed.digest,
        kind=case.parsed.triage.kind,
        state=state,
        reason=reason,
        round=case.plan_round.id if submission else None,
        identity=case.identity,
        received_at=case.rank_time,
        late=case.late,
        forms=forms,
        forms_missing=missing if told else (),
        narrative=case.parsed.narrative,
        scan=case.parsed.scan,
        findings=findings,
        verdict=_verdict(case, state, findings, missing, policy),
        explanations=case.explanations,
        proposals=case.proposals,
    )


def _obstacles(case: Case, policy: Policy) -> Iterator[tuple[State, str]]:
    """Everything that keeps a message from being filed, heaviest first."""
    triage = case.parsed.triage
    if triage.kind is Kind.UNREADABLE:
        yield State.QUARANTINED, triage.reason or "bug"
    if triage.kind in _SET_ASIDE:
        yield State.IGNORED, triage.reason or _SET_ASIDE[triage.kind]
    if _unasked_in_spam(case) and not case.appendices:
        yield State.IGNORED, "spam"
    if case.planner_hold is True:
        yield State.HELD, "by-planner"
    if triage.kind is Kind.QUESTION:
        yield State.HELD, triage.reason or "question"
    for reason in _doubts(case, policy):
        yield State.HELD, reason
    if case.same_content:
        yield State.DUPLICATE, "same-content"


def _unasked_in_spam(case: Case) -> bool:
    """Spam folders are swept for registered senders only (contract.md).

    A stranger's mail there is ignored; with a form of the round it waits for a planner.
    """
    return case.spam_folder and case.identity.strength is not Strength.REGISTERED


def _doubts(case: Case, policy: Policy) -> Iterator[str]:
    """Why a planner must look first, heaviest first.

    A planner's release sets every doubt aside but that about the province.
    """
    identity, triage = case.identity, case.parsed.triage
    if triage.reason in _CONFIDENTIAL and case.planner_hold is not False:
        yield str(triage.reason)
    believed = identity.strength in (Strength.REGISTERED, Strength.STRONG)
    if identity.province is None or not believed:
        yield identity.reason or f"identity-{identity.strength.value}"
    if case.planner_hold is False:
        return
    if triage.reason in _WHOLE_MAIL_HELD:
        yield str(triage.reason)
    if identity.reason is not None:
        yield identity.reason
    if _stranger_oversteps(case, policy):
        yield "identity-weak"
    yield from _doubts_about_forms(case)
    if _only_explains(case) and _waits_for_planner(case):
        yield "explanation"


def _stranger_oversteps(case: Case, policy: Policy) -> bool:
    """An unknown address that comes late or changes much, or would replace a known's."""
    if case.identity.verified:
        return False
    if policy.unknown_sender == "hold" or case.late or case.spam_folder:
        return True
    if any(finding.code == "change" for finding in case.findings):
        return True
    return any(form.form in case.standing.verified for form in case.appendices)


def _doubts_about_forms(case: Case) -> Iterator[str]:
    codes = {finding.code for finding in case.findings}
    if "wrong-round" in codes and not case.appendices:
        yield "wrong-round"
    if any(form.confidence < MATCH_DOUBTFUL for form in case.appendices):
        yield "match-uncertain"
    clean = {form.form for form in case.appendices} - _failing_forms(case.findings)
    if case.withheld & case.standing.accepted & clean:
        yield "rule-held"


def _results(case: Case) -> Iterator[FormResult]:
    deficient = _failing_forms(case.findings)
    for appendix in case.appendices:
        if appendix.form in case.twice:
            state = FormState.UNREADABLE
        elif appendix.form in deficient:
            state = FormState.DEFICIENT
        else:
            state = FormState.ACCEPTED
        yield FormResult(appendix, state, shut=appendix.form in case.shut)


def _failing_forms(findings: Iterable[Finding]) -> frozenset[str]:
    """The forms with a fatal or error finding; a file that gave no form is not one."""
    return frozenset(
        finding.form
        for finding in findings
        if finding.form is not None
        and finding.state is FindingState.FAIL
        and finding.severity.blocks
    )


def _submission_findings(
    case: Case, missing: tuple[str, ...], policy: Policy
) -> Iterator[Finding]:
    """What the mail as a whole lacks: told, never an error by itself."""
    for form in missing:
        yield Finding("form-missing", Severity.WARN, form=form)
    if _narrative_missing(case) and policy.narrative != "ignore":
        yield Finding("narrative-missing", Severity.WARN)
    if case.late:
        yield Finding("late", Severity.INFO)
    for form in sorted(case.shut):
        yield Finding("after-close", Severity.INFO, form=form)


def _narrative_missing(case: Case) -> bool:
    return not (case.parsed.narrative or case.narrative_before)


def _verdict(
    case: Case,
    state: State,
    findings: tuple[Finding, ...],
    missing: tuple[str, ...],
    policy: Policy,
) -> Verdict:
    if state is State.HELD:
        return Verdict.HELD
    if state is not State.FILED:
        return Verdict.NONE
    words = _only_narrative(case) or _only_explains(case)
    if _failing_forms(findings) or not (case.appendices or words):
        return Verdict.DEFICIENT
    if missing or (_narrative_missing(case) and policy.narrative == "require"):
        return Verdict.INCOMPLETE
    return Verdict.ACCEPTED


def _only_narrative(case: Case) -> bool:
    """A narrative sent after its workbook is no failed attempt at one."""
    return case.parsed.narrative and not _tries_to_send_forms(case)


def _only_explains(case: Case) -> bool:
    """Words that explain findings of an earlier mail are no failed attempt either."""
    words = bool(case.explanations) and not case.parsed.narrative
    return words and not case.appendices and not _tries_to_send_forms(case)


def _tries_to_send_forms(case: Case) -> bool:
    roles = {attachment.role for attachment in case.parsed.attachments}
    return bool(roles & {Role.WORKBOOK, Role.SCAN, Role.CONTAINER})


def _waits_for_planner(case: Case) -> bool:
    """Whether some words are not settled, or are about nothing that is open."""
    settled = {
        place
        for place in range(len(case.explanations))
        if together(p.state for p in case.proposals if p.explanation == place) in _SETTLED
    }
    return len(settled) < len(case.explanations)
