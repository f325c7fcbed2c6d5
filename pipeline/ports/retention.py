"""Ports of retention: raw mails that may go, and products of old nights."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.retention import RawMail


class RetentionBook(Protocol):
    """What the ledger knows of raw mails and their end."""

    def raw_mails(self) -> Sequence[RawMail]:
        """All bytes that messages stand on and that were not purged, oldest first."""

    def purge(self, mail: RawMail, by: str, now: datetime) -> bool:
        """Mark a mail's messages as purged, audited; before its bytes go.

        False, and nothing is marked, when one of them is not settled any more.
        """

    def purged(self) -> frozenset[str]:
        """The digests of messages whose bytes were purged."""


class ExportStore(Protocol):
    """Folders of products by round."""

    def prune(
        self, round_id: str, before: datetime, *, runs: Collection[datetime], dry_run: bool
    ) -> tuple[Sequence[str], int]:
        """Remove folders of instants before a moment; their names, and bytes freed.

        Neither the folder `latest` leads to, nor those of the instants `runs`.
        """
