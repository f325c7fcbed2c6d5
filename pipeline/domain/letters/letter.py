"""A letter before it has words: its recipient, its thread, and the facts it states."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.domain.plan.figure_change import FigureChange
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.addressing import Addressee
from pipeline.domain.senders.province import Province

LETTER_TEMPLATES = (
    "acknowledgement",
    "incomplete",
    "deficiency",
    "received",
    "duplicate",
    "resend-as-workbook",
    "answer",
    "reminder",
    "night-digest",
)
"""The letters we write, the last two unasked; their texts are in templates/letters/."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a province has in the round without the mail in hand, as form ids.

    `accepted` and `deficient` by the counting version; `verified` those whose
    counting version came from an address that a planner knows. Of forms in `shut`
    nothing counts: they came when the books were closed.
    """

    accepted: frozenset[str] = frozenset()
    deficient: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()
    shut: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The message whose files a duplicate repeats."""

    digest: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LetterContext:
    """What a letter needs besides the decision.

    `account` is the mailbox that speaks, `reader` whom it speaks to, known or not; `due`
    the province's own deadline where a planner extended it; `now` is aware;
    `corrections` says that a correction workbook goes with a deficiency letter.
    `changes` are figures that say something else than in the version before, None where
    no form of the mail came before.
    """

    account: str
    plan_round: PlanRound
    province: Province | None
    reader: Addressee
    now: datetime
    standing: Standing = field(default=Standing())
    due: datetime | None = None
    earlier: Earlier | None = None
    corrections: bool = False
    changes: Sequence[FigureChange] | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The message that a letter answers, by message-ids as they were written."""

    message_id: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A letter as facts; the writer turns it into words and bytes.

    `values` are plain data (text, numbers, lists, mappings), the same names for every
    template. `suppressed` is the N-code that keeps the letter from being sent.
    """

    template: str
    to: str
    reply_key: str
    thread: Thread
    values: Mapping[str, Any]
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class LetterTexts:
    """A rendered letter: its subject and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class PointTexts:
    """A point of a letter in words: its title, each of its lines, what to do."""

    title: str
    lines: tuple[str, ...]
    todo: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A workbook of our own making that goes with a letter; `name` is plain ASCII."""

    name: str
    data: bytes


def make_reply_key(account: str, digest: str, template: str, recipient: str) -> str:
    """The identity of a letter: one for an account, message, template and recipient."""
    return hashlib.sha256(f"{account}|{digest}|{template}|{recipient}".encode()).hexdigest()


def make_reference(plan_year: int, province_code: str | None, digest: str) -> str:
    """The reference a province quotes, "2014-02-48213": derived, so never counted."""
    return f"{plan_year}-{province_code or '00'}-{int(digest[:12], 16) % 100_000:05d}"


def make_short_code(digest: str) -> str:
    """The first eight digits of a digest in two groups, to read out on a telephone."""
    return f"{digest[:4]} {digest[4:8]}"
