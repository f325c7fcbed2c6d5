"""A case: everything that a decision about one message rests on."""

from dataclasses import dataclass, field
from datetime import datetime

from pipeline.domain.letters.letter import Standing
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.proposal import Proposal
from pipeline.domain.senders.identity import Identity
from pipeline.domain.verdict import Parsed


@dataclass(frozen=True, slots=True)
class Policy:
    """What the ministry configured (contract.md, `policy`), for `units` reporters."""

    replies: str = "send"
    unknown_sender: str = "provisional"
    narrative: str = "remind"
    letters_per_hour: int | None = None
    units: int = 63


@dataclass(frozen=True, slots=True)
class Case:
    """One message with all that is known about it and its province.

    `findings` are those of reading and checking; `appendices` the forms of this mail,
    of which those in `twice` came with two different contents. `standing` and
    `narrative_before` speak of the province's other mails. `received_at` is None
    when nothing trustworthy says when it came. `same_content`: it repeats the files of
    an earlier mail; `told_same`: a letter said so of these files before; `same_figures`:
    its forms say what the mail said that was answered last. `planner_hold`
    is True or False when a planner held or released it; `due` is the province's own
    deadline where a planner extended it. `explanations` are the province's words,
    `proposals` the findings that they ask to waive; `withheld` the forms with an error
    that only a held rule keeps quiet; `shut` those that came when the books were closed
    and that no planner has admitted.
    """

    parsed: Parsed
    identity: Identity
    plan_round: PlanRound
    received_at: datetime | None
    first_seen_at: datetime
    appendices: tuple[Appendix, ...]
    findings: tuple[Finding, ...]
    twice: frozenset[str] = frozenset()
    standing: Standing = field(default=Standing())
    narrative_before: bool = False
    same_content: bool = False
    told_same: bool = False
    same_figures: bool = False
    planner_hold: bool | None = None
    spam_folder: bool = False
    due: datetime | None = None
    explanations: tuple[Explanation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    withheld: frozenset[str] = frozenset()
    shut: frozenset[str] = frozenset()

    @property
    def rank_time(self) -> datetime:
        """The instant that orders versions: receipt, else first sight."""
        return self.received_at or self.first_seen_at

    @property
    def late(self) -> bool | None:
        """Whether it came after the deadline; None when nobody can say."""
        if self.received_at is None:
            return None
        return self.received_at > (self.due or self.plan_round.due)


@dataclass(frozen=True, slots=True)
class LetterHistory:
    """Letters already made, as the budgets N17-N19 need them.

    `to_recipient` holds (created, template, brought new forms) of one address; `in_hour`
    and `in_day` count every unsuppressed letter of the last hour and of the last 24.
    """

    to_recipient: tuple[tuple[datetime, str, bool], ...] = ()
    in_hour: int = 0
    in_day: int = 0
