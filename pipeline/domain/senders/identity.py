"""Who sent a message: clues, each with its place, and what they amount to."""

from dataclasses import dataclass
from enum import StrEnum


class Strength(StrEnum):
    """How far the evidence carries (architecture.md, "Who is believed")."""

    REGISTERED = "registered"
    STRONG = "strong"
    WEAK = "weak"
    CONFLICT = "conflict"
    NONE = "none"


class Source(StrEnum):
    """Where a clue was found; all up to the local part are strong (classes (a)-(e)).

    An address that imitates a province's (look-alike) speaks against its sender.
    """

    REGISTERED = "registered"
    LETTERHEAD = "letterhead"
    GOV_DOMAIN = "gov-domain"
    SUBJECT = "subject"
    FILE_NAME = "file-name"
    DOCUMENT_SYMBOL = "document-symbol"
    FORWARDED = "forwarded-sender"
    LOCAL_PART = "local-part"
    ABBREVIATION = "abbreviation"
    TEXT = "text"
    LOOK_ALIKE = "look-alike"
    PLANNER = "planner"


@dataclass(frozen=True, slots=True)
class Clue:
    """One piece of evidence: it names one province, and says where it stands.

    `province` is empty for the original sender of a forward until the registry says
    whose address it is.
    """

    source: Source
    value: str
    province: str
    where: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The province a message is believed to come from, with all the evidence.

    `reason` is the hold code when the strength does not suffice.
    """

    strength: Strength
    province: str | None
    verified: bool
    evidence: tuple[Clue, ...] = ()
    reason: str | None = None
