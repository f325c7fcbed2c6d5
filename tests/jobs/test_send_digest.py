"""The night digest: once a night to each planner, the overdue first."""

from datetime import datetime, timedelta

import pytest

from pipeline.domain.night_digest import standing_of
from pipeline.domain.senders.province import Sender
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.send_digest import DigestDesk, send_digests
from tests.builders.mails import SENDER
from tests.builders.workshop import World, open_world

PLANNERS = ("lan@example.vn", "minh@example.vn")


def july(day: int, hour: int = 2, minute: int = 0) -> datetime:
    return datetime(2013, 7, day, hour, minute, tzinfo=HANOI)


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path, (Sender(SENDER, "02"),))


def send(world: World, night: datetime, planners: tuple[str, ...] = PLANNERS) -> int:
    desk = DigestDesk(world.bench, world.ledger, planners)
    return send_digests(desk, night, night + timedelta(minutes=3))


def test_each_planner_gets_one_a_night_however_often_we_start_anew(world: World) -> None:
    """Made again a minute later, and after a night of its own."""
    assert send(world, july(13)) == 2
    assert send(world, july(13)) == 0
    assert send(world, july(14)) == 2
    assert sorted(world.letters()) == [
        ("night-digest", "lan@example.vn", "queued"),
        ("night-digest", "lan@example.vn", "queued"),
        ("night-digest", "minh@example.vn", "queued"),
        ("night-digest", "minh@example.vn", "queued"),
    ]


def test_a_planner_added_later_that_night_gets_it_too(world: World) -> None:
    assert send(world, july(13), PLANNERS[:1]) == 1
    assert send(world, july(13)) == 1


def test_without_planners_or_with_letters_off_none_is_written(world: World) -> None:
    assert send(world, july(13), ()) == 0
    world.policy(replies="off")
    assert send(world, july(13)) == 0
    assert world.letters() == []


def test_the_standing_counts_units_forms_and_the_late() -> None:
    rows = [
        {"province_code": code, "state": state, "late": late}
        for code, state, late in (
            ("01", "accepted", False),
            ("01", "accepted", True),
            ("02", "accepted", False),
            ("02", "missing", None),
            ("04", "missing", None),
            ("04", "missing", None),
            ("06", "deficient", True),
        )
    ]
    found = standing_of(rows)
    assert (found.units, found.complete, found.late) == (4, 1, 2)
    assert found.silent == ("04",)
    assert found.states == {"accepted": 3, "missing": 3, "deficient": 1}
