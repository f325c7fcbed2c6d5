"""A folder of .eml files, or a Maildir, as a mailbox: for replay, recovery and tests.

Nothing is ever written there. A file that is still being written must have a name that
begins with a dot, or lie in the Maildir's `tmp`, until it is whole.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event

from pipeline.domain.errors import MissingFolderError, PermanentError
from pipeline.ports.outside import FetchedMessage, FolderStatus

_MOST_HEADER = 256 * 1024
_MOST_FIELD = 16 * 1024
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE)
_BITS = 53  # the biggest whole number that every reader of JSON keeps


class FolderMailbox:
    """ports.Mailbox on files; UIDVALIDITY 0, one folder called `name`.

    A file's UID is a hash of its name below the folder (for .eml files with its size,
    so that a file that was replaced is a new message; for a Maildir without its flags),
    the same after a restart and whatever else lies there.
    """

    def __init__(self, path: Path, name: str = "files", stop: Event | None = None) -> None:
        self._path = path
        self._name = name
        self._stop = stop or Event()
        self._files: dict[int, Path] = {}

    def folders(self) -> Sequence[str]:
        """The one folder."""
        return (self._name,)

    def examine(self, folder: str) -> FolderStatus:
        """All files in order of their names; MissingFolderError when not readable."""
        files: dict[int, Path] = {}
        for path in self._listed():
            try:
                uid = self._uid(path)
            except FileNotFoundError:
                continue  # moved or deleted since it was listed
            if files.setdefault(uid, path) != path:
                raise PermanentError(
                    f"{path} and {files[uid]} get the same number; rename one of them"
                )
        self._files = files
        return FolderStatus(folder, 0, tuple(files))

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """Bytes by UID; files that are gone are left out."""
        found = {}
        for uid in uids:
            path = self._files.get(uid)
            if path is not None and path.is_file():
                found[uid] = path.stat().st_size
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """Whole files in the order asked; empty and vanished ones are left out."""
        for uid in self.sizes(uids):
            try:
                data = self._files[uid].read_bytes()
            except OSError:
                continue
            if data:
                yield FetchedMessage(uid, data, top_received(data))

    def wait(self, seconds: float) -> bool:
        """Just wait; False when asked to stop."""
        return not self._stop.wait(seconds)

    def percent_full(self) -> None:
        """A folder has no quota of its own; the disk is looked at elsewhere."""

    def close(self) -> None:
        """Nothing to give back."""

    def _listed(self) -> list[Path]:
        try:
            if self._is_maildir():
                found = [
                    p for part in ("cur", "new") for p in (self._path / part).iterdir()
                ]
            elif self._path.is_dir():
                found = [p for p in self._path.rglob("*") if p.suffix.lower() == ".eml"]
            else:
                raise MissingFolderError(
                    f"{self._path}: no such folder; see mailbox.folder_source"
                )
        except OSError as fault:
            raise MissingFolderError(f"{self._path}: {fault.strerror}") from fault
        below = [(path.relative_to(self._path), path) for path in found]
        whole = [
            (place.as_posix(), path)
            for place, path in below
            if not any(part.startswith(".") for part in place.parts) and path.is_file()
        ]
        return [path for _, path in sorted(whole)]

    def _is_maildir(self) -> bool:
        return all((self._path / part).is_dir() for part in ("cur", "new"))

    def _uid(self, path: Path) -> int:
        if self._is_maildir():
            # Mail readers move a file from new to cur and put its flags after a colon.
            name = re.split("[:;!]2,", path.name)[0]
        else:
            place = path.relative_to(self._path).as_posix()
            name = f"{place}\0{path.stat().st_size}"
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) >> (64 - _BITS) or 1


def top_received(data: bytes) -> datetime | None:
    """The aware time of a raw message's topmost Received field; None without a sound one.

    Only the first 256 KB are looked at, and only the first 16 KB of the field.
    """
    field: list[bytes] = []
    for line in data[:_MOST_HEADER].splitlines():
        if field and line[:1] not in (b" ", b"\t"):
            break
        if field or _RECEIVED.match(line):
            field.append(line)
        elif not line:
            break
    return _moment(b" ".join(field)[:_MOST_FIELD])


def _moment(field: bytes) -> datetime | None:
    _, mark, date = field.rpartition(b";")
    if not mark:
        return None
    try:
        moment = parsedate_to_datetime(date[:200].decode("ascii", "replace").strip())
        # "-0000" says UTC without saying where (RFC 5322, 3.3).
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        aware.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return aware
