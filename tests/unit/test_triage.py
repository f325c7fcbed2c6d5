"""Kinds of mail: robots are never answered, people never silenced."""

from dataclasses import replace

import pytest

from pipeline.domain.mail.message import Attachment, Decoded, Kind, Role
from pipeline.stages.decode import decode
from pipeline.stages.triage import Inside, Sorted, triage
from tests.builders.raw_mails import OURS, mail

OWN_ID = "<khtc." + "a2b3c4d5e6f7g2h3i4j5k6l7m2" + "@khtc.example.gov.vn>"

ROBOTS = [
    "Return-Path: <>",
    "Auto-Submitted: auto-replied",
    "Content-Type: multipart/report; boundary=x",
    "Precedence: bulk",
    "List-Id: <x.y>",
    "X-Autoreply: yes",
    "X-Auto-Response-Suppress: All",
    "Sender: no-reply@x.vn",
    "Subject: Out of office",
    "X-Spam-Flag: YES",
    "Message-ID: <khtc.a2b3c4d5e6f7g2h3i4j5k6l7m2@x.vn>",
]


def file(role: Role, name: str = "x", problem: str | None = None) -> Attachment:
    return Attachment(name, name, "x", "", 1, role, problem)


def sorted_out(
    decoded: Decoded,
    *files: Attachment,
    forms: bool = False,
    clues: bool = False,
    spam: bool = False,
    stamped: tuple[str, ...] = (),
    persons: bool = False,
) -> Sorted:
    inside = Inside(forms=forms, clues=clues, stamped=stamped, persons=persons)
    return triage(decoded, files, inside, spam_folder=spam)


def read(*headers: str, body: str = "", sender: str | None = "a@b.vn") -> Decoded:
    raw = mail(*headers, body=body.encode(), sender=sender)
    return decode(raw, own_addresses=frozenset({OURS}))


@pytest.mark.parametrize("header", ROBOTS)
def test_no_mark_ever_silences_the_data_of_a_form(header: str) -> None:
    found = sorted_out(read(header), file(Role.WORKBOOK), forms=True).triage
    assert (found.kind, found.reason) == (Kind.SUBMISSION, None)
    assert (found.suppressed is None) == header.startswith("X-Auto-Response")


def test_the_first_code_stops_the_letter() -> None:
    decoded = read("Precedence: bulk", "Auto-Submitted: auto-replied")
    assert sorted_out(decoded, forms=True).triage.suppressed == "N03"
    assert sorted_out(read(), forms=True, spam=True).triage.suppressed == "N15"
    assert sorted_out(read(), forms=True).triage.suppressed is None
    suppress = read("X-Auto-Response-Suppress: All")
    assert sorted_out(suppress).triage.suppressed == "N07"
    assert sorted_out(suppress, file(Role.SCAN)).triage.suppressed is None


BOUNCES = [
    ["Content-Type: multipart/report; boundary=x"],
    ["Content-Type: message/disposition-notification"],
]


@pytest.mark.parametrize(
    ("headers", "sender", "kind", "reason"),
    [
        (["Content-Type: multipart/report; boundary=x"], "a@b.vn", Kind.BOUNCE, "bounce"),
        ([], "MAILER-DAEMON@x.vn", Kind.BOUNCE, "bounce"),
        ([], "Mail System <MAILER-DAEMON>", Kind.BOUNCE, "bounce"),
        (["Subject: Undeliverable: x"], "a@b.vn", Kind.BOUNCE, "bounce"),
        (["Auto-Submitted: auto-replied"], "a@b.vn", Kind.AUTO_REPLY, "auto-reply"),
        (["Subject: Vắng mặt"], "a@b.vn", Kind.AUTO_REPLY, "auto-reply"),
        (["X-Autoreply: y", "X-Auto-Response-Suppress: All"], "a@b.vn", Kind.AUTO_REPLY,
         "auto-reply"),
        (["List-Id: x"], "a@b.vn", Kind.LIST, "list"),
        (["List-Id: x", "Feedback-ID: y"], "a@b.vn", Kind.LIST, "list"),
        (["List-Id: x", "Auto-Submitted: auto-replied"], "a@b.vn", Kind.AUTO_REPLY,
         "auto-reply"),
        ([], OURS, Kind.OWN, "own"),
        (["Message-ID: " + OWN_ID, "Auto-Submitted: auto-replied"], "a@b.vn", Kind.OWN,
         "own"),
        (["In-Reply-To: " + OWN_ID, "Auto-Submitted: auto-replied"], "a@b.vn",
         Kind.AUTO_REPLY, "auto-reply"),
        (["In-Reply-To: " + OWN_ID, "X-Autoreply: y", "Subject: Re: [KHTC 2014-02-1]"],
         "a@b.vn", Kind.AUTO_REPLY, "auto-reply"),
        (["In-Reply-To: " + OWN_ID, "Return-Path: <>", "Subject: Undeliverable: x"],
         "a@b.vn", Kind.BOUNCE, "bounce"),
        (["X-Spam-Flag: YES"], "a@b.vn", Kind.SPAM, "spam"),
        ([], "a@b.vn", Kind.OTHER, "no-content"),
    ],
)  # fmt: skip
def test_what_no_person_wrote(
    headers: list[str], sender: str, kind: Kind, reason: str
) -> None:
    found = sorted_out(read(*headers, sender=sender)).triage
    assert (found.kind, found.reason) == (kind, reason)


