"""The people of the console: their accounts and what each role may do."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each may all that the one before may."""

    VIEWER = "viewer"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"

    def may(self, needed: "Role") -> bool:
        """Whether this role is at least the one needed."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may enter; `password` is the scrypt record, never the password.

    `failures` counts wrong passwords since the last right one; until `locked_until`
    even the right one is refused.
    """

    id: int
    name: str
    role: Role
    password: str = field(repr=False)
    failures: int = 0
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        """Whether the door stays shut whatever is typed."""
        return self.locked_until is not None and now < self.locked_until


@dataclass(frozen=True, slots=True)
class Word:
    """A planner's word: who, why, when."""

    by: str
    why: str
    at: datetime
