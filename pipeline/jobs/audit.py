"""Audit: the conservation law, the files against the ledger, the hash chain.

For every folder and UIDVALIDITY: all = filed + held + ignored + duplicate + quarantined
+ gone + received (while in flight), and every message has its bytes in the archive.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import State
from pipeline.ports import Archive, Ledger, Mailbox, SendJournal

# A letter the journal knows as sent may also wait to be settled by the next delivery.
_SENT = {"sent", "bounced", "queued", "sending"}


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was counted, and each thing that does not agree.

    A problem has `what` (count, lost, unledgered, chain, uncollected, journal, letter,
    packed) and where it was found. `mailbox` says whether the server was asked too.
    """

    messages: int
    folders: tuple[Mapping[str, Any], ...]
    problems: tuple[Mapping[str, str], ...]
    mailbox: bool


@dataclass(frozen=True, slots=True)
class Strays:
    """What does not belong together, by names alone; `whole` mails are in the archive."""

    whole: int
    drafts: int
    unledgered: int
    lost: int


def look_over(ledger: Ledger, archive: Archive) -> Strays:
    """A quick look at names on disk and rows; whether bytes are whole is the audit's."""
    there = archive.digests()
    known = {row["digest"] for row in ledger.messages({}) if row["digest"]}
    known -= archive.buried()
    return Strays(
        whole=len(there),
        drafts=archive.drafts(),
        unledgered=len(there - known),
        lost=len(known - there),
    )


def audit_ledger(
    ledger: Ledger,
    archive: Archive,
    mailbox: Mailbox | None = None,
    journal: SendJournal | None = None,
    step: Callable[[], object] = lambda: None,
    *,
    every_figure: bool = False,
) -> AuditReport:
    """Count and compare; nothing is changed.

    With a mailbox, every UID on the server must have its row as well; TransientError
    when it cannot be asked. With a journal, what it says was sent must be in the outbox as
    sent; the reverse need not hold, for another machine may have sent it. `step` is called
    before each mail is read: that takes longer than all else. With `every_figure` each is
    held against its packed twin, 3 s for a million; triggers keep them alike meanwhile.
    """
    folders = tuple(ledger.balance())
    rows = list(ledger.messages({}))
    problems = [
        *_miscounted(folders),
        *_unledgered(ledger, archive),
        *_lost(rows, archive, step),
        *_broken_chain(ledger),
        *(_packed_otherwise(ledger) if every_figure else ()),
        *(_disagreeing(ledger, journal) if journal else ()),
        *(_uncollected(ledger, rows, mailbox) if mailbox else ()),
    ]
    return AuditReport(len(rows), folders, tuple(problems), mailbox is not None)


def _miscounted(folders: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, str]]:
    for row in folders:
        counted = sum(row[state.value] for state in State)
        if counted != row["all"]:
            place = f"{row['folder']} {row['uidvalidity']}"
            yield {"what": "count", "where": place, "detail": f"{counted}/{row['all']}"}


def _unledgered(ledger: Ledger, archive: Archive) -> Iterator[Mapping[str, str]]:
    """Bytes that were taken in and have no row."""
    known: dict[str, bool] = {}
    buried = archive.buried()  # nothing is left to take in
    for arrival in archive.arrivals():
        digest = arrival.digest
        if digest not in known and digest not in buried:
            known[digest] = ledger.record(digest) is not None
            if not known[digest]:
                yield {"what": "unledgered", "where": digest, "detail": ""}


def _uncollected(
    ledger: Ledger, rows: Sequence[Mapping[str, Any]], mailbox: Mailbox
) -> Iterator[Mapping[str, str]]:
    """Messages on the server without a row; the next cycle should take them in.

    One that the server would not give has its row, held as `fetch-failed`. The rows are
    of the audit's beginning: what came since is asked for anew.
    """
    known = {(row["folder"], row["uidvalidity"], row["uid"]) for row in rows}
    for folder in mailbox.folders():
        status = mailbox.examine(folder)
        here = folder, status.uidvalidity
        left = {uid for uid in status.uids if (*here, uid) not in known}
        left -= ledger.placed(*here, min(left)) if left else set()
        if left:
            listed = ", ".join(map(str, sorted(left)[:10]))
            place = f"{folder} {status.uidvalidity}"
            yield {"what": "uncollected", "where": place, "detail": listed}


def _lost(
    rows: Sequence[Mapping[str, Any]], archive: Archive, step: Callable[[], object]
) -> Iterator[Mapping[str, str]]:
    """Rows whose bytes are gone from the archive without a tombstone, or changed."""
    kept = {row["digest"] for row in rows if row["digest"]} - archive.buried()
    for digest in sorted(kept):
        step()
        try:
            archive.load(digest)
        except PermanentError as fault:
            yield {"what": "lost", "where": digest, "detail": str(fault)}


def _broken_chain(ledger: Ledger) -> Iterator[Mapping[str, str]]:
    problem = ledger.audit_chain()
    if problem is not None:
        yield {"what": "chain", "where": "audit", "detail": problem}


def _packed_otherwise(ledger: Ledger) -> Iterator[Mapping[str, str]]:
    """Forms of which a night run of many units would add up other figures."""
    for version in ledger.packed_otherwise():
        about = f"{version.form}, version {version.number}"
        yield {"what": "packed", "where": str(version.message), "detail": about}


def _disagreeing(ledger: Ledger, journal: SendJournal) -> Iterator[Mapping[str, str]]:
    """Lines of the journal that were changed; letters sent that the outbox denies."""
    for number in journal.damaged():
        yield {"what": "journal", "where": str(number), "detail": ""}
    states = ledger.letter_states()
    for key, record in journal.newest().items():
        state = states.get(key, "unknown to the ledger")
        if record.event == "sent" and state not in _SENT:
            yield {"what": "letter", "where": key, "detail": state}
