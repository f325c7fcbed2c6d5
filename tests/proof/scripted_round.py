"""A small round that has every kind of end, and lives of a daemon that works on it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.letters.correction_workbook import correction_workbook
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.adapters.national import export_folder as shelf
from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.summed_totals import consolidate_sums
from pipeline.domain.case import Policy
from pipeline.domain.errors import TransientError, UnknownOutcomeError, UnreachableError
from pipeline.domain.senders.province import Gazetteer, Sender
from pipeline.domain.verdict import Parsed
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs import consolidate as night
from pipeline.jobs.collect import collect
from pipeline.jobs.collect_round import CollectLimits
from pipeline.jobs.deliver import DeliverLimits, deliver
from pipeline.jobs.judge import Bench
from pipeline.jobs.process import Workshop, process
from pipeline.ports import RawMessage
from tests.builders.demo_world import shipped_gazetteer, shipped_round
from tests.builders.mails import SENDER, SENT, figures, letter, workbooks
from tests.builders.workshop import HEAD, TEMPLATES, InProcessReader
from tests.fakes.memory_mailbox import MemoryFolder, MemoryMailbox
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.fakes.mortal import Fate, Mortal
from tests.servers.faulty_smtp import FaultySmtp
from tests.servers.ledgers import TestDatabase
from tests.servers.scripted_imap import ScriptedImap

ACCOUNT = "khtc@test"
OWNER = "test:1"
NOW = SENT + timedelta(hours=1)
SMALL = "PL08"
UNITS = ("02", "04")
MOST_BYTES = 200_000
GROUP = 2
STRANGER = "sldtbxh.hagiang@gmail.com"
ROBOT = "sldtbxh.robot@hagiang.gov.vn"
SENDERS = (Sender(SENDER, "02"), Sender(ROBOT, "02"))
NEVER = Fate(-1)


@cache
def mails() -> dict[str, dict[int, bytes]]:
    """A good return, a wrong one, a robot, a stranger, a correction, a giant, a copy."""
    key = ("PL02", "vl.tong", "kh_n")
    wrong = {**figures(), key: figures()[key] + 90}
    robot = (("Auto-Submitted", "auto-replied"),)
    good = letter(workbooks([SMALL]))
    changed = letter(workbooks([SMALL], _doubled()), subject="Bản sửa", text="Sửa lại.")
    inbox = [
        good,
        letter(workbooks(["PL02"], wrong), subject="Phụ lục 2"),
        letter((), ROBOT, headers=robot, subject="Trả lời tự động"),
        letter(workbooks([SMALL], province="04"), STRANGER, text="", subject="x"),
        changed,
        b"Subject: giant\r\n\r\n" + b"x" * MOST_BYTES,
    ]
    return {"INBOX": dict(enumerate(inbox, 1)), "Copies": {1: good}}


def _doubled() -> dict[tuple[str, str, str], Any]:
    return {
        key: value * 2 if key[0] == SMALL else value for key, value in figures().items()
    }


def remembering(pure: Callable[..., Any]) -> Callable[..., Any]:
    """A function of values alone, whose answers are kept: thousands of lives ask it."""
    known: dict[str, Any] = {}

    def ask(*values: Any) -> Any:
        key = hashlib.sha256(repr(values).encode()).hexdigest()
        if key not in known:
            known[key] = pure(*values)
        return known[key]

    return ask


class RememberingReader(InProcessReader):
    """Reads each message once: what it says depends on the bytes alone."""

    _known: dict[str, Parsed] = {}  # noqa: RUF012 - shared by all lives on purpose

    def _read(self, message: RawMessage) -> Parsed:
        if message.digest not in self._known:
            self._known[message.digest] = super()._read(message)
        return self._known[message.digest]


@cache
def _bench() -> Bench:
    writer = JinjaLetterWriter(TEMPLATES, HEAD)
    return Bench(
        rounds=(shipped_round(),),
        gazetteer=shipped_gazetteer(),
        senders=SENDERS,
        policy=Policy(),
        writer=writer,
        account=ACCOUNT,
        write_correction=remembering(lambda facts: correction_workbook(facts, writer.tell)),
    )


@cache
def small_plan() -> tuple[Any, Gazetteer]:
    """The round as far as the night's tables show it: one form, two provinces."""
    whole = shipped_round()
    places = shipped_gazetteer()
    few = replace(places, provinces=tuple(map(places.by_code, UNITS)))
    forms = (whole.form(SMALL),)
    return replace(whole, forms=forms, forms_required=(SMALL,)), few


