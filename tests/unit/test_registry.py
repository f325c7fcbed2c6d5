"""Who speaks for a province at the time a mail was received."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import SenderEntry, fault_of_address, registry_at


def at(hour: int) -> datetime:
    return datetime(2013, 7, 10, hour, tzinfo=UTC)


def entry(province: str, made: int, retired: int | None = None) -> SenderEntry:
    sender = Sender("a@x.vn", province)
    return SenderEntry(sender, at(made), "lan", at(retired) if retired else None)


@pytest.mark.parametrize(
    ("entries", "hour", "province"),
    [
        ([], 5, "01"),
        ([entry("02", 4)], 5, "02"),
        ([entry("02", 4)], 3, "02"),
        ([entry("02", 4, 6)], 5, "02"),
        ([entry("02", 4, 6)], 6, None),
        ([entry("02", 4, 6)], 7, None),
        ([entry("02", 4, 6), entry("04", 8)], 9, "04"),
        ([entry("02", 4, 6), entry("04", 8)], 5, "04"),
        ([entry("02", 4, 6), entry("04", 8, 10)], 11, None),
    ],
)
def test_the_newest_entry_that_holds_wins_over_the_file(entries, hour, province) -> None:
    listed = [Sender("a@x.vn", "01"), Sender("b@x.vn", "03")]
    known = registry_at(listed, entries, at(hour))
    assert known.pop("b@x.vn") == "03"
    assert known == ({} if province is None else {"a@x.vn": province})


@pytest.mark.fault("F-S0-13")
@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("so@hagiang.gov.vn", None),
        ("so hagiang.gov.vn", "no"),
        ("so@hagiang.gov.vn\n", "no"),
        ("noreply@x.vn", "robot"),
        ("bounces+7@x.vn", "robot"),
        ("khtc@molisa.gov.vn", "our own"),
    ],
)
def test_addresses_that_may_not_be_registered(address, fault) -> None:
    said = fault_of_address(address, ["KHTC@molisa.gov.vn"])
    assert (said is None) == (fault is None)
    assert {"no": "is not an", "robot": "robot's", "our own": "our own"}.get(
        fault or "", ""
    ) in (said or "")
