"""Reconcile: a form that was only at odds with another, when the other comes mended.

A letter asks for the form that is probably wrong (`domain/letters/beside.py`). When it
comes, the forms that it was held against are held against it once more, as they stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.rules.figures import CheckContext
from pipeline.domain.rules.terms import rows_spoken_of
from pipeline.domain.verdict import Reconciled
from pipeline.ports import Ledger, ProvinceFiles
from pipeline.stages.check import check

_BLOCKING = (Severity.FATAL.value, Severity.ERROR.value)


@dataclass(frozen=True, slots=True)
class Mail:
    """The forms of a mail that count, or may, and what is found in it."""

    forms: Sequence[Appendix]
    findings: Sequence[Finding]

    @property
    def clean(self) -> frozenset[str]:
        """Its forms without a fault, one of each."""
        told = [form.form for form in self.forms]
        once = frozenset(form for form in told if told.count(form) == 1)
        return once - {form for form, _ in blocking(self.findings)}


def reconciled(
    ledger: Ledger, before: ProvinceFiles, context: CheckContext, mail: Mail
) -> tuple[Reconciled, ...]:
    """The earlier deficient forms that a mail sets right by bringing another.

    Such a form has no fault but that it disagrees with forms of this mail, and with what
    this mail brings it disagrees no more, nor does anything else because of it. What a
    planner took back stays so.
    """
    waiting = before.deficient - {form.form for form in mail.forms}
    if not waiting or not mail.clean:
        return ()
    return tuple(_reconciled(ledger, before, context, mail, sorted(waiting)))


def _reconciled(
    ledger: Ledger,
    before: ProvinceFiles,
    context: CheckContext,
    mail: Mail,
    waiting: Sequence[str],
) -> Iterator[Reconciled]:
    for form in waiting:
        number = before.messages[form]
        if _only_at_odds(ledger, number, form, (context, before, mail)):
            parsed = ledger.parsed(number)
            forms = parsed.appendices if parsed else ()
            earlier = [each for each in forms if each.form == form]
            together = check((*mail.forms, *earlier), context)
            agrees = blocking(together) <= blocking(mail.findings)
            if len(earlier) == 1 and agrees and form not in ledger.refused_forms(number):
                yield Reconciled(number, form)


def _only_at_odds(
    ledger: Ledger,
    message: int,
    form: str,
    known: tuple[CheckContext, ProvinceFiles, Mail],
) -> bool:
    """Whether a form's faults are all with forms whose figures are known now."""
    context, before, mail = known
    document = ledger.document(message) or {}
    faults = [
        found["rule"]
        for found in document.get("findings", ())
        if found["form"] == form
        and found["severity"] in _BLOCKING
        and found["state"] == FindingState.FAIL.value
    ]
    if not faults:
        return False
    others = [_others(context.plan_round, form, rule) for rule in faults]
    told = mail.clean | before.accepted
    return all(each and each <= told and each & mail.clean for each in others)


def _others(plan_round: PlanRound, form: str, name: str | None) -> frozenset[str]:
    """The forms that a rule of a form looks at besides; none for what is no such rule."""
    for rule in plan_round.form(form).rules:
        if rule.id == name:
            spoken_of = {place for _, (place, _) in rows_spoken_of(rule)}
            return frozenset(spoken_of & {each.id for each in plan_round.forms} - {form})
    return frozenset()


def blocking(findings: Sequence[Finding]) -> set[tuple[str, str | None]]:
    """Form and rule of what makes a form deficient."""
    return {
        (found.form, found.rule)
        for found in findings
        if found.form is not None
        and found.state is FindingState.FAIL
        and found.severity.blocks
    }
