"""The submission mailbox over IMAP: only ever read, by UID, reconnecting by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from threading import Event
from typing import Any, TypeVar

from pipeline.adapters.mail.imap_mailbox.session import ImapSession
from pipeline.adapters.mail.oauth2_token import TokenSource
from pipeline.domain.errors import (
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnreachableError,
)
from pipeline.ports.access import MailboxAccess
from pipeline.ports.outside import FetchedMessage, FolderStatus

_SIZES_AT_ONCE = 500
_MESSAGES_AT_ONCE = 20
_BYTES_AT_ONCE = 8 * 1024 * 1024
_UNKNOWN_SIZE = 50 * 1024 * 1024
_LONGEST_IDLE = 9 * 60.0  # RFC 2177 says 29 minutes; many routers forget after 10
_LOST_IN_A_ROW = 5

_LOOKS_AT_NEW = 100

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _List:
    """The UIDs of a folder, and how many looks ago all of them were asked for."""

    uidvalidity: int
    uids: tuple[int, ...]
    looks: int = 0


class ImapMailbox:
    """ports.Mailbox on an IMAP server; one connection, opened when first needed.

    `stop` interrupts `wait` within a second. Every method raises RefusedLoginError,
    ThrottledError or another UnreachableError when the server cannot be used; the next
    call connects anew. The password is in no error text.
    """

    def __init__(self, access: MailboxAccess, stop: Event | None = None) -> None:
        self._access = access
        self._tokens = TokenSource(access.tokens) if access.tokens else None
        self._stop = stop or Event()
        self._session: ImapSession | None = None
        self._folder = ""
        self._marks: dict[str, tuple[Any, ...]] = {}
        self._sizes: dict[int, int] = {}
        self._lists: dict[str, _List] = {}

    def folders(self) -> Sequence[str]:
        """The folders watched, then the spam folders."""
        return (*self._access.folders, *self._access.spam_folders)

    def examine(self, folder: str) -> FolderStatus:
        """UIDVALIDITY and all UIDs, ascending; MissingFolderError when there is none."""
        return self._afresh(lambda: self._examine(folder))

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """RFC822.SIZE by UID; 0 where the server will not say; vanished left out."""
        found: dict[int, int] = {}
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            found |= self._sizes_of(uids[start : start + _SIZES_AT_ONCE])
        self._sizes |= found
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """Whole messages in the order asked, a few megabytes at a time.

        A message that cannot be had is left out like a vanished one, and does not keep
        the others from coming: `examine` tells the two apart.
        """
        for batch in self._batches(uids):
            yield from self._fetch_batch(batch)

    def wait(self, seconds: float) -> bool:
        """IDLE on the first folder where offered, else just wait (see the port)."""
        if self._stop.is_set():
            return False
        if self._access.idle == "auto":
            try:
                return self._afresh(lambda: self._listen(min(seconds, _LONGEST_IDLE)))
            except UnreachableError:
                raise
            except TransientError:
                pass  # IDLE promised but refused: poll instead
        return not self._stop.wait(seconds)

    def percent_full(self) -> int | None:
        """By the fullest quota of the account; None where none can be had."""
        try:
            return self._connected().percent_full()
        except UnreachableError:
            raise
        except TransientError:
            return None

    def close(self) -> None:
        """Log out; never raises."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _afresh(self, ask: Callable[[], Answer]) -> Answer:
        """Ask once more when a line that had been idle turns out to be dead."""
        reused = self._session is not None and self._session.alive
        try:
            return ask()
        except (RefusedLoginError, ThrottledError):
            raise
        except UnreachableError:
            if not reused:
                raise
            return ask()

    def _connected(self) -> ImapSession:
        if self._session is None or not self._session.alive:
            self._session = None
            self._lists = {}
            self._session = ImapSession(self._access, self._tokens)
        return self._session

    def _opened(self) -> ImapSession:
        """The session with the examined folder open, also after a reconnect."""
        if self._session is None or not self._session.alive:
            status = self._connected().examine(self._folder)
            if status[b"UIDVALIDITY"] != self._marks[self._folder][0]:
                raise TransientError(
                    f"folder {self._folder!r} was renumbered while it was read; "
                    "it is read anew in the next round"
                )
        return self._connected()

    def _examine(self, folder: str) -> FolderStatus:
        session = self._connected()
        status = session.examine(folder)
        self._folder = folder
        self._marks[folder] = _mark(status)
        self._sizes = {}
        uids = self._listed(session, folder, status)
        return FolderStatus(folder, int(status[b"UIDVALIDITY"]), uids)

    def _listed(
        self, session: ImapSession, folder: str, status: Mapping[bytes, Any]
    ) -> tuple[int, ...]:
        """All UIDs: those of the last look and the new ones, where they add up.

        New messages have higher numbers, so the sum is the folder as it is: whatever is
        gone makes it too large. Now and then, on a new line, and where the server will
        not say what is new, all are asked for: a broken one may have changed what it must
        not.
        """
        validity, exists = status[b"UIDVALIDITY"], int(status[b"EXISTS"])
        known = self._lists.get(folder)
        if known and known.uidvalidity == validity and known.looks < _LOOKS_AT_NEW:
            last = known.uids[-1] if known.uids else 0
            new = session.uids_above(last)
            if new is not None and len(known.uids) + len(new) == exists:
                uids = known.uids + new
                self._lists[folder] = _List(validity, uids, known.looks + 1)
                return uids
        uids = session.uids(exists)
        self._lists[folder] = _List(validity, uids)
        return uids

    def _sizes_of(self, uids: Sequence[int]) -> dict[int, int]:
        try:
            answer = self._opened().sizes(uids)
        except UnreachableError:
            raise
        except TransientError:
            if len(uids) == 1:
                return {uids[0]: 0}
            return {
                uid: size for one in uids for uid, size in self._sizes_of([one]).items()
            }
        return {uid: _whole(size) for uid, size in answer.items()}

    def _batches(self, uids: Sequence[int]) -> Iterator[list[int]]:
        batch: list[int] = []
        for uid in uids:
            full = len(batch) == _MESSAGES_AT_ONCE
            if batch and (full or self._weight([*batch, uid]) > _BYTES_AT_ONCE):
                yield batch
                batch = []
            batch.append(uid)
        if batch:
            yield batch

    def _weight(self, uids: Sequence[int]) -> int:
        return sum(self._sizes.get(uid) or _UNKNOWN_SIZE for uid in uids)

    def _fetch_batch(self, batch: Sequence[int]) -> Iterator[FetchedMessage]:
        found: dict[int, FetchedMessage] = {}
        try:
            found = self._bodies(batch, dated=True)
        except (RefusedLoginError, ThrottledError):
            raise
        except TransientError:
            pass  # one of them may be the cause: ask for each alone
        yield from found.values()
        lost = 0
        for uid in (uid for uid in batch if uid not in found):
            self._opened()  # when this fails it is not the message's fault
            try:
                yield from self._alone(uid)
                lost = 0
            except (RefusedLoginError, ThrottledError):
                raise
            except UnreachableError:
                lost += 1
                if lost == _LOST_IN_A_ROW:
                    raise

    def _alone(self, uid: int) -> Iterator[FetchedMessage]:
        """A message by itself, and at last apart from its date; nothing if all fails."""
        for dated in (True, False):
            try:
                found = self._bodies([uid], dated=dated)
            except UnreachableError:
                raise
            except TransientError:
                continue
            if found and not dated:
                yield replace(found[uid], received_at=self._date(uid))
                return
            if found:
                yield found[uid]
                return

    def _date(self, uid: int) -> datetime | None:
        """When a message came; None when the server gives no sound date for it."""
        try:
            answer = self._opened().fetch([uid], ["INTERNALDATE"])
        except UnreachableError:
            raise
        except TransientError:
            return None
        return _aware(answer.get(uid, {}).get(b"INTERNALDATE"))

    def _bodies(self, uids: Sequence[int], *, dated: bool) -> dict[int, FetchedMessage]:
        items = ["BODY.PEEK[]", "INTERNALDATE"] if dated else ["BODY.PEEK[]"]
        answer = self._opened().fetch(uids, items, self._weight(uids))
        found = {}
        for uid in uids:
            item = answer.get(uid, {})
            data = item.get(b"BODY[]")
            if isinstance(data, bytes) and data:
                found[uid] = FetchedMessage(uid, data, _aware(item.get(b"INTERNALDATE")))
        return found

    def _listen(self, seconds: float) -> bool:
        session = self._connected()
        if not session.idles:
            raise TransientError("the server does not offer IDLE")
        first = self.folders()[0]
        # Whatever came since the last look would never be announced by IDLE.
        status = session.examine(first)
        self._folder = first
        if self._marks.setdefault(first, _mark(status)) != _mark(status):
            return True
        return session.listen(seconds, self._stop)


def _mark(status: Mapping[bytes, Any]) -> tuple[Any, ...]:
    return tuple(status.get(key) for key in (b"UIDVALIDITY", b"EXISTS", b"UIDNEXT"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _aware(value: object) -> datetime | None:
    """The moment with its offset as a plain time zone; None when it has no offset."""
    if not isinstance(value, datetime):
        return None
    offset = value.utcoffset()
    return None if offset is None else value.replace(tzinfo=timezone(offset))
