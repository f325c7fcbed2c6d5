"""Plan the answer: which letter, to whom, or the N-code that forbids it.

The codes and their order are those of reliability.md 4.1; what differs is decided there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from pipeline.domain.case import Case, LetterHistory, Policy
from pipeline.domain.identity import Strength
from pipeline.domain.message import Kind, State
from pipeline.domain.verdict import Decision, ReplyPlan, Verdict

ASK_FOR_WORKBOOK = frozenset(
    {
        "scan-only",
        "link-only",
        "password-protected",
        "encrypted-archive",
        "unreadable-file",
        "unsupported-type",
        "empty-file",
        "too-big",
    }
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TO_ONE_PER_HOUR, TO_ONE_PER_DAY, TO_ONE_WITH_FORMS_PER_DAY = 3, 10, 20


def plan_reply(
    case: Case,
    decision: Decision,
    registered: tuple[str, ...],
    policy: Policy,
    letters: Callable[[str], LetterHistory],
) -> ReplyPlan:
    """The letter that answers a decision.

    `registered` are the province's addresses in the registry; `letters` gives the
    letters already made to an address. An unknown sender is answered at his strictly
    parsed address, with a second letter to a registered one (architecture.md).
    """
    template = _template(case, decision)
    sender = case.parsed.envelope.sender
    if template == "none" or sender is None:
        return ReplyPlan("none")
    known = case.identity.strength is Strength.REGISTERED
    also = () if known else tuple(a for a in registered[:1] if a != sender)
    suppressed = _forbidden(case, policy) or _stranger_without_form(case, known=known)
    if suppressed is None:
        suppressed = _over_budget(letters(sender), case, template, policy)
    return ReplyPlan(template, to=sender, also=also, suppressed=suppressed)


def _template(case: Case, decision: Decision) -> str:
    if decision.state is State.DUPLICATE:
        return "duplicate" if decision.reason == "same-content" else "none"
    if decision.state is State.HELD:
        known = case.identity.strength is Strength.REGISTERED
        return "received" if known and decision.reason != "state-secret" else "none"
    return _answer_to_filed(decision) if decision.state is State.FILED else "none"


def _answer_to_filed(decision: Decision) -> str:
    if decision.verdict is Verdict.ACCEPTED:
        return "acknowledgement"
    if decision.verdict is Verdict.INCOMPLETE:
        return "incomplete"
    codes = {finding.code for finding in decision.findings}
    ask = not decision.forms and bool(codes & ASK_FOR_WORKBOOK)
    return "resend-as-workbook" if ask else "deficiency"


def _forbidden(case: Case, policy: Policy) -> str | None:
    """The N-code of the headers, the policy or the sender's authentication."""
    if policy.replies == "off":
        return "N01"
    if case.parsed.triage.suppressed is not None:
        return case.parsed.triage.suppressed
    if case.parsed.envelope.authentication == "fail":
        return "N14"
    return "N15" if case.parsed.triage.kind is Kind.SPAM else None


def _stranger_without_form(case: Case, *, known: bool) -> str | None:
    """Without a recognised form an unknown sender gets nothing (reliability.md)."""
    return None if known or case.appendices else "N13"


def _over_budget(
    letters: LetterHistory, case: Case, template: str, policy: Policy
) -> str | None:
    now = case.first_seen_at
    if template == "duplicate" and any(t == template for _, t, _ in letters.to_recipient):
        return "N17"
    if _recipient_exhausted(letters, case):
        return "N18"
    hourly = policy.letters_per_hour or 10 * policy.units
    over_hour = _since(letters.all_times, now - HOUR) >= hourly
    over_day = _since(letters.all_times, now - DAY) >= 20 * policy.units
    return "N19" if over_hour or over_day else None


def _recipient_exhausted(letters: LetterHistory, case: Case) -> bool:
    """Mails with forms are answered up to 20 times a day, others far less (N18)."""
    now, with_forms = case.first_seen_at, bool(case.appendices)
    times = [at for at, _, forms in letters.to_recipient if forms is with_forms]
    if with_forms:
        return _since(times, now - DAY) >= TO_ONE_WITH_FORMS_PER_DAY
    return (
        _since(times, now - HOUR) >= TO_ONE_PER_HOUR
        or _since(times, now - DAY) >= TO_ONE_PER_DAY
    )


def _since(times: list[datetime] | tuple[datetime, ...], start: datetime) -> int:
    return sum(at > start for at in times)
