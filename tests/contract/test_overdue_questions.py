"""The nightly run names what localities asked and nobody answered in time."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.daemon import Station, consolidate_if_due
from pipeline.domain.errors import PipelineError
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs.process import process
from pipeline.settings import RetentionSettings
from tests.builders.mails import SENT, letter
from tests.builders.national import few_provinces
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def station(tmp_path: Path, clock: SetClock) -> Station:
    """A daemon on an empty folder, with one question in its ledger."""
    opened = daemon_of(daemon_settings(tmp_path), clock)
    take(opened, letter((), text="Xin hỏi hạn gửi báo cáo?"), 1)
    process(opened.shop, clock)
    # the nights are what counts here, and not how many units their workbooks have;
    # the round has a target of one of these
    yield replace(opened, plan=replace(opened.plan, gazetteer=few_provinces("02", "54")))
    opened.close()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if "overdue" in line]


def test_the_night_names_overdue_questions_once(
    station: Station, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    clock.now = SENT + timedelta(days=10)
    assert consolidate_if_due(station)
    assert told(caplog) == []

    clock.now = SENT + timedelta(days=30)
    assert consolidate_if_due(station)
    assert consolidate_if_due(station) == []
    assert told(caplog) == ["1 questions or recommendations are overdue: 1"]

    station.ledger.close_question(1, "lan", "đã gọi điện", clock.now)
    clock.now = SENT + timedelta(days=40)
    assert consolidate_if_due(station)
    assert len(told(caplog)) == 1


@pytest.mark.parametrize("broken", [0, 1])
def test_a_round_that_fails_keeps_no_other_from_its_night(
    station: Station, clock: SetClock, caplog: pytest.LogCaptureFixture, broken: int
) -> None:
    caplog.set_level(logging.WARNING)
    clock.now = SENT + timedelta(days=30)
    (known,) = station.plan.rounds
    rounds = [known, known]
    rounds[broken] = replace(known, id="broken")
    exports = station.plan.settings.data_dir / "exports"
    exports.mkdir()
    in_the_way = exports / "broken"
    in_the_way.write_text("")
    both = replace(station, plan=replace(station.plan, rounds=tuple(rounds)))

    with pytest.raises(PipelineError, match="broken"):
        consolidate_if_due(both)
    assert station.ledger.last_run(known.id) == clock.now
    assert told(caplog) == ["1 questions or recommendations are overdue: 1"]
    beats = station.ledger.beats()
    assert beats["audit"] == (clock.now, "ok")
    assert "broken" in beats["consolidate"][1], "a round that is well hides no fault"

    clock.now += timedelta(minutes=1)
    with pytest.raises(PipelineError, match="broken"):
        consolidate_if_due(both)
    assert len(told(caplog)) == 1, "once a night, however often a round is tried"
    in_the_way.unlink()
    (late,) = consolidate_if_due(both)
    assert late.round == "broken"
    assert station.ledger.beats()["consolidate"][1] == "ok"


def test_a_night_without_any_run_still_has_its_audit_once(
    station: Station, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    clock.now = began = SENT + timedelta(days=30)
    (station.plan.settings.data_dir / "exports").write_text("")
    for _ in range(2):
        with pytest.raises(PipelineError, match="exports"):
            consolidate_if_due(station)
        clock.now += timedelta(minutes=1)
    assert station.ledger.beats()["audit"] == (began, "ok")
    assert len(told(caplog)) == 1


@pytest.mark.parametrize("nightly", [False, True])
def test_the_night_purges_only_where_it_is_configured(
    station: Station, clock: SetClock, nightly: bool
) -> None:
    archive, data = station.shop.archive, b"Subject: twice\r\n\r\n"
    arrival = Arrival(archive.store(data), Location("INBOX", 1, 99), 9, SENT, SENT)
    archive.record(arrival)
    station.ledger.ignore_duplicate(station.ledger.arrive(arrival), "same-bytes", SENT)
    kept = RetentionSettings(nightly=nightly)
    plan = replace(station.plan, settings=replace(station.plan.settings, retention=kept))
    before = archive.digests()
    clock.now = SENT + timedelta(days=1000)
    if nightly:  # no mail came since: it is the clock that jumped, for all we know
        assert consolidate_if_due(replace(station, plan=plan))
        assert archive.digests() == before
        clock.now += timedelta(days=1)
    newest = Arrival(archive.store(b"new"), Location("INBOX", 1, 100), 3, clock.now, SENT)
    archive.record(newest)
    station.ledger.ignore_duplicate(station.ledger.arrive(newest), "same-bytes", SENT)
    before = archive.digests()
    assert consolidate_if_due(replace(station, plan=plan))
    gone = {arrival.digest} if nightly else set()
    assert (before - archive.digests(), archive.buried()) == (gone, gone)
    assert station.ledger.beats()["audit"][1] == "ok"
    clock.now += timedelta(days=1)
    assert consolidate_if_due(replace(station, plan=plan))
    assert station.ledger.beats()["audit"][1] == "ok"
