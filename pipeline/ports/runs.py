"""The consolidations' part of the ledger: what was added up, when, and from what."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.domain.figure_sums import NOTHING_PAIRED, PairedRows, RowsApart, SummedRound
from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.run_changes import CountedVersion, EarlierRun
from pipeline.domain.total import Run, Total


@dataclass(frozen=True, slots=True)
class FiledVersion:
    """A form of a message, by the number of its version."""

    number: int
    message: int
    form: str


class RunBook(Protocol):
    """Numbered runs; each keeps its totals and names the versions that it counted."""

    def summed(
        self,
        round_id: str,
        as_of: datetime,
        alike: Mapping[str, str],
        apart: RowsApart,
        paired: PairedRows = NOTHING_PAIRED,
    ) -> AbstractContextManager[SummedRound]:
        """One snapshot of a round of many units, as it stood at `as_of`.

        `alike` says for each unit which one it is added to; `apart` are forms and rows of
        rates, `paired` those that are held against each other. Units that `alike` does not
        name are left out.
        """

    def packed_otherwise(self) -> Sequence[FiledVersion]:
        """Versions whose packed figures are not those of their rows; all are read."""

    def store_run(
        self,
        run: Run,
        totals: Sequence[Total],
        now: datetime,
        versions: Sequence[CountedVersion] = (),
    ) -> int:
        """Keep a consolidation; its run number."""

    def last_run(self, round_id: str) -> datetime | None:
        """Which instant the newest consolidation of a round is of; one of a past that was
        asked for later is no newer than that past.
        """

    def run_before(self, round_id: str, as_of: datetime) -> EarlierRun | None:
        """The run of the latest instant before `as_of`; of equal ones the newest."""

    def history_figures(self, round_id: str) -> Sequence[HistoryFigure]:
        """Every imported figure of the round before, by province, form and row."""

    def post_digests(self, letters: Sequence[Letter], by: str, now: datetime) -> int:
        """Put night digests into the outbox, in one transaction; how many are new.

        A letter whose reply_key is known stays as it is. Audited.
        """
