"""What was sent, on disk beside the database: JSON lines, appended and fsynced.

It outlives the database, so that a database restored from yesterday sends nothing twice.
"""

import errno
import json
import os
from datetime import datetime
from pathlib import Path

from pipeline.adapters.disk.durable_files import (
    PRIVATE_FILE,
    blamed_on,
    make_folder,
    sync_folder,
)
from pipeline.domain.letters.reply import SentRecord


class FileSendJournal:
    """The journal in one file; other processes may append to it at the same time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._named = False
        self._read_to = 0
        self._first: dict[str, SentRecord] = {}
        self._last: dict[str, SentRecord] = {}

    def write(self, record: SentRecord) -> None:
        """Append one event durably; TransientError, naming the file, on disk trouble."""
        with blamed_on(self._path):
            self._append(_line(record))

    def last(self, reply_key: str) -> SentRecord | None:
        """The newest event of a letter, whoever wrote it."""
        self._catch_up()
        return self._last.get(reply_key)

    def first(self, reply_key: str) -> SentRecord | None:
        """The oldest event of a letter: when it was first tried."""
        self._catch_up()
        return self._first.get(reply_key)

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
            if not self._path.exists():
                return
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.splitlines():
            self._note(line)

    def _note(self, line: bytes) -> None:
        record = _record(line)
        if record is not None:
            self._first.setdefault(record.reply_key, record)
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
    return (json.dumps(account) + "\n").encode()


def _record(line: bytes) -> SentRecord | None:
    """The event of a line; None for a torn one, which was never acted upon."""
    try:
        account = json.loads(line)
        at = datetime.fromisoformat(account["at"])
        return SentRecord(str(account["reply_key"]), str(account["event"]), at)
    except (ValueError, KeyError, TypeError):
        return None
