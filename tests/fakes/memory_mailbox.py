"""A mailbox in memory, whose messages can be added, moved, renumbered or broken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from pipeline.domain.errors import MissingFolderError
from pipeline.ports import FetchedMessage, FolderStatus

RECEIVED = datetime(2013, 7, 10, 9, 12, tzinfo=timezone(timedelta(hours=7)))


@dataclass
class MemoryFolder:
    """A folder of the server; `broken` messages are listed but never handed over."""

    uidvalidity: int = 1
    messages: dict[int, bytes] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    lying: dict[int, int] = field(default_factory=dict)

    def put(self, data: bytes) -> int:
        """Add a message; its UID."""
        uid = max(self.messages, default=0) + 1
        self.messages[uid] = data
        return uid


@dataclass
class MemoryMailbox:
    """ports.Mailbox on such folders; a missing one raises."""

    contents: dict[str, MemoryFolder]
    names: tuple[str, ...] = ("INBOX",)
    fetches: list[int] = field(default_factory=list)
    vanish: set[int] = field(default_factory=set)
    examined: str = ""
    percent: int | None = None

    def folders(self) -> Sequence[str]:
        return self.names

    def examine(self, folder: str) -> FolderStatus:
        if folder not in self.contents:
            raise MissingFolderError(folder)
        self.examined = folder
        found = self.contents[folder]
        return FolderStatus(folder, found.uidvalidity, tuple(found.messages))

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        folder = self.contents[self.examined]
        return {
            uid: folder.lying.get(uid, len(folder.messages[uid]))
            for uid in uids
            if uid in folder.messages
        }

    def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        folder = self.contents[self.examined]
        for uid in self.vanish & set(folder.messages):
            del folder.messages[uid]
        for uid in uids:
            self.fetches.append(uid)
            if uid in folder.messages and uid not in folder.broken:
                yield FetchedMessage(uid, folder.messages[uid], RECEIVED)

    def wait(self, seconds: float) -> bool:
        return True

    def percent_full(self) -> int | None:
        return self.percent

    def close(self) -> None:
        """Nothing to give back."""
