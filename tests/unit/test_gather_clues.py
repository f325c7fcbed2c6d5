"""Clues: each names one province and stands where it was found."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.domain.mail.message import Attachment, Envelope, Role
from pipeline.domain.senders.identity import Clue, Source, Strength
from pipeline.domain.senders.province import Province
from pipeline.domain.senders.sender_address import imitated_province, imitates_any
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.identify import identify
from tests.builders.raw_mails import mail, without_marks
from tests.builders.returns import shipped_gazetteer

G = shipped_gazetteer()
PLAIN = decode(mail(sender="nguoi.gui@yahoo.com")).envelope
STRONG = frozenset(list(Source)[:8])


def clues(
    envelope: Envelope = PLAIN, *lines: str, files: tuple[str, ...] = ()
) -> tuple[Clue, ...]:
    attached = [Attachment(name, name, "xls", "", 1, Role.WORKBOOK) for name in files]
    return gather_clues(envelope, attached, [(line, "a.xls!PL1") for line in lines], G)


def strong(*args: Envelope | str, files: tuple[str, ...] = ()) -> set[tuple[Source, str]]:
    envelope = args[0] if args and isinstance(args[0], Envelope) else PLAIN
    lines = [one for one in args if isinstance(one, str)]
    found = clues(envelope, *lines, files=files)
    return {(one.source, one.province) for one in found if one.source in STRONG}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["UBND TỈNH HÀ GIANG"], "02"),
        (["ỦY BAN NHÂN DÂN THÀNH PHỐ HÀ NỘI"], "01"),
        (["SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "TỈNH ĐẮK LẮK"], "66"),
        (["SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "", "HÀ GIANG"], "02"),
        (["SỞ LAO ĐỘNG-TB VÀ XH BẾN TRE"], "83"),
        (["SO LDTBXH TINH HA GIANG"], "02"),
        (["Đơn vị báo cáo: Hà Giang"], "02"),
        (["Tỉnh/thành phố: Huế"], "46"),
        (["Tỉnh: Thừa Thiên Huế"], "46"),
        (["Buôn Ma Thuột, ngày 10 tháng 7 năm 2013"], "66"),
        (["Quy Nhơn, ngày 10 tháng 7 năm 2013"], "52"),
        (["BIỂU TỔNG HỢP TỈNH HÀ GIANG NĂM 2013"], "02"),
    ],
)
def test_letterheads(lines: list[str], code: str) -> None:
    assert strong(*lines) == {(Source.LETTERHEAD, code)}


@pytest.mark.parametrize(
    "line",
    [
        "Hà Nội, ngày 28 tháng 6 năm 2013",
        "BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
        "Kính gửi: Sở LĐTBXH tỉnh Hà Giang",
        "UBND TỈNH .........",
        "Hà Giang",
        "Tỷ lệ thất nghiệp, ngày công",
        "Năm qua tỉnh Hà Giang " + "và các nơi khác " * 12,
    ],
)
def test_lines_that_are_no_letterhead(line: str) -> None:
    assert strong(line) == set()


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("sldtbxh@hagiang.gov.vn", {(Source.GOV_DOMAIN, "02")}),
        ("khtc@sldtbxh.hagiang.gov.vn", {(Source.GOV_DOMAIN, "02")}),
        ("sldtbxh@tphcm.gov.vn", {(Source.GOV_DOMAIN, "79")}),
        ("khtc_soldtbxh@hanoi.gov.vn", {(Source.GOV_DOMAIN, "01")}),
        ("sldtbxhhagiang@yahoo.com", {(Source.LOCAL_PART, "02")}),
        ("hagiang@yahoo.com", {(Source.LOCAL_PART, "02")}),
        ("hagiang2@yahoo.com", {(Source.LOCAL_PART, "02")}),
        ("khtc.ha.giang@gmail.com", {(Source.LOCAL_PART, "02")}),
        ("bariavungtau_ldtbxh@gmail.com", {(Source.LOCAL_PART, "77")}),
        ("tuyenquangsldtbxh@gmail.com", {(Source.LOCAL_PART, "08")}),
        ("nhatinhthuong@gmail.com", set()),
        ("thaibinh.nguyen@gmail.com", set()),
        ("hoabinh1985@gmail.com", set()),
        ("thue@gmail.com", set()),
        ("ldtbxh_qb@yahoo.com", set()),
        ("a@hagiang.gov.vn.evil.com", set()),
        ("a@xhagiang.gov.vn", set()),
    ],
)
def test_sender_addresses(sender: str, expected: set[tuple[Source, str]]) -> None:
    assert strong(replace(PLAIN, sender=sender)) == expected


def test_weak_clues_of_an_address() -> None:
    found = clues(replace(PLAIN, sender="ldtbxh_qb@yahoo.com"))
    assert found == (Clue(Source.ABBREVIATION, "ldtbxh_qb@yahoo.com", "44", "From"),)
    found = clues(replace(PLAIN, sender="thaibinh.nguyen@gmail.com"))
    assert [(one.source, one.province) for one in found] == [(Source.TEXT, "34")]
    assert clues(replace(PLAIN, sender=None)) == ()


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Báo cáo của Sở LĐTBXH tỉnh Hà Giang", {(Source.SUBJECT, "02")}),
        ("Hà Giang - báo cáo kế hoạch 2014", {(Source.SUBJECT, "02")}),
        ("BC-SLDTBXH Hà Giang", {(Source.SUBJECT, "02")}),
        ("Gửi số 12/BC-SLĐTBXH-BRVT", {(Source.DOCUMENT_SYMBOL, "77")}),
        ("Công văn 123/SLĐTBXH-KHTC", set()),
        ("Công văn 123/BC-HaGiang", {(Source.SUBJECT, "02")}),
        ("Re: [KHTC 2014-02][Hà Nam] Đã nhận", set()),
        ("nâng cao bằng cấp", set()),
        ("BC thuế", set()),
        ("Báo cáo HN", set()),
    ],
)
def test_subjects(subject: str, expected: set[tuple[Source, str]]) -> None:
    found = strong(replace(PLAIN, subject=subject))
    assert {one for one in found if one[0] is not Source.SUBJECT or expected} == found
    assert found >= expected
    assert {code for _, code in found} == {code for _, code in expected}


def test_abbreviations_count_little_and_everyday_ones_not_at_all() -> None:
    found = clues(replace(PLAIN, subject="Báo cáo TH KH 2014 tỉnh QB"))
    assert [(one.source, one.province) for one in found] == [(Source.ABBREVIATION, "44")]
    found = clues(replace(PLAIN, subject="Sở LĐTBXH TH"))
    assert [(one.source, one.province) for one in found] == [(Source.ABBREVIATION, "38")]
    found = clues(replace(PLAIN, subject="gặp TTH mai"))
    assert [(one.source, one.province) for one in found] == [(Source.ABBREVIATION, "46")]
    found = clues(replace(PLAIN, subject="12/BC-SLĐTBXH-NĐ"))
    assert not {one.source for one in found} & STRONG


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Phu luc KH 2014 (Ha Giang).xls", {"02"}),
        ("PL01_HaGiang.xlsx", {"02"}),
        ("SLDTBXHHaGiang_PL1.xls", {"02"}),
        ("Copy of PL tinh Quang Nam.xls", {"49"}),
        ("thue_2013.xls", set()),
        ("PL_2364.xls", set()),
    ],
)
def test_file_names(name: str, codes: set[str]) -> None:
    assert {code for _, code in strong(files=(name,))} == codes


FORWARDS = [
    "---------- Thư đã chuyển tiếp ----------\nTừ: Sở <sldtbxhhagiang@yahoo.com>\nNgày: x",
    "---------- Forwarded message ----------\nFrom: X <a@hagiang.gov.vn>\nDate: x",
    "----- Forwarded Message -----\nFrom: Sở LĐTBXH tỉnh Hà Giang <x@y.com>\nTo: z",
    "Begin forwarded message:\n\n> From: X <a@hagiang.gov.vn>\n> Subject: y",
    "---------- Thư được chuyển tiếp ----------\nNgười gửi: <khtc@sldtbxh.hagiang.gov.vn>",
]


@pytest.mark.parametrize("text", FORWARDS)
def test_the_original_sender_of_a_forward(text: str) -> None:
    found = strong(replace(PLAIN, text="Kính gửi\n\n" + text))
    assert found == {(Source.FORWARDED, "02")}


def test_an_outlook_block_needs_a_forwarding_subject() -> None:
    block = "-----Original Message-----\nFrom: X [mailto:a@hagiang.gov.vn]\nSent: x\nTo: y"
    assert strong(replace(PLAIN, text=block)) == set()
    for subject in ("FW: báo cáo", "Chuyển tiếp: báo cáo"):
        found = strong(replace(PLAIN, text=block, subject=subject))
        assert (Source.FORWARDED, "02") in found
    bare = "Người gửi: A <a@hagiang.gov.vn>\nĐã gửi: x\nĐến: y"
    assert (Source.FORWARDED, "02") in strong(replace(PLAIN, text=bare, subject="Fwd: x"))


def test_an_unknown_original_sender_waits_for_the_registry() -> None:
    text = "---------- Forwarded message ----------\nFrom: A <tuan.khtc@gmail.com>\nDate: x"
    (found,) = clues(replace(PLAIN, text=text))
    assert found == Clue(Source.FORWARDED, "tuan.khtc@gmail.com", "", "forwarded mail")


def test_a_weak_address_and_a_plain_name_say_nothing_of_a_forward() -> None:
    block = (
        "---------- Forwarded message ----------\nFrom: Hà Nam <thaibinh.nguyen@x.com>\n"
    )
    (found, *_) = clues(replace(PLAIN, text=block))
    assert found == Clue(Source.FORWARDED, "thaibinh.nguyen@x.com", "", "forwarded mail")
    nameless = "---------- Forwarded message ----------\nFrom: Nguyễn Văn A\n"
    assert clues(replace(PLAIN, text=nameless)) == ()


STYLES: list[Callable[[str], str]] = [
    str,
    str.upper,
    without_marks,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("òa", "oà").replace("óa", "oá"),
]


@pytest.mark.parametrize("province", G.provinces, ids=lambda one: one.code)
def test_two_classes_of_evidence_suffice_for_every_province(province: Province) -> None:
    """Letterhead, subject, file name and local part, in pairs, clean and damaged."""
    joined = without_marks(province.name).lower().replace(" ", "").replace("-", "")
    for style in STYLES:
        subject = style(f"Sở LĐTBXH {province.full_name} gửi báo cáo KH 2014")
        head = style(f"UBND {province.full_name}")
        by_name = replace(PLAIN, sender=f"sldtbxh{joined}@yahoo.com")
        found = [
            clues(replace(PLAIN, subject=subject), head),
            clues(by_name, head),
            clues(by_name, files=(style(f"Phụ lục ({province.name}).xls"),)),
            clues(replace(PLAIN, sender=f"x@{province.domains[0]}", subject=subject)),
        ]
        for evidence in found:
            who = identify(evidence, "x@y.vn", {}, authentication="none", assigned=None)
            assert (who.strength, who.province) == (Strength.STRONG, province.code)


def test_names_in_the_body_are_weak_and_hanoi_is_everywhere() -> None:
    text = "35 Trần Phú, Hà Nội. Tỉnh Hà Giang, tỉnh Hà Giang và Cao Bằng"
    found = clues(replace(PLAIN, text=text))
    assert [(one.source, one.province) for one in found] == [
        (Source.TEXT, "02"),
        (Source.TEXT, "04"),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "a@hagiang.gov.vn.evil.com",
        "a@hagiang.gov.com",
        "a@hagianggov.vn",
        "a@hagiang-gov.vn",
        "a@sldtbxh-hagiang.gov.vn.co",
        "a@haglang.gov.vn",
        "a@hagiang-gov-vn.com",
        "a@hagaing.gov.vn",
        "a@hagian.gov.vn",
        "a@xn--hgiang-3nf.gov.vn.evil.com",
        "a@xn--hgiang-ita.gov.evil.com",
    ],
)
def test_domains_that_imitate_a_province(address: str) -> None:
    assert imitated_province(address, G) is not None


@pytest.mark.parametrize(
    "address",
    [
        "a@hagiang.gov.vn",
        "a@molisa.gov.vn",
        "a@sldtbxh-hagiang.gov.vn",
        "hagiang@gmail.com",
        "a@yahoo.com.vn",
        "a@xn--80ak6aa92e.com",
        "a@xn--\u00e9.com",
        "a@gov.vn",
    ],
)
def test_domains_that_do_not(address: str) -> None:
    assert imitated_province(address, G) is None


@pytest.mark.parametrize(
    ("address", "imitates"),
    [
        ("sldtbxhhaglang@yahoo.com", True),
        ("sldtbxhhagiang@yah00.com", True),
        ("sldtbxhhagiang@yaho.com", True),
        ("sldtbxhhagiang@yahoo.com.evil.vn", True),
        ("sldtbxhhagiang@yaohо.com".replace("о", "o"), True),
        ("sldtbxhhagiang@yahoo.com.vn", False),
        ("sldtbxhhagiang@gmail.com", False),
        ("sldtbxhhagiang2@yahoo.com", False),
        ("someone@example.vn", False),
        ("sldtbxhhagiang@yahoo.com", False),
    ],
)
def test_addresses_that_imitate_a_registered_one(address: str, imitates: bool) -> None:
    assert (imitates_any(address, ["sldtbxhhagiang@yahoo.com"]) is not None) is imitates
