"""Ports of backup and restore: copies of the database, and the folder that keeps them."""

from pathlib import Path
from typing import Protocol

from pipeline.domain.backup import Backup, Counts, Restoring

__all__ = ["Backup", "DatabaseCopies", "Safe"]


class DatabaseCopies(Protocol):
    """Whole copies of the ledger's database, made while it is in use."""

    dialect: str

    def save(self, folder: Path) -> str:
        """Write a consistent copy into `folder`, durably; the name of its file.

        TransientError when the database is out of reach or the disk is full.
        """

    def counts(self) -> Counts | None:
        """Rows by table; None where there is no readable ledger."""

    def schema(self) -> str:
        """The schema's revision; empty where there is none."""

    def knows(self, schema: str) -> bool:
        """Whether this program can work with a schema, or bring it up to its own."""

    def newer_schema(self) -> str:
        """A schema that we do not know and whose tables `load` would leave; else empty."""

    def load(self, file: Path, stamp: str) -> None:
        """Put a copy in the database's place, whole or not at all.

        What stood there is kept beside it under `stamp` where it is a file.
        PermanentError when the copy is of another kind of database.
        """


class Safe(Protocol):
    """A folder with backups, and the data folder that they are of."""

    def draft(self, stamp: str) -> Path:
        """An empty folder for a new backup; what a crash left of others goes."""

    def keep_archive(self) -> tuple[str, ...]:
        """Copy what the backups lack of the archive; the names of all its files."""

    def lacking(self) -> tuple[str, ...]:
        """The names of the archive's files that the backups lack."""

    def keep_files(self, draft: Path) -> None:
        """Copy the send journal and the key of the letters' tokens."""

    def finish(self, draft: Path, stamp: str, backup: Backup) -> Path:
        """Write the account and give the backup its name, durably; its folder."""

    def open(self, stamp: str | None) -> tuple[Path, Backup]:
        """A backup by name, the newest for None; PermanentError when it is not whole."""

    def compare(self, folder: Path, backup: Backup, present: Counts | None) -> Restoring:
        """What a restore would change."""

    def bring_back(self, folder: Path, restoring: Restoring, stamp: str) -> None:
        """Archive first, then journal and key: additions only, nothing is taken away."""
