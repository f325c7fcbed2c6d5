"""Robots that answer us: our own rules stop the exchange, with no help of theirs."""

from collections.abc import Callable, Sequence
from email import message_from_bytes, policy

import pytest

from pipeline.demo.sample_files import NamedFile
from tests.builders.mails import SENDER, figures, letter, narrative, workbooks
from tests.builders.workshop import World, open_world

MOST_LETTERS = 3
ROUNDS = 40
KEY = ("PL02", "vl.tong", "kh_n")
Robot = Callable[[bytes, int], bytes]


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path)


def text_of(ours: bytes) -> str:
    body = message_from_bytes(ours, policy=policy.default).get_body(("plain",))
    assert body is not None
    return body.get_content()


def files_of(ours: bytes) -> list[NamedFile]:
    message = message_from_bytes(ours, policy=policy.default)
    return [
        NamedFile(part.get_filename() or "x.xlsx", part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]


def polite(ours: bytes, turn: int) -> bytes:
    """A ticket system: a new number and a new question each time, nothing of ours."""
    text = f"Yêu cầu số {turn} đã được tiếp nhận. Đề nghị cho biết nội dung cần hỗ trợ?"
    return letter(sender=SENDER, subject=f"Phiếu hỗ trợ {turn}", text=text)


def quoting(ours: bytes, turn: int) -> bytes:
    """An assistant that sends our text back under words of its own."""
    quoted = "\n".join(f"> {line}" for line in text_of(ours).splitlines())
    text = f"Xin hỏi lần {turn}: đề nghị hướng dẫn thêm.\n\n{quoted}"
    return letter(sender=SENDER, subject=f"Trao đổi {turn}", text=text)


def copying(ours: bytes, turn: int) -> bytes:
    """A forwarding rule without headers: our text as its own, our files attached."""
    files = files_of(ours)
    return letter(files, sender=SENDER, subject=f"Bản sao {turn}", text=text_of(ours))


def drifting(ours: bytes, turn: int) -> bytes:
    """Headers stripped, another subject and other words each time, our thread cut."""
    words = ("Cảm ơn", "Đã rõ", "Xin hỏi thêm", "Đề nghị trả lời", "Bao giờ có kết quả?")
    text = f"{words[turn % 5]} {turn}. Đề nghị hướng dẫn điểm {turn * 7 % 11}?"
    subject = f"{('Re', 'Trao đổi', 'Hồi âm', 'V/v')[turn % 4]}: việc {turn * 31 % 97}"
    return letter(sender=SENDER, subject=subject, text=text, sender_name=f"Máy {turn}")


def filing(ours: bytes, turn: int) -> bytes:
    """A ticket system that sends the same note as a file with every answer."""
    note = NamedFile(f"phieu {turn}.docx", narrative().data)
    return letter([note], sender=SENDER, subject=f"Phiếu {turn}", text=f"Số {turn}?")


def exchange(world: World, first: bytes, robot: Robot, minutes: int) -> int:
    """How many letters the robot got, answering each after so many minutes."""
    incoming, sent = first, 0
    for turn in range(ROUNDS):
        world.take(incoming, minutes=1 + turn * minutes)
        items: Sequence = world.ledger.claim_letters(world.now, 9)
        if not items:
            return sent
        sent += len(items)
        incoming = robot(items[-1].data, turn)
    raise AssertionError(f"{sent} letters and no end")


@pytest.mark.fault("T-22")
@pytest.mark.parametrize("minutes", [1, 25, 200])
@pytest.mark.parametrize("robot", [polite, quoting, drifting, filing])
@pytest.mark.parametrize(
    "first",
    [
        letter((*workbooks(), narrative())),
        letter((), text="Xin hỏi hạn gửi báo cáo là bao giờ?"),
    ],
    ids=["return", "question"],
)
def test_a_robot_that_answers_gets_three_letters_at_most(
    world, first, robot, minutes
) -> None:
    assert exchange(world, first, robot, minutes) <= MOST_LETTERS


@pytest.mark.fault("T-22")
@pytest.mark.parametrize("minutes", [1, 200])
def test_a_robot_that_sends_our_workbook_back_gets_three_letters_at_most(
    world, minutes
) -> None:
    wrong = workbooks(["PL02"], {**figures(), KEY: figures()[KEY] + 90})
    assert exchange(world, letter(wrong), copying, minutes) <= MOST_LETTERS
