"""The part of the ledger's port that keeps what planners rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.domain.proposal import NotedExplanation
from pipeline.domain.rulings import NotedFinding, RuleName, Rulings


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """How many of the provinces seen fail a rule, and whether it is held back.

    `word` is a planner's: "kept" or "held"; without one, a rule that fails in more
    than 30 % of at least eight provinces is held. `letters` are those that told a
    province of it, by number, as far as their mails were not judged again since.
    """

    name: RuleName
    failing: int
    seen: int
    held: bool
    word: str | None
    letters: tuple[int, ...] = ()


class PlannersRulings(Protocol):
    """Planners' words on forms, findings, deadlines and rules; each in the audit trail."""

    def rulings(self, round_id: str, province: str | None, message: int) -> Rulings:
        """What planners said of a message's forms, its province's findings, the rules."""

    def due(self, round_id: str, province: str) -> datetime | None:
        """A province's own deadline; None where the round's holds."""

    def finding(self, number: int) -> NotedFinding | None:
        """A finding by its number in the view `findings`."""

    def accept_forms(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> None:
        """Take forms of a message as they are. Audited; `reopen` makes it felt."""

    def withdraw_acceptance(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> int:
        """Take acceptances back; how many there were. Audited."""

    def refused_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that somebody took an acceptance back of."""

    def admitted_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that count though the books were closed."""

    def admit_forms(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> None:
        """Let forms count that came when the books were closed. Audited; `reopen` makes it
        felt.
        """

    def withdraw_admission(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> int:
        """Take admissions back; how many there were. Audited."""

    def waive(self, noted: NotedFinding, by: str, why: str, now: datetime) -> None:
        """A finding counts no more while its values stay what they are. Audited."""

    def withdraw_waiver(self, noted: NotedFinding, by: str, why: str, now: datetime) -> int:
        """Let a waived finding count again; how many waivers that ends. Audited."""

    def earlier_findings(
        self,
        round_id: str,
        province: str,
        before: tuple[datetime, int],
        answered: Sequence[str],
    ) -> Sequence[NotedFinding]:
        """What a province could mend or explain before a message (by its rank), blocked
        findings as well.

        First those of the mails whose letters have one of the Message-IDs `answered`,
        then those of the newest filed version of each form.
        """

    def explanations(self, round_id: str | None = None) -> Sequence[NotedExplanation]:
        """What provinces explain, oldest first, with where each finding stands."""

    def refuse_waiver(self, noted: NotedFinding, by: str, why: str, now: datetime) -> None:
        """A planner's no to a proposed waiver; a live one ends. Audited."""

    def extend(
        self,
        round_id: str,
        province: str,
        due: datetime | None,
        by: str,
        why: str,
        now: datetime,
    ) -> Sequence[int]:
        """A province's own deadline, None for the round's; the messages to judge again.
        Audited.
        """

    def rule_standings(self, round_id: str) -> Sequence[RuleStanding]:
        """How often each rule that ever failed does, and whether it is held back."""

    def rule_on(
        self, round_id: str, name: RuleName, state: str, by: str, why: str, now: datetime
    ) -> None:
        """A planner's word on a rule: `kept` whatever fails, or `held`. Audited."""
