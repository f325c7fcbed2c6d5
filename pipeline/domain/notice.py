"""When an administrator is written to, and about what: seldom, and never twice alike.

An alarm is told when it begins and once a day while it lasts, its end when it has been
silent for an hour: one that comes and goes is told once. Every day one letter says that
the daemon lives; its absence is the dead man's alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.domain.health import Alarm, VitalSigns, alarms

BETWEEN = timedelta(minutes=15)
"""The least time between two letters, whether or not the first could be sent."""
AGAIN = timedelta(days=1)
SILENT = timedelta(hours=1)


class Occasion(StrEnum):
    """Why a notice is written."""

    RINGS = "rings"
    OVER = "over"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class AlarmBook:
    """What is remembered between two looks, a restart in between or not.

    Times by alarm: `since` it rings, when it last rang (`heard`), when it was last told.
    """

    since: Mapping[Alarm, datetime] = field(default_factory=dict)
    heard: Mapping[Alarm, datetime] = field(default_factory=dict)
    told: Mapping[Alarm, datetime] = field(default_factory=dict)
    tried_at: datetime | None = None
    daily_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter to administrators, as facts; `since` are the alarms that ring."""

    occasion: Occasion
    since: Mapping[Alarm, datetime]
    ended: tuple[Alarm, ...]
    signs: VitalSigns


def look(
    book: AlarmBook, signs: VitalSigns, *, daily: bool
) -> tuple[AlarmBook, Notice | None]:
    """The book with what rings now, and the notice that is due; `daily`: the day's is."""
    now, ringing = signs.at, alarms(signs)
    # what was not listened for while no daemon ran has not been silent
    heard = {a: max(at, signs.started_at) for a, at in book.heard.items()}
    heard |= dict.fromkeys(ringing, now)
    kept = {a: at for a, at in heard.items() if now - at < SILENT}
    ended = tuple(a for a in Alarm if a in book.told and a not in kept)
    since = {a: book.since.get(a, now) for a in Alarm if a in kept}
    book = replace(book, since=since, heard=kept)
    if book.tried_at is not None and now - book.tried_at < BETWEEN:
        return book, None
    occasion = _occasion(book, ringing, ended, now, daily=daily)
    if occasion is None:
        return book, None
    rings = {a: since[a] for a in ringing}
    return replace(book, tried_at=now), Notice(occasion, rings, ended, signs)


def _occasion(
    book: AlarmBook,
    ringing: tuple[Alarm, ...],
    ended: tuple[Alarm, ...],
    now: datetime,
    *,
    daily: bool,
) -> Occasion | None:
    if any(a not in book.told or now - book.told[a] >= AGAIN for a in ringing):
        return Occasion.RINGS
    if daily:
        return Occasion.DAILY
    return Occasion.OVER if ended else None


def told(book: AlarmBook, notice: Notice) -> AlarmBook:
    """The book once a notice has left."""
    now = notice.signs.at
    still = {a: at for a, at in book.told.items() if a not in notice.ended}
    daily = now if notice.occasion is Occasion.DAILY else book.daily_at
    return replace(book, told={**still, **dict.fromkeys(notice.since, now)}, daily_at=daily)
