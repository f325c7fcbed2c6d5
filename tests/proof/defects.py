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
from pipeline.jobs import collect, consolidate, deliver, settling_order

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


def _written_carelessly(files: Any, aside: Path, _at_once: int) -> None:
    for target, data in files:
        draft = aside / f"{target.name}.tmp"
        draft.write_bytes(data)
        draft.replace(target)


def _written_in_place(files: Any, _aside: Path, _at_once: int) -> None:
    for target, data in files:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
        durable_files.sync_folder(target.parent)  # as whoever shares the folder may
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)


def _not_synced(*_folders: Any) -> None:
    """Names are left to the kernel."""


def _appended_carelessly(journal: FileSendJournal, line: bytes) -> None:
    with journal._path.open("ab") as file:
        file.write(line)


def _row_first(sweep: Any, mails: Any) -> None:
    taken = [(sweep._arrival(place, message), message.data) for place, message in mails]
    sweep.arrived += sweep.ledger.arrive_all([arrival for arrival, _ in taken])
    sweep.archive.keep(taken)


def _received_now(sweep: Any, mails: Any) -> None:
    _KEEP(sweep, [(at, replace(mail, received_at=sweep.now())) for at, mail in mails])


def _taken_away(sweep: Any, mails: Any) -> None:
    _KEEP(sweep, mails)
    for place, _ in mails:
        del sweep.mailbox.contents[place.folder].messages[place.uid]


def _bytes_alone(archive: FileArchive, mails: Any) -> None:
    for _, data in mails:
        archive.store(data)


def _up_to_the_last(ledger: SqlLedger, *which: Any) -> frozenset[int]:
    return frozenset(range(1, max(_PLACED(ledger, *which), default=0) + 1))


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


def _claims_kept(ledger: SqlLedger, owner: str, **_how: bool) -> int:
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
_WRITTEN = (file_archive, "write_together")
_KEPT = (collect._Sweep, "_keep")
_JOURNAL = (FileSendJournal, "_append")
_SAID = (deliver._Run, "_write")
_FILED = (SqlLedger, "file")
_UNSYNCED: Patches = {
    (durable_files, "sync_folder"): _not_synced,
    (file_archive, "sync_folder"): _not_synced,
    (file_archive, "sync_folders"): _not_synced,
}
_LEFT: Patches = {(deliver._Run, "settle_leftovers"): _leftovers_forgotten}
_KNOWN: Patches = {(deliver, "_SETTLED"): {"sent": LetterState.SENT}}

DEFECTS = (
    Defect("mail written without fsync", {_WRITTEN: _written_carelessly}, ("arrive_all",)),
    Defect("mail written in place", {_WRITTEN: _written_in_place}, ("fsync", "keep")),
    Defect("names of the archive not synced", _UNSYNCED, ("arrive_all",)),
    Defect("row before bytes", {_KEPT: _row_first}, ("arrive_all",)),
    Defect("no sidecar", {(FileArchive, "keep"): _bytes_alone}, ("arrive_all",)),
    Defect("time of receipt from our clock", {_KEPT: _received_now}, ("arrive_all",)),
    Defect("mail deleted once taken", {_KEPT: _taken_away}, ("arrive_all",)),
    Defect("cursor at the last UID", {(SqlLedger, "placed"): _up_to_the_last}, ("item",)),
    Defect("journal without fsync", {_JOURNAL: _appended_carelessly}, ("accept",)),
    Defect("outbox without journal", {_SAID: _no_journal}, ("accept",)),
    Defect("dot not journalled", {_SAID: _dot_unwritten}, ("accept",)),
    Defect("unknown outcome sent again", _KNOWN, ("accept",)),
    Defect("sent before it is", {(deliver._Run, "_send"): _sent_beforehand}, ("accept",)),
    Defect("letters in hand forgotten", _LEFT, ("write",)),
    Defect("claim not released", {(SqlLedger, "free"): _claims_kept}, ("file",)),
    Defect("quarantined at the first death", {(settling_order, "STRIKES"): 1}, ("file",)),
    Defect("letters in a second transaction", {_FILED: _letters_later}, ("halfway",)),
    Defect("mail filed in parts", {_FILED: _each_by_itself}, ("halfway",)),
    Defect("event left out", {(filing_desk, "append"): _silent}, ("file",)),
    Defect(
        "run before its products", {(consolidate, "consolidate"): _run_first}, ("publish",)
    ),
)
