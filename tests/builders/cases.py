"""Cases to decide on: one message, what was read of it, what came before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pipeline.domain.case import Case, Policy
from pipeline.domain.mail.message import Attachment, Kind, Role, Triage
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix
from pipeline.domain.senders.identity import Identity, Strength
from pipeline.domain.verdict import Decision
from pipeline.stages.decide import decide
from tests.builders import decisions as make
from tests.builders.returns import shipped_round

ALL_FORMS = shipped_round().forms_required
IN_TIME = shipped_round().due - timedelta(days=3)
TOO_LATE = shipped_round().due + timedelta(seconds=1)

REGISTERED = make.identity()
STRONG = make.identity(verified=False)


def nobody(strength: Strength, reason: str | None = None) -> Identity:
    """An identity that names no province."""
    return Identity(strength, None, verified=False, reason=reason)


def forms(*ids: str) -> tuple[Appendix, ...]:
    """Appendices of these forms, one row each; all required forms without ids."""
    return tuple(make.appendix(form) for form in ids or ALL_FORMS)


def attachment(role: Role, name: str = "a.bin") -> Attachment:
    """A file in a role."""
    return Attachment(name, name, "unknown", make.digest_of(name), 10, role)


def case(
    appendices: Sequence[Appendix] = (),
    findings: Sequence[Finding] = (),
    triage: Triage | None = None,
    read: dict[str, Any] | None = None,
    **changes: Any,
) -> Case:
    """A submission of Hà Giang that came in time, with its narrative, unless changed."""
    parsed = make.parsed(
        triage=triage or Triage(Kind.SUBMISSION),
        **({"narrative": True} | (read or {})),
    )
    values: dict[str, Any] = {
        "parsed": parsed,
        "identity": REGISTERED,
        "plan_round": shipped_round(),
        "received_at": IN_TIME,
        "first_seen_at": IN_TIME + timedelta(minutes=1),
        "appendices": tuple(appendices),
        "findings": tuple(findings),
    }
    return Case(**(values | changes))


def decided(made: Case, **policy: Any) -> Decision:
    """The decision on a case under the default policy, unless changed."""
    return decide(made, Policy(**policy))
