"""Returns that people send and that look a little like a robot's mail."""

import random
from collections.abc import Iterator
from dataclasses import replace

from tests.builders.mails import letter, workbooks

_SUBJECTS = (
    "Re: Trả lời tự động: Báo cáo kế hoạch 2014",
    "Re: Automatic reply: báo cáo",
    "Fwd: Undeliverable: Báo cáo kế hoạch 2014",
    "Fw: Không gửi được: báo cáo",
    "Không gửi được file hôm qua, nay gửi lại",
    "Không gửi được zip nên gửi từng biểu",
    "Báo cáo tự động hóa công tác kế hoạch",
    "Tự đánh giá kế hoạch 2013 và biểu 2014",
    "Trả lời công văn 2364/LĐTBXH-KHTC",
    "Trả lời: Báo cáo kế hoạch 2014",
    "Danh sách vắng mặt không có, gửi báo cáo",
    "Vắng mặt chuyên viên nên gửi muộn báo cáo",
    "Nghỉ phép nên gửi chậm báo cáo",
    "Nghỉ lễ nên gửi muộn",
    "Báo cáo lao động nghỉ phép, nghỉ việc",
    "Mail hôm qua bị lỗi, gửi lại báo cáo",
    "Delivery of report 2014",
    "Returned form PL1 corrected",
    "Read: em gửi lại báo cáo",
    "Out of date figures corrected",
    "Warning figures corrected",
    "Autumn report",
    "Message from Ha Giang: report",
    "Re: [KHTC 2014-02-17] Đã nhận báo cáo",
    "Thư trước bị trả lại, gửi lại báo cáo",
    "Gửi lại do thư bị trả lại",
    "Hộp thư đầy nên gửi lại báo cáo",
    "Đã đọc công văn, gửi báo cáo",
    "Đã xem và sửa biểu",
    "Xác nhận số liệu kế hoạch 2014",
    "Phản hồi về phụ lục 5",
    "Thông báo số liệu kế hoạch",
    "Chưa gửi được biểu 7, gửi trước 8 biểu",
    "Hệ thống lỗi nên gửi qua gmail",
    "Đi công tác nên gửi sớm báo cáo",
    "Thông báo thay đổi biểu",
    "Tin nhắn gửi kèm báo cáo",
    "Absence of PL7 explained; report attached",
    "Không thể gửi đủ 9 biểu, gửi trước PL9",
    "Nghỉ phép năm: báo cáo lao động",
    "Vacation workers report PL9",
)
# Fields that people's programs and servers put in.
_FIELDS = (
    "Auto-Submitted: no",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "Precedence: normal",
    "X-Mailer: Microsoft Outlook 14.0",
    "X-MS-Has-Attach: yes",
    "X-Spam-Flag: NO",
    "X-Spam-Status: No, score=1.2 required=5",
    "X-Loop-Detect: 1",
    "Importance: High",
    "Disposition-Notification-To: a@hagiang.gov.vn",
    "Return-Receipt-To: a@hagiang.gov.vn",
    "X-MS-Exchange-Organization-AuthAs: Internal",
    "X-Originating-IP: [10.0.0.1]",
    "Return-Path: <sldtbxh.demo@hagiang.gov.vn>",
    "Thread-Topic: Trả lời tự động",
    "In-Reply-To: <khtc.a2b3c4d5e6f7g2h3i4j5k6l7m2@example.gov.vn>",
    "References: <khtc.a2b3c4d5e6f7g2h3i4j5k6l7m2@example.gov.vn>",
    "X-Mailer: Zimbra 8.0.2",
    "X-Yahoo-Newman-Property: ymail-3",
    "Sensitivity: Personal",
    "X-Autoresponse-Suppress-Note: none",
    "Keywords: vacation",
    "Comments: automatic signature",
    "X-Notes-Item: Memo; name=Form",
)
_TEXTS = (
    "Kính gửi Vụ KHTC. Sở gửi báo cáo.",
    (
        "Em gửi lại vì thư trước báo 'Delivery Status Notification (Failure)'.\n"
        "> This is an automatically generated Delivery Status Notification."
    ),
    "Đồng chí phụ trách đang nghỉ phép nên tôi gửi thay.\n\nThư này gửi tự động từ iPhone.",
    "On Wed, Jul 10, 2013, MAILER-DAEMON wrote:\n> 550 user unknown\n\nXin gửi lại.",
)


def people_mails(seed: int) -> Iterator[tuple[str, bytes]]:
    """Each with a form of the round; every one has to be answered."""
    rng = random.Random(seed)
    book = workbooks(["PL09"])[0]
    for number, subject in enumerate(_SUBJECTS):
        for text in rng.sample(_TEXTS, 3):
            name = f"subject/{subject}/{number}"
            yield name, letter([book], subject=subject, text=text)
    for field in _FIELDS:
        for subject in rng.sample(_SUBJECTS, 4):
            raw = letter([replace(book, name="Biểu số 9.xlsx")], subject=subject)
            yield f"field/{field}/{subject}", field.encode() + b"\r\n" + raw
