"""Port of foresight: what a judgement will ask, asked at once.

A judgement asks the ledger some twenty small questions, and each waits for its answer. On
a server away that is most of a message's time.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.domain.verdict import Parsed

Keep = Callable[[Parsed, bytes], object]
"""Takes what was read, and the JSON it was read from; called from any thread."""


@dataclass(frozen=True, slots=True)
class MailToJudge:
    """What is known of a message before anything is asked about it."""

    message: int
    round: str
    sender: str | None
    content_key: str | None
    rank: tuple[datetime, int]


class Foresight(Protocol):
    """Looks at the ledger, and what is foreseen in one.

    A foresight holds until the end of its look, changes no answer, and may do nothing.
    """

    def one_look(self) -> AbstractContextManager[None]:
        """All that this thread reads within is of one moment; nothing is written there."""

    def foresee_mail(self, mail: MailToJudge, now: datetime) -> None:
        """Ask at once what does not depend on whose a message is."""

    def foresee_filing(self, parsed: Parsed, data: bytes) -> None:
        """The very JSON that a reading came as: `file` need not write it anew.

        From any thread.
        """

    def foresee_province(self, mail: MailToJudge, province: str) -> None:
        """Ask at once what does; after `foresee_mail`."""
