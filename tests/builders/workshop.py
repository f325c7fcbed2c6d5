"""A workshop on a real ledger and archive, its reader in this process."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.adapters.archive_openers import OPENERS
from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.letters.correction_workbook import correction_workbook
from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.domain.case import Policy
from pipeline.domain.mail.message import Arrival, Location
from pipeline.domain.senders.province import Gazetteer, Sender
from pipeline.domain.verdict import Parsed
from pipeline.jobs.judge import Bench
from pipeline.jobs.process import Workshop, process
from pipeline.ports import RawMessage
from tests.builders.demo_world import shipped_gazetteer, shipped_round
from tests.builders.mails import OURS, SENDER, SENT
from tests.servers.ledgers import new_sqlite

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "letters"
HEAD = Letterhead("Vụ KHTC", OURS, OURS, "example.gov.vn", b"s" * 32)


def digest_of(raw: bytes) -> str:
    """The digest of a raw message."""
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True)
class Reading:
    """ports.Answer, read when it is asked for."""

    read: Callable[[], Parsed]

    def __call__(self) -> Parsed:
        return self.read()

    def ready(self) -> bool:
        return True

    def when_read(self, act: Callable[[], object]) -> None:
        """Never before it is asked for."""


@dataclass
class InProcessReader:
    """ports.Reader without a child; `faults` are raised in the place of an answer."""

    width: int = 2
    gazetteer: Gazetteer = field(default_factory=shipped_gazetteer)
    faults: dict[str, Exception] = field(default_factory=dict)
    closed: bool = False

    def parse_ahead(
        self, messages: Sequence[Callable[[], RawMessage]]
    ) -> Sequence["Reading"]:
        return [Reading(lambda load=load: self._read(load())) for load in messages]

    def _read(self, message: RawMessage) -> Parsed:
        if message.digest in self.faults:
            raise self.faults[message.digest]
        parser = MessageParser(
            (shipped_round(),),
            self.gazetteer,
            own_addresses=frozenset({OURS}),
            openers=OPENERS,
            aliases=message.aliases,
        )
        return parser.parse(message.digest, message.data, spam_folder=message.spam_folder)

    def expect(self, messages: int) -> None:
        """Nothing is to be got ready."""

    def close(self) -> None:
        self.closed = True


class Faulty:
    """A port with some of its calls replaced by ones that fail or lie."""

    def __init__(self, port: object, **replaced: Callable[..., Any]) -> None:
        self._port, self._replaced = port, replaced

    def __getattr__(self, name: str) -> Any:
        return self._replaced.get(name) or getattr(self._port, name)


@dataclass
class World:
    """One daemon's ledger, archive and bench, and a clock that stands."""

    ledger: Any
    archive: FileArchive
    bench: Bench
    reader: InProcessReader
    now: datetime = SENT + timedelta(minutes=5)

    @property
    def shop(self) -> Workshop:
        """What `process` works with."""
        return Workshop(self.ledger, self.archive, self.reader, self.bench, "test:1")

    def policy(self, **changes: Any) -> None:
        """Configure another policy; `approve_first` as well."""
        first = changes.pop("approve_first", self.bench.approve_first)
        policy = replace(self.bench.policy, **changes)
        self.bench = replace(self.bench, policy=policy, approve_first=first)

    def arrive(self, raw: bytes, minutes: float = 0, **changes: Any) -> int:
        """Take a message in, received so many minutes after SENT; its number."""
        moment = SENT + timedelta(minutes=minutes)
        arrival = Arrival(
            digest=self.archive.store(raw),
            location=Location("INBOX", 1, int(digest_of(raw)[:8], 16)),
            size=len(raw),
            received_at=moment,
            first_seen_at=moment + timedelta(minutes=1),
        )
        arrival = replace(arrival, **changes)
        self.archive.record(arrival)
        self.now = max(self.now, moment + timedelta(minutes=2))
        return self.ledger.arrive(arrival)

    def process(self, **options: Any) -> int:
        """Work until nothing is left."""
        return process(self.shop, lambda: self.now, **options)

    def take(self, raw: bytes, minutes: float = 0, **changes: Any) -> Mapping[str, Any]:
        """Let a message arrive, process it, and give its document."""
        number = self.arrive(raw, minutes, **changes)
        self.process()
        return self.document(number)

    def document(self, number: int) -> Mapping[str, Any]:
        """What `show --json` says of a message."""
        return self.ledger.document(number) or {}

    def letters(self) -> list[tuple[str, str, str]]:
        """Template, recipient and state of every letter, oldest first."""
        rows = self.ledger.outbox()
        return [(row["template"], row["recipient"], row["state"]) for row in rows]

    def counting(self) -> dict[str, str]:
        """Form to the digest of the version that counts now."""
        found = self.ledger.figures(shipped_round().id, None)
        return {figure.form: figure.digest for figure in found}

    def log(self, number: int) -> Mapping[str, Any]:
        """The row of the ingest log."""
        (row,) = [row for row in self.ledger.messages({}) if row["id"] == number]
        return row


def open_world(
    folder: Path,
    senders: tuple[Sender, ...] = (Sender(SENDER, "02"),),
    units: Collection[str] | None = None,
    gazetteer: Gazetteer | None = None,
) -> World:
    """A new world in a folder; SENDER is registered for Hà Giang unless told.

    `units`: who is expected to report; every one of the gazetteer unless told, which is
    that of the 63 provinces unless told.
    """
    places = gazetteer or shipped_gazetteer()
    database = new_sqlite(folder)
    ledger = database.open("khtc@test")
    units = units or [province.code for province in places.provinces]
    ledger.know_round(shipped_round().id, units, shipped_round().forms_required)
    writer = JinjaLetterWriter(TEMPLATES, HEAD)
    bench = Bench(
        rounds=(shipped_round(),),
        gazetteer=places,
        senders=senders,
        policy=Policy(),
        writer=writer,
        account="khtc@test",
        write_correction=lambda correction: correction_workbook(correction, writer.tell),
    )
    reader = InProcessReader(gazetteer=places)
    return World(ledger, FileArchive(folder / "archive"), bench, reader)
