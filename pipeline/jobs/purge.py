"""Purge: raw mails whose time is over, and products of old nights.

A mail goes in this order: its rows are marked (with an event of the audit trail), a
tombstone takes the place of its bytes, the bytes go. A purge that died between is
finished by the next one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from pipeline.domain.proposal import ProposalState
from pipeline.domain.retention import RawMail, why_kept
from pipeline.ports import Archive, ExportStore, Ledger

QUIET_AT_MOST = timedelta(days=31)
"""So long there may be no mail at all before a clock is doubted."""


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """`ends`: when each configured round is over; `export_days` None keeps products."""

    ends: Mapping[str, datetime]
    raw_months: int
    export_days: int | None


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What went, or would go: mails, bytes, product folders; and why others stay."""

    mails: tuple[RawMail, ...]
    kept: Mapping[str, int]
    exports: tuple[str, ...]
    export_bytes: int

    @property
    def mail_bytes(self) -> int:
        """Bytes of the mails."""
        return sum(mail.size for mail in self.mails)


@dataclass(frozen=True, slots=True)
class PurgeDesk:
    """What a purge works with."""

    ledger: Ledger
    archive: Archive
    exports: ExportStore
    rules: RetentionRules


def last_certain(ledger: Ledger, now: datetime) -> datetime:
    """The clock, unless it is far ahead of what the mail server's says.

    What is removed does not come back: a clock that jumped must not make it old.
    """
    newest = ledger.newest_received()
    return now if newest is None else min(now, newest + QUIET_AT_MOST)


def purge(
    desk: PurgeDesk,
    by: str,
    now: datetime,
    *,
    dry_run: bool,
    aged_by: datetime | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> PurgeReport:
    """Remove what may go; with `dry_run` only say what that is.

    Ages are those of `aged_by`, or of now. `stop` is asked before each mail.
    """
    aged_by = aged_by or now
    kept: Counter[str] = Counter()
    gone: list[RawMail] = []
    if not dry_run:
        _finish(desk, now)
    unruled = _unruled(desk.ledger)
    for mail in takewhile(lambda _: not stop(), desk.ledger.raw_mails()):
        reason = why_kept(mail, desk.rules.ends, aged_by, desk.rules.raw_months)
        if unruled.intersection(mail.messages):
            reason = "explanation"
        if reason is None and (dry_run or _bury(desk, mail, by, now)):
            gone.append(mail)
        else:
            kept[reason or "undecided"] += 1
    exports, freed = _prune(desk, by, now, aged_by, dry_run=dry_run)
    return PurgeReport(tuple(gone), dict(kept), exports, freed)


def _unruled(ledger: Ledger) -> frozenset[int]:
    """Messages with an explanation that awaits a planner's word."""
    return frozenset(
        noted.message
        for noted in ledger.explanations()
        if any(found.id and state is ProposalState.PROPOSED for found, state in noted.asked)
    )


def _finish(desk: PurgeDesk, now: datetime) -> None:
    """What an earlier purge had marked and died before it removed."""
    for digest in sorted(desk.ledger.purged() & desk.archive.digests()):
        desk.archive.bury(digest, now)


def _bury(desk: PurgeDesk, mail: RawMail, by: str, now: datetime) -> bool:
    if not desk.ledger.purge(mail, by, now):
        return False
    desk.archive.bury(mail.digest, now)
    return True


def _prune(
    desk: PurgeDesk, by: str, now: datetime, aged_by: datetime, *, dry_run: bool
) -> tuple[tuple[str, ...], int]:
    if desk.rules.export_days is None:
        return (), 0
    before = aged_by - timedelta(days=desk.rules.export_days)
    names: list[str] = []
    freed = 0
    for round_id in desk.rules.ends:
        found, size = desk.exports.prune(
            round_id, before, runs=_newest(desk.ledger, round_id), dry_run=dry_run
        )
        names += found
        freed += size
    if names and not dry_run:
        about = {"folders": str(len(names)), "bytes": str(freed)}
        desk.ledger.note(by, "prune-exports", about, now)
    return tuple(names), freed


def _newest(ledger: Ledger, round_id: str) -> Collection[datetime]:
    """The instant of the run that the view `totals` shows."""
    newest = ledger.last_run(round_id)
    return () if newest is None else (newest,)
