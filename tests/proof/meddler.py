"""A person who works in the mailbox while the daemon reads it: at every call, by dice."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from imapclient import IMAPClient

from tests.fakes.mortal import Fate

INBOX, READ, AWAY = "INBOX", "Đã đọc & xử lý", "Lưu trữ"
WATCHED = (INBOX, READ)


def digest(data: bytes) -> str:
    """The name of bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass
class Meddler(Fate):
    """Appends, flags, moves, copies and expunges between two calls of the daemon.

    `arrived` are the digests of all mails there ever were, `taken_away` those that left
    the watched folders, `seen` those that the person opened.
    """

    at: int = -1
    client: IMAPClient = None
    dice: Random = field(default_factory=lambda: Random(8))
    at_work: bool = True
    arrived: set[str] = field(default_factory=set)
    taken_away: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    deeds: Counter[str] = field(default_factory=Counter)

    def step(self, call: str = "", fault: Exception | None = None) -> None:
        """Now and then a deed."""
        if self.at_work and self.dice.random() < 0.4:
            deed = self.dice.choice(
                (self.append, self.append, self.flag, self.move, self.copy, self.expunge)
            )
            self.deeds[deed.__name__] += 1
            deed()

    def append(self) -> None:
        """A mail comes."""
        data = f"Subject: {len(self.arrived)}\r\n\r\nx\r\n".encode()
        self.arrived.add(digest(data))
        self.client.append(INBOX, data)

    def flag(self) -> None:
        """A mail is read, or marked as if it were not."""
        if (place := self._any()) is not None:
            marks = [b"\\Seen", b"\\Flagged"]
            if self.dice.random() < 0.7:
                self.client.add_flags(place, marks)
                self.seen.add(self._bytes(place))
            else:
                self.client.remove_flags(place, marks)

    def move(self) -> None:
        """A mail goes into another folder, watched or not."""
        target = self.dice.choice((INBOX, READ, READ, AWAY))
        if (place := self._any()) is not None:
            if target == AWAY:
                self.taken_away.add(self._bytes(place))
            self.client.move([place], target)

    def copy(self) -> None:
        """A mail lies in two folders."""
        if (place := self._any()) is not None:
            self.client.copy([place], READ)

    def expunge(self) -> None:
        """A mail is deleted for good."""
        if (place := self._any()) is not None:
            self.taken_away.add(self._bytes(place))
            self.client.delete_messages([place])
            self.client.expunge()

    def lying(self) -> dict[tuple[str, int], tuple[str, set[bytes]]]:
        """What lies in the watched folders now: digest and flags by place."""
        found = {}
        for folder in WATCHED:
            self.client.select_folder(folder, readonly=True)
            uids = self.client.search("ALL")
            for uid, item in self.client.fetch(uids, ["BODY.PEEK[]", "FLAGS"]).items():
                found[folder, uid] = digest(item[b"BODY[]"]), set(item[b"FLAGS"])
        return found

    def _any(self) -> int | None:
        self.client.select_folder(self.dice.choice(WATCHED))
        uids = self.client.search("ALL")
        return self.dice.choice(uids) if uids else None

    def _bytes(self, uid: int) -> str:
        return digest(self.client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"])
