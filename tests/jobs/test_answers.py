"""From a mail that asks to the letter that answers it, and who never gets one."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from pipeline.demo.sample_files import NamedFile, write_narrative
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.question_register import QuestionState
from pipeline.domain.questions.request import RequestKind
from pipeline.jobs.answer import LONGEST, write_answer
from tests.builders.documents import Page, write_pdf
from tests.builders.mails import SENDER, letter, workbooks
from tests.builders.workshop import World, open_world
from tests.golden.cases import GOLDEN

QUESTION = letter((), text="Xin hỏi hạn gửi báo cáo là bao giờ?")
REPORT = NamedFile(
    "Thuyet minh.docx",
    write_narrative(
        [
            "I. KẾT QUẢ",
            *["Tình hình thực hiện năm 2013 đạt kế hoạch đề ra."] * 60,
            "II. KIẾN NGHỊ",
            "1. Đề nghị Bộ bổ sung kinh phí dạy nghề cho lao động nông thôn. " + "x" * 400,
            "III. PHƯƠNG HƯỚNG",
            "Tiếp tục thực hiện.",
        ]
    ),
)
TEXT = "Hạn gửi báo cáo là ngày 12/7/2013.\n\nSở có thể gửi sớm hơn.\n"


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path)


def write(world: World, text: str = TEXT, number: int = 1):
    """Answer an entry as `questions answer` does."""
    entry = world.ledger.question(number)
    written, words = write_answer(world.bench, world.ledger, entry, text, world.now)
    world.ledger.answer_question(entry, text, written, "lan", world.now)
    return written, words


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_answer_goes_to_the_asker_alone_in_his_thread(world) -> None:
    world.take(QUESTION)
    written, _ = write(world)
    message, asked = read(written.data), read(QUESTION)
    assert (message["To"], message["Cc"], message["Bcc"]) == (SENDER, None, None)
    assert message["In-Reply-To"] == asked["Message-ID"]
    assert message["References"] == asked["Message-ID"]
    assert message["Auto-Submitted"] == "auto-replied"
    plain = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    for line in ("Xin hỏi hạn gửi báo cáo là bao giờ?", *TEXT.split("\n")):
        assert line in plain
        assert line in page
    assert [row[0] for row in world.letters()] == ["received", "answer"]
    assert {item.recipient for item in world.ledger.claim_letters(world.now, 9)} == {SENDER}


def test_an_answer_reads_as_the_golden_one(world) -> None:
    """`answer.txt` beside the golden question is the letter as a province reads it."""
    case = GOLDEN / "people" / "question"
    world.take((case / "letter.eml").read_bytes())
    written, words = write(world, "Theo chuẩn nghèo giai đoạn 2011 - 2015.")
    told = f"To: {written.recipient}\nSubject: {words.subject}\n\n{words.text}"
    assert told == (case / "answer.txt").read_text(encoding="utf-8")


def test_a_recommendation_of_a_report_is_entered_beside_its_figures(world) -> None:
    document = world.take(letter((*workbooks(), REPORT)))
    assert document["state"] == "filed"
    (entry,) = world.ledger.questions()
    assert (entry.kind, entry.path) == (RequestKind.RECOMMENDATION, REPORT.name)
    assert (entry.province, entry.round) == ("02", "ke-hoach-2014")
    assert entry.text.startswith("1. Đề nghị Bộ bổ sung kinh phí dạy nghề")
    assert entry.text.endswith("x" * 400)
    written, words = write(world)
    assert "tệp “Thuyet minh.docx”, Sở có kiến nghị:" in " ".join(words.text.split())
    assert "trả lời kiến nghị của Sở" in words.subject
    assert written.recipient == SENDER


def test_a_recommendation_in_a_pdf_is_found_where_the_pdf_is_read(world) -> None:
    lines = [
        "Báo cáo của tỉnh Hà Giang",
        "V. KIẾN NGHỊ",
        "Bổ sung kinh phí dạy nghề.",
        "Nơi nhận:",
    ]
    page = Page([(60, 500 - 20 * n, line) for n, line in enumerate(lines)], [])
    file = NamedFile("Bao cao.pdf", write_pdf([page]))
    assert world.take(letter((file,)))["kind"] == "submission"
    (entry,) = world.ledger.questions()
    assert (entry.path, entry.text) == ("Bao cao.pdf", "Bổ sung kinh phí dạy nghề.")


def test_a_corrected_return_with_its_old_report_asks_nothing_new(world) -> None:
    world.take(letter((*workbooks(), REPORT)))
    world.take(letter((*workbooks(["PL01"]), REPORT)), minutes=30)
    assert [entry.waits for entry in world.ledger.questions()] == [True, False]


def test_nothing_of_a_secret_mail_is_entered(world) -> None:
    stamped = letter((), text="MẬT\n\nXin hỏi hạn gửi báo cáo?")
    assert world.take(stamped)["reason"] == "state-secret"
    assert world.ledger.questions() == []


def test_a_stranger_who_asks_is_entered_and_may_be_answered(world) -> None:
    world.take(letter((), sender="la@example.com", text="Xin hỏi hạn gửi báo cáo?"))
    assert world.letters() == []
    written, words = write(world)
    assert (written.recipient, written.state) == ("la@example.com", LetterState.QUEUED)
    assert "Kính gửi: Sở Lao động" in words.text


def test_an_answer_waits_for_a_planner_where_every_letter_does(world) -> None:
    world.take(QUESTION)
    world.policy(replies="approve")
    write(world)
    assert world.letters()[-1] == ("answer", SENDER, "waiting")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" \n", "empty"),
        ("x" * (LONGEST + 1), "longer"),
        ("a\x1b[31mb", "control"),
    ],
)
def test_a_text_that_no_letter_can_carry_is_refused(world, text, told) -> None:
    world.take(QUESTION)
    with pytest.raises(PermanentError, match=told):
        write(world, text)
    assert world.ledger.question(1).state is QuestionState.OPEN


def test_a_text_out_of_a_word_processor_is_taken(world) -> None:
    world.take(QUESTION)
    _, words = write(world, "Hạn\u00a0gửi\u200b:\r\n\t12/7\u2013<b>14/7</b>")
    assert "Hạn gửi:\n" in words.text
    assert "&lt;b&gt;14/7&lt;/b&gt;" in words.html


def test_the_longest_answer_fits_a_letter(world) -> None:
    long = "Nội dung trả lời rất dài. " * (LONGEST // 26)
    world.take(letter((), text="Xin hỏi? " + "Nội dung hỏi rất dài.\n" * 900))
    written, words = write(world, long)
    assert len(words.text.encode()) <= 16 * 1024
    assert len(written.data) < 80_000


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sender": None}, "who asked"),
        ({"authentication": "fail"}, "N14"),
    ],
)
def test_who_cannot_be_told_is_not_answered(world, changes, told) -> None:
    number = world.arrive(QUESTION)
    world.process()
    seen = world.ledger.parsed(number)
    envelope = replace(seen.envelope, **changes)
    forged = replace(seen, envelope=envelope)

    class Ledger:
        """The ledger, had the mail been another."""

        def parsed(self, message):
            return forged

    entry = world.ledger.question(1)
    with pytest.raises(PermanentError, match=told):
        write_answer(world.bench, Ledger(), entry, TEXT, world.now)


def test_a_robot_is_not_answered(world) -> None:
    """A return in a robot's dress is filed, and its recommendation entered."""
    raw = letter((*workbooks(), REPORT))
    world.take(b"Auto-Submitted: auto-generated\r\n" + raw)
    with pytest.raises(PermanentError, match="N03"):
        write(world)


