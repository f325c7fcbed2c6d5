"""Defects that other systems had, seeded one at a time: the sweep must catch each."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline.adapters.disk import durable_files, file_archive
from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger import filing as filing_desk
from pipeline.adapters.sql_ledger.desk import set_values
from pipeline.domain.letters.reply import LetterState, SentRecord
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs import collect, consolidate, deliver, process

Patches = Mapping[tuple[object, str], object]


@dataclass(frozen=True)
class Defect:
    """A way to be wrong, and the calls near which a death brings it to light."""

    name: str
    patches: Patches
    near: tuple[str, ...]

    @contextmanager
    def seeded(self) -> Iterator[None]:
        """The program with this defect."""
        with ExitStack() as stack:
            for (owner, name), wrong in self.patches.items():
                stack.enter_context(patch.object(owner, name, wrong))
            yield


def _written_carelessly(target: Path, data: bytes, aside: Path) -> None:
    draft = aside / f"{target.name}.tmp"
    draft.write_bytes(data)
    draft.replace(target)
    durable_files.sync_folder(target.parent)


def _written_in_place(target: Path, data: bytes, aside: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def _not_synced(folder: Path) -> None:
    """Names are left to the kernel."""


def _appended_carelessly(journal: FileSendJournal, line: bytes) -> None:
    with journal._path.open("ab") as file:
        file.write(line)


def _row_first(sweep: Any, place: Location, message: Any) -> None:
    digest = file_archive.hashlib.sha256(message.data).hexdigest()
    size, now = len(message.data), sweep.now()
    arrival = Arrival(digest, place, size, message.received_at, now, spam_folder=False)
    sweep.arrived.append(sweep.ledger.arrive(arrival))
    sweep.archive.store(message.data)
    sweep.archive.record(arrival)


def _received_now(sweep: Any, place: Location, message: Any) -> None:
    _KEEP(sweep, place, replace(message, received_at=sweep.now()))


def _taken_away(sweep: Any, place: Location, message: Any) -> None:
    _KEEP(sweep, place, message)
    del sweep.mailbox.contents[place.folder].messages[place.uid]


def _up_to_the_last(ledger: SqlLedger, folder: str, uidvalidity: int) -> frozenset[int]:
    return frozenset(range(1, max(_PLACED(ledger, folder, uidvalidity), default=0) + 1))


def _no_journal(run: Any, letter: Any, event: str) -> None:
    """The outbox alone is to know."""


def _dot_unwritten(run: Any, letter: Any, event: str) -> None:
    if event != "dot":
        run.journal.write(SentRecord(letter.reply_key, event, run.now()))


def _sent_beforehand(run: Any, letter: Any) -> None:
    run._write(letter, "sent")
    run._settle(letter, LetterState.SENT)
    run.postbox.send(letter.recipient, letter.data, lambda: None)


def _leftovers_forgotten(run: Any) -> None:
    """What was being sent is left as it is."""


def _claims_kept(ledger: SqlLedger, owner: str) -> int:
    return 0


def _letters_later(ledger: SqlLedger, *values: Any) -> None:
    """The outcome in one transaction, its letters in another."""
    message, _parsed, decision, letters, now, *_owner = values
    with patch.object(SqlLedger, "_add_letters", _silent):
        _FILE(ledger, *values)
    os.fsync(_SPARE)
    with ledger._database.writing() as connection:
        row = ledger._locked(connection, message)
        main = ledger._add_letters(connection, row, decision, letters, now)
        set_values(connection, row.id, letter_id=main)


def _run_first(work: Any, now: Any, as_of: Any = None) -> None:
    tables = consolidate._tables(work, now, as_of)
    work.ledger.store_run(tables.run, tables.totals, now)
    work.products.publish(tables)


def _each_by_itself(ledger: SqlLedger, *values: Any) -> None:
    """Figures are committed before the rest of their mail."""
    real = filing_desk.insert_rows

    def early(connection: Any, table: Any, rows: Sequence[Any]) -> None:
        real(connection, table, rows)
        connection.connection.driver_connection.commit()
        os.fsync(_SPARE)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with patch.object(filing_desk, "insert_rows", early):
        _FILE(ledger, *values)


def _silent(*_values: object) -> None:
    """No event is written."""


_FILE = SqlLedger.file
_KEEP = collect._Sweep._keep
_PLACED = SqlLedger.placed
# An fsync of no file of ours: an instant in the middle of a defect's two halves.
_SPARE = os.open(Path(__file__).parent, os.O_RDONLY)
_WRITTEN = (file_archive, "write_durably")
_KEPT = (collect._Sweep, "_keep")
_JOURNAL = (FileSendJournal, "_append")
_SAID = (deliver._Run, "_write")
_FILED = (SqlLedger, "file")
_UNSYNCED: Patches = {
    (durable_files, "sync_folder"): _not_synced,
    (file_archive, "sync_folder"): _not_synced,
}
_LEFT: Patches = {(deliver._Run, "settle_leftovers"): _leftovers_forgotten}
_KNOWN: Patches = {(deliver, "_SETTLED"): {"sent": LetterState.SENT}}

DEFECTS = (
    Defect("mail written without fsync", {_WRITTEN: _written_carelessly}, ("arrive",)),
    Defect("mail written in place", {_WRITTEN: _written_in_place}, ("fsync", "store")),
    Defect("names of the archive not synced", _UNSYNCED, ("arrive",)),
    Defect("row before bytes", {_KEPT: _row_first}, ("arrive",)),
    Defect("no sidecar", {(FileArchive, "record"): _silent}, ("arrive",)),
    Defect("time of receipt from our clock", {_KEPT: _received_now}, ("arrive",)),
    Defect("mail deleted once taken", {_KEPT: _taken_away}, ("arrive",)),
    Defect("cursor at the last UID", {(SqlLedger, "placed"): _up_to_the_last}, ("item",)),
    Defect("journal without fsync", {_JOURNAL: _appended_carelessly}, ("accept",)),
    Defect("outbox without journal", {_SAID: _no_journal}, ("accept",)),
    Defect("dot not journalled", {_SAID: _dot_unwritten}, ("accept",)),
    Defect("unknown outcome sent again", _KNOWN, ("accept",)),
    Defect("sent before it is", {(deliver._Run, "_send"): _sent_beforehand}, ("accept",)),
    Defect("letters in hand forgotten", _LEFT, ("write",)),
    Defect("claim not released", {(SqlLedger, "free"): _claims_kept}, ("file",)),
    Defect("quarantined at the first death", {(process, "STRIKES"): 1}, ("file",)),
    Defect("letters in a second transaction", {_FILED: _letters_later}, ("halfway",)),
    Defect("mail filed in parts", {_FILED: _each_by_itself}, ("halfway",)),
    Defect("event left out", {(filing_desk, "append"): _silent}, ("file",)),
    Defect(
        "run before its products", {(consolidate, "consolidate"): _run_first}, ("publish",)
    ),
)
