"""Headers by meaning: year, period and version must agree."""

import pytest

from pipeline.domain.reading.header import header_score, read_header
from pipeline.domain.reading.table_rows import columns_of
from tests.builders.workbooks import ROUND

PLAN = columns_of(ROUND.form("PL01"), ROUND.plan_year)
MONEY = columns_of(ROUND.form("PL09"), ROUND.plan_year)


def best(text: str, columns) -> str | None:
    score, key = max((header_score(read_header(text), c), c.column.key) for c in columns)
    return key if score >= 0.65 else None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Thực hiện năm 2012", "th_n2"),
        ("Năm 2012 | Thực hiện", "th_n2"),
        ("TH 2012 (người)", "th_n2"),
        ("KH2013", "kh_n1"),
        ("Năm 2013 | KH", "kh_n1"),
        ("TH6T2013", "th6t_n1"),
        ("Ước TH 6 tháng", "th6t_n1"),
        ("Năm 2013 | TH 6 tháng", "th6t_n1"),
        ("Ước thực hiện cả năm 2013", "uoc_n1"),
        ("ƯTH 2013", "uoc_n1"),
        ("Dự kiến KH 2014", "kh_n"),
        ("So sánh (%) | Ước TH 2013/KH 2013", "ss_uoc_kh"),
        ("ƯTH/KH 2013 (%)", "ss_uoc_kh"),
        ("KH 2014/ Ước TH 2013 (%)", "ss_kh_uoc"),
        ("Nội dung chỉ tiêu", "chi_tieu"),
        ("ĐVT", "dvt"),
        ("STT", "stt"),
        ("Ghi chú", "ghi_chu"),
        ("TH 6 tháng đầu năm 2012", None),
        ("Thực hiện cùng kỳ 2012", None),
        ("Cùng kỳ năm 2012", None),
        ("Thực hiện năm 2011", None),
        ("Ước thực hiện 6 tháng cuối năm 2013", None),
        ("Thực hiện 9 tháng 2013", None),
        ("Thực hiện quý I năm 2013", None),
        ("Tỷ lệ tăng", None),
        ("KH 2014/TH 2012 (%)", None),
        ("TH 2012 | Số lượng", "th_n2"),
        ("TH 2012 | Tỷ lệ (%)", None),
        ("TH 2012 | %", None),
        ("Tỷ lệ thực hiện năm 2012", None),
        ("% thực hiện năm 2012", None),
        ("TH 2012 | Nam", None),
        ("KH tăng thêm năm 2014", None),
        ("KH 2013 còn lại", None),
        ("KH bổ sung 2013", None),
        ("KH 2013 điều chỉnh, bổ sung", "kh_n1"),
        ("KH 2013 toàn quốc", None),
        ("Bình quân thực hiện năm 2012", None),
        ("Lũy kế thực hiện đến năm 2012", None),
        ("Lũy kế thực hiện 6 tháng đầu năm 2013", "th6t_n1"),
        ("TH 2012 | Nữ", None),
        ("TH 2012 | Năm", "th_n2"),
        ("TH 2012 | TP", None),
        ("TH 2012 | Nông thôn", None),
        ("KH 2013 thành phố giao", "kh_n1"),
        ("TH năm 2012 toàn thành phố", "th_n2"),
    ],
)
def test_plan_headers(text: str, key: str | None) -> None:
    assert best(text, PLAN) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("DT 2013", "dt_n1"),
        ("GN 6T/2013", "gn6t_n1"),
        ("Ước giải ngân cả năm 2013", "uoc_n1"),
        ("Nhu cầu năm 2014 | Tổng số", "nc_n"),
        ("Nhu cầu vốn năm 2014", "nc_n"),
        ("Nhu cầu năm 2014 | Trong đó | NSTW", "nc_tw"),
        ("NSĐP", "nc_dp"),
        ("Dự toán 2013 | NSTW", None),
        ("Ngân sách huyện", None),
    ],
)
def test_money_headers(text: str, key: str | None) -> None:
    assert best(text, MONEY) == key


def test_another_round_fits_under_another_year() -> None:
    words = next(c for c in PLAN if c.column.key == "kh_n")
    assert header_score(read_header("KH 2013"), words, shift=-1) == 1
    assert header_score(read_header("KH 2013"), words) == 0
