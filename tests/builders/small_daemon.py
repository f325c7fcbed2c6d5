"""A daemon on a folder of mails, with nobody to send to, and the clock that it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.assembly import read_plan
from pipeline.daemon import Station, open_station
from pipeline.domain.mail.message import Arrival, Location
from pipeline.settings import load_settings
from tests.builders.mails import OURS, SENDER, SENT

KNOWN = {SENDER: "02"}


@dataclass
class SetClock:
    """A clock that a test sets."""

    now: datetime = SENT

    def __call__(self) -> datetime:
        return self.now


def daemon_settings(folder: Path, known: Mapping[str, str] = KNOWN, more: str = "") -> Path:
    """The file of its settings; `known` are provinces by the addresses they write from."""
    (folder / "mails").mkdir()
    lines = [f"{address},{province},,\n" for address, province in known.items()]
    head = "address,province_code,name,phone\n"
    (folder / "senders.csv").write_text(head + "".join(lines))
    file = folder / "daemon.yaml"
    file.write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
        f"smtp: {{username: null, port: 1, security: none}}\nworkers: 1\n{more}"
    )
    return file


def daemon_of(file: Path, clock: SetClock) -> Station:
    """The daemon of such settings; who opens it closes it."""
    return open_station(read_plan(load_settings(file, {})), clock)


def take(station: Station, raw: bytes, uid: int, at: datetime = SENT) -> int:
    """A mail in archive and ledger, as collecting would bring it; its number."""
    stored = station.shop.archive.store(raw)
    return station.ledger.arrive(Arrival(stored, Location("INBOX", 1, uid), uid, at, at))
