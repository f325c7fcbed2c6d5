"""Raise alarms: letters to administrators, past ledger and outbox, which may be ill."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.domain.errors import (
    PermanentError,
    PipelineError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
)
from pipeline.domain.health import VitalSigns
from pipeline.domain.notice import AlarmBook, Notice, look, told
from pipeline.ports import Postbox
from pipeline.ports.alarms import AlarmBooks, AlarmWriter

log = logging.getLogger("khtc.alarms")


@dataclass(slots=True)
class AlarmDesk:
    """What alarms are raised with.

    The book is kept in memory too: a full disk must not keep the alarm about it from
    being told.
    """

    postbox: Postbox
    writer: AlarmWriter
    books: AlarmBooks
    administrators: Sequence[str]
    book: AlarmBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = self.books.load()


def raise_alarms(desk: AlarmDesk, signs: VitalSigns, *, daily: bool) -> Notice | None:
    """Write to whom it concerns, if anything is due; the notice that left, if one did.

    That a letter is tried is kept before it is sent, so that a daemon that dies again
    and again does not write again and again. What could not be sent is tried a quarter
    of an hour later.
    """
    before = desk.book = max(desk.book, desk.books.load(), key=_last_try)
    desk.book, notice = look(before, signs, daily=daily)
    if notice is None:
        if set(desk.book.since) != set(before.since):
            _keep(desk)
        return None
    _keep(desk)
    if not _sent(desk, notice):
        return None
    desk.book = told(desk.book, notice)
    _keep(desk)
    return notice


def _last_try(book: AlarmBook) -> float:
    """When a book was last written for a letter: another daemon may have led since."""
    return book.tried_at.timestamp() if book.tried_at else 0.0


def _sent(desk: AlarmDesk, notice: Notice) -> bool:
    """Whether it left for anybody, or can be taken by nobody: else it is tried again.

    Whoever was not reached hears of an alarm at its next telling: to try again would
    flood the others.
    """
    left = later = False
    try:
        for recipient in dict.fromkeys(desk.administrators):
            try:
                left |= _send(desk, notice, recipient)
            except UnreachableError:
                raise
            except TransientError as trouble:
                later = True
                log.warning("a notice (%s) to one address: %s", notice.occasion, trouble)
    except UnreachableError as trouble:
        later = True
        log.warning("a notice (%s) could not be sent: %s", notice.occasion, trouble)
    finally:
        desk.postbox.close()
    if later and not left:
        return False
    names = ", ".join(notice.since) or "none"
    log.info("a notice (%s) was sent; alarms: %s", notice.occasion, names)
    return True


def _send(desk: AlarmDesk, notice: Notice, recipient: str) -> bool:
    """Whether it left, perhaps at least; TransientError as the postbox says."""
    data = desk.writer.write(notice, recipient)
    try:
        desk.postbox.send(recipient, data, lambda: None)
    except (PermanentError, UnknownOutcomeError) as trouble:
        log.warning("a notice (%s) to one address: %s", notice.occasion, trouble)
        return isinstance(trouble, UnknownOutcomeError)
    return True


def _keep(desk: AlarmDesk) -> None:
    try:
        desk.books.store(desk.book)
    except PipelineError as trouble:
        log.warning("the alarm book: %s", trouble)
