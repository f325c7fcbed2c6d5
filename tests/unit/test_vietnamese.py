"""Vietnamese notation, and foreign text made fit to quote."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.writing.vietnamese import (
    lower_first,
    moment,
    read_canonical,
    safe_path,
    safe_text,
    write_date,
    write_number,
    write_quantity,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("1234567.80", "1.234.567,8"),
        ("-1234.5", "-1.234,5"),
        ("999", "999"),
        ("12.110", "12,11"),
        ("1E+3", "1.000"),
    ],
)
def test_numbers_as_print_writes_them(value: str, written: str) -> None:
    assert write_number(Decimal(value)) == written


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("%", "1.234,5%"),
        ("Người", "1.234,5 người"),
        ("1000 người", "1.234,5 (1000 người)"),
        (None, "1.234,5"),
    ],
)
def test_a_unit_stands_where_a_reader_expects_it(unit: str | None, written: str) -> None:
    assert write_quantity(Decimal("1234.5"), unit) == written


@pytest.mark.parametrize(
    "text", [None, "", "1.234.567", "1,5", "12 người", "١٢", "1e5", "-"]
)
def test_what_is_not_canonical_is_no_number(text: str | None) -> None:
    assert read_canonical(text) is None


def test_a_canonical_number_is_read_exactly() -> None:
    assert read_canonical("-1234.50") == Decimal("-1234.50")


def test_a_moment_is_told_in_hanoi_time() -> None:
    told = moment(datetime(2013, 7, 9, 18, 5, tzinfo=UTC))
    assert (told["date"], told["hour"], told["minute"]) == ("10/7/2013", 1, 5)


def test_dates_and_titles() -> None:
    assert write_date(date(2013, 6, 28)) == "28/6/2013"
    assert lower_first("Xây dựng") == "xây dựng"
    assert lower_first("") == ""


@pytest.mark.fault("T-21")
@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("một\r\nhai\u2028ba\x85bốn\tnăm\x00", "một hai ba bốn năm"),
        ("\u202egnp.exe\u2066 a\u200bb", "gnp.exe ab"),
        ("a\u0301", "á"),
        ("\ud800x\ue000", "x"),
        (
            "xem http://spam.example và www.spam.example",
            "xem http //spam.example và www spam.exa…",
        ),
    ],
)
def test_foreign_text_is_one_visible_line_without_links(raw: str, kept: str) -> None:
    assert safe_text(raw) == kept


def test_a_long_path_keeps_its_end() -> None:
    path = "thư mục/" * 20 + "Phu luc 1.xls"
    assert safe_path(path).endswith("/Phu luc 1.xls")
    assert safe_path(path).startswith("…")
    assert len(safe_path(path)) <= 60
    assert safe_path("a.xls") == "a.xls"


@given(st.text(max_size=300))
def test_quoted_text_never_grows_nor_holds_a_break(raw: str) -> None:
    quoted = safe_text(raw)
    assert len(quoted) <= 40
    assert quoted.splitlines() in ([], [quoted])
    assert "://" not in quoted
