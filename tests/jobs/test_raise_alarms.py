"""Who is written to about a fault of the daemon, when, and how often."""

import email
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.adapters.disk.alarm_book import FileAlarmBook
from pipeline.adapters.letters.alarm_letter import AlarmLetterWriter
from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.domain.errors import (
    ConfigError,
    PermanentError,
    TransientError,
    UnreachableError,
)
from pipeline.domain.health import ENOUGH_DISK, Alarm, Tallies, VitalSigns
from pipeline.domain.notice import AlarmBook, Occasion
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.raise_alarms import AlarmDesk, raise_alarms
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer

WORDING = Path(__file__).parents[2] / "templates" / "alarms" / "vi.toml"
HEAD = Letterhead("Vụ KHTC", "khtc@a.vn", "khtc@a.vn", "a.vn", b"s" * 32)
START = datetime(2013, 7, 10, 8, tzinfo=HANOI)
ADMIN = "quantri@a.vn"
MINUTES = timedelta(minutes=1)


class Office:
    """A server that takes letters, and a desk that a test restarts as it likes."""

    def __init__(self, folder: Path) -> None:
        self.server = MemoryServer()
        self._file = folder / "alarms.json"
        self.restart()

    def restart(self) -> None:
        self.desk = AlarmDesk(
            postbox=MemoryPostbox(self.server),
            writer=AlarmLetterWriter(WORDING, HEAD),
            books=FileAlarmBook(self._file),
            administrators=(ADMIN,),
        )

    def look(
        self, minutes: float, *alarms: Alarm, daily: bool = False, started: float = -600
    ) -> list[str]:
        """Look at so many minutes; who was written to, and about what."""
        before = len(self.server.letters)
        signs = signs_of(minutes, alarms, started)
        raise_alarms(self.desk, signs, daily=daily)
        sent = self.server.letters[before:]
        return [f"{to}: {subject_of(data)}" for to, data in sent]


def signs_of(minutes: float, alarms: Sequence[Alarm], started: float = -600) -> VitalSigns:
    at = START + minutes * MINUTES
    return VitalSigns(
        at=at,
        started_at=START + started * MINUTES,
        poll=MINUTES,
        disk_free=0 if Alarm.DISK in alarms else 5 * ENOUGH_DISK,
        refused=Alarm.LOGIN in alarms,
        tallies=Tallies({"held": 3, "received": 2}, {"queued": 4}),
        good={"collect": at},
    )


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def subject_of(data: bytes) -> str:
    return str(read(data)["Subject"])


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


DISK = f"{ADMIN}: [KHTC] Báo động: đĩa"
OVER = f"{ADMIN}: [KHTC] Đã hết báo động: đĩa"


def test_an_alarm_is_told_when_it_begins_once_a_day_and_when_it_is_over(office) -> None:
    assert office.look(0) == []
    assert office.look(1, Alarm.DISK) == [DISK]
    for minutes in range(2, 1441, 60):
        assert office.look(minutes, Alarm.DISK) == []
    assert office.look(1441, Alarm.DISK) == [DISK]
    assert office.look(1460) == []
    assert office.look(1501) == [OVER]
    assert office.look(1600) == []


def test_an_alarm_that_comes_and_goes_is_told_once(office) -> None:
    assert office.look(0, Alarm.DISK) == [DISK]
    for minutes in range(20, 700, 40):
        assert office.look(minutes) == []
        assert office.look(minutes + 20, Alarm.DISK) == []
    assert office.look(800) == [OVER]


def test_there_is_a_quarter_of_an_hour_between_two_letters(office) -> None:
    assert office.look(0, Alarm.DISK) == [DISK]
    assert office.look(14, Alarm.DISK, Alarm.LOGIN) == []
    (both,) = office.look(15, Alarm.DISK, Alarm.LOGIN)
    assert both.endswith("Báo động: đăng nhập, đĩa")


def test_a_restart_forgets_nothing(office) -> None:
    assert office.look(0, Alarm.DISK) == [DISK]
    for minutes in (30, 60, 300):
        office.restart()
        assert office.look(minutes, Alarm.DISK) == []
    office.restart()  # after long hours: silent since the daemon began is not yet over
    assert office.look(600, started=590) == []
    assert office.look(660, started=590) == [OVER]


def test_a_daemon_that_dies_while_it_sends_does_not_write_at_every_start(office) -> None:
    office.server.at_the_dot[ADMIN] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        office.look(0, Alarm.DISK)
    office.server.at_the_dot.clear()
    office.restart()
    assert office.look(5, Alarm.DISK) == []
    assert office.look(15, Alarm.DISK) == [DISK]


def test_what_cannot_be_sent_is_tried_a_quarter_of_an_hour_later(office, caplog) -> None:
    office.server.refusals[ADMIN] = UnreachableError("the server is gone")
    assert office.look(0, Alarm.DISK) == []
    assert "the server is gone" in caplog.text
    office.server.refusals.clear()
    assert office.look(14, Alarm.DISK) == []
    assert office.look(15, Alarm.DISK) == [DISK]


