"""`questions`: the register on the command line, and the letter that answers."""

import json
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from pipeline.cli import questions as commands
from pipeline.cli.arguments import make_parser
from pipeline.cli.main import Call
from pipeline.cli.talk import make_talk
from tests.builders.mails import SENDER, letter
from tests.contract.test_commands import Place

WHY = ("--why", "đã bàn", "--by", "an")
ASKED = letter((), subject="Xin hỏi", text="Xin hướng dẫn: hạn gửi báo cáo là bao giờ?")
OTHER = letter((), sender="la@example.com", sender_name="", subject="x", text="Xin hỏi?")
JULY = datetime(2013, 7, 12, tzinfo=UTC)


@pytest.fixture
def asked(tmp_path, capsys, monkeypatch) -> Place:
    """A place where a province and a stranger ask something, in July 2013."""
    monkeypatch.delenv("LANG", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    place = Place(tmp_path, capsys)
    place.run("ingest", place.mail("a.eml", ASKED), place.mail("b.eml", OTHER))
    (tmp_path / "answer.txt").write_text("Hạn là ngày 12/7.", encoding="utf-8")
    yield place
    root.handlers[:] = handlers
    root.setLevel(level)


def listed(place: Place, *options: str) -> list[dict]:
    return place.json("questions", "list", *options)[1]


def answering(place: Place, *options: str) -> tuple[str, ...]:
    return (
        "questions",
        "answer",
        "1",
        "--file",
        str(place.folder / "answer.txt"),
        *options,
    )


def test_the_register_lists_what_was_asked(asked) -> None:
    first, second = listed(asked)
    assert (first["id"], first["province"], first["state"]) == (1, "02", "open")
    assert (first["kind"], first["topic"], first["overdue"]) == (
        "question",
        "guidance",
        True,
    )
    assert first["due"] == "2013-07-31T23:59:59+07:00"
    assert first["text"] == "Xin hướng dẫn: hạn gửi báo cáo là bao giờ?"
    assert (second["province"], second["sender"]) == (None, "la@example.com")


def test_the_register_is_filtered(asked) -> None:
    assert [row["id"] for row in listed(asked, "--province", "Hà Giang")] == [1]
    assert [row["id"] for row in listed(asked, "--province", "04")] == []
    asked.run("questions", "close", "1", *WHY)
    assert [row["id"] for row in listed(asked, "--open")] == [2]
    assert [row["id"] for row in listed(asked, "--overdue")] == [2]


def test_a_person_sees_due_days_and_words(asked) -> None:
    out = asked.run("questions", "list")[1]
    assert "2013-07-31 !" in out
    assert "văn bản, hướng dẫn" in out
    asked.run("questions", "close", "1", *WHY)
    out = asked.run("questions", "show", "1")[1]
    for words in ("Xin hướng dẫn: hạn gửi", "đã kết thúc", "Kết quả (an", "đã bàn"):
        assert words in out


def test_a_long_passage_is_shown_whole(asked) -> None:
    long = "Xin hỏi: " + "một câu rất dài " * 60 + "và đây là hết."
    asked.run("ingest", asked.mail("c.eml", letter((), text=long)))
    assert "và đây là hết." in " ".join(asked.run("questions", "show", "3")[1].split())


def test_status_names_what_is_overdue_beside_its_data(asked) -> None:
    _, out, err = asked.run("status", "--json")
    assert "2 câu hỏi, kiến nghị quá hạn trả lời: 1, 2" in err
    assert all(json.loads(line)["province_code"] for line in out.splitlines())
    for number in ("1", "2"):
        asked.run("questions", "close", number, *WHY)
    assert "quá hạn" not in asked.run("status")[2]


def test_before_its_day_nothing_is_overdue(asked, capsys) -> None:
    talk = make_talk("vi", machine=False)
    words = ["--config", str(asked.folder / "daemon.yaml"), "questions", "list"]
    call = Call(make_parser(talk).parse_args(words), talk, {}, lambda: JULY)
    assert commands.questions(call) == 0
    out = capsys.readouterr().out
    assert ("2013-07-31" in out, "!" in out) == (True, False)


def test_a_question_is_given_to_whoever_answers(asked) -> None:
    _, (shown,) = asked.json("questions", "assign", "1", "Vụ Pháp chế", "-n", *WHY)
    assert shown["state"] == "open"
    _, (given,) = asked.json(
        "questions", "assign", "1", "Vụ TCCB", "--group", "staff", *WHY
    )
    assert (given["state"], given["assigned_to"]) == ("assigned", "Vụ TCCB")
    assert given["topic"] == "staff"
    assert "đã giao Vụ KHTC" in asked.run("questions", "assign", "1", "Vụ KHTC", *WHY)[1]


def test_an_answer_is_shown_first_and_then_sent(asked) -> None:
    code, out, _ = asked.run(*answering(asked, "-n"))
    assert (code, "Hạn là ngày 12/7." in out, SENDER in out) == (0, True, True)
    assert listed(asked)[0]["state"] == "open"

    code, (told,) = asked.json(*answering(asked, "--by", "an"))
    assert (code, told["to"], told["state"]) == (0, SENDER, "queued")
    answered = listed(asked)[0]
    assert (answered["state"], answered["letter_state"]) == ("answered", "queued")
    assert (answered["settled_by"], answered["outcome"]) == ("an", "Hạn là ngày 12/7.")
    letters = asked.json("letters", "list")[1]
    assert [row["template"] for row in letters] == ["received", "answer"]
    assert "đã trả lời (chờ gửi)" in asked.run("questions", "list")[1]

    code, _, err = asked.run(*answering(asked))
    assert (code, "đã ở trạng thái answered" in err) == (1, True)
    assert asked.run("audit")[0] == 0


def test_a_person_is_told_that_the_letter_waits(asked) -> None:
    asked.configure("policy: {replies: approve}\n")
    assert "thư chờ duyệt" in asked.run(*answering(asked))[1]


def test_a_question_is_closed_without_a_letter(asked) -> None:
    _, (shown,) = asked.json("questions", "close", "2", "-n", *WHY)
    assert shown["state"] == "open"
    assert "số 2 đã kết thúc" in asked.run("questions", "close", "2", *WHY)[1]
    (closed,) = asked.json("questions", "show", "2")[1]
    assert (closed["state"], closed["outcome"]) == ("closed", "đã bàn")
    assert [row["template"] for row in asked.json("letters", "list")[1]] == ["received"]


@pytest.mark.parametrize(
    "words",
    [
        ("show", "9"),
        ("show", "x"),
        ("assign", "9", "Vụ", *WHY),
        ("close", "9", *WHY),
        ("answer", "1", "--file", "no-such.txt"),
    ],
)
def test_what_is_not_there_is_told(asked, words) -> None:
    code, _, err = asked.run("questions", *words)
    assert (code, words[-1] in err or "9" in err or "no-such" in err) == (1, True)


def test_a_file_of_another_encoding_is_told(asked) -> None:
    (asked.folder / "answer.txt").write_bytes("Hạn".encode("utf-16"))
    code, _, err = asked.run(*answering(asked))
    assert (code, "UTF-8" in err) == (1, True)


def test_many_overdue_are_named_in_part(asked) -> None:
    """The register of a bad year does not fill the screen."""
    with closing(sqlite3.connect(asked.folder / "data" / "ingest.db")) as database:
        for number in range(3, 30):
            database.execute(
                "INSERT INTO question (message_id, signature, kind, passage, received_at,"
                " due, state) SELECT 1, ?, kind, passage, received_at, due, state"
                " FROM question WHERE id = 1",
                [f"s{number}"],
            )
        database.commit()
    err = asked.run("status")[2]
    assert "29 câu hỏi" in err
    assert f"{commands.NAMED_AT_MOST} ..." in err
