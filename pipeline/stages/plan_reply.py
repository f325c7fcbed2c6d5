"""Plan the answer: which letter, to whom, or the N-code that forbids it.

The codes and their order are those of reliability.md 4.1; what differs is decided there.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from pipeline.domain.case import Case, LetterHistory, Policy
from pipeline.domain.mail.message import Kind, Role, State
from pipeline.domain.senders.identity import Identity, Source, Strength
from pipeline.domain.verdict import Decision, ReplyPlan, Verdict

ASK_FOR_WORKBOOK = frozenset(
    {
        "scan-only",
        "link-only",
        "attachment-missing",
        "password-protected",
        "encrypted-archive",
        "unreadable-file",
        "unsupported-type",
        "empty-file",
        "too-big",
    }
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=30)
TO_ONE_PER_HOUR, TO_ONE_PER_DAY, TO_ONE_WITH_FORMS_PER_DAY = 3, 10, 20
IN_A_ROW = 3
NOT_TO_BE_ANSWERED = frozenset({"state-secret", "persons-listed"})
_SHOULD_HOLD_FORMS = frozenset((Role.WORKBOOK, Role.SCAN, Role.CONTAINER))
_SILENT = {State.HELD: "N13", State.IGNORED: "N16", State.DUPLICATE: "N17"}


def plan_reply(
    case: Case,
    decision: Decision,
    registered: tuple[str, ...],
    policy: Policy,
    letters: Callable[[str], LetterHistory],
    now: datetime,
) -> ReplyPlan:
    """The letter that answers a decision; without one, the code that says why.

    `registered` are the province's addresses in the registry; `letters` gives the
    letters already made to an address, `now` the moment its budgets are counted back
    from. An unknown sender is answered at his strictly parsed address, with a second
    letter to a registered one (architecture.md).
    """
    template = _template(case, decision)
    sender = case.parsed.envelope.sender
    forbidding = min(_forbidding(case, decision, policy), default=None)
    if template == "none" or sender is None:
        return ReplyPlan("none", suppressed=forbidding or _SILENT.get(decision.state))
    known = _is_known(case.identity)
    also = () if known else tuple(a for a in registered if a != sender)[:1]
    suppressed = forbidding or _nothing_to_say(case, decision, known=known)
    if suppressed is None:
        suppressed = _over_budget(letters(sender), case, policy, now)
    repeats = case.same_figures
    return ReplyPlan(template, sender, also, suppressed=suppressed, repeats=repeats)


def _is_known(identity: Identity) -> bool:
    """Whether the sender is in the registry, whatever else speaks against the mail."""
    registered = any(clue.source is Source.REGISTERED for clue in identity.evidence)
    return registered or identity.strength is Strength.REGISTERED


def _template(case: Case, decision: Decision) -> str:
    if decision.state is State.DUPLICATE:
        return "duplicate" if decision.reason == "same-content" else "none"
    if decision.state is State.HELD:
        return "received" if _is_known(case.identity) else "none"
    return _answer_to_filed(decision) if decision.state is State.FILED else "none"


def _answer_to_filed(decision: Decision) -> str:
    if decision.verdict is Verdict.ACCEPTED:
        return "acknowledgement"
    if decision.verdict is Verdict.INCOMPLETE:
        return "incomplete"
    codes = {finding.code for finding in decision.findings}
    ask = not decision.forms and bool(codes & ASK_FOR_WORKBOOK)
    return "resend-as-workbook" if ask else "deficiency"


def _forbidding(case: Case, decision: Decision, policy: Policy) -> Iterator[str]:
    """The N-codes of the headers, the policy, the sender and the hold, in any order."""
    triage, envelope = case.parsed.triage, case.parsed.envelope
    if policy.replies == "off":
        yield "N01"
    if triage.suppressed is not None:
        yield triage.suppressed
    if envelope.sender is None:
        yield "N11"
    if envelope.authentication == "fail":
        yield "N14"
    if triage.kind is Kind.SPAM or case.spam_folder:
        yield "N15"
    if decision.reason in NOT_TO_BE_ANSWERED:
        yield "N20"


def _nothing_to_say(case: Case, decision: Decision, *, known: bool) -> str | None:
    """A stranger without a form gets nothing; one letter says that files came before."""
    if not (known or case.appendices):
        return "N13"
    return "N17" if decision.state is State.DUPLICATE and case.told_same else None


def _over_budget(
    letters: LetterHistory, case: Case, policy: Policy, now: datetime
) -> str | None:
    if _recipient_exhausted(letters, case, now):
        return "N18"
    hourly = policy.letters_per_hour
    if hourly is None:
        hourly = 10 * policy.units
    too_many = letters.in_hour >= hourly or letters.in_day >= 20 * policy.units
    return "N19" if too_many else None


def _recipient_exhausted(letters: LetterHistory, case: Case, now: datetime) -> bool:
    """Mails with new forms are answered up to 20 times a day, others far less (N18).

    Words and notes alone, and files that say nothing new, are answered until three
    letters have gone since the last new form, however slowly, and files that should
    hold a form and do not until ten have: two robots must not talk for ever.
    """
    repeats = case.same_content or case.same_figures
    with_forms = bool(case.appendices) and not repeats
    times = [at for at, _, forms in letters.to_recipient if forms is with_forms]
    if with_forms:
        return _since(times, now - DAY) >= TO_ONE_WITH_FORMS_PER_DAY
    # the same files again have their one letter, and no second (N17)
    most = TO_ONE_PER_DAY if _tries_again(case) else IN_A_ROW
    if not case.same_content and _in_a_row(letters, now) >= most:
        return True
    return (
        _since(times, now - HOUR) >= TO_ONE_PER_HOUR
        or _since(times, now - DAY) >= TO_ONE_PER_DAY
    )


def _tries_again(case: Case) -> bool:
    """Whether other files than before came, of a kind that should hold a form."""
    new = case.parsed.content_key is not None and not case.same_figures
    return new and any(one.role in _SHOULD_HOLD_FORMS for one in case.parsed.attachments)


def _in_a_row(letters: LetterHistory, now: datetime) -> int:
    """Letters of a month, from the last one that answered new forms on."""
    recent = [forms for at, _, forms in letters.to_recipient if at > now - MONTH]
    last = max((place for place, forms in enumerate(recent) if forms), default=0)
    return len(recent) - last


def _since(times: Sequence[datetime], start: datetime) -> int:
    return sum(at > start for at in times)
