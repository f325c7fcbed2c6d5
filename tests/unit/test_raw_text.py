"""Bytes without a charset become the Vietnamese that was meant."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.writing.raw_text import (
    decode_bytes,
    guess,
    many_lines,
    one_line,
    plausibility,
)
from tests.builders.raw_mails import in_cp1258, in_tcvn3
from tests.builders.returns import shipped_gazetteer

NAMES = [province.name for province in shipped_gazetteer().provinces]
TITLES = [
    "Phụ lục kế hoạch năm 2014.xls",
    "Báo cáo tỉnh Hà Giang",
    "Biểu số 1 - số liệu bổ sung",
    "Phụ lục",
]


@pytest.mark.parametrize("text", [*NAMES, *TITLES])
def test_undeclared_windows_1258_and_utf8_are_told_apart(text: str) -> None:
    assert guess(in_cp1258(text)) == text
    assert guess(text.encode()) == text
    assert guess(unicodedata.normalize("NFD", text).encode()) == text


@pytest.mark.parametrize("text", [*(n for n in NAMES if "Đ" not in n), *TITLES])
def test_undeclared_tcvn3_is_recognised(text: str) -> None:
    assert guess(in_tcvn3(text)) == text


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Hà Giang".encode(), "utf-8", "Hà Giang"),
        ("Hà Giang".encode(), "us-ascii", "Hà Giang"),
        ("Hà Giang".encode(), "iso-8859-1", "Hà Giang"),
        ("Hà Giang".encode(), "no-such-charset", "Hà Giang"),
        ("Hà Giang".encode(), "rot13", "Hà Giang"),
        ("Hà Giang".encode(), "idna", "Hà Giang"),
        ("Hà Giang".encode(), "a\0b", "Hà Giang"),
        (in_tcvn3("Hà Giang"), "x-viet-tcvn", "Hà Giang"),
        ("Haø Giang".encode("latin-1"), "x-viet-vni", "Hà Giang"),
        (in_cp1258("Lạng Sơn"), "windows-1258", "Lạng Sơn"),
        (in_cp1258("Lạng Sơn"), "utf-8", "Lạng Sơn"),
        (b"\x1b$B%F\x1b(B", "iso-2022-jp", "テ"),
        (b"plain", None, "plain"),
    ],
)
def test_a_declared_charset_is_believed_only_as_far_as_it_fits(
    data: bytes, charset: str | None, text: str
) -> None:
    assert decode_bytes(data, charset) == text


def test_a_value_cut_inside_a_letter_loses_only_that_letter() -> None:
    assert guess("Hà Giang à".encode()[:-1]) == "Hà Giang "


def test_old_dos_names_are_read_only_where_they_may_occur() -> None:
    assert guess("Résumé".encode("cp437"), dos=True) == "Résumé"


def test_noise_is_less_plausible_than_a_syllable() -> None:
    assert plausibility("Phụ lục") > plausibility("Phô lôc") > plausibility("¸µ©")


@pytest.mark.fault("F-S8-4")
@given(st.binary(max_size=300), st.text(max_size=20))
def test_decoding_never_raises_and_gives_storable_text(data: bytes, charset: str) -> None:
    decode_bytes(data, charset).encode("utf-8")


@pytest.mark.fault("T-17")
@given(st.text(max_size=300))
def test_lines_hold_no_control_or_direction_signs(text: str) -> None:
    line, lines = one_line(text), many_lines(text, 100)
    assert not set(line) & {"\r", "\n", "\0", "\u202e", "\u200b"}
    assert not set(lines) & {"\r", "\0", "\u202e"}
    assert len(lines) <= 100
