"""Port of the claims: whose turn a message is."""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class OthersClaim:
    """A message in another worker's hand, or in nobody's.

    `reporter` is None until the worker that has it knows whose it is.
    """

    message: int
    received_at: datetime
    held: bool
    reporter: str | None


class Claims(Protocol):
    """One worker at a time has a message in hand."""

    def claim(self, owner: str, now: datetime, lease_seconds: int) -> MessageRecord | None:
        """The oldest `received` message nobody works on, attempt counted; or None.

        Ordered by received_at, then number; an expired lease is taken over. On
        PostgreSQL with FOR UPDATE SKIP LOCKED.
        """

    def claim_some(
        self, owner: str, now: datetime, lease_seconds: int, most: int
    ) -> Sequence[MessageRecord]:
        """The oldest of these, in their order, in one transaction, at most so many.

        One that was tried before comes alone.
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

    def not_ours(
        self, owner: str, received_by: datetime, now: datetime
    ) -> Sequence[OthersClaim]:
        """The `received` messages to a moment that `owner` has not in hand, in no order.

        They are in other workers' hands, or in nobody's: a worker that died had them, or
        they came late from an older moment.
        """

    def tell_reporters(self, owner: str, reporters: Mapping[int, str]) -> None:
        """Let other workers know whose messages in hand are, before they are filed.

        Nothing happens to a message that `owner` has in hand no more.
        """

    def free(self, owner: str, *, counted: bool = True) -> int:
        """End the claims of an owner; how many. The attempts of one that is dead count."""
