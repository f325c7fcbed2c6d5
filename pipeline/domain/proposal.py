"""What a province explains becomes a proposal: a waiver that awaits the planner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.domain.plan.explanation import Explanation, explains, told_together
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.root_cell import RootCells
from pipeline.domain.rulings import NotedFinding, Rulings, signatures


class ProposalState(StrEnum):
    """Where a proposal stands; `unmatched` words are about no open finding."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One finding that an explanation asks to waive.

    `explanation` is its place among those of the mail. `message` and `round` are those
    of the finding, None for the mail that explains. `at_once`: the round accepts it
    without a planner.
    """

    explanation: int
    finding: Finding
    state: ProposalState
    message: int | None = None
    round: str | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class NotedExplanation:
    """An explanation as the ledger keeps it, with the findings that it is about.

    `asked` pairs each finding (its number 0 once it is gone) with where it stands.
    """

    id: int
    message: int
    round: str | None
    province: str | None
    sender: str | None
    received_at: datetime
    explanation: Explanation
    asked: tuple[tuple[NotedFinding, ProposalState], ...]

    @property
    def state(self) -> ProposalState:
        """Where the explanation as a whole stands."""
        return together(state for _, state in self.asked)


def together(states: Iterable[ProposalState]) -> ProposalState:
    """What several proposals amount to: what still waits comes first, then a refusal."""
    found = set(states)
    order = (ProposalState.PROPOSED, ProposalState.REFUSED, ProposalState.ACCEPTED)
    return next((state for state in order if state in found), ProposalState.UNMATCHED)


@dataclass(frozen=True, slots=True)
class Own:
    """The findings of the mail that explains, as checked and as rulings left them."""

    found: tuple[Finding, ...]
    heeded: tuple[Finding, ...]
    roots: RootCells


def propose(
    said: Sequence[Explanation],
    own: Own,
    earlier: Sequence[NotedFinding],
    rulings: Rulings,
    *,
    at_once: bool,
) -> tuple[Proposal, ...]:
    """What explanations ask to waive: findings of this mail, else of one before it.

    `earlier` are findings of the province's mails, the likeliest mail first. Only
    queries are accepted `at_once`, those that an earlier mail was asked about and no
    planner refused. A rule without its form is about nothing where several forms fail it.
    """
    failing = {
        found: now
        for found, now in zip(own.found, own.heeded, strict=True)
        if found.state is FindingState.FAIL and now.state is not FindingState.BLOCKED
    }
    asked = {each for noted in earlier for each in _asked(noted)}
    proposals: list[Proposal] = []
    for place, words in enumerate(said):
        if _is_unclear(words, failing):
            continue
        here = [
            _proposal(
                place,
                failing[found],
                rulings,
                at_once=at_once and not signatures(found).isdisjoint(asked),
            )
            for found in told_together(words, tuple(failing), own.roots)
        ]
        proposals += here or _of_earlier(place, words, earlier, rulings, at_once=at_once)
    return tuple(proposals)


def _asked(noted: NotedFinding) -> frozenset[str]:
    """The signatures of a finding that its letter told of."""
    is_told = noted.finding.state in (FindingState.FAIL, FindingState.WAIVED)
    return signatures(noted.finding) if is_told else frozenset()


def _is_unclear(words: Explanation, findings: Iterable[Finding]) -> bool:
    """Whether words name a rule without a form, and several forms fail it."""
    forms = {finding.form for finding in findings if explains(words, finding)}
    return words.form is None and len(forms) > 1


def _of_earlier(
    place: int,
    words: Explanation,
    earlier: Sequence[NotedFinding],
    rulings: Rulings,
    *,
    at_once: bool,
) -> list[Proposal]:
    about = [noted for noted in earlier if explains(words, noted.finding)]
    of_mail = [n.finding for n in about if n.message == about[0].message]
    if _is_unclear(words, of_mail):
        return []
    return [
        _proposal(place, noted.finding, rulings, noted, at_once=at_once)
        for noted in about
        if noted.message == about[0].message
        and noted.finding.state is not FindingState.BLOCKED
    ]


def _proposal(
    place: int,
    finding: Finding,
    rulings: Rulings,
    noted: NotedFinding | None = None,
    *,
    at_once: bool,
) -> Proposal:
    state, now = ProposalState.PROPOSED, False
    if finding.state is FindingState.WAIVED or signatures(finding) & rulings.waived:
        state = ProposalState.ACCEPTED
    elif signatures(finding) & rulings.refused:
        state = ProposalState.REFUSED
    elif at_once and finding.severity is Severity.QUERY:
        state, now = ProposalState.ACCEPTED, True
    message = None if noted is None else noted.message
    round_id = None if noted is None else noted.round
    return Proposal(place, finding, state, message, round_id, at_once=now)
