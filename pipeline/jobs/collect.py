"""Collect: every message of the watched folders into the archive, then the ledger.

Bytes first: archive.keep, then ledger.arrive_all, a group of messages at a time: those of
one answer of the server, as a rule. Whoever dies in between finds the same messages
unknown to the ledger next time, and repeats what is needed; nothing is done twice, for
both are idempotent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import accumulate

from pipeline.domain.errors import NoRoomError, TransientError
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs.collect_round import COSTS_ITSELF, CollectLimits, CollectReport
from pipeline.jobs.fetch_troubles import FetchTroubles, Placed
from pipeline.ports import Archive, FetchedMessage, FolderStatus, Ledger, Mailbox

# More sizes than these that differ are a server's estimates, not its numbers used twice.
_MOST_REUSED = 20
_BYTES_AT_ONCE = 8 * 1024 * 1024


def collect(
    mailbox: Mailbox,
    archive: Archive,
    ledger: Ledger,
    now: Callable[[], datetime],
    limits: CollectLimits | None = None,
    troubles: FetchTroubles | None = None,
) -> CollectReport:
    """Take in what the ledger does not know yet, folder by folder.

    A TransientError of server, disk or database ends the round and stands in the
    report: the caller waits and comes again. A missing folder, and mail that there is no
    room for, only cost themselves: what is small in other folders still comes.
    """
    sweep = _Sweep(
        mailbox,
        archive,
        ledger,
        now,
        limits or CollectLimits(),
        troubles or FetchTroubles(),
    )
    trouble: TransientError | None = None
    for folder in mailbox.folders():
        try:
            sweep.take_in(folder)
        except COSTS_ITSELF as fault:
            trouble = fault
        except TransientError as fault:
            trouble = fault
            break
    return CollectReport(
        tuple(sweep.arrived),
        tuple(sweep.refused),
        tuple(sweep.failed),
        tuple(sweep.gone),
        trouble,
        sweep.sizes_due,
        sweep.more,
    )


@dataclass(slots=True)
class _Sweep:
    """One round over the folders, with what it has done so far."""

    mailbox: Mailbox
    archive: Archive
    ledger: Ledger
    now: Callable[[], datetime]
    limits: CollectLimits
    troubles: FetchTroubles
    arrived: list[int] = field(default_factory=list)
    refused: list[Location] = field(default_factory=list)
    failed: list[Location] = field(default_factory=list)
    gone: list[Location] = field(default_factory=list)
    sizes_due: bool = False
    more: bool = False

    def take_in(self, folder: str) -> None:
        """Take in one folder."""
        if self.limits.stop():
            return
        status = self.mailbox.examine(folder)
        unknown = self._unknown(status)
        wanted = self._at_once(unknown)
        more = len(unknown) > len(wanted)
        self.more = self.more or more
        for _ in range(self.limits.tries):
            wanted = self._attempt(status, wanted) if wanted else []
        for place in wanted:
            self.ledger.refuse(place, 0, "fetch-failed", self.now())
            self.troubles.add(place, self.now())
            self.failed.append(place)
        if not (more or self.limits.stop()):
            self._take_reused(status)

    def _take_reused(self, status: FolderStatus) -> None:
        """Fetch again what a broken server may have put under the number of another mail.

        Where it is the known one after all, arriving again changes nothing.
        """
        places = {place.uid: place for place in self._reused(status)}
        for group in self._groups(tuple(places)) if places else ():
            self._keep([(places[message.uid], message) for message in group])
            self.troubles.sound.update(places[message.uid] for message in group)
            if self.limits.stop():
                return

    def _reused(self, status: FolderStatus) -> list[Location]:
        """Known messages whose size the server tells otherwise; looked at once an hour."""
        folder = (status.name, status.uidvalidity)
        if not self.troubles.sizes_due(folder, self.now()):
            return []
        if not self.limits.sizes:
            self.sizes_due = True
            return []
        if folder in self.troubles.checked:
            self.troubles.placed.clear()  # what is only remembered is asked anew, too
        known = self.ledger.placed_sizes(*folder)
        here = [uid for uid in status.uids if uid in known]
        told = self.mailbox.sizes(here) if here else {}
        self.troubles.checked[folder] = self.now()
        others = [
            place
            for uid in here
            if told.get(uid, 0) not in (0, known[uid])
            and told[uid] <= self.limits.most_bytes
            and (place := Location(*folder, uid)) not in self.troubles.sound
        ]
        return others if len(others) <= _MOST_REUSED else []

    def _unknown(self, status: FolderStatus) -> list[Location]:
        folder = (status.name, status.uidvalidity)
        placed = self.troubles.placed.setdefault(folder, Placed())
        # One that rests for hours would have us ask for all that came after it.
        resting = self.troubles.resting(folder, self.now())
        wanted = [uid for uid in placed.missing_of(status.uids) if uid not in resting]
        if wanted:
            placed.known |= self.ledger.placed(*folder, min(wanted))
        return [Location(*folder, uid) for uid in wanted if uid not in placed.known]

    def _at_once(self, unknown: list[Location]) -> list[Location]:
        """The first of them; all, where there is no room: the smallest go first then."""
        first = unknown[: self.limits.most]
        if len(first) == len(unknown):
            return unknown
        sizes = self.mailbox.sizes([place.uid for place in first])
        return first if sum(sizes.values()) <= self.limits.room() else unknown

    def _attempt(self, status: FolderStatus, wanted: Sequence[Location]) -> list[Location]:
        """Take in what can be had; the messages that are there but did not come."""
        places = {place.uid: place for place in wanted}
        sizes = self.mailbox.sizes(tuple(places))
        for uid, size in sizes.items():
            if size > self.limits.most_bytes:
                self._refuse(places.pop(uid), size)
        here = [uid for uid in places if uid in sizes]
        fitting = self._fitting(here, sizes)
        self.limits.coming(len(fitting))
        for group in self._groups(fitting):
            self._keep([(places.pop(message.uid), message) for message in group])
            if self.limits.stop():
                return []
        if len(fitting) < len(here):
            raise _no_room(self.limits.room())
        return self._still_there(status, places.values()) if places else []

    def _fitting(self, uids: Sequence[int], sizes: Mapping[int, int]) -> Sequence[int]:
        """Those that there is room for, where there is not room for all the smallest.

        So a flood of great mails keeps no province's out, however full the disk.
        """
        room = self.limits.room()
        if sum(sizes[uid] for uid in uids) <= room:
            return uids
        smallest = sorted(uids, key=sizes.__getitem__)
        filled = accumulate(sizes[uid] for uid in smallest)
        return [uid for uid, bytes_ in zip(smallest, filled, strict=True) if bytes_ <= room]

    def _groups(self, uids: Sequence[int]) -> Iterator[list[FetchedMessage]]:
        """Messages that are kept together; before any trouble, what has come is given."""
        group: list[FetchedMessage] = []
        trouble: TransientError | None = None
        size = 0
        try:
            for message in self.mailbox.fetch(uids):
                group.append(message)
                size += len(message.data)
                full = len(group) >= self.limits.group or size >= _BYTES_AT_ONCE
                if full or self.limits.stop():
                    yield group
                    group, size = [], 0
        except TransientError as fault:
            trouble = fault
        if group:
            yield group
        if trouble is not None:
            raise trouble

    def _keep(self, mails: Sequence[tuple[Location, FetchedMessage]]) -> None:
        """The two steps, in the only safe order, for those that there is room for."""
        taken: list[tuple[Arrival, bytes]] = []
        room = left = self.limits.room()
        for place, message in mails:
            size = len(message.data)
            if size > self.limits.most_bytes:  # the server had told less
                self._refuse(place, size)
                continue
            left -= size
            if left < 0:
                break
            taken.append((self._arrival(place, message), message.data))
        if taken:
            self.archive.keep(taken)
            self.arrived += self.ledger.arrive_all([arrival for arrival, _ in taken])
        for arrival, _ in taken:
            self.troubles.due.pop(arrival.location, None)
        if left < 0:
            raise _no_room(room)

    def _arrival(self, place: Location, message: FetchedMessage) -> Arrival:
        return Arrival(
            digest=sha256(message.data).hexdigest(),
            location=place,
            size=len(message.data),
            received_at=message.received_at,
            first_seen_at=self.now(),
            spam_folder=place.folder in self.limits.spam_folders,
        )

    def _refuse(self, place: Location, size: int) -> None:
        self.ledger.refuse(place, size, "too-big", self.now())
        self.refused.append(place)

    def _still_there(
        self, before: FolderStatus, missing: Iterable[Location]
    ) -> list[Location]:
        """Of the messages that did not come, those the server still lists.

        The others are gone: somebody moved or deleted them. Only a fresh listing may
        say so, for a server in trouble leaves messages out, too.
        """
        after = self.mailbox.examine(before.name)
        if after.uidvalidity != before.uidvalidity:
            return []  # renumbered meanwhile: all new to the next round
        there = set(after.uids)
        for place in missing:
            if place.uid not in there:
                self.ledger.lose(place, self.now())
                self.gone.append(place)
        return [place for place in missing if place.uid in there]


def _no_room(room: int) -> NoRoomError:
    """What the disk holds besides, ledger and letters, must go on when mail does not."""
    left = max(room, 0) >> 20
    return NoRoomError(
        f"the disk has room for {left} MB of mail: the rest waits; free some"
    )
