"""What collecting remembers from one look to the next, and what it need not ask again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.domain.mail.message import Location

_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(slots=True)
class FetchTroubles:
    """Messages that could not be had, and when each is worth another try.

    `checked` is when the sizes of a folder's known messages were compared, `sound` those
    whose bytes were found to be the known ones. `placed` are UIDs that the ledger is known
    to have, by folder and UIDVALIDITY: asking for all of them at each look takes longer
    than a message does. Lives as long as the daemon; a new process begins with none and
    simply tries.
    """

    due: dict[Location, tuple[datetime, timedelta]] = field(default_factory=dict)
    checked: dict[tuple[str, int], datetime] = field(default_factory=dict)
    sound: set[Location] = field(default_factory=set)
    placed: dict[tuple[str, int], set[int]] = field(default_factory=dict)

    def resting(self, place: Location, now: datetime) -> bool:
        """Whether it is too early to ask for a message again."""
        return place in self.due and now < self.due[place][0]

    def add(self, place: Location, now: datetime) -> None:
        """Rest twice as long as last time, 5 minutes to 6 hours."""
        _, pause = self.due.get(place, (now, _FIRST_PAUSE / 2))
        pause = min(2 * pause, _LONGEST_PAUSE)
        self.due[place] = (now + pause, pause)
