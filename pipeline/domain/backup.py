"""What a backup holds, and what a restore would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Counts = Mapping[str, int]
"""Rows of the ledger by table: message, figure, letter, event."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: a whole database, and every file of the archive it stands on.

    `files` maps a name beside the database to its sha256, `archive` holds the names of
    the archive's files as they lie in `ab/`. `schema` is empty in backups of before it
    was written down.
    """

    made_at: datetime
    database: str
    dialect: str
    counts: Counts
    files: Mapping[str, str]
    archive: tuple[str, ...]
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Restoring:
    """The difference between a backup and what stands here now.

    `present` is None where there is no readable ledger at all. `missing` and `damaged`
    are files of the archive that the backup brings back, `lost` those that it lacks
    itself. `journal_lines` counts lines of the send journal that are only in the
    backup; `other_key` says that letters are signed with another key here.
    """

    backup: Backup
    present: Counts | None
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    lost: tuple[str, ...]
    journal_lines: int
    other_key: bool
