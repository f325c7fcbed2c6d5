"""Port of the claims: whose turn a message is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.domain.mail.message import Arrival, State


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One ledger row, as jobs and commands see it."""

    id: int
    arrival: Arrival
    state: State
    attempts: int


class Claims(Protocol):
    """One worker at a time has a message in hand."""

    def claim(self, owner: str, now: datetime, lease_seconds: int) -> MessageRecord | None:
        """The oldest `received` message nobody works on, attempt counted; or None.

        Ordered by received_at, then number; an expired lease is taken over. On
        PostgreSQL with FOR UPDATE SKIP LOCKED.
        """

    def set_aside(
        self,
        message: int,
        reason: str,
        detail: str,
        now: datetime,
        owner: str | None = None,
    ) -> None:
        """Quarantine a message (worker-died, limits, bug) with what happened.

        OvertakenError when `owner` is given and has the message in hand no more.
        """

    def give_back(self, message: int, owner: str | None = None) -> None:
        """Release a claim unfinished, without its attempt counted (transient fault).

        Nothing happens when `owner` is given and has the message in hand no more.
        """

    def claimants(self) -> frozenset[str]:
        """The owners of claims that are held now."""

    def must_wait(self, message: int, owner: str, now: datetime) -> bool:
        """Whether another worker has a message in hand that ranks before this one."""

    def free(self, owner: str) -> int:
        """End the claims of an owner that is dead; how many. Their attempts count."""
