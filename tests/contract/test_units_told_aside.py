"""Units told where a reader may overlook them: on the cover of a workbook, at the head of
the printed page, in a comment, in the file's name.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from pipeline.domain.plan.plan_round import ColumnRole
from tests.builders.reading import changed_book, read_return, told
from tests.builders.units import PERSONS, PL01, asked_about, without_units
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PL02, PL09 = (ROUND.form(f"PL0{n}") for n in (2, 9))
PER_UNIT = {"Người": Decimal(1), "1000 người": Decimal("0.001")}


def bare(form=PL01) -> Drawing:
    """A form without its column of units."""
    return draw(form, Style(order=without_units))


def as_people(drawing: Drawing, form, times: int) -> dict[tuple[str, str], Decimal]:
    """What a drawing says when all its persons are in units of `times`."""
    units = {i.key: PER_UNIT.get(i.unit) for i in form.indicators}
    return {
        key: value if (per := units[key[0]]) is None else value * times * per
        for key, (_, value) in drawing.truth.items()
    }


def values_of(data: bytes, form: str, path: str = "PL.xlsx"):
    forms, findings = read_return(data, path)
    return {(r.indicator, r.column): r.value for r in forms[form].rows}, findings


def cover(line: str, beside: str | None = None) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        sheet = book.create_sheet("Bìa", 0)
        sheet["B2"] = "ỦY BAN NHÂN DÂN TỈNH HÀ GIANG"
        sheet["B6"] = "KẾ HOẠCH LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI NĂM 2014"
        sheet["B9"] = line
        sheet["C9"] = beside

    return change


def headed(line: str, part: str = "oddHeader") -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        getattr(book.worksheets[0], part).right.text = line

    return change


def commented(text: str, at: str = "A1") -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.worksheets[0][at].comment = Comment(text, "Nguyễn Văn A")

    return change


@pytest.mark.parametrize(
    "change",
    [
        cover("Đơn vị tính: nghìn người"),
        cover("Đơn vị tính:", "Nghìn người"),
        headed("Đơn vị tính: nghìn người"),
        headed("(ĐVT: 1.000 người)", "oddFooter"),
        cover("Đơn vị: nghìn người"),
        cover("Nghìn người"),
    ],
)
def test_a_unit_that_is_told_for_all_of_it_is_understood(change) -> None:
    drawing = bare()
    values, findings = values_of(changed_book([drawing], change), "PL01")
    assert values == as_people(drawing, PL01, 1000)
    assert told(findings) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (commented("Số liệu tính theo nghìn người"), "PL.xlsx"),
        (commented("Nguyễn Văn A:\nĐVT: nghìn người", "D9"), "PL.xlsx"),
        (headed("Số liệu: nghìn người"), "PL.xlsx"),
        (headed("Nghìn người, tỷ lệ %", "oddFooter"), "PL.xlsx"),
        (headed("Đơn vị tính: nghìn người/năm"), "PL.xlsx"),
        (cover("Số liệu: nghìn người"), "PL.xlsx"),
        (cover("Dân số trung bình (nghìn người)"), "PL.xlsx"),
        (commented("Kèm số liệu (nghìn người)"), "PL.xlsx"),
        (lambda book: None, "PL01_nghin_nguoi.xlsx"),
        (lambda book: None, "PL01 (1000 người).xlsx"),
        (lambda book: None, "thu.zip/PL01 (nghìn người) Hà Giang.xlsx"),
        (lambda book: None, "PL01-ngan-nguoi-gui-lai.xlsx"),
        (lambda book: None, "Biểu 01_triệu người.xlsx"),
    ],
)
def test_a_unit_that_may_be_meant_for_all_of_it_is_asked_about(change, path: str) -> None:
    drawing = bare()
    values, findings = values_of(changed_book([drawing], change), "PL01", path)
    assert asked_about(findings) == PERSONS
    assert values == {key: value for key, (_, value) in drawing.truth.items()}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (cover("Đơn vị tính: nghìn người"), "PL.xlsx"),
        (headed("Đơn vị tính: nghìn người"), "PL.xlsx"),
        (commented("Đơn vị tính: nghìn người"), "PL.xlsx"),
        (lambda book: None, "PL01_nghin_nguoi.xlsx"),
    ],
)
def test_what_the_column_of_units_contradicts_is_asked_about(change, path: str) -> None:
    _, findings = values_of(changed_book([draw(PL01)], change), "PL01", path)
    assert asked_about(findings) == PERSONS


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (cover("Đơn vị tính: nghìn người"), "PL.xlsx"),
        (headed("Đơn vị tính: nghìn người"), "PL.xlsx"),
        (lambda book: None, "PL01_nghin_nguoi.xlsx"),
    ],
)
def test_what_a_line_above_the_table_contradicts_is_asked_about(change, path: str) -> None:
    drawing = draw(PL01, Style(order=without_units, above=("ĐVT: Người",)))
    _, findings = values_of(changed_book([drawing], change), "PL01", path)
    assert asked_about(findings) == PERSONS


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (cover("Đơn vị tính: Người"), "PL.xlsx"),
        (cover("Đơn vị báo cáo: Sở LĐTBXH"), "PL.xlsx"),
        (cover("Đơn vị tính: Người, nghìn người"), "PL.xlsx"),
        (headed("Trang &P/&N"), "PL.xlsx"),
        (headed("Biểu số 1"), "PL.xlsx"),
        (headed("Đơn vị tính: Người"), "PL.xlsx"),
        (commented("Số liệu chính thức năm 2012"), "PL.xlsx"),
        (commented("Trong đó 3 nghìn người chưa có việc làm"), "PL.xlsx"),
        (headed("Tạo việc làm cho hàng nghìn người"), "PL.xlsx"),
        (headed("Đơn vị tính: người (làm tròn đến nghìn)"), "PL.xlsx"),
        (cover("Mục tiêu: 500 nghìn người"), "PL.xlsx"),
        (cover("Tạo việc làm cho 1,6 triệu người"), "PL.xlsx"),
        (lambda book: None, "PL01_Van_Ho.xlsx"),
        (lambda book: None, "PL01_Dong_Trieu_nguoi_lao_dong.xlsx"),
        (lambda book: None, "PL 1000 ngay dem Trieu Phong.xlsx"),
        (lambda book: None, "2013 nguoi co cong.xlsx"),
    ],
)
@pytest.mark.parametrize("style", [Style(), Style(order=without_units)])
def test_what_says_nothing_against_a_form_is_not_asked_about(
    change, path: str, style: Style
) -> None:
    drawing = draw(PL01, style)
    values, findings = values_of(changed_book([drawing], change), "PL01", path)
    assert values == {key: value for key, (_, value) in drawing.truth.items()}
    assert told(findings) == []


@pytest.mark.parametrize("change", [headed("ĐVT: nghìn"), cover("Đơn vị tính: nghìn")])
def test_a_size_without_a_unit_is_asked_about_where_rows_are_counted(change) -> None:
    _, findings = values_of(changed_book([bare()], change), "PL01")
    assert asked_about(findings) >= PERSONS


def test_a_size_above_the_table_beside_shares_is_asked_about() -> None:
    drawing = draw(PL01, Style(order=without_units, above=("Nghìn người, tỷ lệ %",)))
    _, findings = values_of(write_xlsx([drawing]), "PL01")
    assert asked_about(findings) == PERSONS


def test_a_size_on_the_cover_that_one_form_asks_for_is_told_of_that_one() -> None:
    data = changed_book([draw(PL01), draw(PL02)], cover("Đơn vị tính: nghìn người"))
    assert told(read_return(data)[1]) == []


def test_where_one_form_asks_for_it_the_others_without_units_are_asked_about() -> None:
    data = changed_book([bare(PL01), draw(PL02)], cover("Đơn vị tính: nghìn người"))
    _, findings = read_return(data)
    assert {(f.form, f.indicator) for f in findings if f.code == "unit-unknown"} == {
        ("PL01", key) for key in PERSONS
    }


def test_a_sheet_with_a_table_of_its_own_is_no_cover() -> None:
    def change(book: Workbook) -> None:
        sheet = book.create_sheet("Vốn", 0)
        sheet.append(["Đơn vị tính: nghìn người"])
        sheet.append(["TT", "Huyện", "Năm 2012", "Năm 2013"])
        for n in range(1, 9):
            sheet.append([n, f"Huyện số {n}", 120 + n, 130 + n])

    _, findings = read_return(changed_book([draw(PL01)], change))
    assert asked_about(findings) == set()


@pytest.mark.parametrize(
    "line",
    [
        "Đơn vị tính: Người (trừ dòng 5: nghìn người)",
        "ĐVT: Người, trừ mục II nghìn người",
        "Đơn vị tính: Người; riêng chỉ tiêu 5: nghìn người",
        "Đơn vị tính: Người (riêng dòng 5: nghìn)",
        "ĐVT: nghìn người (trừ dòng 5: người)",
        "ĐVT: K người",
        "Đơn vị tính: k.người",
    ],
)
def test_a_unit_of_some_rows_and_one_that_nobody_can_be_sure_of(line: str) -> None:
    drawing = draw(PL01, Style(order=without_units, above=(line,)))
    values, findings = values_of(write_xlsx([drawing]), "PL01")
    assert asked_about(findings) == PERSONS
    assert values == {key: value for key, (_, value) in drawing.truth.items()}


@pytest.mark.parametrize("line", ["ĐVT: Kđ", "Đơn vị tính: K đồng"])
def test_money_in_a_unit_cut_short(line: str) -> None:
    drawing = draw(PL09, Style(order=without_units, above=(line,)))
    _, findings = values_of(write_xlsx([drawing]), "PL09")
    assert {f.code for f in findings} >= {"unit-unknown"}


@pytest.mark.parametrize("words", ["(K người)", "(k người)"])
def test_a_unit_cut_short_in_a_header(words: str) -> None:
    def header(column) -> list[str]:
        return [
            f"{column.title} {words}" if column.role is ColumnRole.VALUE else column.title
        ]

    drawing = draw(PL01, Style(order=without_units, header=header))
    _, findings = values_of(write_xlsx([drawing]), "PL01")
    assert asked_about(findings) >= PERSONS


def test_a_unit_for_some_rows_of_another_kind_is_told_of_those() -> None:
    line = "Đơn vị tính: Người, riêng vốn: triệu đồng"
    drawing = draw(PL01, Style(order=without_units, above=(line,)))
    values, findings = values_of(write_xlsx([drawing]), "PL01")
    assert values == {key: value for key, (_, value) in drawing.truth.items()}
    assert told(findings) == []
