"""`remind` on the command line, and once a day in the daemon."""

import json
import logging
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.assembly import open_ledger, read_plan
from pipeline.cli import reminders as commands
from pipeline.cli.arguments import make_parser
from pipeline.cli.main import Call
from pipeline.cli.talk import make_talk
from pipeline.daemon import Station, open_station, remind_if_due
from pipeline.domain.errors import (
    ConfigError,
    PermanentError,
    TransientError,
    UnreachableError,
)
from pipeline.domain.letters.letter import LetterDraft
from pipeline.domain.plan.plan_round import ReminderStep
from pipeline.domain.reminders import ReminderNote
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.remind import RemindReport
from pipeline.settings import load_settings
from pipeline.stages.compose_reminder import compose_reminder
from tests.builders import decisions as make
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENDER
from tests.builders.small_daemon import SetClock
from tests.contract.test_commands import ROOT, Place

ROUND = ROOT / "config" / "rounds" / "ke-hoach-2014"


def july(day: int, hour: int = 9) -> datetime:
    return datetime(2013, 7, day, hour, tzinfo=HANOI)


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.delenv("LANG", raising=False)
    return Place(tmp_path, capsys)


def remind(place: Place, now: datetime, *words: str, machine: bool = False) -> int:
    """The command at a time of 2013."""
    talk = make_talk("vi", machine=machine)
    line = ["--config", str(place.folder / "daemon.yaml"), "remind", *words]
    arguments = make_parser(talk).parse_args(line)
    return commands.remind(Call(arguments, talk, {}, lambda: now))


def test_a_person_sees_who_owes_what(place, capsys) -> None:
    assert remind(place, july(5)) == 0
    said = capsys.readouterr()
    for words in ("d-5", "PL01, PL02", "thuyết minh", SENDER, "(chưa có địa chỉ)"):
        assert words in said.out
    assert "Đã lập 1 thư nhắc cho 1 đơn vị" in said.out + said.err
    assert "62 đơn vị" in said.err
    (letter,) = place.json("letters", "list")[1]
    assert (letter["template"], letter["state"]) == ("reminder", "queued")
    assert place.run("audit")[0] == 0
    remind(place, july(15))
    assert "bước nhắc khép lại" in "".join(capsys.readouterr())


def test_a_dry_run_shows_at_any_hour_and_stores_nothing(place, capsys) -> None:
    assert remind(place, july(6, 23), "-n") == 0
    assert "Sẽ lập 1 thư nhắc" in "".join(capsys.readouterr())
    assert place.json("letters", "list")[1] == []


def test_a_machine_reads_the_reminders(place) -> None:
    code, (told,) = place.json("remind", "-n", "--step", "d+1")
    assert (code, len(told["unaddressed"]), told["over"]) == (0, 62, [])
    (reminder,) = told["reminders"]
    assert (reminder["province"], reminder["step"]) == ("02", "d+1")
    assert (len(reminder["missing"]), reminder["deficient"]) == (9, {})
    assert reminder["letters"][0]["to"] == SENDER
    assert "nhắc gửi báo cáo" in reminder["letters"][0]["subject"]


def test_what_cannot_be_done_is_told(place) -> None:
    code, _, err = place.run("remind", "-n", "--step", "d+9")
    assert (code, "d+9: không có bước nhắc này" in err) == (1, True)
    place.configure("policy: {replies: off}\n")
    with pytest.raises(PermanentError, match="off"):
        remind(place, july(5))
    place.configure("")
    with pytest.raises(TransientError, match="working days"):
        remind(place, july(6))


def test_a_mailbox_that_was_not_read_of_late_is_told(place, capsys) -> None:
    remind(place, july(5), "-n")
    assert "chưa được đọc lần nào" in capsys.readouterr().err
    ledger = open_ledger(read_plan(load_settings(place.folder / "daemon.yaml", {})))
    ledger.beat("collect", july(5, 7), "ok")
    remind(place, july(5, 7), "-n")
    assert "hộp thư" not in capsys.readouterr().err
    remind(place, july(5, 9), "-n")
    assert "2013-07-05 07:00 (tốt)" in capsys.readouterr().err
    ledger.beat("collect", july(5, 9), "the server is gone")
    ledger.close()
    remind(place, july(5, 9), "-n")
    assert "the server is gone" in capsys.readouterr().err


def break_one_letter(monkeypatch) -> None:
    def compose(note: ReminderNote, *words: object) -> LetterDraft:
        if note.province == "02":
            raise PermanentError("letter reminder: broken")
        return compose_reminder(note, *words)

    monkeypatch.setattr("pipeline.jobs.remind.compose_reminder", compose)


