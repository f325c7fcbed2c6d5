"""Provinces in text: whole words, the longest name, and no everyday word."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.senders.place_names import PlaceNames, capitals
from pipeline.domain.senders.province import Province
from tests.builders.raw_mails import without_marks
from tests.builders.returns import shipped_gazetteer

PROVINCES = shipped_gazetteer().provinces
NAMES = PlaceNames(PROVINCES)
STYLES: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.lower,
    without_marks,
    lambda text: without_marks(text).upper(),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace("Đ", "Ð"),
    lambda text: text.replace("òa", "oà").replace("óa", "oá"),
]


@pytest.mark.parametrize("province", PROVINCES, ids=lambda one: one.code)
def test_every_province_is_found_in_every_spelling(province: Province) -> None:
    for before in ("tỉnh ", "Sở LĐTBXH ", "UBND TỈNH ", "Sở Lao động - TB&XH "):
        for style in STYLES:
            found = NAMES.mentions(style(before + province.name))
            assert [(one.province, one.marked) for one in found] == [(province.code, True)]


@pytest.mark.parametrize("province", PROVINCES, ids=lambda one: one.code)
def test_every_alias_leads_to_its_province(province: Province) -> None:
    for alias in province.aliases:
        codes = {one.province for one in NAMES.mentions(f"Sở LĐTBXH {alias}")}
        assert codes <= {province.code}, alias
        assert codes or alias == "Qui Nhơn", alias


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("thuế", []),
        ("nhatinhthuong", []),
        ("Châu Á - Thái Bình Dương", []),
        ("Hà Nam Ninh", []),
        ("Quảng Nam - Đà Nẵng", []),
        ("Thái Bình Định", []),
        ("VĨNH LONG AN GIANG", []),
        ("huyện Long An", []),
        ("phố Hà Nam", []),
        ("đường Thái Bình", []),
        ("Hài Dương", []),
        ("Bà Rịa - Vũng Tàu", ["77"]),
        ("Đong Nai", ["75"]),
        ("tỉnh Hà Tây", ["01"]),
        ("thành phố Hà Giang", ["02"]),
        ("Quảng Nam và Quảng Ngãi", ["49", "51"]),
    ],
)
def test_traps(text: str, codes: list[str]) -> None:
    assert [one.province for one in NAMES.mentions(text)] == codes


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("nâng cao bằng cấp", False),
        ("tình Hà Nam", False),
        ("số Hà Nam", False),
        ("so Ha Nam", False),
        ("Bộ Lao động - Thương binh và Xã hội Hà Nội", False),
        ("Sở Tài chính Hà Nam", False),
        ("T. Hà Nam", True),
        ("Sở Hà Nam", True),
        ("TP Hải Phòng", True),
        ("LĐTBXH Hà Nam", True),
        ("xã hội Hà Nam", False),
    ],
)
def test_what_marks_a_name(text: str, marked: bool) -> None:
    (found,) = NAMES.mentions(text)
    assert found.marked is marked


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Phu luc KH 2014 (Ha Giang)", True),
        ("PL01_HaGiang", True),
        ("Ha Giang - PL 01", True),
        ("số liệu Hà Giang gửi lại", True),
        ("nâng cao bằng cấp", False),
        ("chào Hà Giang yêu dấu", False),
    ],
)
def test_what_stands_alone(text: str, alone: bool) -> None:
    (found,) = NAMES.mentions(text)
    assert found.alone is alone


def test_capitals_lead_to_their_province_but_hanoi() -> None:
    found = capitals(PROVINCES)
    assert found["buon ma thuot"] == "66"
    assert found["qui nhon"] == "52"
    assert "ha noi" not in found


def test_abbreviations_are_whole_words_in_capitals() -> None:
    assert list(NAMES.weak("HN, hn, HNX, QB")) == [("HN", "01"), ("QB", "44")]


@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    for one in NAMES.mentions(text):
        assert one.value


def test_an_alias_without_letters_is_no_name() -> None:
    odd = replace(PROVINCES[1], aliases=("-", "Hà Giang"))
    assert [one.province for one in PlaceNames([odd]).mentions("- tỉnh Hà Giang")] == ["02"]


def test_a_long_text_is_bounded() -> None:
    assert NAMES.mentions("tỉnh Hà Giang " * 20_000)
