"""What was sent, on disk beside the database: JSON lines, appended and fsynced.

It outlives the database, so that a database restored from yesterday sends nothing twice.
"""

import errno
import json
import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pipeline.adapters.disk.durable_files import (
    PRIVATE_FILE,
    blamed_on,
    make_folder,
    sync_folder,
)
from pipeline.domain.letters.reply import SentRecord

_BARE = {"reply_key", "event", "at"}
_CHECK_LENGTH = 16
_BEGUN, _MAY_HAVE_LEFT = "sending", ("dot", "sent")


class FileSendJournal:
    """The journal in one file; other processes may append to it at the same time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._named = False
        self._read_to = 0
        self._lines = 0
        self._damaged: list[int] = []
        self._first: dict[str, SentRecord] = {}
        self._last: dict[str, SentRecord] = {}

    def write(self, *records: SentRecord) -> None:
        """Append events durably; TransientError, naming the file, on disk trouble."""
        if records:
            with blamed_on(self._path):
                self._append(b"".join(map(_line, records)))

    def last(self, reply_key: str) -> SentRecord | None:
        """The newest event of a letter, whoever wrote it.

        A `sending` is none of a letter that may have left: a daemon that stood still
        between its look and its word has been overtaken meanwhile.
        """
        self._catch_up()
        return self._last.get(reply_key)

    def first(self, reply_key: str) -> SentRecord | None:
        """The oldest event of a letter: when it was first tried."""
        self._catch_up()
        return self._first.get(reply_key)

    def newest(self) -> dict[str, SentRecord]:
        """The newest event of every letter, by reply key."""
        self._catch_up()
        return dict(self._last)

    def damaged(self) -> tuple[int, ...]:
        """Numbers of the lines, from 1, that are not as they were written."""
        self._catch_up()
        with blamed_on(self._path):
            rest = self._path.read_bytes()[self._read_to :] if self._path.exists() else b""
        # A whole line without its end: the end was changed, no crash leaves that.
        last = () if not rest or _is_torn(rest) else (self._lines + 1,)
        return (*self._damaged, *last)

    def _append(self, line: bytes) -> None:
        # A process before us may have died when the file was there and its name not synced.
        unsure = not self._named or not self._path.exists()
        if unsure:
            make_folder(self._path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        handle = os.open(self._path, flags, PRIVATE_FILE)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            whole = _fresh_line(handle) + line
            if file.write(whole) < len(whole):
                raise OSError(errno.ENOSPC, "only part of a line was written")
            os.fsync(handle)
        if unsure:
            sync_folder(self._path.parent)
            self._named = True

    def _catch_up(self) -> None:
        """Read whole lines added since the last look; a torn last one waits its turn."""
        with blamed_on(self._path):
            try:
                size = self._path.stat().st_size
            except FileNotFoundError:
                return
            if size == self._read_to:  # asked twice for every letter
                return
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.split(b"\n")[:-1]:
            self._lines += 1
            if line and not _is_whole(line) and not _is_torn(line):
                self._damaged.append(self._lines)
            self._note(line)

    def _note(self, line: bytes) -> None:
        record = _record(line)
        if record is None:
            return
        self._first.setdefault(record.reply_key, record)
        last = self._last.get(record.reply_key)
        # Nobody begins a letter that may have left: one who was overtaken looked before.
        if record.event == _BEGUN and last is not None and last.event in _MAY_HAVE_LEFT:
            return
        self._last[record.reply_key] = record


def _fresh_line(handle: int) -> bytes:
    """A line end when a crash tore the last line, so that the next one stands alone."""
    size = os.fstat(handle).st_size
    if size == 0 or os.pread(handle, 1, size - 1) == b"\n":
        return b""
    return b"\n"


def _line(record: SentRecord) -> bytes:
    account = {
        "reply_key": record.reply_key,
        "event": record.event,
        "at": record.at.isoformat(),
    }
    account["check"] = _check(account)
    return (json.dumps(account) + "\n").encode()


def _check(account: Mapping[str, str]) -> str:
    """What tells a line that was changed: a part of the digest of its other values."""
    told = json.dumps([account[key] for key in ("reply_key", "event", "at")])
    return sha256(told.encode()).hexdigest()[:_CHECK_LENGTH]


def _is_whole(line: bytes) -> bool:
    """Whether a line is as it was written; one of before there were checks is believed."""
    try:
        account = json.loads(line)
        return set(account) == _BARE or (
            set(account) == {*_BARE, "check"} and account["check"] == _check(account)
        )
    except (ValueError, TypeError, KeyError):
        return False


def _is_torn(line: bytes) -> bool:
    """Whether a line is the beginning of one, as a crash leaves it: without its check."""
    check = line.partition(b'"check": "')[2]
    return not line.endswith(b"}") and len(check) < _CHECK_LENGTH


def _record(line: bytes) -> SentRecord | None:
    """The event of a line; None for a torn one, which was never acted upon."""
    try:
        account = json.loads(line)
        at = datetime.fromisoformat(account["at"])
        return SentRecord(str(account["reply_key"]), str(account["event"]), at)
    except (ValueError, KeyError, TypeError):
        return None
