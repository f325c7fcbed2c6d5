"""The daemon tells planners each morning how the round stands."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from pipeline.daemon import Station, consolidate_if_due, tell_planners_if_due
from pipeline.domain.errors import TransientError
from pipeline.jobs.process import process
from tests.builders.mails import SENT, letter, narrative, workbooks
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take

NIGHT = (SENT + timedelta(days=40)).replace(hour=2, minute=5)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return daemon_settings(tmp_path, more="people: {planners: [lan@example.vn]}\n")


@pytest.fixture
def station(settings: Path, clock: SetClock) -> Station:
    """A daemon with a question, then a return, in its ledger."""
    opened = daemon_of(settings, clock)
    asked = letter((), text="Xin hỏi hạn gửi báo cáo?")
    sent = letter((*workbooks(), narrative()))
    for uid, (raw, at) in enumerate(((asked, SENT), (sent, SENT + timedelta(days=39))), 1):
        take(opened, raw, uid, at)
        process(opened.shop, clock)
    yield opened
    opened.close()


def digests(station: Station) -> list[str]:
    letters = station.ledger.claim_letters(NIGHT + timedelta(days=9), 50)
    bodies = []
    for item in letters:
        message = message_from_bytes(item.data, policy=policy.default)
        if message["To"] == "lan@example.vn":
            part = message.get_body(("plain",))
            assert part is not None
            bodies.append(str(part.get_content()))
    return bodies


def test_it_goes_once_when_the_night_run_is_made(
    station: Station, settings: Path, clock: SetClock
) -> None:
    """Not before, not twice, not after a restart; the next night again."""
    clock.now = NIGHT
    assert tell_planners_if_due(station) == 0
    consolidate_if_due(station)
    assert tell_planners_if_due(station) == 1
    clock.now += timedelta(hours=1)
    assert tell_planners_if_due(station) == 0
    again = daemon_of(settings, clock)
    assert tell_planners_if_due(again) == 0
    clock.now += timedelta(days=1)
    consolidate_if_due(again)
    assert tell_planners_if_due(again) == 1
    again.close()
    overdue, later = digests(station)
    told = " ".join(overdue.split())
    assert told.index("QUÁ HẠN TRẢ LỜI ĐỊA PHƯƠNG (1)") < told.index("TIẾP NHẬN")
    assert "1/63 đơn vị đã gửi báo cáo; 1 đơn vị có đủ biểu" in told
    assert "nhận 1 thư, trong đó 1 thư đã vào sổ" in told
    assert "lần tổng hợp đầu tiên" in told
    assert "số liệu cả nước không thay đổi" in " ".join(later.split())


def test_a_daemon_that_dies_before_its_heartbeat_sends_no_second_one(
    station: Station, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = NIGHT
    consolidate_if_due(station)

    def dying(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(station.ledger), "beat", dying)
        with pytest.raises(KeyboardInterrupt):
            tell_planners_if_due(station)
    assert tell_planners_if_due(station) == 0
    assert len(digests(station)) == 1


def test_a_night_run_that_fails_for_hours_is_told_itself(
    station: Station, clock: SetClock
) -> None:
    clock.now = NIGHT
    station.beat("consolidate", TransientError("the disk is full"))
    assert tell_planners_if_due(station) == 0
    clock.now += timedelta(hours=2)
    assert tell_planners_if_due(station) == 1
    (told,) = digests(station)
    assert "Lỗi khi tổng hợp số liệu trong đêm: the disk is full" in " ".join(told.split())
