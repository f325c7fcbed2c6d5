"""What collecting remembers from one look to the next, and what it need not ask again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.domain.mail.message import Location

SIZES_CHECKED = timedelta(hours=1)
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(slots=True)
class Placed:
    """The UIDs of a folder that the ledger is known to have.

    Asking for all of them at each look takes longer than a message does, and so does
    going through all of a listing that has only grown at its end.
    """

    known: set[int] = field(default_factory=set)
    listed: tuple[int, ...] = ()
    missing: list[int] = field(default_factory=list)

    def missing_of(self, uids: tuple[int, ...]) -> list[int]:
        """Those of a listing that are not known."""
        same = len(self.listed)
        if uids[:same] != self.listed:
            same, self.missing = 0, []
        doubtful = (*self.missing, *uids[same:])
        self.missing = [uid for uid in doubtful if uid not in self.known]
        self.listed = uids
        return self.missing


@dataclass(slots=True)
class FetchTroubles:
    """Messages that could not be had, and when each is worth another try.

    `checked` is when the sizes of a folder's known messages were compared, `sound` those
    whose bytes were found to be the known ones; `placed` is by folder and UIDVALIDITY.
    Lives as long as the daemon; a new process begins with none and simply tries.
    """

    due: dict[Location, tuple[datetime, timedelta]] = field(default_factory=dict)
    checked: dict[tuple[str, int], datetime] = field(default_factory=dict)
    sound: set[Location] = field(default_factory=set)
    placed: dict[tuple[str, int], Placed] = field(default_factory=dict)

    def sizes_due(self, folder: tuple[str, int], now: datetime) -> bool:
        """Whether the sizes of a folder are to be compared: at first, and once an hour."""
        last = self.checked.get(folder)
        return last is None or now - last >= SIZES_CHECKED

    def resting(self, folder: tuple[str, int], now: datetime) -> set[int]:
        """The UIDs of a folder that it is too early to ask for again."""
        return {
            place.uid
            for place, (at, _) in self.due.items()
            if now < at and (place.folder, place.uidvalidity) == folder
        }

    def add(self, place: Location, now: datetime) -> None:
        """Rest twice as long as last time, 5 minutes to 6 hours."""
        _, pause = self.due.get(place, (now, _FIRST_PAUSE / 2))
        pause = min(2 * pause, _LONGEST_PAUSE)
        self.due[place] = (now + pause, pause)