def test_an_address_that_is_refused_keeps_nobody_else_from_hearing(office) -> None:
    office.desk.administrators = ("away@a.vn", ADMIN)
    office.server.refusals["away@a.vn"] = PermanentError("no such mailbox")
    assert office.look(0, Alarm.DISK) == [DISK]
    assert office.look(20, Alarm.DISK) == []


@pytest.mark.parametrize("administrators", [("full@a.vn", ADMIN), (ADMIN, "full@a.vn")])
@pytest.mark.parametrize("daily", [False, True])
def test_a_mailbox_that_is_full_neither_silences_nor_floods_the_others(
    office, administrators, daily
) -> None:
    office.desk.administrators = administrators
    office.server.refusals["full@a.vn"] = TransientError("452 mailbox full")
    alarms = () if daily else (Alarm.DISK,)
    assert len(office.look(0, *alarms, daily=daily)) == 1
    for minutes in (15, 30, 60):
        due = daily and office.desk.book.daily_at is None
        assert office.look(minutes, *alarms, daily=due) == []


def test_a_server_that_fails_after_one_letter_does_not_flood_who_had_it(office) -> None:
    office.desk.administrators = (ADMIN, "second@a.vn")
    office.server.refusals["second@a.vn"] = UnreachableError("the server is gone")
    assert office.look(0, Alarm.DISK) == [DISK]
    assert office.look(15, Alarm.DISK) == []


def test_where_every_mailbox_is_full_it_is_tried_a_quarter_of_an_hour_later(
    office,
) -> None:
    office.desk.administrators = ("gone@a.vn", ADMIN)
    office.server.refusals["gone@a.vn"] = PermanentError("no such mailbox")
    office.server.refusals[ADMIN] = TransientError("452 mailbox full")
    assert office.look(0, Alarm.DISK) == []
    del office.server.refusals[ADMIN]
    assert office.look(14, Alarm.DISK) == []
    assert office.look(15, Alarm.DISK) == [DISK]


def test_every_day_one_letter_says_that_the_daemon_lives(office) -> None:
    (first,) = office.look(0, daily=True)
    assert first == f"{ADMIN}: [KHTC] Thư báo hằng ngày 10/7/2013: hoạt động bình thường"
    assert office.desk.book.daily_at == START
    assert office.look(20, Alarm.DISK) == [DISK]
    (ill,) = office.look(1440, Alarm.DISK, daily=True)
    assert ill.endswith("11/7/2013: có báo động")


def test_a_full_disk_does_not_keep_its_own_alarm(office, monkeypatch, caplog) -> None:
    def full(_path: Path, _data: bytes, _aside: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.adapters.disk.alarm_book.write_durably", full)
    assert office.look(0, Alarm.DISK) == [DISK]
    assert office.look(30, Alarm.DISK) == []
    assert "No space left" in caplog.text


def test_the_letter_has_counts_and_what_to_do_and_the_marks_of_a_robot(office) -> None:
    office.look(0, Alarm.DISK)
    message = read(office.server.letters[0][1])
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Message-ID"].endswith("@a.vn>")
    text = message.get_content()
    for words in (
        "- đĩa (từ 08:00 10/7/2013): thư mục dữ liệu còn dưới 1 GB",
        "Thư chờ xử lý: 2",
        "Thư đang chờ cán bộ xem: 3",
        "Thư trả lời chờ gửi: 4",
        "Đĩa còn trống: 0 GB",
    ):
        assert words in text


def test_every_alarm_and_occasion_has_its_words(tmp_path: Path) -> None:
    writer, server = AlarmLetterWriter(WORDING, HEAD), MemoryServer()
    assert {*writer._words["name"]} == {*writer._words["advice"]} == {*Alarm}
    assert {*writer._words["opening"]} - {"none"} == {*Occasion}
    assert server.letters == []
    poor = tmp_path / "vi.toml"
    poor.write_text("[name]\ndatabase = 'x'\n[advice]\n")
    with pytest.raises(ConfigError, match="mailbox"):
        AlarmLetterWriter(poor, HEAD)


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"since": {"disk": "yesterday"}}'])
def test_a_book_that_cannot_be_read_is_empty(torn: str, tmp_path: Path) -> None:
    (tmp_path / "alarms.json").write_text(torn)
    assert FileAlarmBook(tmp_path / "alarms.json").load() == AlarmBook()


def test_a_book_is_kept_to_the_last_entry_and_for_us_only(tmp_path: Path) -> None:
    books = FileAlarmBook(tmp_path / "alarms.json")
    times = {Alarm.DISK: START}
    full = AlarmBook(times, times, {Alarm.LOGIN: START}, START, START)
    for book in (full, replace(full, tried_at=None, daily_at=None)):
        books.store(book)
        assert books.load() == book
    assert (tmp_path / "alarms.json").stat().st_mode & 0o077 == 0