@dataclass
class Outside:
    """What no crash of ours can take away: the servers, the database, the disk."""

    database: TestDatabase
    disk: Path
    mailbox: MemoryMailbox = field(
        default_factory=lambda: MemoryMailbox(
            {name: MemoryFolder(1, dict(held)) for name, held in mails().items()},
            ("INBOX", "Copies"),
        )
    )
    server: MemoryServer = field(default_factory=MemoryServer)

    imap: ScriptedImap | None = None
    smtp: FaultySmtp | None = None

    @property
    def troubled(self) -> bool:
        """Whether a server of ours may fail by itself."""
        return self.imap is not None or self.smtp is not None

    @property
    def letters(self) -> list[tuple[str, bytes]]:
        """What was taken for the world: recipient and bytes."""
        return self.server.letters if self.smtp is None else self.smtp.letters

    def archive(self) -> FileArchive:
        """The archive as another process would open it."""
        return FileArchive(self.disk / "archive", at_once=1)

    @contextmanager
    def to_mailbox(self) -> Iterator[Any]:
        """The mailbox in memory, or a line to the server that misbehaves."""
        if self.imap is None:
            yield self.mailbox
            return
        line = ImapMailbox(self.imap.access(folders=tuple(mails())))
        try:
            yield line
        finally:
            line.close()

    def to_world(self, fate: Fate) -> Any:
        """The way out: in memory, or by a line to the server that misbehaves."""
        if self.smtp is not None:
            return SmtpPostbox(self.smtp.access())
        server = Mortal(self.server, fate, UnreachableError, UnknownOutcomeError)
        return MemoryPostbox(server)


@contextmanager
def _opened(outside: Outside) -> Iterator[Any]:
    ledger = outside.database.open(ACCOUNT)
    try:
        yield ledger
    finally:
        ledger.close()


def live(outside: Outside, fate: Fate = NEVER, number: int = 0) -> None:
    """One life of a daemon: start, one cycle, the night run when it is due.

    Letters leave `number` hours later than in its first life, for those that failed rest.
    A fault that the daemon would log and outlive ends the life.
    """
    try:
        with _opened(outside) as real:
            _work(outside, Mortal(real, fate), fate, number)
    except TransientError:
        if not fate.how.fails and not outside.troubled:
            raise


def _work(outside: Outside, ledger: Any, fate: Fate, number: int) -> None:
    for owner in ledger.claimants():
        ledger.free(owner)
    shown = shipped_round()
    ledger.know_round(shown.id, UNITS, shown.forms_required)
    archive = Mortal(outside.archive(), fate)
    limits = CollectLimits(most_bytes=MOST_BYTES, stop=fate.stopping, group=GROUP)
    with outside.to_mailbox() as mailbox:
        door = Mortal(mailbox, fate, UnreachableError)
        trouble = collect(door, archive, ledger, _clock, limits).trouble
    reader = Mortal(RememberingReader(), fate)
    process(Workshop(ledger, archive, reader, _bench(), OWNER), _clock, fate.stopping)
    _deliver(outside, ledger, fate, number)
    # A night that lacks what did not come is right, but it is not the undisturbed night.
    whole = trouble is None and not (outside.troubled and number == 0)
    if whole and not fate.stopping():
        _nightly(outside, ledger, fate)


def _clock() -> datetime:
    return NOW


def _deliver(outside: Outside, ledger: Any, fate: Fate, number: int) -> None:
    journal = Mortal(FileSendJournal(outside.disk / "sent.jsonl"), fate)
    postbox = outside.to_world(fate)
    door = Mortal(postbox, fate, UnreachableError, UnknownOutcomeError)
    then = NOW + timedelta(hours=number)
    deliver(ledger, journal, door, lambda: then, DeliverLimits(paused=fate.stopping))


def _nightly(outside: Outside, ledger: Any, fate: Fate) -> None:
    plan_round, places = small_plan()
    if night.due(ledger.last_run(plan_round.id), NOW, "02:00", HANOI):
        products = Mortal(ExportFolder(outside.disk / "exports"), fate)
        work = night.Consolidation(
            ledger, _added_up, consolidate_sums, products, plan_round, places
        )
        night.consolidate(work, NOW)


_added_up = remembering(consolidate_figures)


_remembered = cache(remembering)


@contextmanager
def quick_pages() -> Iterator[None]:
    """The files of a run made once: the same tables give the same bytes."""
    slow = shelf.run_files
    shelf.run_files = _remembered(slow)
    try:
        yield
    finally:
        shelf.run_files = slow