def test_the_spam_folder_is_spam_without_a_return() -> None:
    assert sorted_out(read(), spam=True).triage.kind is Kind.SPAM
    found = sorted_out(read(), file(Role.WORKBOOK), spam=True, clues=True).triage
    assert (found.kind, found.suppressed) == (Kind.SUBMISSION, "N15")


@pytest.mark.parametrize(
    "text",
    [
        "Đề nghị Vụ hướng dẫn cách ghi chỉ tiêu việc làm",
        "Xin hỏi phụ lục 5 ghi thế nào",
        "Biểu 3 tính theo quý?",
        "Sở kiến nghị bổ sung kinh phí giảm nghèo",
        "Xin gia hạn nộp báo cáo",
        "De nghi huong dan",
    ],
)
def test_questions_go_to_a_person(text: str) -> None:
    found = sorted_out(read(body=text)).triage
    assert (found.kind, found.reason) == (Kind.QUESTION, "question")
    found = sorted_out(read(f"Subject: {text}")).triage
    assert found.kind is Kind.QUESTION


def test_a_question_with_a_letter_attached_is_a_question() -> None:
    decoded = read("Subject: V/v kiến nghị", body="Kính gửi Vụ")
    assert sorted_out(decoded, file(Role.NARRATIVE, "cv.pdf")).triage.kind is Kind.QUESTION
    assert sorted_out(decoded, file(Role.WORKBOOK)).triage.kind is Kind.SUBMISSION
    report = read("Subject: Báo cáo kế hoạch 2014", body="Đề nghị xem file?")
    assert sorted_out(report, file(Role.NARRATIVE)).triage.kind is Kind.SUBMISSION
    hello = read("Subject: chào", body="Gửi Vụ.")
    assert sorted_out(hello, file(Role.NARRATIVE)).triage.kind is Kind.SUBMISSION


@pytest.mark.parametrize(
    "text",
    [
        "Cảm ơn anh chị.",
        "Đã nhận\n> Đề nghị gửi lại?",
        "Xong\n-----Original Message-----\nXin hỏi?",
        "https://example.com/?a=b",
    ],
)
def test_chit_chat_is_no_question(text: str) -> None:
    found = sorted_out(read(body=text)).triage
    assert (found.kind, found.reason) == (Kind.OTHER, "no-content")


@pytest.mark.fault("F-S8-5")
@pytest.mark.parametrize(
    "url",
    [
        "https://drive.google.com/file/d/1/view",
        "https://1drv.ms/x/s!a",
        "http://www.fshare.vn/file/ABC",
        "https://www.dropbox.com/s/a/b.xls",
        "https://we.tl/t-abc",
        "https://www.mediafire.com/?abc/x",
        "https://sldtbxh.sharepoint.com/:x:/g/a",
        "https://chat.zalo.me/f/abc",
    ],
)
def test_a_link_instead_of_a_file_is_named(url: str) -> None:
    found = sorted_out(read(body=f"Gửi Vụ phụ lục: {url}."))
    assert found.triage.kind is Kind.SUBMISSION
    assert [(one.code, one.found) for one in found.findings] == [("link-only", url)]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Sở gửi kèm theo báo cáo kế hoạch năm 2014.", ""),
        ("Sở xin gửi Vụ số liệu các phụ lục kèm theo thư này. Trân trọng cảm ơn!", ""),
        ("Kính gửi Vụ, xem file đính kèm.", "Báo cáo kế hoạch 2014"),
    ],
)
def test_a_return_whose_files_were_forgotten_is_named(text: str, subject: str) -> None:
    """Whoever forgot them believes that he has sent them."""
    found = sorted_out(read(f"Subject: {subject}", body=text))
    assert (found.triage.kind, found.triage.reason) == (Kind.SUBMISSION, None)
    assert [one.code for one in found.findings] == ["attachment-missing"]
    logo = sorted_out(read(body="Sở gửi kèm theo báo cáo."), file(Role.OTHER, "logo.png"))
    assert [one.code for one in logo.findings] == ["attachment-missing"]
    for role in (Role.NARRATIVE, Role.WORKBOOK):
        assert sorted_out(read(body=text), file(role)).findings == ()
    hidden = replace(read(body=text), hidden_attachment=True)
    assert sorted_out(hidden).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "Cảm ơn Vụ đã gửi kèm theo biểu mẫu báo cáo.",
        "Sở đã nhận báo cáo đính kèm.",
        "Sở sẽ gửi báo cáo trong tuần này.",
        "Mời họp, giấy mời gửi kèm.",
        "Sở đang tổng hợp.\n\n> đề nghị Sở gửi phụ lục, đính kèm tệp Excel",
    ],
)
def test_words_that_enclose_no_return_are_nothing_for_us(text: str) -> None:
    found = sorted_out(read(body=text))
    assert (found.triage.kind, found.findings) == (Kind.OTHER, ())


