"""Whose table: a province's letterhead and name win over the name of a city."""

import csv

import pytest

from pipeline.domain.reading.below_district import names_commune
from pipeline.domain.reading.district import district_of
from pipeline.domain.reading.form_match import Table
from pipeline.domain.reading.sheet import Sheet
from pipeline.domain.writing.text import match_key, unmarked
from tests.builders.reading import assert_read, read_return, told
from tests.builders.returns import CONFIG
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Style, draw

FORM = ROUND.form("PL05")
TITLE = FORM.title.upper()
SO = ("UBND TỈNH HÀ GIANG", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI")
GREAT = ("Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ")
with (CONFIG / "provinces.csv").open(encoding="utf-8") as _file:
    _ROWS = list(csv.DictReader(_file))
PROVINCES = [row["name_vi"] for row in _ROWS]
CAPITALS = [row["capital"] for row in _ROWS]


def asked(*lines: str) -> str | None:
    """The sign found above a table, its lines from the top."""
    sheet = Sheet("Biểu 5", {})
    table = Table(sheet, "\n".join(lines), 5, 5, 6, 9, {}, {})
    return district_of(table, match_key(FORM.title), ())


def spellings(text: str) -> set[str]:
    return {text, text.upper(), unmarked(text), unmarked(text).upper()}


def test_there_are_63_provinces_and_five_cities_among_them() -> None:
    assert len(PROVINCES) == 63
    assert set(GREAT) < set(PROVINCES)


@pytest.mark.parametrize("name", PROVINCES)
def test_a_province_in_a_title_is_the_province(name: str) -> None:
    endings = (
        f"của thành phố {name} năm 2014", f"của tỉnh {name} năm 2014", f"tỉnh {name}",
        f"TP. {name}", f"TP.{name} năm 2014", f"- {name}", f"({name})",
        f"- tỉnh {name} năm 2014", f"(tỉnh, thành phố {name}) năm 2014",
    )  # fmt: skip
    taken = [
        line
        for ending in endings
        for line in spellings(f"{FORM.title} {ending}")
        if asked(line) or asked(*SO, line)
    ]
    assert taken == []


@pytest.mark.parametrize("name", sorted({*CAPITALS, *PROVINCES}))
def test_a_capital_under_the_departments_letterhead_is_no_district(name: str) -> None:
    lines = (
        f"Địa chỉ: số 12, đường Trần Hưng Đạo, thành phố {name}",
        f"Phòng KHTC, đường Hoàng Liên, thành phố {name}",
        f"Phòng Kế hoạch - Tài chính, đường 30/4, thị xã {name}",
        f"Thành phố {name}, ngày 10 tháng 7 năm 2013",
        f"Thị xã {name}, ngày ... tháng ... năm 2013",
        f"TP. {name}",
        f"{FORM.title} của thành phố {name} năm 2014",
        f"{FORM.title} TP. {name}",
        f"{FORM.title} - TP.{name} năm 2014",
    )
    taken = [text for line in lines for text in spellings(line) if asked(*SO, text, TITLE)]
    assert taken == []


@pytest.mark.parametrize("name", [*GREAT, "HCM", "HN", "HP", "ĐN", "CT"])
@pytest.mark.parametrize(
    "above",
    [
        "UBND TP.{} - SỞ LĐTBXH", "UBND TP.{} SỞ LĐTBXH", "UBND TP {}",
        "ỦY BAN NHÂN DÂN TP {} SỞ LAO ĐỘNG - TB VÀ XH", "ỦY BAN NHÂN DÂN THÀNH PHỐ {}",
        "Thành phố {}, ngày ... tháng ... năm 2013", "TP {}", "SỞ LĐ-TB&XH TP {}",
        "Phòng Kế hoạch - Tài chính Sở LĐTBXH thành phố {}",
        "SỞ LAO ĐỘNG TBXH TP.{}, 159 PASTEUR, QUẬN 3",
    ],
)  # fmt: skip
def test_a_city_of_a_provinces_rank_is_no_district(name: str, above: str) -> None:
    line = above.format(name)
    assert [asked(text, TITLE) for text in spellings(line)] == [None] * len(spellings(line))


@pytest.mark.parametrize(
    "line",
    [
        "CỦA THÀNH PHỐ NĂM 2014", "CỦA TP.HCM NĂM 2014", "CỦA TỈNH, THÀNH PHỐ NĂM 2014",
        "(tỉnh, thành phố) năm 2014", "CÁC TỈNH, THÀNH PHỐ TOÀN QUỐC", "TP HN NĂM 2014",
        "CỦA CÁC QUẬN, HUYỆN NĂM 2014", "THEO QUẬN HUYỆN",
    ],
)  # fmt: skip
def test_words_after_thanh_pho_are_no_name(line: str) -> None:
    assert asked(f"{TITLE} {line}") is None
    assert asked(*SO, f"{TITLE} {line}") is None


@pytest.mark.parametrize(
    "above",
    [
        ("Đơn vị tính: thành phố Đà Lạt",),
        ("Nơi nhận: UBND huyện, thị xã; lưu Phòng KHTC",),
        ("PHÒNG KẾ HOẠCH - TÀI CHÍNH", "THÀNH PHỐ LÀO CAI"),
        ("SỞ LAO ĐỘNG TBXH", "PHÒNG LĐTBXH"),
        ("UBND TỈNH PHÚ YÊN - SỞ LĐ-TB&XH", "PHÒNG LAO ĐỘNG - THƯƠNG BINH"),
        ("159 PASTEUR, PHƯỜNG 6, QUẬN 3, TP.HCM",),
        ("Phòng KHTC, 12 Trần Phú, thị xã Gia Nghĩa",),
        ("SỞ LĐTBXH ĐẮK NÔNG, 12 TRẦN PHÚ, THỊ XÃ GIA NGHĨA",),
    ],
)
def test_usual_letterheads_of_a_department(above: tuple[str, ...]) -> None:
    assert asked(*above, TITLE) is None


@pytest.mark.parametrize(
    "lines",
    [
        ("UBND HUYỆN VỊ XUYÊN", TITLE),
        ("UBND TỈNH HÀ GIANG", "UBND HUYỆN VỊ XUYÊN", TITLE),
        ("SỞ LĐTBXH TỈNH HÀ GIANG PHÒNG LĐTBXH HUYỆN VỊ XUYÊN", TITLE),
        ("Phòng LĐTBXH thị xã Gia Nghĩa", TITLE),
        ("UBND THÀNH PHỐ PLEIKU", TITLE),
        ("UBND THÀNH PHỐ LÀO CAI", TITLE),
        ("UBND TP. Thủ Dầu Một", "Phòng LĐTBXH", TITLE),
        ("UBND HUYỆN VỊ XUYÊN", "Kính gửi: Sở Lao động - TBXH Hà Giang", TITLE),
        ("PHÒNG LĐTBXH", "Kính gửi: Sở Lao động - TBXH Hà Giang", TITLE),
        (f"{TITLE} CỦA THÀNH PHỐ PLEIKU NĂM 2014",),
        (f"{TITLE} CỦA TP. THỦ DẦU MỘT",),
        (f"{FORM.title}, thành phố Vũng Tàu", "tỉnh Bà Rịa - Vũng Tàu"),
        ("UBND thành phố Yên Bái", TITLE),
        ("PHÒNG LAO ĐỘNG, THƯƠNG BINH VÀ XÃ HỘI HUYỆN VỊ XUYÊN", TITLE),
        ("UBND TỈNH HÀ GIANG", "PHÒNG NỘI VỤ - LAO ĐỘNG HUYỆN VỊ XUYÊN", TITLE),
        ("SỞ LĐTBXH TỈNH HÀ GIANG - HUYỆN VỊ XUYÊN", TITLE),
        ("UBND XÃ TÂN QUANG, HUYỆN VỊ XUYÊN", TITLE),
        (*SO, "HUYỆN VỊ XUYÊN", TITLE),
        (*SO, f"{TITLE} - VỊ XUYÊN"),
        (*SO, f"{TITLE} HUYỆN VỊ XUYÊN"),
        (*SO, f"{TITLE} TẠI HUYỆN VỊ XUYÊN"),
        ("Cơ quan: Sở LĐTBXH Gia Lai", "UBND TP. PLEIKU", TITLE),
        (*SO, "UBND THÀNH PHỐ HÀ GIANG", TITLE),
        (*SO, "Phòng LĐTBXH thành phố Hà Giang", TITLE),
        (*SO, "Đơn vị báo cáo: Thành phố Hà Giang", TITLE),
        (*SO, "Đơn vị: TP Hà Giang", TITLE),
        (*SO, "Huyện: Vị Xuyên", TITLE),
        ("UBND TP HUẾ", TITLE),
        ("UBND THÀNH PHỐ VINH", TITLE),
        ("UBND TP. Điện Biên Phủ", TITLE),
        ("UBND XÃ TÙNG BÁ", TITLE),
        ("UBND PHUONG NGOC HA", TITLE),
        ("UỶ BAN NHÂN DÂN THỊ TRẤN VỊ XUYÊN", TITLE),
        ("BAN LĐTBXH XÃ TÙNG BÁ", TITLE),
        (*SO, "Xã: Tùng Bá", TITLE),
        (*SO, f"{TITLE} XÃ TÙNG BÁ"),
        (*SO, f"{TITLE} - PHƯỜNG 1"),
        (TITLE, "Thành phố Huế"),
        (*SO, TITLE, "TP Hà Giang"),
    ],
)
def test_a_district_by_its_name_is_still_asked_about(lines: tuple[str, ...]) -> None:
    assert asked(*lines) is not None


@pytest.mark.parametrize(
    "name", ["TP Huế", "Thành phố Hà Giang", "Xã Tùng Bá", "Phường 1", "H. Vị Xuyên", "Q1"]
)
def test_a_sheet_or_columns_called_by_a_place_below(name: str) -> None:
    table = Table(Sheet(name, {}), TITLE, 5, 5, 6, 9, {}, {})
    assert district_of(table, match_key(FORM.title), ()) == name


@pytest.mark.parametrize(
    "name",
    [
        "Xã hội", "Bảo trợ xã hội", "Xã nghèo", "Xã đặc biệt khó khăn", "TP Đà Nẵng",
        "TP HCM", "Thành phố", "Huyện nghèo", "PL5", "TH", "Hà Giang",
    ],
)  # fmt: skip
def test_a_sheet_called_otherwise(name: str) -> None:
    table = Table(Sheet(name, {}), TITLE, 5, 5, 6, 9, {}, {})
    assert district_of(table, match_key(FORM.title), ()) is None


@pytest.mark.parametrize(
    "line",
    [
        "BAN DÂN TỘC", "SỐ XÃ NGHÈO", "CÁC XÃ, PHƯỜNG", "TRỢ GIÚP XÃ HỘI",
        "PHÒNG BẢO TRỢ XÃ HỘI", "Thực hiện tại 15 xã khó khăn",
        "TRUNG TÂM BẢO TRỢ XÃ HỘI TỈNH HÀ GIANG", "XÃ HỘI",
        "Đơn vị: tỉnh Hà Giang", "Đơn vị báo cáo: Hà Giang", "Đơn vị: người", "Đơn vị: Hộ",
        "Đơn vị: Thành phố Đà Nẵng",
    ],
)  # fmt: skip
def test_lines_that_name_no_place_below(line: str) -> None:
    assert asked(*SO, line, TITLE) is None


def test_no_title_of_the_round_names_a_commune() -> None:
    assert [form.title for form in ROUND.forms if names_commune(form.title)] == []


@pytest.mark.parametrize("form", [form.id for form in ROUND.forms])
def test_a_return_of_a_great_city_is_read_whole(form: str) -> None:
    drawing = draw(ROUND.form(form), Style(above=("UBND TP.HCM\nSỞ LĐTBXH",)))
    place = next(
        at for at, text in drawing.cells.items() if text == ROUND.form(form).title.upper()
    )
    drawing.cells[place] = f"{drawing.cells[place]} CỦA THÀNH PHỐ NĂM 2014"
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms[form], drawing)
