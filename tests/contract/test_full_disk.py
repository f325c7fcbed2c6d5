"""A daemon whose disk is nearly full: mail waits on the server, the rest goes on."""

import shutil
from pathlib import Path

import pytest

from pipeline.daemon import run_cycle
from pipeline.domain.health import LEAST_DISK
from tests.builders.mails import SENT, letter
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take


@pytest.mark.fault("F-S6-1", "T-10")
def test_a_daemon_short_of_disk_fetches_nothing_and_processes_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = daemon_of(daemon_settings(tmp_path), SetClock(SENT))
    waiting = letter((), text="Xin hỏi hạn gửi báo cáo?")
    (tmp_path / "mails" / "1.eml").write_bytes(waiting)
    take(station, letter((), text="Xin hỏi về biểu mẫu"), 9)
    real = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: real._replace(free=LEAST_DISK))
        report = run_cycle(station)
    assert (report.collected, report.processed) == (0, 1)
    assert "disk" in str(report.trouble)
    assert "disk" in station.ledger.beats()["collect"][1]
    station.clock.now += station.collecting.rest
    assert run_cycle(station).collected == 1
    assert station.ledger.beats()["collect"][1] == "ok"
    station.close()