def test_a_question_about_a_file_is_a_question_still() -> None:
    asked = sorted_out(read(body="Báo cáo gửi kèm theo mẫu nào?"))
    assert (asked.triage.kind, asked.findings) == (Kind.QUESTION, ())


def test_a_scan_instead_of_a_workbook_is_named() -> None:
    scan = file(Role.SCAN, "quet.pdf")
    found = sorted_out(read(), scan, file(Role.NARRATIVE), clues=True)
    assert [(one.code, one.path) for one in found.findings] == [("scan-only", "quet.pdf")]
    assert sorted_out(read(), scan, file(Role.WORKBOOK)).findings == ()
    assert sorted_out(read(), scan, forms=True).findings == ()
    assert sorted_out(read(), file(Role.SCAN, problem="too-big")).findings == ()
    assert sorted_out(read("List-Id: x"), scan).findings == ()


def test_a_return_through_a_list_or_by_a_program_is_still_a_return() -> None:
    workbook = file(Role.WORKBOOK, "Phu luc 1.xls")
    for header in ("List-Id: x", "X-Loop: y", "Return-Path: <>"):
        assert sorted_out(read(header), workbook).triage.kind is Kind.SUBMISSION
    vacation = read("Auto-Submitted: auto-replied")
    assert sorted_out(vacation, file(Role.SCAN), clues=True).triage.kind is Kind.AUTO_REPLY
    advert = read("List-Id: x")
    assert sorted_out(advert, file(Role.NARRATIVE, "ad.pdf")).triage.kind is Kind.LIST


def test_a_hidden_file_is_held_but_not_a_robots() -> None:
    hidden = replace(read(), hidden_attachment=True)
    assert sorted_out(hidden).triage.reason == "hidden-attachment"
    assert sorted_out(hidden, forms=True).triage.reason == "hidden-attachment"
    bounce = replace(read(sender="MAILER-DAEMON@x.vn"), hidden_attachment=True)
    assert sorted_out(bounce).triage.kind is Kind.BOUNCE


@pytest.mark.fault("T-28")
@pytest.mark.parametrize(
    "stamp", ["MẬT", "TỐI MẬT", "[MẬT]", "Độ MẬT".upper(), "Báo cáo (MẬT)"]
)
def test_a_stamp_of_secrecy_stops_everything(stamp: str) -> None:
    decoded = read(body=f"Kính gửi\n{stamp}\nx")
    found = sorted_out(decoded, forms=True).triage
    assert (found.reason, found.suppressed) == ("state-secret", "N20")
    assert sorted_out(read(), stamped=(stamp,)).triage.reason == "state-secret"
    assert sorted_out(read(f"Subject: {stamp}")).triage.reason == "state-secret"


@pytest.mark.fault("T-28")
@pytest.mark.parametrize("text", ["mật", "MẬT ONG", "BẢO MẬT", "Mật độ dân số"])
def test_everyday_words_are_no_stamp(text: str) -> None:
    assert sorted_out(read(body=text)).triage.reason != "state-secret"


def test_a_stamp_in_a_file_name_counts() -> None:
    found = sorted_out(read(), file(Role.WORKBOOK, "PL_MẬT.xls"))
    assert found.triage.reason == "state-secret"


@pytest.mark.parametrize("header", [*ROBOTS, "X-Nothing: x"])
def test_a_list_of_persons_is_never_answered(header: str) -> None:
    """Neither forms beside it nor a robot's marks change that; a stamp weighs more."""
    book = file(Role.WORKBOOK)
    found = sorted_out(read(header), book, forms=True, persons=True).triage
    assert (found.kind, found.reason, found.suppressed) == (
        Kind.SUBMISSION,
        "persons-listed",
        "N20",
    )
    stamped = sorted_out(read(header), book, stamped=("MẬT",), persons=True).triage
    assert stamped.reason == "state-secret"
