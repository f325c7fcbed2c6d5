"""Which province plays which part in the demo, and under which address it writes."""

import csv
import io
import random
from dataclasses import dataclass
from enum import StrEnum

from pipeline.demo.demo_texts import without_marks
from pipeline.domain.senders.province import Gazetteer, Province, Sender


class Part(StrEnum):
    """What is particular about a province's sending."""

    COMPLETE = "complete"
    LEGACY_FONT = "legacy-font"
    ZIPPED = "zipped"
    UNREGISTERED = "unregistered"
    SPLIT = "split"
    LATE = "late"
    RESENT = "resent"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CORRECTED = "corrected"
    BROKEN = "broken"
    SCAN_FIRST = "scan-first"
    LOCKED_FIRST = "locked-first"
    CUT_FIRST = "cut-first"
    WEAK_FIRST = "weak-first"


# how many provinces play each part; everyone else sends one complete, correct return
_PARTS = {
    Part.LEGACY_FONT: 3,
    Part.ZIPPED: 4,
    Part.UNREGISTERED: 4,
    Part.SPLIT: 3,
    Part.LATE: 3,
    Part.RESENT: 2,
    Part.COMPLETED: 4,
    Part.PARTIAL: 2,
    Part.CORRECTED: 5,
    Part.BROKEN: 2,
    Part.SCAN_FIRST: 1,
    Part.LOCKED_FIRST: 1,
    Part.CUT_FIRST: 1,
    Part.WEAK_FIRST: 1,
}
_FREE_MAIL = ("yahoo.com.vn", "gmail.com")


@dataclass(frozen=True, slots=True)
class Office:
    """A province's department as a correspondent: an invented address and its part."""

    province: Province
    address: str
    name: str
    part: Part

    @property
    def registered(self) -> bool:
        """Whether the ministry knows the address already."""
        return self.part is not Part.UNREGISTERED


def cast_offices(gazetteer: Gazetteer, seed: int) -> tuple[Office, ...]:
    """One office for every province, in the registry's order, the same for a seed."""
    # a sample must be the same on every run; nothing here is a secret
    dice = random.Random(f"cast/{seed}")  # noqa: S311
    codes = [province.code for province in gazetteer.provinces]
    shuffled = dice.sample(codes, len(codes))
    roles = [part for part, count in _PARTS.items() for _ in range(count)]
    played = dict(zip(shuffled, roles, strict=False))
    return tuple(
        _office(province, played.get(province.code, Part.COMPLETE), dice)
        for province in gazetteer.provinces
    )


def _office(province: Province, part: Part, dice: random.Random) -> Office:
    """An office with its address.

    The ending "demo" keeps an invented address from being anybody's.
    """
    joined = "".join(c for c in without_marks(province.name).lower() if c.isalnum())
    domain = province.domains[0]
    official = (
        f"sldtbxh.demo@{domain}",
        f"khtc.demo@sldtbxh.{domain}",
        f"sldtbxh.demo@{domain}",
    )
    free = f"sldtbxh.{joined}.demo@{dice.choice(_FREE_MAIL)}"
    draw = dice.randrange(4)
    address = free if part is Part.UNREGISTERED or draw == 3 else official[draw]
    return Office(province, address, f"Sở LĐTBXH {province.full_name}", part)


def registered_senders(gazetteer: Gazetteer, seed: int) -> tuple[Sender, ...]:
    """The registry that the demo starts from: every office but the unknown ones."""
    return tuple(
        Sender(office.address, office.province.code, office.name)
        for office in cast_offices(gazetteer, seed)
        if office.registered
    )


def senders_csv(senders: tuple[Sender, ...]) -> str:
    """The registry as the text of a `senders.csv`."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["address", "province_code", "name", "phone"])
    for sender in senders:
        rows.writerow([sender.address, sender.province, sender.name, sender.phone])
    return stream.getvalue()
