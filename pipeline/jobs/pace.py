"""Pace: when a door that did not open is worth another try."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain.errors import PipelineError, RefusedLoginError, ThrottledError

LONGEST = timedelta(minutes=15)
AFTER_REFUSAL = timedelta(minutes=30)
AFTER_THROTTLING = timedelta(minutes=15)


@dataclass(slots=True)
class Pace:
    """The rests of one door: from `first` doubling to a quarter of an hour.

    A refused login rests half an hour at once, for a lock-out is near; a server that
    asks for less rests a quarter (reliability.md, F-S2-1 and F-S5-8).
    """

    first: timedelta
    rest: timedelta = timedelta()
    until: datetime | None = None

    def resting(self, now: datetime) -> bool:
        """Whether it is too early to try again."""
        return self.until is not None and now < self.until

    @property
    def refused(self) -> bool:
        """Whether the last try ended in a refused login."""
        return self.until is not None and self.rest == AFTER_REFUSAL

    def note(self, trouble: PipelineError | None, now: datetime) -> None:
        """Take down how the last try went."""
        if trouble is None:
            self.rest, self.until = timedelta(), None
            return
        self.rest = min(max(2 * self.rest, self.first), LONGEST)
        if isinstance(trouble, RefusedLoginError):
            self.rest = AFTER_REFUSAL
        elif isinstance(trouble, ThrottledError):
            self.rest = max(self.rest, AFTER_THROTTLING)
        self.until = now + self.rest
