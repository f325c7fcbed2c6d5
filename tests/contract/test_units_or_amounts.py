"""Sizes that are no unit: amounts, names and words that are alike without their marks."""

from datetime import date

import pytest
from openpyxl import Workbook

from pipeline.domain.plan.plan_round import ColumnRole
from tests.builders.reading import changed_book, told
from tests.builders.units import (
    COUNTED,
    PERSONS,
    PL01,
    Values,
    asked_about,
    read_values,
    without_units,
)
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PL05, PL09 = (ROUND.form(f"PL0{n}") for n in (5, 9))


def below(*lines: str, name: str | None = None) -> Drawing:
    """PL01 without its column of units, below some lines."""
    return draw(PL01, Style(order=without_units, above=lines), name)


def as_drawn(drawing: Drawing) -> Values:
    return {key: value for key, (_, value) in drawing.truth.items()}


def in_thousands(drawing: Drawing) -> Values:
    return {
        key: value * 1000 if key[0] in PERSONS else value
        for key, (_, value) in drawing.truth.items()
    }


@pytest.mark.parametrize("line", ["(1000)", "(1.000)", "(x1000)", "(x 1.000)"])
@pytest.mark.parametrize("units", [True, False])
def test_a_size_alone_above_the_table_is_asked_about(line: str, units: bool) -> None:
    style = Style(above=(line,), order=list if units else without_units)
    drawing = draw(PL01, style)
    values, findings = read_values(write_xlsx([drawing]))
    assert asked_about(findings) == COUNTED
    assert values == as_drawn(drawing)


def test_a_size_alone_beside_the_unit_says_nothing_against_it() -> None:
    for line, read in (("ĐVT: Người", as_drawn), ("ĐVT: nghìn người", in_thousands)):
        drawing = below(line, "(1000)")
        values, findings = read_values(write_xlsx([drawing]))
        assert values == read(drawing)
        assert asked_about(findings) == COUNTED - PERSONS


@pytest.mark.parametrize("beside", [1, "01", 12345, date(2013, 7, 12)])
def test_a_figure_alone_in_its_row_hides_no_unit_above_it(beside) -> None:
    drawing = below("SỞ LAO ĐỘNG", "ĐVT: nghìn người", "Biểu số")

    def change(book: Workbook) -> None:
        book.worksheets[0]["B3"] = beside

    values, findings = read_values(changed_book([drawing], change))
    assert (values, told(findings)) == (in_thousands(drawing), [])


@pytest.mark.parametrize(
    "line",
    [
        "Tạo việc làm cho hàng nghìn người",
        "Phấn đấu đạt bốn nghìn người",
        "Đưa đi nước ngoài hơn một nghìn người",
        "Kèm theo Công văn số 1000/SLĐTBXH-KHTC",
        "Quyết định số 1000",
        "Hội nghị tư vấn hộ",
    ],
)
def test_an_amount_in_a_line_above_is_no_unit(line: str) -> None:
    drawing = below(line)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing), [])


@pytest.mark.parametrize(
    "line",
    [
        "Chỉ tiêu giao cho tỉnh: 1.000 người",
        "Tạo việc làm cho 1.000 người",
        "Danh sách kèm theo (100 người)",
        "Kế hoạch giao (10.000 người)",
        "Mục tiêu: 100 người",
        "100 người",
    ],
)
def test_an_amount_that_may_be_a_unit_is_asked_about_and_converts_nothing(line) -> None:
    drawing = below(line)
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_drawn(drawing)
    assert asked_about(findings) == PERSONS
    drawing = draw(PL01, Style(above=(line,)))  # its column of units says what they are
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing), [])


@pytest.mark.parametrize(
    "line",
    [
        "Giải quyết việc làm cho cả nghìn người",
        "Phấn đấu tạo việc làm cho năm nghìn người",
        "Nghèo còn những nghìn người",
    ],
)
def test_a_unit_that_is_a_part_of_a_sentence_is_asked_about(line: str) -> None:
    drawing = below(line)
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_drawn(drawing)
    assert asked_about(findings) == PERSONS


@pytest.mark.parametrize(
    "wording",
    [
        "{} (100 người)",
        "{} cho 1.000 người",
        "{} 10.000 người",
        "{} mười người",
        "{} nghìn người",
    ],
)
def test_an_amount_behind_a_label_converts_nothing(wording: str) -> None:
    def label(indicator) -> str:
        own = indicator.key == "th.ncc"
        return wording.format(indicator.label) if own else indicator.label

    drawing = draw(PL01, Style(order=without_units, label=label))
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_drawn(drawing)
    assert asked_about(findings) == {"th.ncc"}
    _, findings = read_values(write_xlsx([draw(PL01, Style(label=label))]))
    contradicted = "{} nghìn người" in wording  # no amount
    assert asked_about(findings) == ({"th.ncc"} if contradicted else set())


def test_a_size_in_figures_behind_a_year_is_a_unit() -> None:
    def header(column):
        tail = "" if column.role is not ColumnRole.VALUE else " 1000 người"
        return [f"{column.title}{tail}" if column.key == "kh_n" else column.title]

    drawing = draw(PL01, Style(order=without_units, header=header))
    values, findings = read_values(write_xlsx([drawing]))
    assert told(findings) == []
    assert values["th.ncc", "kh_n"] == drawing.truth["th.ncc", "kh_n"][1] * 1000


