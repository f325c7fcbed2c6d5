"""Notes in brackets behind a label: what leaves the figure alone, and what may not."""

import pytest

from pipeline.domain.plan.plan_round import Form
from pipeline.domain.reading.row_label import (
    FoundRow,
    asked_rows,
    read_label,
    similarity,
    vocabulary_of,
)
from tests.builders.workbooks import ROUND

SURE = 0.78
LIMITING = (
    "do tỉnh bạn thực hiện", "chỉ tính khu vực nông thôn", "không tính xuất khẩu lao động",
    "ngoài tỉnh", "của doanh nghiệp", "ngành y tế", "ngoài ngân sách", "vốn ODA",
    "trừ đối tượng bảo trợ xã hội", "nguồn vốn trung ương", "mới phát sinh", "đã chết",
    "tính riêng huyện nghèo", "do trung ương quản lý", "do Sở Nông nghiệp thực hiện",
    "lũy kế", "chưa được duyệt",
)  # fmt: skip
HARMLESS = (
    "người", "%", "*", "1", "lượt người", "tính đến 31/12", "có đến cuối năm",
    "theo chuẩn nghèo mới", "theo Niên giám thống kê", "nguồn: Cục Thống kê",
    "số liệu của Cục Thống kê tỉnh", "theo QĐ 1956/QĐ-TTg", "nếu có", "số ước", "số sơ bộ",
    "xem phụ lục 2", "kế hoạch giao", "toàn tỉnh", "lao động", "cơ sở", "I+II", "mục 1+2",
    "người lao động", "lũy kế từ đầu năm", "hộ gia đình", "kết quả rà soát", "cả năm",
    "số dự kiến",
)  # fmt: skip


def doubted(form: Form, note: str) -> float:
    """The share of a form's rows that are in doubt under their own labels with a note."""
    rows = asked_rows(form)
    words = vocabulary_of(rows)
    scores = []
    for n, row in enumerate(rows):
        text = f"{row.indicator.label} ({note})"
        label = read_label(text, row.indicator.code)
        found = FoundRow(n, text, label, None, row.indicator.unit, row.parent, True)
        scores.append(similarity(row, found, words))
    return sum(score < SURE for score in scores) / len(scores)


@pytest.mark.parametrize("note", LIMITING)
def test_a_note_that_says_of_whom_puts_a_row_in_doubt(note: str) -> None:
    shares = [doubted(form, note) for form in ROUND.forms]
    assert sum(shares) / len(shares) > 0.9


@pytest.mark.parametrize("note", HARMLESS)
def test_a_note_of_source_date_or_unit_puts_none_in_doubt(note: str) -> None:
    assert [form.id for form in ROUND.forms if doubted(form, note) > 0] == []


@pytest.mark.parametrize("unit", sorted({unit.name for unit in ROUND.units}))
def test_a_unit_of_the_round_behind_a_label_puts_none_in_doubt(unit: str) -> None:
    assert not any(doubted(form, unit) for form in ROUND.forms)


def test_brackets_of_the_forms_own_are_no_news() -> None:
    for form in ROUND.forms:
        rows = asked_rows(form)
        for n, row in enumerate(rows):
            label = read_label(row.indicator.label, row.indicator.code)
            found = FoundRow(n, "", label, None, row.indicator.unit, row.parent, True)
            assert similarity(row, found, vocabulary_of(rows)) == 1.0
