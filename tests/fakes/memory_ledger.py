"""The part of the ledger that collect and deliver need, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipeline.domain.letters.reply import LetterState, OutboxItem
from pipeline.domain.mail.message import Arrival, Location, State


@dataclass
class Row:
    """One message."""

    state: State
    digest: str | None = None
    reason: str | None = None
    size: int = 0


@dataclass
class LetterRow:
    """One letter."""

    item: OutboxItem
    state: LetterState = LetterState.QUEUED
    retry_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass
class MemoryLedger:
    """ports.Ledger as far as mail in and mail out go."""

    rows: dict[Location, Row] = field(default_factory=dict)
    letters: dict[int, LetterRow] = field(default_factory=dict)
    asked: list[tuple[int, int | None]] = field(default_factory=list)

    def arrive(self, arrival: Arrival) -> int:
        place, row = (
            arrival.location,
            Row(State.RECEIVED, arrival.digest, size=arrival.size),
        )
        for other, known in list(self.rows.items()):
            if known.digest != arrival.digest or other == place:
                continue
            if (other.folder, other.uidvalidity) != (place.folder, place.uidvalidity):
                row = Row(State.DUPLICATE, arrival.digest, "same-bytes", arrival.size)
            if other.folder == place.folder and other.uidvalidity != place.uidvalidity:
                row = self.rows.pop(other)
                break
        if place not in self.rows or self.rows[place].state is State.HELD:
            self.rows[place] = row
        return list(self.rows).index(place) + 1

    def refuse(self, location: Location, size: int, reason: str, now: datetime) -> None:
        self.rows.setdefault(location, Row(State.HELD, None, reason, size))

    def arrive_all(self, arrivals: Sequence[Arrival]) -> list[int]:
        return [self.arrive(arrival) for arrival in arrivals]

    def placed(
        self, folder: str, uidvalidity: int, first: int = 0, last: int | None = None
    ) -> frozenset[int]:
        self.asked.append((first, last))
        return frozenset(
            place.uid
            for place, row in self.rows.items()
            if (place.folder, place.uidvalidity) == (folder, uidvalidity)
            and first <= place.uid
            and (last is None or place.uid <= last)
            and row.reason != "fetch-failed"
        )

    def placed_sizes(self, folder: str, uidvalidity: int) -> dict[int, int]:
        return {
            place.uid: row.size
            for place, row in self.rows.items()
            if (place.folder, place.uidvalidity) == (folder, uidvalidity) and row.digest
        }

    def lose(self, location: Location, now: datetime) -> None:
        self.rows.setdefault(location, Row(State.GONE))

    def queue(self, recipient: str, data: bytes) -> None:
        """A letter as `file` would leave it."""
        number = len(self.letters) + 1
        item = OutboxItem(number, f"key{number}", recipient, f"<{number}@x>", data, 0)
        self.letters[number] = LetterRow(item)

    def claim_letters(
        self, now: datetime, limit: int, *, reminders: Callable[[], bool] | None = None
    ) -> Sequence[OutboxItem]:
        due = [
            row
            for row in self.letters.values()
            if row.state is LetterState.QUEUED
            and (row.retry_at is None or row.retry_at <= now)
        ][:limit]
        for row in due:
            row.state = LetterState.SENDING
            row.item = replace(row.item, attempts=row.item.attempts + 1)
        return [row.item for row in due]

    def settle_letter(
        self,
        letter: int,
        state: LetterState,
        now: datetime,
        retry_at: datetime | None = None,
        attempt: int | None = None,
    ) -> None:
        row = self.letters[letter]
        if attempt is None or self._in_hand(row, attempt, state):
            row.state, row.retry_at = state, retry_at
            if state is LetterState.SENT:
                row.sent_at = now

    def settle_sent(self, letters: Sequence[tuple[OutboxItem, datetime]]) -> None:
        for letter, at in letters:
            self.settle_letter(letter.id, LetterState.SENT, at, None, letter.attempts)

    def _in_hand(self, row: LetterRow, attempt: int, state: LetterState) -> bool:
        held = row.state is LetterState.SENDING
        late = row.state is LetterState.UNKNOWN and state is LetterState.SENT
        return row.item.attempts == attempt and (held or late)

    def while_ours(self, letter: OutboxItem, act: Callable[[], LetterState | None]) -> bool:
        row = self.letters[letter.id]
        if not self._in_hand(row, letter.attempts, LetterState.SENDING):
            return False
        row.state = act() or row.state
        return True

    def sending_letters(self) -> Sequence[OutboxItem]:
        return [
            row.item for row in self.letters.values() if row.state is LetterState.SENDING
        ]
