"""The daemon tells planners each morning how the round stands."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from pipeline.assembly import read_plan
from pipeline.daemon import Station, consolidate_if_due, open_station, tell_planners_if_due
from pipeline.domain.errors import TransientError
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs.process import process
from pipeline.settings import load_settings
from tests.builders.mails import OURS, SENDER, SENT, letter, narrative, workbooks

NIGHT = (SENT + timedelta(days=40)).replace(hour=2, minute=5)


class Clock:
    """A clock that a test sets."""

    now = SENT

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "mails").mkdir()
    (tmp_path / "senders.csv").write_text(
        f"address,province_code,name,phone\n{SENDER},02,,\n"
    )
    file = tmp_path / "daemon.yaml"
    file.write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
        "smtp: {username: null, port: 1, security: none}\nworkers: 1\n"
        "people: {planners: [lan@example.vn]}\n"
    )
    return file


def opened(settings: Path, clock: Clock) -> Station:
    return open_station(read_plan(load_settings(settings, {})), clock)


@pytest.fixture
def station(settings: Path, clock: Clock) -> Station:
    """A daemon with a question, then a return, in its ledger."""
    opened_ = opened(settings, clock)
    asked = letter((), text="Xin hỏi hạn gửi báo cáo?")
    sent = letter((*workbooks(), narrative()))
    for uid, (raw, at) in enumerate(((asked, SENT), (sent, SENT + timedelta(days=39))), 1):
        stored = opened_.shop.archive.store(raw)
        opened_.ledger.arrive(Arrival(stored, Location("INBOX", 1, uid), uid, at, at))
        process(opened_.shop, clock)
    yield opened_
    opened_.close()


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
    station: Station, settings: Path, clock: Clock
) -> None:
    """Not before, not twice, not after a restart; the next night again."""
    clock.now = NIGHT
    assert tell_planners_if_due(station) == 0
    consolidate_if_due(station)
    assert tell_planners_if_due(station) == 1
    clock.now += timedelta(hours=1)
    assert tell_planners_if_due(station) == 0
    again = opened(settings, clock)
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
    station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
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
    station: Station, clock: Clock
) -> None:
    clock.now = NIGHT
    station.beat("consolidate", TransientError("the disk is full"))
    assert tell_planners_if_due(station) == 0
    clock.now += timedelta(hours=2)
    assert tell_planners_if_due(station) == 1
    (told,) = digests(station)
    assert "Lỗi khi tổng hợp số liệu trong đêm: the disk is full" in " ".join(told.split())
