"""Port of the pulse: signs of life of jobs, and this process among others."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.domain.health import Tallies


class Pulse(Protocol):
    """What the ledger knows of jobs and processes."""

    def beat(self, job: str, now: datetime, outcome: str) -> None:
        """A heartbeat of a job, for doctor and health ("ok" or what went wrong)."""

    def beats(self) -> Mapping[str, tuple[datetime, str]]:
        """The last heartbeat of every job."""

    def good_beats(self) -> Mapping[str, datetime]:
        """When every job last went well; those that never did are left out."""

    def tallies(self) -> Tallies:
        """How many messages and letters there are by state."""

    def enter(self, name: str) -> None:
        """Be known as alive under a name of our own, until it or this ledger is left."""

    def depart(self, name: str) -> None:
        """Be known by a name of our own no more; no fault when it was not."""

    def lives(self, name: str) -> bool | None:
        """Whether a process of that name is alive; None when nobody can tell (SQLite)."""

    def leads(self) -> bool:
        """Whether this process leads the account: the first to ask, until it is gone.

        One that has not shown itself (`stay`) for ten seconds hangs, and is replaced.

        On SQLite always True, as the daemon's lock file decides there.
        """

    def stay(self) -> None:
        """Show the others that this process does not hang; from a thread of its own."""

    def call(self) -> None:
        """Call the other processes that work on the account: there is something to do.

        `arrive_all` calls them by itself.
        """

    def called(self, seconds: float) -> bool:
        """Whether another has called since we were last asked, or does within `seconds`.

        On SQLite nobody else is there to call: the time passes. TransientError when the
        database is out of reach.
        """

    def hear_no_more(self) -> None:
        """Listen no more until `called` is asked again: unread calls hold a server up."""

    def led(self) -> bool | None:
        """Whether anybody leads the account; None when nobody can tell (SQLite)."""

    def newest_received(self) -> datetime | None:
        """When a mail server last took a message of the account in."""

    def quickest(self, newest: int) -> timedelta | None:
        """Of so many newest messages the least time between the server's receipt and our
        first sight, each by its own clock; None when there are fewer.
        """
