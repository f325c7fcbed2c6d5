"""The N-codes: every robot's mark is seen, and a human's mail bears none."""

import pytest

from pipeline.domain.mail.robot_marks import (
    is_auto_subject,
    is_bounce_subject,
    may_be_bounce_subject,
    may_be_robot_subject,
)
from pipeline.stages.decode import decode
from tests.builders.raw_mails import OURS, mail, multipart

OWN_ID = "<khtc." + "a2b3c4d5e6f7g2h3i4j5k6l7m2" + "@khtc.example.gov.vn>"


def marks(
    *headers: str, body: bytes = b"", sender: str | None = "a@b.vn"
) -> tuple[str, ...]:
    raw = mail(*headers, body=body, sender=sender)
    return decode(raw, own_addresses=frozenset({OURS})).envelope.marks


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (["Return-Path: <>"], "N02"),
        (["Return-Path:"], "N02"),
        (["Auto-Submitted: auto-replied"], "N03"),
        (["auto-submitted: AUTO-GENERATED (x); owner=y"], "N03"),
        (["Auto-Submitted: (no) auto-notified"], "N03"),
        (["Auto-Submitted: x-new-keyword"], "N03"),
        (["Auto-Submitted: no", "Auto-Submitted: no"], "N03"),
        (["Content-Type: multipart/report; report-type=delivery-status"], "N04"),
        (["Content-Type: message/disposition-notification"], "N04"),
        (["Content-Type: message/feedback-report"], "N04"),
        (["List-Id: <x.y>"], "N05"),
        (["List-Unsubscribe: <mailto:x@y>"], "N05"),
        (["Precedence: Bulk"], "N05"),
        (["X-Precedence: auto-reply"], "N05"),
        (["X-Autoreply: yes"], "N06"),
        (["X-Failed-Recipients: a@b"], "N06"),
        (["X-Loop: a@b"], "N06"),
        (["Feedback-ID: 1:2"], "N06"),
        (["X-Auto-Response-Suppress: DR, OOF, AutoReply"], "N07"),
        (["X-Auto-Response-Suppress: All"], "N07"),
        (["Return-Path: <bounces+12=a@b.vn>"], "N08"),
        (["Sender: owner-list@b.vn"], "N08"),
        (["Message-ID: " + OWN_ID], "N09"),
        (["Return-Path: <" + OURS.upper() + ">"], "N09"),
        (["Sender: " + OURS], "N09"),
        (["Auto-Submitted: auto-replied", "In-Reply-To: " + OWN_ID], "N09"),
        (["Precedence: junk", "X-KHTC-Reply: x"], "N09"),
        (["Subject: Out of Office: x"], "N10"),
        (["Subject: =?utf-8?q?Tr=E1=BA=A3_l=E1=BB=9Di?= tự động: x"], "N10"),
        (["Received: by x"] * 26, "N11"),
        (["X-Spam-Flag: YES"], "N15"),
        (["X-Spam-Status: Yes, score=9"], "N15"),
    ],
)
def test_each_mark_is_seen(headers: list[str], code: str) -> None:
    assert code in marks(*headers)


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@x.vn",
        "Mail System <MAILER-DAEMON>",
        "no-reply@x.vn",
        "do_not_reply@x.vn".replace("_", "-"),
        "donotreply@x.vn",
        "x-request@y.vn",
        "majordomo@y.vn",
        "list-bounces@y.vn",
    ],
)
def test_robots_by_their_address(sender: str) -> None:
    assert "N08" in marks(sender=sender)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No (human)"],
        ["Precedence: normal"],
        ["In-Reply-To: " + OWN_ID],
        ["Message-ID: <khtc.short@khtc.example.gov.vn>"],
        ["Subject: Re: [KHTC 2014-02] Da nhan"],
        ["Subject: Không gửi được file, gửi lại"],
        ["Subject: Autumn report"],
        ["X-Auto-Response-Suppress: DR, RN, NRN"],
        ["Return-Path: <a@b.vn>"],
        ["X-Spam-Flag: NO"],
        ["Received: by x"] * 25,
    ],
)
def test_people_bear_no_mark(headers: list[str]) -> None:
    assert marks(*headers) == ()


