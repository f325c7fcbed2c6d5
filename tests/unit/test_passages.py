"""Where a report recommends, as offices write it; courtesies are none."""

import pytest

from pipeline.domain.mail.message import Kind
from pipeline.domain.questions.passage import headed, recommended
from pipeline.domain.questions.request import LONGEST, Request, RequestKind
from pipeline.domain.questions.topic import Topic, propose_topic
from pipeline.stages.gather_requests import MOST, gather_requests
from tests.builders.decisions import envelope

REPORT = [
    "I. KẾT QUẢ THỰC HIỆN",
    "1. Việc làm đạt 52% kế hoạch.",
    "II. ĐỀ XUẤT, KIẾN NGHỊ",
    "1. Đề nghị Bộ sớm ban hành thông tư hướng dẫn.",
    "2. Bổ sung kinh phí dạy nghề.",
    "III. PHƯƠNG HƯỚNG",
    "Tiếp tục thực hiện.",
]


def test_a_section_ends_at_the_next_heading_of_its_rank() -> None:
    assert recommended(REPORT) == (
        "1. Đề nghị Bộ sớm ban hành thông tư hướng dẫn.\n2. Bổ sung kinh phí dạy nghề."
    )


@pytest.mark.parametrize(
    "heading",
    [
        "Kiến nghị:",
        "KIẾN NGHỊ",
        "5. Kiến nghị với Bộ Lao động - Thương binh và Xã hội",
        "Phần IV. Một số đề xuất, kiến nghị",
        "C. Những kiến nghị",
        "Kien nghi",
        "IV/ Đề nghị Bộ:",
        "6.2. Kiến nghị và đề xuất",
        "KIẾN NGHI\u0323",
    ],
)
def test_headings_as_offices_write_them(heading) -> None:
    lines = ["Đã đạt kế hoạch.", heading, "- Sớm hướng dẫn.", "Nơi nhận:", "- Như trên"]
    assert recommended(lines) == "- Sớm hướng dẫn."


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Kiến nghị"],
        ["Kiến nghị:", "Không có."],
        ["V. KIẾN NGHỊ", "VI. PHƯƠNG HƯỚNG", "Tiếp tục."],
        ["Đã giải quyết 12 kiến nghị của cử tri."],
        ["Kiến nghị của cử tri được giải quyết kịp thời trong năm, không tồn đọng."],
        ["Đề nghị bổ sung biểu mẫu.", "Đề nghị bộ phận văn thư lưu."],
        ["Sở đề nghị các huyện gửi báo cáo."],
    ],
)
def test_what_recommends_nothing(lines) -> None:
    assert recommended(lines) is None


def test_paragraphs_that_ask_the_ministry_stand_for_a_missing_heading() -> None:
    lines = [
        "Kết quả tốt.",
        "- Đề nghị Bộ bổ sung kinh phí.",
        "Sở kiến nghị với Chính phủ nâng mức chuẩn.",
    ]
    assert recommended(lines) == "\n".join(lines[1:])


def test_a_passage_is_bounded() -> None:
    said = recommended(["KIẾN NGHỊ", *(["Đề nghị Bộ hướng dẫn thêm."] * 10_000)])
    assert said is not None
    assert (len(said) <= LONGEST, said[-1]) == (True, "…")


def test_courtesies_of_a_mail_are_no_recommendation() -> None:
    assert headed(["Kính gửi Vụ.", "Đề nghị Bộ xác nhận đã nhận thư."]) is None
    assert headed(["Kính gửi Vụ.", "Kiến nghị:", "Lùi thời hạn."]) == "Lùi thời hạn."


def test_a_question_is_one_request_with_what_it_attaches() -> None:
    attached = Request(RequestKind.RECOMMENDATION, "cv.docx", "Bổ sung kinh phí.")
    mail = envelope(text="Xin hỏi hạn gửi?\n\n> Thư trước của Vụ?")
    (request,) = gather_requests(mail, Kind.QUESTION, [attached])
    assert request == Request(
        RequestKind.QUESTION, None, "Xin hỏi hạn gửi?\n\nBổ sung kinh phí."
    )


def test_a_question_that_is_all_subject_is_entered_by_it() -> None:
    mail = envelope(text="", subject="Hạn gửi là bao giờ?")
    (request,) = gather_requests(mail, Kind.QUESTION, [])
    assert request.text == "Hạn gửi là bao giờ?"


def test_a_return_has_a_request_a_place_and_the_same_words_once() -> None:
    said = [Request(RequestKind.RECOMMENDATION, f"{n}.docx", f"Số {n}") for n in range(30)]
    mail = envelope(text="Kiến nghị:\nSố 3")
    found = gather_requests(mail, Kind.SUBMISSION, said)
    assert len(found) == MOST
    assert [r.path for r in found if r.text == "Số 3"] == ["3.docx"]


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.QUESTION, Kind.SUBMISSION}))
def test_what_no_person_sent_asks_nothing(kind) -> None:
    assert gather_requests(envelope(text="Kiến nghị:\nGấp."), kind, []) == ()


def test_words_are_known_again_however_they_are_typed() -> None:
    one = Request(RequestKind.RECOMMENDATION, "a.docx", "Bổ sung  kinh phí.")
    two = Request(RequestKind.RECOMMENDATION, None, "BỔ SUNG KINH PHÍ")
    asked = Request(RequestKind.QUESTION, None, "BỔ SUNG KINH PHÍ")
    assert one.signature == two.signature != asked.signature


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Sửa đổi Nghị định 67, hướng dẫn về chuẩn nghèo", Topic.GUIDANCE),
        ("Nâng mức chi dạy nghề cho người nghèo", Topic.RATES),
        ("Tăng kinh phí chương trình mục tiêu quốc gia", Topic.FUNDS),
        ("Bổ sung biên chế, cán bộ cấp xã", Topic.STAFF),
        ("Tăng cường phối hợp, phân cấp", Topic.DIRECTION),
        ("Chúc sức khỏe", None),
    ],
)
def test_the_group_is_proposed_by_its_words(text, topic) -> None:
    assert propose_topic(text) is topic
