"""What a planner or an operator reads by default is Vietnamese, to the last word."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.assembly import open_ledger
from pipeline.cli.talk import make_talk
from pipeline.domain.letters.reply import SentRecord
from tests.builders.mails import SENDER
from tests.contract.test_commands import CLEAN, Place, filled, place, taken_in
from tests.contract.test_doctor import Desk, desk
from tests.servers.scripted_imap import scripted_imap

ROOT = Path(__file__).parents[2]
__all__ = ["desk", "filled", "place", "taken_in"]


# doctor


def rows_of(place: Place) -> dict[str, str]:
    """What `doctor` says in Vietnamese, by the name of the row; the last of a name."""
    _, out, _ = place.run("doctor", "--lang", "vi")
    lines = [line for line in out.splitlines() if not line.startswith("    ")]
    return dict(line[2:].split(": ", 1) for line in lines)


def test_doctor_tells_what_it_saw_in_vietnamese(filled: Place) -> None:
    ledger = open_ledger(Desk(filled).call.plan)
    at = datetime(2013, 7, 20, 19, 0, 44, tzinfo=UTC)
    ledger.beat("consolidate", at, "ok")
    ledger.close()
    told = rows_of(filled)
    assert told["Mật khẩu"] == "nhận thư: không có; gửi thư: không có"
    assert told["Tiến trình đọc thư"].startswith("đọc được thư thử; lớp bảo vệ: ")
    assert told["Chương trình đang chạy ở đây"] == "không có"
    assert told["Hộp thư đến (IMAP)"] == "files: 0 thư"
    assert told["Lần chạy gần nhất"] == "tổng hợp, 2013-07-21T02:00:44+07:00: tốt"
    assert told["Đồng hồ"].endswith("+07:00")
    assert told["Múi giờ"].startswith("Asia/Ho_Chi_Minh +0700; ")
    assert "TZ=-" not in told["Múi giờ"]


def test_doctor_tells_in_vietnamese_what_went_wrong_in_a_job(filled: Place) -> None:
    ledger = open_ledger(Desk(filled).call.plan)
    at = datetime(2013, 7, 20, 1, 0, tzinfo=UTC)
    ledger.beat("remind", at, "reminders not written: 2 provinces, 02, 14: letter x: y")
    ledger.close()
    assert rows_of(filled)["Lần chạy gần nhất"] == (
        "đôn đốc, 2013-07-20T08:00:00+07:00: "
        "chưa lập được thư nhắc cho 2 đơn vị (02, 14): thư trả lời x: y"
    )


def test_doctor_says_in_vietnamese_that_no_letter_leaves(filled: Place) -> None:
    filled.configure("policy: {replies: off}\n")
    told = rows_of(filled)
    assert told["Gửi thư (SMTP)"] == "không gửi thư nào (policy.replies: off)"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("mailbox: password_file; smtp: -", "nhận thư: password_file; gửi thư: không có"),
        ("mailbox: -; smtp: oauth2", "nhận thư: không có; gửi thư: oauth2"),
        ("mailbox: environment; smtp: -", "nhận thư: biến môi trường; gửi thư: không có"),
        ("process ?", "không rõ (không đọc được /proc/locks)"),
        ("process 4711, 4712", "tiến trình số 4711, 4712"),
        ("process -; leader -", "không có; chưa có tiến trình chính"),
        ("process 7; leader a:1:0", "tiến trình số 7; tiến trình chính: a:1:0"),
        ("process -; leader a:1:0", "không có; tiến trình chính: a:1:0"),
        ("process 7; leader -", "tiến trình số 7; chưa có tiến trình chính"),
        ("other; -", "đọc được thư thử; không có lớp bảo vệ nào"),
        ("Asia/Tokyo +0900; TZ=UTC", "Asia/Tokyo +0900; máy này đặt TZ=UTC"),
        ("Asia/Tokyo +0900; TZ=-", "Asia/Tokyo +0900; máy này không đặt TZ"),
    ],
)
def test_every_form_of_a_detail_has_its_words(detail: str, said: str) -> None:
    assert make_talk("vi", machine=False).worded(detail) == said


def test_doctor_says_what_a_percentage_is_of(desk: Desk) -> None:
    quota = '* QUOTA "" (STORAGE 910 1000)\r\n'
    with scripted_imap({}, capabilities="IMAP4rev1 QUOTA", quota=quota) as server:
        desk.serve(server.port)
        report = desk.door("imap")
    assert report.detail == "INBOX: 0; 91 %"
    assert report.said == "INBOX: 0 messages; 91 % of its room is used"


def test_doctor_says_where_to_mend_what_is_configured_wrongly(desk: Desk) -> None:
    (desk.place.folder / "daemon.yaml").write_text("smtp: {username: null}\nworkers: 1\n")
    told = desk.door("imap")
    assert told.advice == (
        f"mend mailbox.password_file in {desk.place.folder / 'daemon.yaml'}, "
        "then run `doctor` again"
    )


# What a mail and a letter are told with


def test_a_message_is_shown_without_a_code_that_has_no_word(filled: Place) -> None:
    shown = filled.run("show", "1", "--lang", "vi")[1]
    assert "  Đơn vị: 02 Hà Giang (địa chỉ đã đăng ký); nhận lúc " in shown
    assert f"    căn cứ: địa chỉ đã đăng ký «{SENDER}» → 02 Hà Giang (người gửi)\n" in shown
    assert re.search("căn cứ: tiêu đề văn bản «HÀ GIANG» → .*và 8 chỗ khác", shown)
    assert "Thư trả lời: đã nhận đủ → " in shown
    held = filled.run("show", "2", "--lang", "vi")[1]
    assert "; giữ lại: chưa biết đơn vị nào (identity-none); " in held
    assert re.search(r"Phụ lục chưa nhận được \(form-missing\) +PL02", held)
    assert "  không gửi: chưa biết chắc người gửi (N13)\n" in held
    assert not re.search(" $", shown + held, re.MULTILINE)


def test_the_log_and_the_outbox_speak_words(filled: Place) -> None:
    log = filled.run("log", "--lang", "vi")[1].splitlines()
    assert "chưa biết đơn vị nào (identity-none)" in log[1]
    assert log[1].endswith(" không gửi")
    assert log[2].endswith(" chờ gửi")
    (letter,) = filled.run("letters", "list", "--lang", "vi")[1].splitlines()[1:]
    assert " chờ gửi     đã nhận đủ  " in letter


def test_what_became_of_a_sender_is_told_in_words(filled: Place) -> None:
    words = ("senders", "confirm", "x@example.com", "04", "--why", "x", "--lang", "vi")
    out = filled.run(*words)[1].splitlines()
    assert re.search(r"^2 +đã vào sổ +chưa đủ ", out[-1])
    listed = filled.run("senders", "list", "--lang", "vi")[1]
    assert re.search(r" tệp senders\.csv$", listed, re.MULTILINE)
    assert " chuyên viên " in listed


# The rest of the commands


def tables() -> Iterator[tuple[str, str]]:
    """Every column that a command's table may have, with its module."""
    for file in sorted((ROOT / "pipeline" / "cli").glob("*.py")):
        module = import_module(f"pipeline.cli.{file.stem}")
        for name, columns in vars(module).items():
            if name.endswith(("COLUMNS", "OUTCOME")):
                yield from ((file.stem, column) for column in columns)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_column_has_its_title(language: str) -> None:
    phrases = make_talk(language, machine=False).phrases
    every = set(tables())
    assert len(every) > 60
    assert sorted(each for each in every if f"column.{each[1]}" not in phrases) == []


