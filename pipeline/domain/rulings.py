"""What planners ruled, as a judgement must heed it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.domain.plan.finding import Finding, FindingState

RuleName = tuple[str, str]
"""A rule by its form and id: rules that every form keeps share their ids."""


@dataclass(frozen=True, slots=True)
class Rulings:
    """Planners' words on one message and its province.

    `accepted` are forms of this message that are taken as they are; `waived` the
    signatures of findings that do not count for the province, `refused` of those whose
    waiver a planner refused or took back; `held_rules` the rules that fail too often to
    be believed (the circuit breaker).
    """

    accepted: frozenset[str] = frozenset()
    waived: frozenset[str] = frozenset()
    held_rules: frozenset[RuleName] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotedFinding:
    """A finding as the ledger keeps it: its number, message, round and province."""

    id: int
    message: int
    round: str | None
    province: str | None
    finding: Finding


def signature(finding: Finding) -> str:
    """What a waiver is bound to: the fault, its place in the form, and its values.

    Where it stands in a file does not matter; a changed value makes another signature,
    so that the waiver lapses (lessons.md, "Rules"). That is any figure the rule looked
    at: parts may change while their sum stays.
    """
    place = _without_basis(finding)
    return _digest(place if finding.basis is None else (*place, finding.basis))


def signatures(finding: Finding) -> frozenset[str]:
    """Every signature that a waiver of the finding may have been given.

    Findings were filed without their basis once: such a waiver keeps what it was bound to.
    """
    return frozenset({signature(finding), _digest(_without_basis(finding))})


def basis_of(figures: Iterable[tuple[str, str, str, str]]) -> str:
    """What stands for figures in a signature: (form, row, column, value) of each."""
    return _digest(tuple(sorted(set(figures))))


def _digest(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _without_basis(finding: Finding) -> tuple[str | None, ...]:
    return (
        finding.code,
        finding.rule,
        finding.form,
        finding.indicator,
        finding.column,
        finding.found,
        finding.expected,
    )


def heed(findings: Iterable[Finding], rulings: Rulings) -> tuple[Finding, ...]:
    """The findings with those waived that planners set aside, and those of held rules
    blocked: the rule is probably wrong, so it neither accuses nor clears.
    """
    return tuple(_heeded(finding, rulings) for finding in findings)


def _heeded(finding: Finding, rulings: Rulings) -> Finding:
    if finding.state is not FindingState.FAIL:
        return finding
    taken = finding.form in rulings.accepted and finding.severity.blocks
    if taken or (rulings.waived and signatures(finding) & rulings.waived):
        return replace(finding, state=FindingState.WAIVED)
    if (finding.form or "", finding.rule or "") in rulings.held_rules:
        return replace(finding, state=FindingState.BLOCKED)
    return finding
