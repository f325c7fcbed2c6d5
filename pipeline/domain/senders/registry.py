"""The registry of senders: who speaks for which province, and from when to when."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.domain.senders.province import Sender

_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@([a-z0-9-]+\.)+[a-z0-9-]{2,}")
# nobody reads these mailboxes: a registry that trusts one would talk to a machine
_ROBOT = re.compile(
    r"(mailer-daemon|postmaster|abuse|bounces?|owner-.*|.*-(request|bounces)"
    r"|(no|do-?not)[-_.]?reply)(\+.*)?@"
)


@dataclass(frozen=True, slots=True)
class SenderEntry:
    """A planner's word that an address speaks for a province, until it was retired.

    An address that only stood in senders.csv gets an entry when it is retired.
    """

    sender: Sender
    confirmed_at: datetime
    retired_by: str | None = None
    retired_at: datetime | None = None


def registry_at(
    listed: Iterable[Sender], entries: Iterable[SenderEntry], at: datetime
) -> dict[str, str]:
    """Addresses to province codes, as they hold for a mail that was received `at`.

    `listed` come from senders.csv, `entries` from the ledger in the order they were
    made; an address with an entry is the entry's alone. A confirmation also covers what
    the address sent before it, a retirement only what it sends afterwards.
    """
    known = {sender.address: sender.province for sender in listed}
    confirmed: dict[str, str] = {}
    for entry in entries:
        known.pop(entry.sender.address, None)
        if entry.retired_at is None or at < entry.retired_at:
            confirmed[entry.sender.address] = entry.sender.province
    return known | confirmed


def fault_of_address(address: str, own: Collection[str]) -> str | None:
    """Why an address in lower case cannot be in the registry, None when it can."""
    if not _ADDRESS.fullmatch(address):
        return f"{address!r} is not an e-mail address"
    if _ROBOT.match(address):
        return f"{address} is a robot's address"
    if address in {mine.lower() for mine in own}:
        return f"{address} is our own address"
    return None


def contacts_at(
    listed: Iterable[Sender], entries: Iterable[SenderEntry], at: datetime
) -> dict[str, list[Sender]]:
    """Whom to reach in each province by its code, as the registry stands at a moment.

    Names and telephone numbers are those of senders.csv where the ledger has none; who
    has a telephone comes first.
    """
    listed, entries = tuple(listed), tuple(entries)
    known = {sender.address: sender for sender in listed}
    for entry in entries:
        own = known.get(entry.sender.address)
        if own is None or entry.sender.name or entry.sender.phone:
            known[entry.sender.address] = entry.sender
    contacts: dict[str, list[Sender]] = {}
    for address, province in sorted(registry_at(listed, entries, at).items()):
        contacts.setdefault(province, []).append(replace(known[address], province=province))
    return {
        code: sorted(those, key=lambda one: not one.phone)
        for code, those in contacts.items()
    }
