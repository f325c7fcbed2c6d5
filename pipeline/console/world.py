"""What every page works with, what a visitor brings, what a page answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.console.errands import Errands
from pipeline.console.memory import Memory
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Account, Word
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer, Province, Sender
from pipeline.ports import Archive
from pipeline.ports.console import ConsoleLedger, Enquiries, PlannersDesk

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class World:
    """The parts that pages work with."""

    ledger: ConsoleLedger
    desk: PlannersDesk
    enquiries: Enquiries
    archive: Archive
    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    senders: tuple[Sender, ...]
    clock: Callable[[], datetime]
    templates: Path
    free_bytes: Callable[[], int]
    memory: Memory = field(default_factory=Memory)
    errands: Errands = field(default_factory=Errands)

    def newest_event(self) -> str:
        """A mark of the ledger: it changes with everything that pages show."""
        events = self.ledger.event_page(None, None, 1)
        return str(events[0]["number"]) if events else "0"

    def round_named(self, name: str | None) -> PlanRound:
        """An open round, the first unless named; MissingPageError for another."""
        for plan_round in self.rounds:
            if not name or name == plan_round.id:
                return plan_round
        raise MissingPageError

    def province(self, code: str) -> Province:
        """The province of a code; MissingPageError when there is none."""
        for province in self.gazetteer.provinces:
            if province.code == code:
                return province
        raise MissingPageError


class MissingPageError(Exception):
    """There is nothing at this address."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by somebody who has entered.

    `place` holds the parts of the address, `asked` what stands after "?", `sent` the
    fields of a form.
    """

    world: World
    person: Account
    path: str
    place: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """A number in the address; MissingPageError for anything else."""
        return _number(self.place.get(name, ""))

    def before(self) -> int | None:
        """The key that a page begins below; None for the first page."""
        key = self.asked.get("before", "")
        return _number(key) if key else None

    def word(self) -> Word:
        """Who, why, when; PermanentError without a reason."""
        why = " ".join(self.sent.get("why", "").split())
        if not why or len(why) > LONGEST_REASON:
            raise PermanentError("a decision needs a reason of at most 500 letters")
        return Word(self.person.name, why, self.world.clock())


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise MissingPageError
    return int(text)


@dataclass(frozen=True, slots=True)
class Page:
    """A template with its values."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """On to another page of ours, with a notice to show there."""

    path: str


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes to save, never to open in the browser."""

    name: str
    data: bytes
    media: str = "application/octet-stream"


Answer = Page | GoTo | Download
