"""The alarm book in a file: beside the database, for that may be what is ill."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.disk.durable_files import blamed_on, make_folder, write_durably
from pipeline.domain.health import Alarm
from pipeline.domain.notice import AlarmBook


class FileAlarmBook:
    """One JSON file, written whole; one that cannot be read is an empty book."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> AlarmBook:
        """What was remembered; an empty book where there is none."""
        try:
            return _book(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return AlarmBook()

    def store(self, book: AlarmBook) -> None:
        """Keep a book durably; TransientError, naming the file, on disk trouble."""
        with blamed_on(self._path):
            make_folder(self._path.parent)
            write_durably(self._path, _written(book), self._path.parent)


def _written(book: AlarmBook) -> bytes:
    def times(kept: Mapping[Alarm, datetime]) -> dict[str, str]:
        return {alarm.value: at.isoformat() for alarm, at in kept.items()}

    account = {
        "since": times(book.since),
        "heard": times(book.heard),
        "told": times(book.told),
        "tried_at": book.tried_at and book.tried_at.isoformat(),
        "daily_at": book.daily_at and book.daily_at.isoformat(),
    }
    return (json.dumps(account, indent=1) + "\n").encode()


def _book(account: Any) -> AlarmBook:
    def times(name: str) -> dict[Alarm, datetime]:
        kept = account[name].items()
        return {Alarm(alarm): datetime.fromisoformat(at) for alarm, at in kept}

    def time(name: str) -> datetime | None:
        at = account[name]
        return datetime.fromisoformat(at) if at else None

    return AlarmBook(
        since=times("since"),
        heard=times("heard"),
        told=times("told"),
        tried_at=time("tried_at"),
        daily_at=time("daily_at"),
    )