@pytest.mark.parametrize("wording", ["{} tư vấn hộ", "{} (Vân Hồ)", "{} của tổ chức hộ"])
def test_a_word_that_is_a_size_without_its_marks(wording: str) -> None:
    def label(indicator) -> str:
        own = indicator.key == "gn.tong_ho"
        return wording.format(indicator.label) if own else indicator.label

    drawing = draw(PL05, Style(order=without_units, label=label))
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, asked_about(findings)) == (as_drawn(drawing), set())


@pytest.mark.parametrize("line", ["1.000 người", "Xuất khẩu lao động (1.000 người)"])
def test_an_amount_on_a_cover_converts_nothing(line: str) -> None:
    def change(book: Workbook) -> None:
        sheet = book.create_sheet("Bìa", 0)
        sheet["B2"], sheet["C2"] = "Tạo việc làm", line

    drawing = draw(PL01, Style(order=without_units))
    values, findings = read_values(changed_book([drawing], change))
    assert values == as_drawn(drawing)
    assert asked_about(findings) == PERSONS


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("PL01_1000nguoi.xlsx", PERSONS),
        ("PL01_1000_nguoi.xlsx", PERSONS),
        ("PL01 1.000 người.xlsx", PERSONS),
        ("PL01-nghinnguoi.xlsx", PERSONS),
        ("PL01 nghin.xlsx", COUNTED),
        ("PL01_nghìn_gửi lại.xlsx", COUNTED),
        ("PL01 (1000).xlsx", COUNTED),
        ("PL01 x1000.xlsx", COUNTED),
        ("PL09_ngan_sach.xlsx", set()),
        ("PL01 CV 1000 SLDTBXH.xlsx", set()),
        ("PL01 Ngan Dua, Trieu Phong.xlsx", set()),
        ("PL01 (10).xlsx", set()),
    ],
)
def test_a_size_in_the_name_of_a_file(path: str, asked: set[str]) -> None:
    drawing = draw(PL01, Style(order=without_units))
    values, findings = read_values(write_xlsx([drawing]), path)
    assert asked_about(findings) == asked
    assert values == as_drawn(drawing)


@pytest.mark.parametrize("path", ["PL01 nghin.xlsx", "PL01 (1000).xlsx"])
@pytest.mark.parametrize(
    "style", [Style(), Style(order=without_units, above=("ĐVT: Người",))]
)
def test_a_size_alone_in_the_name_of_a_file_is_nothing_against_units(path, style) -> None:
    drawing = draw(PL01, style)
    values, findings = read_values(write_xlsx([drawing]), path)
    assert (values, told(findings)) == (as_drawn(drawing), [])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("PL01 (nghìn người)", ("ĐVT: nghìn người",)),
        ("PL01", ("ĐVT: nghìn người", "Nghìn người, tỷ lệ %")),
    ],
)
def test_what_is_declared_is_not_asked_for_being_mentioned_too(name, lines) -> None:
    drawing = below(*lines, name=name)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (in_thousands(drawing), [])


@pytest.mark.parametrize(
    ("style", "path", "found"),
    [
        (Style(above=("ĐVT: nghìn người",)), "PL.xlsx", "Người ≠ 1000 người"),
        (Style(above=("ĐVT: nghìn",)), "PL.xlsx", "Người ≠ nghìn"),
        (Style(), "PL01_nghin_nguoi.xlsx", "Người ≠ 1000 người"),
        (
            Style(order=without_units, above=("ĐVT: Người",)),
            "PL01_nghin_nguoi.xlsx",
            "1000 người ≠ Người",
        ),
        (
            Style(
                label=lambda i: f"{i.label} (nghìn người)" if i.unit == "Người" else i.label
            ),
            "PL.xlsx",
            "Người ≠ 1000 người",
        ),
    ],
)
def test_of_two_units_of_a_row_both_are_named(style: Style, path: str, found: str) -> None:
    _, findings = read_values(write_xlsx([draw(PL01, style)]), path)
    asked = [f for f in findings if f.code == "unit-unknown" and f.indicator in PERSONS]
    assert {(f.found, f.expected) for f in asked} == {(found, "Người")}
    assert {f.indicator for f in asked} == PERSONS


@pytest.mark.parametrize(
    "lines",
    [("ĐVT: Người", "Đơn vị tính: nghìn người"), ("(ĐVT: 1000 người)", "ĐVT: người")],
)
def test_two_lines_that_declare_two_sizes_are_asked_about(lines: tuple[str, str]) -> None:
    drawing = below(*lines)
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_drawn(drawing)
    asked = [f for f in findings if f.code == "unit-unknown"]
    assert {f.indicator for f in asked} == PERSONS
    assert {f.found for f in asked} == {"1000 người ≠ Người"}


@pytest.mark.parametrize(
    "lines", [("ĐVT: Người, nghìn người",), ("ĐVT: Người", "ĐVT: Người, nghìn người")]
)
def test_a_line_that_lists_all_units_of_a_table_says_nothing_against_it(lines) -> None:
    drawing = below(*lines)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing), [])