def test_a_province_that_is_left_out_is_told_with_exit_1(
    place, capsys, monkeypatch
) -> None:
    break_one_letter(monkeypatch)
    assert remind(place, july(5), machine=True) == 1
    said = capsys.readouterr()
    (faulty,) = json.loads(said.out)["faulty"]
    assert (faulty["province"], faulty["problem"]) == ("02", "letter reminder: broken")
    assert "02, bước d-5: không lập được thư nhắc" in said.err


@pytest.fixture
def clock() -> SetClock:
    return SetClock(july(4))


@pytest.fixture
def station(place: Place, clock: SetClock) -> Station:
    opened = open_station(read_plan(load_settings(place.folder / "daemon.yaml", {})), clock)
    yield opened
    opened.close()


def remind_now(station: Station) -> RemindReport | None:
    """What the daemon makes when the mailbox was read just now."""
    station.beat("collect", None)
    return remind_if_due(station)


def test_nobody_is_reminded_while_the_mailbox_cannot_be_read(
    station: Station, clock: SetClock
) -> None:
    clock.now = july(5)
    assert remind_if_due(station) is None
    station.beat("collect", UnreachableError("the server is gone"))
    assert remind_if_due(station) is None
    station.beat("collect", None)
    clock.now = july(5, 11)
    assert remind_if_due(station) is None
    assert len(remind_now(station).written) == 1


def test_nobody_is_reminded_while_a_mail_waits_to_be_read(
    station: Station, clock: SetClock
) -> None:
    clock.now = july(5)
    station.ledger.arrive(make.arrival("a"))
    assert remind_now(station) is None


def test_the_daemon_reminds_once_a_day_after_its_hour(
    station: Station, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert remind_now(station).written == []
    clock.now = july(5, 7)
    assert remind_now(station) is None
    clock.now = july(5, 8)
    assert [r.note.step for r in remind_now(station).written] == ["d-5"]
    assert "62 provinces to remind have no known address: 01, 04" in caplog.text
    clock.now = july(5, 12)
    assert remind_now(station) is None
    assert station.ledger.beats()["remind"][1] == "ok"


def test_a_province_that_is_left_out_stands_in_the_heartbeat_and_is_tried_next_day(
    station: Station, clock: SetClock, monkeypatch
) -> None:
    clock.now = july(5)
    with monkeypatch.context() as broken:
        break_one_letter(broken)
        assert remind_now(station).written == []
    outcome = station.ledger.beats()["remind"][1]
    assert outcome == "reminders not written: 1 provinces, 02: letter reminder: broken"
    assert remind_now(station) is None
    clock.now = july(8)
    assert len(remind_now(station).written) == 1


@pytest.mark.fault("F-X-3")
def test_a_missed_hour_is_caught_up_on_the_next_working_day(
    station: Station, clock: SetClock
) -> None:
    for closed in (july(5, 19), july(6), july(7, 10), july(8, 6)):
        clock.now = closed
        assert remind_now(station) is None
    clock.now = july(8, 7)
    assert [r.note.step for r in remind_now(station).written] == ["d-5"]


def test_a_run_that_failed_is_tried_again(station: Station, clock: SetClock) -> None:
    clock.now = july(5)
    station.ledger.beat("remind", clock.now, "database locked")
    assert len(remind_now(station).written) == 1


def test_a_daemon_that_sends_nothing_reminds_nobody(place: Place, clock: SetClock) -> None:
    place.configure("policy: {replies: off}\n")
    clock.now = july(5)
    plan = read_plan(load_settings(place.folder / "daemon.yaml", {}))
    station = open_station(plan, clock)
    assert remind_now(station) is None
    assert station.ledger.reminders(shipped_round().id) == []
    station.close()


def test_the_shipped_round_has_steps_in_their_order() -> None:
    assert shipped_round().reminders == (
        ReminderStep("d-5", -5),
        ReminderStep("d-1", -1),
        ReminderStep("d+1", 1),
        ReminderStep("d+5", 5),
    )


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("{key: d-5, working_days: -5}, {key: d-5, working_days: 1}", "stands twice"),
        ("{key: a, working_days: 1}, {key: b, working_days: 1}", "one day"),
        ("{key: 'A b', working_days: 1}", "short key"),
        ("{key: a, working_days: soon}", "number of days"),
        ("{key: a, working_days: 61}", "number of days"),
        ("{key: a, days: 1}", "unknown key"),
    ],
)
def test_steps_that_cannot_work_are_refused(tmp_path: Path, steps: str, told: str) -> None:
    folder = tmp_path / ROUND.name
    folder.mkdir()
    for file in ROUND.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    text = (ROUND / "round.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("reminders:\n")
    _, _, tail = rest.partition("default_severity")
    changed = f"{head}reminders: [{steps}]\ndefault_severity{tail}"
    (folder / "round.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_round(folder)
