"""Units told inside of a table, and in names, comments and heads without a word of what."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

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
from tests.builders.workbooks import Drawing, Style, draw, two_row_header

BARE = Style(order=without_units)


def as_drawn(drawing: Drawing, times: int = 1, rows: set[str] = PERSONS) -> Values:
    return {
        key: value * times if key[0] in rows else value
        for key, (_, value) in drawing.truth.items()
    }


def beside(style: Style, text: str) -> Drawing:
    """PL01 with a text in the column of notes of one row."""
    drawing = draw(PL01, style)
    (column,) = (at for (_, at), value in drawing.cells.items() if value == "Ghi chú")
    row = int(drawing.truth["th.ncc", "kh_n"][0][1:]) - 1
    drawing.cells[(row, column)] = text
    return drawing


@pytest.mark.parametrize(
    "text",
    [
        "nghìn người",
        "ĐVT: nghìn người",
        "Đơn vị: 1000 người",
        "Số liệu tính bằng nghìn người",
        "(1000)",
        "đơn vị nghìn",
    ],
)
@pytest.mark.parametrize("style", [BARE, Style()])
def test_a_unit_in_the_notes_of_a_row_is_asked_about(style: Style, text: str) -> None:
    drawing = beside(style, text)
    values, findings = read_values(write_xlsx([drawing]))
    assert asked_about(findings) == {"th.ncc"}
    assert values == as_drawn(drawing)


@pytest.mark.parametrize(
    "text", ["Người", "ĐVT: người", "tăng 2 nghìn người", "hơn 1000 người", "triệu đồng"]
)
@pytest.mark.parametrize("style", [BARE, Style()])
def test_a_note_that_tells_no_other_unit_is_not_asked_about(style, text: str) -> None:
    drawing = beside(style, text)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing), [])


def test_a_column_of_units_without_a_header_is_heeded() -> None:
    thousands = "th.ncc"

    def header(column) -> list[str]:
        return ["" if column.role is ColumnRole.UNIT else column.title]

    def unit(indicator) -> str:
        return "nghìn người" if indicator.key == thousands else indicator.unit

    drawing = draw(PL01, Style(header=header, unit=unit))
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing, 1000, {thousands}), [])


@pytest.mark.parametrize(
    "text",
    [
        "II. NGƯỜI CÓ CÔNG (nghìn người)",
        "Đơn vị tính: nghìn người",
        "(nghìn người)",
        "Các chỉ tiêu dưới đây tính bằng nghìn người",
    ],
)
@pytest.mark.parametrize("style", [BARE, Style()])
def test_a_unit_in_a_row_without_figures_is_asked_about(style: Style, text: str) -> None:
    drawing = draw(PL01, replace(style, extra={"th.tlhn": [["", text]]}))
    values, findings = read_values(write_xlsx([drawing]))
    assert asked_about(findings) == PERSONS
    assert values == as_drawn(drawing)


@pytest.mark.parametrize(
    "text", ["II. NGƯỜI CÓ CÔNG (người)", "B. XÃ HỘI", "Phần 2 (1000)"]
)
def test_a_row_without_figures_that_tells_no_other_unit(text: str) -> None:
    drawing = draw(PL01, replace(BARE, extra={"th.tlhn": [["", text]]}))
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing), [])


@pytest.mark.parametrize("words", ["{} (người)", "{} (1000 người)"])
def test_a_unit_in_the_rest_of_a_broken_label_is_that_of_its_row(words: str) -> None:
    """All rows are in thousands, and say so beside them."""

    def label(indicator) -> str:
        own = indicator.key == "th.btxh"
        return "Số đối tượng hưởng trợ cấp" if own else indicator.label

    thousands = {"Người": "nghìn người"}
    style = Style(
        label=label,
        unit=lambda indicator: thousands.get(indicator.unit, indicator.unit),
        extra={"th.btxh": [["", words.format("xã hội thường xuyên")]]},
    )
    drawing = draw(PL01, style)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, asked_about(findings)) == (as_drawn(drawing, 1000), set())


@pytest.mark.parametrize("tail", [" nghìn người", " (nghìn người)", " x1000", " - nghìn"])
def test_a_size_behind_the_upper_level_of_a_header(tail: str) -> None:
    def header(column) -> list[str]:
        texts = two_row_header(column)
        return [texts[0] + tail, *texts[1:]] if len(texts) > 1 else texts

    drawing = draw(PL01, replace(BARE, header=header))
    values, findings = read_values(write_xlsx([drawing]))
    rows = PERSONS if "người" in tail else COUNTED
    assert (values, told(findings)) == (as_drawn(drawing, 1000, rows), [])


@pytest.mark.parametrize(
    "words", ["Chỉ tiêu (1000)", "Chỉ tiêu (nghìn)", "Nội dung (x1000)"]
)
def test_a_size_behind_the_header_of_the_labels_is_asked_about(words: str) -> None:
    def header(column) -> list[str]:
        return [words if column.role is ColumnRole.LABEL else column.title]

    drawing = draw(PL01, replace(BARE, header=header))
    values, findings = read_values(write_xlsx([drawing]))
    assert asked_about(findings) == COUNTED
    assert values == as_drawn(drawing)


def below_header(text: str) -> Drawing:
    """PL01 with a row of this text between its header and its first row."""
    drawing = draw(PL01, replace(BARE, index_row=False))
    top = min(int(cell[1:]) for cell, _ in drawing.truth.values()) - 1
    cells = {(r + (r >= top), c): value for (r, c), value in drawing.cells.items()}
    cells |= {(top, column): text for column in range(2, 7)}
    return replace(drawing, cells=cells)


@pytest.mark.parametrize("text", ["(1000)", "x1000", "nghìn", "(nghìn)"])
def test_a_row_of_sizes_below_the_header(text: str) -> None:
    drawing = below_header(text)
    values, findings = read_values(write_xlsx([drawing]))
    assert (values, told(findings)) == (as_drawn(drawing, 1000, COUNTED), [])


@pytest.mark.parametrize(
    "columns", [{"kh_n"}, {"th_n2", "kh_n1", "th6t_n1", "uoc_n1", "kh_n"}]
)
def test_a_thousand_in_the_first_row_of_figures_is_one_of_them(columns: set[str]) -> None:
    drawing = draw(PL01, replace(BARE, index_row=False))
    places = [drawing.truth["th.viec_lam", column][0] for column in columns]

    def change(book: Workbook) -> None:
        for place in places:
            book.worksheets[0][place] = "1000"

    values, findings = read_values(changed_book([drawing], change))
    assert told(findings) == []
    wanted = {("th.viec_lam", column): Decimal(1000) for column in columns}
    assert values == as_drawn(drawing) | wanted


def commented(text: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.worksheets[0]["A1"].comment = Comment(text, "Nguyễn Văn A")

    return change


def headed(text: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.worksheets[0].oddHeader.right.text = text

    return change


def cover(text: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        sheet = book.create_sheet("Bìa", 0)
        sheet["B2"], sheet["B9"] = "UBND TỈNH HÀ GIANG", text

    return change


def named(text: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.worksheets[0].title = f"PL01 {text}"

    return change


@pytest.mark.parametrize("text", ["(1000)", "x1000", "nghìn"])
@pytest.mark.parametrize("tell", [commented, headed, cover, named])
def test_a_size_alone_beside_the_table_is_asked_about(tell, text: str) -> None:
    drawing = draw(PL01, BARE)
    values, findings = read_values(changed_book([drawing], tell(text)))
    assert asked_about(findings) == COUNTED
    assert values == as_drawn(drawing)
    drawing = draw(PL01)  # its column of units says what they are
    values, findings = read_values(changed_book([drawing], tell(text)))
    assert (values, told(findings)) == (as_drawn(drawing), [])


@pytest.mark.parametrize("text", ["ĐVT: nghìn", "nghìn người/năm"])
def test_a_comment_that_tells_a_size(text: str) -> None:
    _, findings = read_values(changed_book([draw(PL01, BARE)], commented(text)))
    assert asked_about(findings) >= PERSONS