def test_a_dry_run_says_first_that_it_is_one(filled: Place) -> None:
    words = ("extend", "02", "2013-07-20", "--why", "x", "--lang", "vi")
    said = "Chạy thử (-n): chưa ghi, chưa gửi gì; dưới đây là kết quả nếu làm thật.\n"
    assert filled.run(*words, "-n")[2] == said
    assert filled.run(*words, "-n", "--json")[2] == ""
    assert filled.run(*words)[2] == ""


def test_what_would_be_made_is_not_told_as_made(filled: Place) -> None:
    out = ("--out", str(filled.folder / "out"), "-n", "--lang", "vi")
    assert filled.run("forms", "template", *out)[1].startswith("Sẽ ghi 9 biểu mẫu trống: ")
    told = filled.run("consolidate", *out)[1]
    assert told.startswith("Đợt ke-hoach-2014: sẽ tổng hợp ")
    assert "None" not in told
    assert filled.run("forms", "template", *out[:2])[0] == 0
    made = str(filled.folder / "out" / "bieu-mau-ke-hoach-2014.xlsx")
    begun = ("--out", str(filled.folder / "nha"), "-n", "--lang", "vi")
    assert filled.run("forms", "import", made, *begun)[1].startswith("Sẽ tạo ")


def test_letters_release_all_says_that_none_waits(filled: Place) -> None:
    words = ("letters", "release", "all", "--why", "x", "--lang", "vi")
    assert filled.run(*words)[1] == "Không có thư trả lời nào chờ duyệt.\n"
    assert filled.json("letters", "release", "all", "--why", "x") == (0, [])