@pytest.mark.fault("F-S9-1")
def test_a_from_that_is_not_exactly_one_mailbox_is_n11() -> None:
    assert "N11" in marks(sender=None)
    assert "N11" in marks("From: c@d.vn")


def test_our_address_must_stand_in_to_or_cc() -> None:
    raw = b"From: a@b.vn\r\nTo: other@b.vn\r\n\r\n"
    assert decode(raw, own_addresses=frozenset({OURS})).envelope.marks == ("N12",)
    assert decode(raw).envelope.marks == ()
    many = b", ".join(b"user%d@example.com" % n for n in range(2000))
    far = b"From: a@b.vn\r\nTo: " + many + b", " + OURS.encode() + b"\r\n\r\n"
    assert decode(far, own_addresses=frozenset({OURS})).envelope.marks == ()


def test_a_report_deep_inside_is_seen() -> None:
    line, body = multipart(
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n"
    )
    assert "N04" in marks(line, body=body)


@pytest.mark.parametrize(
    "subject",
    [
        "Trả lời tự động: Báo cáo",
        "Tra loi tu dong",
        "THƯ TRẢ LỜI TỰ ĐỘNG",
        "Tự động trả lời",
        "Vắng mặt",
        "Vắng mặt từ 10/7",
        "Nghỉ phép đến 12/7",
        "Automatic reply: x",
        "Auto: x",
        "Auto-Reply",
        "Autoreply",
    ],
)
def test_subjects_of_vacation_mail(subject: str) -> None:
    assert is_auto_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Undeliverable: x",
        "Undelivered Mail Returned to Sender",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender",
        "Returned mail: see transcript",
        "failure notice",
        "Thư không gửi được",
        "Không gửi được: Báo cáo",
        "Không gửi được thư",
    ],
)
def test_subjects_of_bounces(subject: str) -> None:
    assert is_bounce_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Báo cáo nghỉ phép năm",
        "Tự đánh giá",
        "Không gửi được file zip, gửi lại",
        "Re: Vắng mặt",
    ],
)
def test_subjects_of_people(subject: str) -> None:
    assert not is_auto_subject(subject)
    assert not is_bounce_subject(subject)


@pytest.mark.parametrize(
    "headers",
    [
        ["X-Zimbra-Out-Of-Office: yes"],
        ["X-Auto-Reply: yes"],
        ["X-Mailer: Zimbra Autoresponder"],
        ["X-POST-MessageClass: 9; Autoresponder"],
        ["X-Campaign-ID: 12"],
    ],
)
def test_programs_that_answer_by_themselves(headers: list[str]) -> None:
    assert marks(*headers) == ("N06",)


@pytest.mark.parametrize(
    "headers",
    [
        ["X-Autoresponse-Suppress-Note: none"],
        ["X-Mailer: Microsoft Outlook 14.0"],
        ["Keywords: vacation"],
    ],
)
def test_programs_of_people(headers: list[str]) -> None:
    assert marks(*headers) == ()


@pytest.mark.parametrize(
    ("subject", "bounce"),
    [
        ("Tôi đang nghỉ phép đến 20/7", False),
        ("[Tự động] Đã nhận được thư", False),
        ("Đã đọc: Báo cáo", False),
        ("Không chuyển được thư: x", True),
        ("Thư bị trả lại: x", True),
        ("Your message couldn't be delivered", True),
    ],
)
def test_words_of_robots_that_people_use_too(subject: str, *, bounce: bool) -> None:
    assert may_be_robot_subject(subject)
    assert may_be_bounce_subject(subject) is bounce


@pytest.mark.parametrize(
    "subject",
    [
        "Tôi đang nghỉ phép nên gửi muộn",
        "Thông báo tự động hóa",
        "Thư bị trả lại nên gửi lại báo cáo",
        "Không gửi được biểu 7",
    ],
)
def test_words_of_people_alone(subject: str) -> None:
    assert not may_be_robot_subject(subject)
