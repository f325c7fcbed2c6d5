"""The ledger's part about the signed paper."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from pipeline.domain.paper import Beside


class PaperBook(Protocol):
    """What came beside the forms: the paper as planners note it, the rest from mails."""

    def beside(self, round_id: str) -> Mapping[str, Beside]:
        """By province code; provinces of which nothing came beside are left out."""

    def note_paper(
        self, place: tuple[str, str], on: date | None, by: str, why: str, now: datetime
    ) -> bool:
        """The signed paper of a (round, province) came on a day; None takes that back.

        False, and nothing is done, when that stands already. Audited.
        """
