"""The history's part of the ledger: figures of the round before."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.plan.last_round import HistoryFigure, HistoryFile, LastRound


class History(Protocol):
    """Figures of an earlier round, imported by a planner, that rules compare with."""

    def import_history(
        self,
        round_id: str,
        figures: Sequence[HistoryFigure],
        by: str,
        now: datetime,
        file: HistoryFile | None = None,
    ) -> int:
        """Keep figures of the round before `round_id`; how many took an old one's place.

        Others that are there stay. With the file that they are read from each keeps its
        origin. Audited.
        """

    def past_figures(
        self, round_id: str, rows: Collection[tuple[str, str]]
    ) -> Sequence[HistoryFigure]:
        """Imported figures of (form, row) pairs with their origin, by province."""

    def last_round(
        self, round_id: str, province: str, earlier: str | None = None
    ) -> LastRound:
        """What is known of the round before for a province; empty where nothing is.

        What was imported, and for other cells what the ledger itself has of the round
        `earlier`: accepted figures, and the nation's by its newest consolidation.
        """
