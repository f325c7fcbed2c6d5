"""The lineage's part of the ledger: what a total stands on, and what was kept of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.lineage import KeptTotal, SourcedFigure
from pipeline.domain.total import Total


class Lineage(Protocol):
    """Figures with the mails they came from, and totals of runs."""

    def sourced_figures(
        self,
        round_id: str,
        rows: Collection[tuple[str, str]] | None = None,
        as_of: datetime | None = None,
    ) -> Sequence[SourcedFigure]:
        """As `figures`, each with its message; of (form, row) pairs, all unless given.

        Ordered by province, form, indicator, column.
        """

    def kept_total(self, round_id: str, about: Total) -> KeptTotal | None:
        """What the newest run of a round kept of a total; None when it has none."""

    def kept_totals(
        self, round_id: str, areas: Collection[tuple[str, str]]
    ) -> Sequence[KeptTotal]:
        """What the newest run of a round kept of areas (level, name)."""
