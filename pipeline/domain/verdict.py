"""What was decided about a message, and everything that goes into its record."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.domain.mail.message import Attachment, Envelope, Kind, State, Triage
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix, FormState
from pipeline.domain.proposal import Proposal
from pipeline.domain.questions.request import Request
from pipeline.domain.senders.identity import Clue, Identity


class Verdict(StrEnum):
    """What a province is told about its return (contract.md, "Verdicts")."""

    ACCEPTED = "accepted"
    INCOMPLETE = "incomplete"
    DEFICIENT = "deficient"
    HELD = "held"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking the forms of a mail by themselves gave, and on which `grounds`.

    Nothing of earlier mails was known, nor of the round before (`domain/rules/grounds.py`).
    """

    grounds: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that the worker child reads out of one message's bytes.

    `clues` are those that need no registry of senders. `round` is the round whose
    forms were recognised. `narrative` and `scan` say that such a file is attached;
    `content_key` is equal for two mails that carry the same files. `requests` are
    questions and recommendations, for the register; `words` the text of the documents,
    for search. `checked` spares the daemon work and is not kept with the rest.
    """

    digest: str
    envelope: Envelope
    attachments: tuple[Attachment, ...]
    triage: Triage
    clues: tuple[Clue, ...]
    round: str | None
    appendices: tuple[Appendix, ...]
    findings: tuple[Finding, ...]
    narrative: bool
    scan: bool
    content_key: str | None
    requests: tuple[Request, ...] = ()
    words: str = ""
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class FormResult:
    """A form of this mail and what became of it.

    `shut`: it came when the books were closed, and gives no figure until a planner
    admits it.
    """

    appendix: Appendix
    state: FormState
    shut: bool = False


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A form of an earlier message that a later one sets right by bringing another."""

    message: int
    form: str


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """Which letter goes to whom, or why none does (an N-code).

    `template` is "none" when no letter is due at all. `repeats`: the mail brings no
    form that was not answered before (N18).
    """

    template: str
    to: str | None = None
    also: tuple[str, ...] = ()
    subject: str | None = None
    suppressed: str | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole outcome of one message: what the ledger files in one transaction."""

    digest: str
    kind: Kind
    state: State
    reason: str | None
    round: str | None
    identity: Identity
    received_at: datetime
    late: bool | None
    forms: tuple[FormResult, ...]
    forms_missing: tuple[str, ...]
    narrative: bool
    scan: bool
    findings: tuple[Finding, ...]
    verdict: Verdict
    reply: ReplyPlan = field(default=ReplyPlan("none"))
    explanations: tuple[Explanation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    reconciled: tuple[Reconciled, ...] = ()
