"""When something came, measured by a province's deadlines."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.domain.plan.plan_round import PlanRound


class Punctuality(StrEnum):
    """In time, or how late; of what has not come: whether it should have."""

    ON_TIME = "on-time"
    IN_GRACE = "in-grace"
    LATE = "late"
    AFTER_CLOSE = "after-close"
    OUTSTANDING = "outstanding"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What holds for one province: in time until `due`, tolerated until `grace_until`.

    What comes after `closes` came when the books were closed. All three are the last
    instant that still counts.
    """

    due: datetime
    grace_until: datetime
    closes: datetime | None = None

    def closed(self, moment: datetime) -> bool:
        """Whether the books were closed at a moment."""
        return self.closes is not None and moment > self.closes

    def judge(self, moment: datetime | None, now: datetime) -> Punctuality:
        """How punctual something is that came at a moment, or has not come (None)."""
        if moment is None:
            return Punctuality.OVERDUE if now > self.due else Punctuality.OUTSTANDING
        if moment <= self.due:
            return Punctuality.ON_TIME
        if self.closed(moment):
            return Punctuality.AFTER_CLOSE
        return Punctuality.IN_GRACE if moment <= self.grace_until else Punctuality.LATE


def deadlines_of(plan_round: PlanRound, own: datetime | None) -> Deadlines:
    """The deadlines of a province, with its `own` where it was extended.

    Neither grace nor close come before its own deadline.
    """
    due = plan_round.due if own is None else own
    closes = plan_round.closes
    return Deadlines(
        due=due,
        grace_until=max(plan_round.grace_until or due, due),
        closes=None if closes is None else max(closes, due),
    )
