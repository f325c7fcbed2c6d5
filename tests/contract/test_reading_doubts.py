"""Close calls and odd corners of reading: each is named, none is guessed."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipeline.adapters.workbook_reading.calamine_values import CalamineBook, raw_cell
from pipeline.adapters.workbook_reading.raw import (
    RawCell,
    RawSheet,
    number_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.two_readers import differences
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.plan.finding import Severity
from pipeline.domain.reading.sheet import CellKind, Span, Workbook
from pipeline.stages.read import read_form
from pipeline.stages.recognise import recognise
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Style, draw, two_row_header

PL01, PL02, PL09 = (ROUND.form(f"PL0{n}") for n in (1, 2, 9))


def older(column) -> list[str]:
    """The headers of last year's round."""
    years = [(str(year), str(year - 1)) for year in (2012, 2013, 2014)]
    title = column.title
    for year, before in years:
        title = title.replace(year, before)
    return [title]


def test_headers_without_years_that_fit_two_columns() -> None:
    def header(column):
        return ["Kế hoạch" if column.key in ("kh_n", "kh_n1") else column.title]

    forms, findings = read_return(write_xlsx([draw(PL01, Style(header=header))]))
    assert {(f.code, f.column) for f in findings} == {
        ("column-uncertain", "kh_n"),
        ("column-uncertain", "kh_n1"),
    }
    assert {m.column for m in forms["PL01"].column_matches} >= {"kh_n", "kh_n1"}


def test_a_form_of_last_year_beside_this_years_is_only_told() -> None:
    old = draw(PL01, Style(header=older), name="nam truoc")
    forms, findings = read_return(write_xlsx([draw(PL01), old]))
    assert_read(forms["PL01"], draw(PL01))
    assert [(f.code, f.severity) for f in findings] == [("wrong-round", Severity.WARN)]


def test_a_hidden_form_of_last_year_is_nobodys_business() -> None:
    data = write_xlsx([draw(PL01), draw(PL01, Style(header=older), name="cu")])
    book = load_workbook(io.BytesIO(data))
    book["cu"].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    assert read_return(stream.getvalue())[1] == []


@pytest.mark.fault("F-S9-7")
def test_two_open_rounds_are_told_apart_by_their_years() -> None:
    def turned(column):
        return replace(
            column, title=older(column)[0], aliases=tuple(
                older(replace(column, title=alias))[0] for alias in column.aliases
            )
        )  # fmt: skip

    last = replace(
        ROUND,
        id="ke-hoach-2013",
        plan_year=2013,
        forms=tuple(
            replace(form, columns=tuple(turned(c) for c in form.columns))
            for form in ROUND.forms
        ),
    )
    data = write_xlsx([draw(PL01), draw(PL02, Style(header=older))])
    found = recognise(open_workbook(data, "a.xlsx"), [ROUND, last])
    assert [(m.form, m.round) for m in found.forms] == [
        ("PL01", "ke-hoach-2014"),
        ("PL02", "ke-hoach-2013"),
    ]
    assert found.findings == ()


def test_a_row_and_a_column_that_declare_different_units() -> None:
    def header(column):
        return [f"{column.title} (nghìn người)" if column.key == "kh_n" else column.title]

    def column_says(form):
        return read_return(write_xlsx([draw(form, Style(header=header))]))

    _, findings = column_says(PL01)
    codes = {(f.code, f.severity) for f in findings}
    assert codes == {("unit-unknown", Severity.QUERY)}


def test_a_disputed_cell_is_asked_about() -> None:
    book = open_workbook(write_xlsx([draw(PL01)]), "a.xlsx")
    place = (6, 3)
    sheet = replace(book.sheets[0], disputed=frozenset({place, (0, 0)}))
    found = recognise(Workbook("a.xlsx", "xlsx", (sheet,)), [ROUND])
    _, findings = read_form(found.forms[0], ROUND)
    assert [(f.code, f.cell) for f in findings] == [("reader-disagreement", "D7")]


@pytest.mark.parametrize("written", ["9997.7254042203349", "-8354.3512183411349"])
def test_two_readers_that_round_the_same_digits_otherwise_do_not_differ(written) -> None:
    """Excel writes seventeen digits of what it calculates, of which fifteen are kept."""
    sheet = RawSheet("A", cells={(0, 0): number_cell(written)})
    assert differences(sheet, [[float(written)]]) == []
    assert differences(sheet, [[float(written) + 1e-8]]) == [(0, 0)]


def test_what_counts_as_a_difference_between_readers() -> None:
    sheet = RawSheet("A", cells={
        (0, 0): number_cell(1.5),
        (0, 1): text_cell("a  b"),
        (0, 2): number_cell("3"),
        (0, 3): number_cell("4"),
    })  # fmt: skip
    same = [[1.5, "a b", 3, ""], ["", " "]]
    assert differences(sheet, same) == []
    other = [[1.6, "a c", "3", True], ["", 7]]
    assert differences(sheet, other) == [(0, 0), (0, 1), (0, 2), (1, 1)]