def test_a_letter_that_cannot_go_is_told_with_its_state_in_words(filled: Place) -> None:
    told = filled.run("letters", "release", "1", "--why", "x", "--lang", "vi")[2]
    assert "thư trả lời 1 đang ở trạng thái chờ gửi (queued): chỉ cho gửi được" in told


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("audit event 5 is missing", "thiếu sự kiện số 5"),
        ("audit event 5 was changed", "sự kiện số 5 đã bị thay đổi"),
        ("PL02, version 3", "PL02, bản 3"),
        ("unknown to the ledger", "không có"),
        ("out of balance: lost 2, letter 1; run `audit`", None),
    ],
)
def test_what_an_audit_finds_has_its_words(detail: str, said: str | None) -> None:
    told = make_talk("vi", machine=False).worded(detail)
    assert told == (said or "sổ không cân: lost 2, letter 1; chạy `audit`")


def test_an_audit_calls_the_state_of_a_letter_by_its_word(filled: Place) -> None:
    journal = FileSendJournal(filled.folder / "data" / "send-journal.jsonl")
    with closing(sqlite3.connect(filled.folder / "data" / "ingest.db")) as database:
        ((key,),) = database.execute("SELECT reply_key FROM letter").fetchall()
        database.execute("UPDATE letter SET state = 'waiting'")
        database.commit()
    at = datetime(2013, 7, 20, tzinfo=UTC)
    journal.write(SentRecord(key, "sent", at), SentRecord("a1", "sent", at))
    told = filled.run("audit", "--lang", "vi")[1]
    assert f"Thư trả lời {key} đã gửi theo nhật ký gửi thư; trong sổ: chờ duyệt\n" in told
    assert "Thư trả lời a1 đã gửi theo nhật ký gửi thư; trong sổ: không có\n" in told


def test_a_duplicate_is_shown_with_the_message_it_repeats(place: Place) -> None:
    path = place.mail("a.eml", CLEAN)
    place.run("ingest", path, path)
    told = place.run("show", "2", "--lang", "vi")[1]
    assert "; trùng: giống hệt thư trước (same-bytes); " in told
    assert "Trùng với thư số 1.\n" in told
    assert "Trùng" not in place.run("show", "1", "--lang", "vi")[1]


def test_a_quarantined_message_is_shown_with_what_broke(filled: Place) -> None:
    with closing(sqlite3.connect(filled.folder / "data" / "ingest.db")) as database:
        database.execute(
            "UPDATE message SET state = 'quarantined', reason = 'limits',"
            " detail = 'the message took too long to read' WHERE id = 2"
        )
        database.commit()
    assert "Chi tiết: đọc thư quá lâu\n" in filled.run("show", "2", "--lang", "vi")[1]


@pytest.mark.parametrize(
    ("words", "glosses"),
    [
        (("log",), ("duplicate: trùng", "gone: đã mất")),
        (("letters", "list"), ("waiting: chờ duyệt", "bounced: bị trả lại")),
        (("status",), ("missing: chưa có", "in-grace: sau hạn, được châm chước")),
        (("questions", "assign"), ("funds: kinh phí",)),
    ],
)
def test_help_says_what_each_choice_means(
    words: tuple[str, ...], glosses: tuple[str, ...], place: Place, capsys
) -> None:
    with pytest.raises(SystemExit):
        place.run(*words, "--lang", "vi", "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert [gloss for gloss in glosses if gloss not in shown] == []
