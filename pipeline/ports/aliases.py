"""The part of the ledger's port that keeps what planners said of provinces' labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.domain.reading.alias import Alias, Aliases
from pipeline.domain.rulings import NotedFinding


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """An alias as the ledger keeps it: whose, said by whom and why, of which message.

    `label` is the label as the province wrote it.
    """

    id: int
    province: str
    alias: Alias
    label: str
    message: int
    said_by: str
    why: str
    said_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


class AliasBook(Protocol):
    """Labels of provinces and what they mean; each word is in the audit trail."""

    def aliases(self, province: str) -> Aliases:
        """What holds for a province now."""

    def has_aliases(self) -> bool:
        """Whether anything holds for any province now."""

    def alias_entries(self, province: str | None) -> Sequence[AliasEntry]:
        """Every alias ever said, of one province or all, in the order they were said."""

    def add_alias(
        self, noted: NotedFinding, alias: Alias, by: str, why: str, now: datetime
    ) -> Sequence[int]:
        """Keep the answer to a finding, in the place of an earlier one on the same label;
        the messages of the province and round that ask the same. Audited.
        """

    def withdraw_alias(
        self, number: int, by: str, why: str, now: datetime
    ) -> Sequence[int]:
        """Let an alias hold no more; the messages of the province with that form. Audited.

        PermanentError when there is none that holds.
        """

    def match_findings(self, province: str | None) -> Sequence[NotedFinding]:
        """Open findings on rows and columns that may mean something else, newest message
        first.
        """

    def match_page(self, below: int | None, limit: int) -> Sequence[NotedFinding]:
        """The newest open finding on each label of a province's form, the newest
        finding first, below a number.
        """

    def match_earlier(
        self, newest: Sequence[NotedFinding]
    ) -> Mapping[int, Sequence[NotedFinding]]:
        """By the number of each of these the earlier open findings on its label of the
        province's form, the newest first.
        """