CELLS = (
    *(
        number_cell(text)
        for text in ("1", "1.5", "0.3333", "-2", "1234567890123456", "nan")
    ),
    *map(text_cell, ("1", "a", "a  b", "#REF!")),
    *(RawCell(kind, "1") for kind in (CellKind.DATE, CellKind.ERROR, CellKind.UNCACHED)),
    None,
)
OTHERS = (1.0, 1, True, 1.5, -2.0, 1234567890123456.0, "", " ", "1", "a", "a b", "#REF!")


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(OTHERS)), max_size=4),
        max_size=3,
    )
)
def test_sheets_compared_at_once_are_compared_cell_by_cell(grid: list[list]) -> None:
    def sheet(rows: list[list]) -> RawSheet:
        seen = {
            (at, c): one for at, row in enumerate(rows) for c, (one, _) in enumerate(row)
        }
        return RawSheet("A", cells={at: cell for at, cell in seen.items() if cell})

    found = differences(sheet(grid), [[other for _, other in row] for row in grid])
    alone = [
        (at, column)
        for at, row in enumerate(grid)
        for column, pair in enumerate(row)
        if differences(sheet([[pair]]), [[pair[1]]])
    ]
    assert found == alone


def test_calamine_alone_gives_values_and_merged_cells() -> None:
    drawing = draw(PL02, Style(header=two_row_header))
    (sheet,) = CalamineBook(write_xlsx([drawing])).sheets()
    assert sheet.name == "PL02"
    assert sheet.cells[(0, 0)].text == "UBND TỈNH HÀ GIANG"
    assert Span(4, 0, 5, 0) in sheet.merged
    numbers = [cell.number for cell in sheet.cells.values() if cell.number is not None]
    assert Decimal("600.3") in numbers
    assert raw_cell(True).kind is CellKind.BOOLEAN


def test_a_table_with_thousands_of_rows_of_the_provinces_own() -> None:
    lines = [["", f"Xã số {n}", "Người", n, n, n, n, n] for n in range(4200)]
    drawing = draw(PL01, Style(extra={"th.te": lines}))
    drawing.cells = {
        place: "Tổng số lao động có việc làm"
        if value == PL01.indicators[0].label
        else value
        for place, value in drawing.cells.items()
    }
    forms, findings = read_return(write_xlsx([drawing]))
    assert len(forms["PL01"].rows) == 70
    assert {r.cell for r in forms["PL01"].rows if r.indicator == "th.cai"} >= {"D4220"}
    assert sum(f.code == "row-extra" for f in findings) == 4200


def test_a_heading_in_the_code_column_and_a_label_over_two_columns() -> None:
    drawing = draw(PL01, Style(extra={"th.cai": [["Ghi chú thêm"]]}))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL01"], drawing)


def test_a_row_of_an_opposite_name_is_asked_about() -> None:
    key = "bdg.cap_uy"
    women = ROUND.form("PL07").indicator(key).label
    style = Style(
        label=lambda row: women.replace("nữ", "nam") if row.key == key else row.label
    )
    _, findings = read_return(write_xlsx([draw(ROUND.form("PL07"), style)]))
    assert [(f.code, f.indicator) for f in findings] == [("row-uncertain", key)]


LABELS_OF_THE_YEAR = {
    ("PL05", "Tổng số hộ dân cư"): "Tổng số hộ dân cư (chuẩn nghèo 2011-2015)",
    ("PL05", "Số hộ nghèo cuối năm"): "Số hộ nghèo cuối năm năm 2014",
    ("PL05", "Số hộ cận nghèo cuối năm"): "Số hộ cận nghèo cuối năm (theo chuẩn 2011)",
    ("PL01", "Tỷ lệ thất nghiệp khu vực thành thị"): (
        "Tỷ lệ thất nghiệp khu vực thành thị năm 2013"
    ),
}
LABELS_OF_ANOTHER = {
    ("PL01", "Tuyển mới dạy nghề"): "Tuyển mới dạy nghề năm 2010",
    ("PL05", "Số hộ nghèo cuối năm"): "Số hộ nghèo cuối năm 2009",
}


def relabelled(form: str, asked: str, written: str) -> list[tuple[str, str | None]]:
    drawing = draw(ROUND.form(form))
    place = next(at for at, text in drawing.cells.items() if text == asked)
    drawing.cells[place] = written
    return told(read_return(write_xlsx([drawing]))[1])


@pytest.mark.parametrize(("place", "written"), LABELS_OF_THE_YEAR.items())
def test_years_of_the_round_or_of_a_poverty_line_are_no_question(place, written) -> None:
    assert relabelled(*place, written) == []


@pytest.mark.parametrize(("place", "written"), LABELS_OF_ANOTHER.items())
def test_years_of_none_of_the_forms_columns_are_asked_about(place, written) -> None:
    assert [code for code, _ in relabelled(*place, written)] == ["row-uncertain"]


def test_a_column_that_only_has_parts_to_choose_from() -> None:
    """Neither part is the figure of the form, though one says fewer words of its own."""
    split = {
        "th_n2": "Thực hiện năm 2012 khối doanh nghiệp",
        "ghi_chu": "Thực hiện năm 2012 khối hành chính sự nghiệp",
    }

    def header(column):
        return [split.get(column.key, column.title)]

    _, findings = read_return(write_xlsx([draw(PL01, Style(header=header))]))
    assert {(f.code, f.column) for f in findings} == {("column-uncertain", "th_n2")}
