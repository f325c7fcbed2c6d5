"""Back up: database, archive, send journal and key, while the daemon goes on working.

    copies.save | safe.keep_files | safe.keep_archive | safe.finish

The database comes first: bytes are archived before their row is written, so an archive
copied later holds all that the copy of the database speaks of. A backup gets its name
last; what a crash leaves has none and is swept by the next.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.domain.backup import Backup, Counts
from pipeline.domain.errors import PermanentError
from pipeline.ports.safekeeping import DatabaseCopies, Safe
from pipeline.stages.report import VIETNAM


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished backup and its folder."""

    folder: Path
    backup: Backup


def back_up(copies: DatabaseCopies, safe: Safe, now: datetime) -> Kept:
    """A new backup; PermanentError where there is no ledger to keep."""
    counts = _counted(copies)
    stamp = stamp_of(now)
    draft = safe.draft(stamp)
    database = copies.save(draft)
    safe.keep_files(draft)
    backup = Backup(
        made_at=now,
        database=database,
        dialect=copies.dialect,
        counts=counts,
        files={},
        archive=safe.keep_archive(),
        schema=copies.schema(),
    )
    folder = safe.finish(draft, stamp, backup)
    return Kept(folder, backup)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a backup would keep now: its folder's name, messages, files to be copied."""

    stamp: str
    messages: int
    archive: tuple[str, ...]


def would_back_up(copies: DatabaseCopies, safe: Safe, now: datetime) -> Keeping:
    """What `back_up` would do; nothing is written."""
    counts = _counted(copies)
    return Keeping(stamp_of(now), counts["message"], safe.lacking())


def _counted(copies: DatabaseCopies) -> Counts:
    counts = copies.counts()
    if counts is None:
        raise PermanentError("there is no ledger yet: nothing to back up")
    return counts


def stamp_of(now: datetime) -> str:
    """A moment as a folder's name, in Vietnam's time."""
    return now.astimezone(VIETNAM).strftime("%Y%m%dT%H%M%S%z")