def test_with_letters_off_nothing_is_answered(world) -> None:
    world.take(QUESTION)
    world.policy(replies="off")
    with pytest.raises(PermanentError, match="questions close 1"):
        write(world)


def test_an_answer_is_written_once(world) -> None:
    world.take(QUESTION)
    write(world)
    with pytest.raises(PermanentError, match="answered already"):
        write(world)
    assert [row[0] for row in world.letters()] == ["received", "answer"]


def test_an_answer_that_came_back_is_written_anew(world) -> None:
    world.take(QUESTION)
    first, _ = write(world)
    letters = {row["template"]: row["id"] for row in world.ledger.outbox()}
    world.ledger.settle_letter(letters["answer"], LetterState.BOUNCED, world.now)
    second, _ = write(world, "Gửi lại.")
    assert first.reply_key != second.reply_key
    assert world.ledger.question(1).outcome == "Gửi lại."


def test_reading_a_mail_again_leaves_its_answer_alone(world) -> None:
    number = world.arrive(QUESTION)
    world.process()
    write(world)
    world.ledger.reopen(number, world.now)
    world.process()
    entry = world.ledger.question(1)
    assert (entry.state, len(world.ledger.questions())) == (QuestionState.ANSWERED, 1)
    assert [row[0] for row in world.letters()] == ["received", "answer"]
