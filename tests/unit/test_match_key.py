"""The key by which labels are compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.reading.sheet import address, parse_address
from pipeline.domain.writing.text import compose, match_key, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "HÒA  BÌNH"),
        ("liệt sĩ", "Liệt sỹ"),
        ("Tỷ lệ", "tỉ lệ:"),
        ("Đắk Lắk", "Ðắk Lắk"),
        ("- Tại cộng đồng", "+ tại\u00a0cộng\nđồng"),
        ("hộ nghèo", "hо nghèo"),
    ],
)
def test_spellings_of_one_thing(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


def test_compose_squeezes_and_keeps_the_letters() -> None:
    assert compose(" a\u00a0\u200b b\n c ") == "a b c"
    assert compose(unicodedata.normalize("NFD", "Tổng")) == "Tổng"
    assert tokens("Trong đó: nữ") == ("trong", "do", "nu")


@given(st.text(max_size=40))
def test_the_key_is_stable(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_addresses_round_trip(row: int, column: int) -> None:
    assert parse_address(address(row, column)) == (row, column)


@pytest.mark.parametrize("text", ["", "A", "1", "A1:B2", "AAAA1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        parse_address(text)
