"""Which measurements ring an alarm, and what machines read of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.health_page import metrics, summary
from pipeline.domain.health import ENOUGH_DISK, Alarm, Tallies, VitalSigns, alarms

NOW = datetime(2013, 7, 10, 2, tzinfo=UTC)
WELL = VitalSigns(
    at=NOW,
    started_at=NOW - timedelta(days=1),
    poll=timedelta(minutes=1),
    disk_free=ENOUGH_DISK,
    refused=False,
    tallies=Tallies({"filed": 7, "held": 2}, {"queued": 1, "sent": 5}),
    beats={"collect": (NOW, "ok"), "deliver": (NOW, "ok"), "audit": (NOW, "ok")},
    good={job: NOW - timedelta(minutes=1) for job in ("collect", "deliver")},
)
LONG_AGO = {"collect": NOW - timedelta(hours=2), "deliver": NOW - timedelta(hours=2)}


def test_a_daemon_that_is_well_rings_nothing() -> None:
    assert alarms(WELL) == ()
    assert summary(WELL)["healthy"] is True


@pytest.mark.parametrize(
    ("signs", "ringing"),
    [
        (replace(WELL, tallies=None, good={}), {Alarm.DATABASE}),
        (replace(WELL, good=LONG_AGO), {Alarm.MAILBOX}),
        (
            replace(
                WELL,
                good={"collect": NOW - timedelta(minutes=16)},
                beats={"collect": (NOW, "timed out")},
            ),
            {Alarm.MAILBOX},
        ),
        (replace(WELL, good={}), {Alarm.MAILBOX}),
        (replace(WELL, refused=True), {Alarm.LOGIN}),
        (replace(WELL, disk_free=ENOUGH_DISK - 1), {Alarm.DISK}),
        (replace(WELL, beats={"audit": (NOW, "lost 1")}), {Alarm.AUDIT}),
        (replace(WELL, beats={"quota": (NOW, "91 % full")}), {Alarm.QUOTA}),
        (replace(WELL, beats={"consolidate": (NOW, "disk full")}), {Alarm.NIGHT}),
        (
            replace(WELL, good=LONG_AGO, beats={"deliver": (NOW, "refused")}),
            {Alarm.MAILBOX, Alarm.POSTBOX},
        ),
    ],
)
def test_each_fault_rings_its_alarm(signs: VitalSigns, ringing: set[Alarm]) -> None:
    assert set(alarms(signs)) == ringing
    text = metrics(signs)
    for alarm in Alarm:
        assert f'khtc_alarm{{code="{alarm}"}} {int(alarm in ringing)}\n' in text
    assert "khtc_healthy 0\n" in text


def test_a_daemon_that_has_just_begun_is_given_time() -> None:
    begun = replace(WELL, started_at=NOW - timedelta(minutes=15), good=LONG_AGO)
    begun = replace(begun, beats={"collect": (NOW, "timed out")})
    assert alarms(begun) == ()
    assert alarms(replace(begun, at=NOW + timedelta(seconds=1))) == (Alarm.MAILBOX,)


def test_a_daemon_that_is_busy_with_its_queue_is_given_an_hour() -> None:
    busy = replace(WELL, good={"collect": NOW - timedelta(hours=1)})
    assert alarms(busy) == ()


def test_a_slow_poll_is_no_silence() -> None:
    slow = replace(WELL, poll=timedelta(hours=1), good=LONG_AGO)
    assert alarms(slow) == ()


def test_a_postbox_with_nothing_to_send_is_well() -> None:
    idle = Tallies({}, {"sent": 5})
    failing = {"deliver": (NOW, "refused")}
    signs = replace(WELL, tallies=idle, beats=failing, good={"collect": NOW})
    assert alarms(signs) == ()


def test_machines_read_ages_and_counts() -> None:
    waiting = Tallies({"received": 3, "held": 2}, {"queued": 1}, NOW - timedelta(minutes=9))
    lines = metrics(replace(WELL, tallies=waiting)).splitlines()
    for line in (
        "khtc_last_good_poll_age_seconds 60",
        'khtc_messages{state="received"} 3',
        'khtc_messages{state="held"} 2',
        'khtc_messages{state="filed"} 0',
        'khtc_letters{state="queued"} 1',
        "khtc_oldest_received_age_seconds 540",
        f"khtc_disk_free_bytes {ENOUGH_DISK}",
        f'khtc_last_good_timestamp_seconds{{job="deliver"}} {NOW.timestamp() - 60:.0f}',
    ):
        assert line in lines
    told = summary(replace(WELL, tallies=waiting))
    assert (told["queue"], told["held"], told["letters"]["queued"]) == (3, 2, 1)
    assert told["last_good_poll_age_seconds"] == 60.0


def test_what_is_not_known_is_not_made_up() -> None:
    nothing = replace(WELL, tallies=None, beats={}, good={})
    text = metrics(nothing)
    assert "khtc_messages" not in text
    assert "poll_age" not in text
    told = summary(nothing)
    assert told["queue"] is told["letters"] is told["last_good_poll"] is None


def test_what_came_after_the_look_has_no_age_below_nothing() -> None:
    """The clock is read first; a poll may end, or a mail come, before the ledger is."""
    tallies = Tallies({"received": 1}, oldest_received=NOW + timedelta(milliseconds=5))
    later = replace(
        WELL, tallies=tallies, good={"collect": NOW + timedelta(milliseconds=5)}
    )
    assert summary(later)["last_good_poll_age_seconds"] == 0
    for age in ("last_good_poll_age_seconds", "oldest_received_age_seconds"):
        assert f"khtc_{age} 0\n" in metrics(later)
