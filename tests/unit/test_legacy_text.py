"""Text out of TCVN3, VNI and windows-1258; Unicode is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.writing.legacy_text import (
    Run,
    decode,
    decode_runs,
    font_charset,
    plausibility,
)
from tests.builders.workbooks import ROUND, to_tcvn3, to_vni

LABELS = sorted({i.label for form in ROUND.forms for i in form.indicators})
BEYOND = [label for label in LABELS if any(letter > "\u0101" for letter in label)]
LONG = [label for label in LABELS if len(label) > 24]


@pytest.mark.parametrize("label", LABELS)
def test_labels_under_a_legacy_font_are_decoded(label: str) -> None:
    """Capitals with marks have no byte in TCVN3, so case is not compared."""
    assert decode(to_tcvn3(label), ".VnTime")[0].lower() == label.lower()
    assert decode(to_vni(label), "VNI-Times")[0] == label


@pytest.mark.parametrize("label", BEYOND)
@pytest.mark.parametrize("font", [None, "Times New Roman", ".VnTime", "VNI-Times"])
def test_unicode_is_left_alone_whatever_the_font(label: str, font: str | None) -> None:
    assert decode(label, font) == (label, "unicode")


@pytest.mark.parametrize("label", LONG)
def test_long_labels_need_no_font(label: str) -> None:
    assert decode(to_tcvn3(label), "Arial")[0].lower() == label.lower()
    assert decode(to_vni(label), "Arial")[0] == label


def test_the_soft_hyphen_of_tcvn3_is_a_letter() -> None:
    assert decode("n\u00adíc", ".VnTime") == ("nước", "tcvn3")


def test_a_short_string_follows_its_sheet() -> None:
    assert decode("Hé", "Arial", majority="tcvn3") == ("Hộ", "tcvn3")
    assert decode("Hé", "Arial") == ("Hé", "unicode")


def test_a_mixed_string_keeps_its_unicode_letters() -> None:
    assert decode("Ủy ban nh©n d©n quận 9", "Arial") == ("Ủy ban nhân dân quận 9", "mixed")


def test_windows_1258_and_decomposed_text_are_composed() -> None:
    half = "Tổng số hộ nghèo"
    cp1258 = half.encode("cp1258", "ignore").decode("cp1258")
    assert decode(unicodedata.normalize("NFD", half)) == (half, "unicode")
    assert decode("Tô\u0309ng sô\u0301") == ("Tổng số", "cp1258")
    assert cp1258
    assert decode("ÐÀ NẴNG")[0] == "ĐÀ NẴNG"


def test_runs_of_one_charset_are_joined_before_decoding() -> None:
    text, name = decode_runs([("Lao ñoä", "VNI-Times"), ("ng", "VNI-Times")])
    assert (text, name) == ("Lao động", "vni")
    text, name = decode_runs([("Tæng sè ", ".VnTime"), ("hộ nghèo", "Arial")])
    assert (text, name) == ("Tổng số hộ nghèo", "mixed")
    assert decode_runs([("abc", None)]) == ("abc", "unicode")


@pytest.mark.parametrize("title", [form.title.upper() for form in ROUND.forms])
def test_a_font_of_capitals_is_read_as_it_looks(title: str) -> None:
    """Its capitals are typed small, as TCVN3 has no toned ones."""
    assert decode(to_tcvn3(title.lower()), ".VnTimeH") == (title, "tcvn3")


@pytest.mark.parametrize(
    ("text", "font", "shown"),
    [
        ("ha nam", ".VnArial NarrowH", "HA NAM"),
        ("ha nam", ".vntimeh", "HA NAM"),
        ("ha nam", ".VnTime", "ha nam"),
        ("ha nam", "VNI-TimesH", "ha nam"),
        ("Tổng số hộ nghèo", ".VnTimeH", "Tổng số hộ nghèo"),
    ],
)
def test_only_letters_of_that_font_become_capitals(
    text: str, font: str, shown: str
) -> None:
    assert decode(text, font)[0] == shown


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([("ubnd ", ".VnTimeH"), ("tØnh ", ".VnTimeH"), ("Hµ Giang", ".VnTime")],
         "UBND TỈNH Hà Giang"),
        ([("È", ".VnTimeH"), ("n n¸u", ".VnTime")], "Ẩn náu"),
        ([("Dù ¸n ", ".VnTime"), ("Ê", ".VnTimeH"), ("n §é", ".VnTime")], "Dự án Ấn Độ"),
        ([("ubnd", ".VnTimeH"), (" tỉnh", ".VnTimeH")], "ubnd tỉnh"),
    ],
)  # fmt: skip
def test_a_capital_may_be_a_run_of_its_own(runs: list[Run], text: str) -> None:
    """Its charset is that of the word around it: alone it would be a Unicode letter."""
    assert decode_runs(runs)[0] == text


def test_a_decomposed_letter_keeps_runs_of_capitals_small() -> None:
    assert decode_runs([("tæng ", ".VnTimeH"), ("e\u0302", ".VnTime")])[0].islower()


def test_plausibility_of_nothing_is_neutral() -> None:
    assert plausibility("abc 123") == 0
    assert plausibility("tổng số") == 1
    assert plausibility("tæng sè ®­îc") < 0
    assert plausibility("· 12") == 0
    assert plausibility("«hộ»") == 1


def test_fonts_name_their_charset() -> None:
    assert font_charset(".VnArialH") == "tcvn3"
    assert font_charset("VNI-Helve") == "vni"
    assert font_charset("Arial") is None
    assert font_charset(None) is None


@given(st.text(max_size=40), st.sampled_from([None, ".VnTime", "VNI-Times", "Arial"]))
def test_no_text_breaks_the_decoder(text: str, font: str | None) -> None:
    decode(text, font)
