"""What `doctor` sees of this machine: user, secrets, other daemons, archive, clock."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.adapters.worker.walls import EVERY_WALL
from pipeline.assembly import make_private, open_archive
from pipeline.cli.lock import holders
from pipeline.cli.main import Call
from pipeline.daemon import LEADER_FILE
from pipeline.domain.errors import PermanentError, TransientError
from pipeline.jobs.audit import Strays, look_over
from pipeline.ports import Ledger
from pipeline.settings import MailboxSettings, SmtpSettings
from pipeline.stages.report import local_time

BEHIND_AT_MOST = AHEAD_AT_MOST = timedelta(hours=24)
ENOUGH_MAILS = 5


@dataclass(frozen=True, slots=True)
class DoorReport:
    """One door: whether it opened, what was seen, and what to do when it did not.

    `detail` is for machines and in English; a person is told `said`, or else the detail's
    words.
    """

    door: str
    ok: bool
    detail: str
    advice: str = ""
    said: str = ""


def see_user(call: Call) -> DoorReport:
    """Who we are: as root everything may be written, also by what a mail brings."""
    root = os.geteuid() == 0
    advice = call.talk.text("doctor.advice.user") if root else ""
    return DoorReport("user", ok=True, detail=f"uid {os.geteuid()}", advice=advice)


def see_walls(call: Call, kind: str, walls: str) -> DoorReport:
    """What a parsing child made of a mail; a warning where the kernel built no wall."""
    lacking = ", ".join(wall for wall in EVERY_WALL if wall not in walls)
    advice = call.talk.text("doctor.advice.walls", walls=lacking) if lacking else ""
    return DoorReport("worker", ok=True, detail=f"{kind}; {walls or '-'}", advice=advice)


def try_secrets(call: Call) -> str:
    """Where each password comes from; files were looked at with the configuration."""
    settings = call.settings
    return "; ".join(
        f"{name}: {_source(section)}"
        for name, section in (("mailbox", settings.mailbox), ("smtp", settings.smtp))
    )


def _source(section: MailboxSettings | SmtpSettings) -> str:
    for key in ("oauth2", "password_file", "password_command"):
        if getattr(section, key) is not None:
            return key
    return "environment" if section.password is not None else "-"


def try_disk(call: Call, enough: int, free: int) -> str:
    """Whether there is room, and a mail could be put down and moved into its place."""
    folder = make_private(call.settings.data_dir)
    if free < enough:
        raise TransientError(f"{folder}: {free >> 20} MB free")
    open_archive(call.plan).try_out()
    return f"{folder}: {free >> 30} GB free"


def see_strays(call: Call, ledger: Ledger) -> DoorReport:
    """What a crash or a restore left: drafts, bytes without a row, rows without bytes."""
    found = look_over(ledger, open_archive(call.plan))
    detail = (
        f"{found.whole} mails; {found.drafts} drafts, {found.unledgered} without a row, "
        f"{found.lost} without bytes"
    )
    return DoorReport("strays", not found.lost, detail, _strays_advice(call, found))


def _strays_advice(call: Call, found: Strays) -> str:
    if found.lost:
        return call.talk.text("doctor.advice.strays")
    return call.talk.text("doctor.advice.unledgered") if found.unledgered else ""


def try_others(call: Call, ledger: Ledger) -> str:
    """Which daemons work here, and that none leads from another data folder."""
    folder = make_private(call.settings.data_dir)
    processes = holders(call.settings)
    here = "?" if processes is None else ", ".join(map(str, processes)) or "-"
    led = ledger.led()
    if led is None:
        return f"process {here}"
    leader = _leader(folder)
    if led and not ledger.lives(leader):
        raise PermanentError(f"another daemon leads, and {folder} is not its folder")
    return f"process {here}; leader {leader if led else '-'}"


def _leader(folder: Path) -> str:
    try:
        return (folder / LEADER_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def try_clock(call: Call, ledger: Ledger | None = None) -> DoorReport:
    """Our clock beside the round's letter, and beside the newest mails' times."""
    now = call.clock()
    newest = max((r.issued for r in call.plan.rounds), default=now.date())
    seen = local_time(now)
    if now.date() < newest:
        raise TransientError(f"{seen} is before the round's letter {newest}")
    received = None if ledger is None else ledger.newest_received()
    if received is not None and received - now > BEHIND_AT_MOST:
        raise TransientError(
            f"{seen} is more than a day before {received.isoformat()}, when "
            "the mail server took the newest mail in"
        )
    advice = call.talk.text("doctor.advice.ahead") if _looks_ahead(call, ledger) else ""
    return DoorReport("clock", ok=True, detail=seen, advice=advice)


def _looks_ahead(call: Call, ledger: Ledger | None) -> bool:
    """Whether none of the newest mails was seen soon after its receipt.

    So it is too when the daemon stood still and found old mail: only a warning. The times
    of files in a folder say nothing.
    """
    if ledger is None or call.settings.mailbox.folder_source is not None:
        return False
    quickest = ledger.quickest(ENOUGH_MAILS)
    return quickest is not None and quickest > AHEAD_AT_MOST


def try_zone(call: Call) -> str:
    """The zone that times of day are meant in; the machine's own changes nothing."""
    name = call.settings.schedule.timezone
    there = call.clock().astimezone(ZoneInfo(name))
    return f"{name} {there:%z}; TZ={os.environ.get('TZ', '-')}"
