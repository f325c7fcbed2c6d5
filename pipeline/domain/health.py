"""The daemon's health: what is measured, and which of it needs a person.

Nothing here knows of provinces: counts, times and names of jobs only, fit for a page
that machines read and for a letter to an administrator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ENOUGH_DISK = 1 << 30
"""Bytes: below it a busy day's mail may no longer fit."""
LEAST_DISK = 1 << 28
"""Bytes: below it no mail is fetched; what is left is for the ledger and for letters."""
SILENT_MAILBOX = timedelta(minutes=15)
BUSY = timedelta(hours=1)
"""How long a full queue may keep a daemon from its next poll."""
SILENT_POSTBOX = timedelta(hours=1)
MISSED_POLLS = 3


class Alarm(StrEnum):
    """A fault that needs a person; each in docs/operations.md with what to do."""

    DATABASE = "database"
    MAILBOX = "mailbox"
    POSTBOX = "postbox"
    LOGIN = "login"
    DISK = "disk"
    NIGHT = "night"
    AUDIT = "audit"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many messages and letters there are by state.

    `oldest_received` is when the oldest message came that nobody has processed.
    """

    messages: Mapping[str, int] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)
    oldest_received: datetime | None = None


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """What was measured at `at`.

    `beats` are the last runs of jobs with their outcome ("ok" or a text), `good` the
    last ones that went well; both empty, and `tallies` None, when the database did not
    answer. `refused`: a server refuses our name or password. `disk_free` in bytes.
    """

    at: datetime
    started_at: datetime
    poll: timedelta
    disk_free: int
    refused: bool
    tallies: Tallies | None = None
    beats: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    good: Mapping[str, datetime] = field(default_factory=dict)

    def silence(self, job: str) -> timedelta:
        """How long a job has not gone well; before this daemon's start does not count."""
        last = self.good.get(job, self.started_at)
        return self.at - max(last, self.started_at)


def alarms(signs: VitalSigns) -> tuple[Alarm, ...]:
    """The faults that need a person, in the order of the enumeration."""
    tests = {
        Alarm.DATABASE: signs.tallies is None,
        Alarm.MAILBOX: _mailbox_is_silent(signs),
        Alarm.POSTBOX: _letters_are_stuck(signs),
        Alarm.LOGIN: signs.refused,
        Alarm.DISK: signs.disk_free < ENOUGH_DISK,
        Alarm.NIGHT: _went_wrong(signs, "consolidate"),
        Alarm.AUDIT: _went_wrong(signs, "audit"),
        Alarm.QUOTA: _went_wrong(signs, "quota"),
    }
    return tuple(alarm for alarm, rings in tests.items() if rings)


def _mailbox_is_silent(signs: VitalSigns) -> bool:
    if signs.tallies is None:
        return False  # nobody can say, and the database rings already
    patience = SILENT_MAILBOX if _went_wrong(signs, "collect") else BUSY
    return signs.silence("collect") > max(patience, MISSED_POLLS * signs.poll)


def _letters_are_stuck(signs: VitalSigns) -> bool:
    queued = signs.tallies.letters.get("queued", 0) if signs.tallies else 0
    failing = _went_wrong(signs, "deliver")
    return queued > 0 and failing and signs.silence("deliver") > SILENT_POSTBOX


def _went_wrong(signs: VitalSigns, job: str) -> bool:
    return job in signs.beats and signs.beats[job][1] != "ok"
