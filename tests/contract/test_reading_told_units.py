"""Units told once for many rows, in lines above a table and in notes below it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise
from tests.builders.reading import read_return, told
from tests.builders.units import PL01, asked_about, read_values, without_units
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PL02, PL06, PL09 = (ROUND.form(f"PL0{n}") for n in (2, 6, 9))
PER_UNIT = {"Người": Decimal(1), "1000 người": Decimal("0.001")}


def noted(form, note: str, rows_below: int = 3, style: Style | None = None) -> Drawing:
    """A form without its units, and a note below its table."""
    drawing = draw(form, style or Style(order=without_units))
    drawing.cells[(drawing.last_row + rows_below, 0)] = note
    return drawing


def as_people(drawing: Drawing, times: int) -> dict[tuple[str, str], Decimal]:
    """What a drawing of PL02 says when all its persons are in units of `times`."""
    units = {i.key: PER_UNIT.get(i.unit) for i in PL02.indicators}
    return {
        key: value if (per := units[key[0]]) is None else value * times * per
        for key, (_, value) in drawing.truth.items()
    }


@pytest.mark.parametrize(
    ("note", "times"),
    [
        ("Ghi chú: đơn vị tính: nghìn người", 1000),
        ("Ghi chú: Nghìn người", 1000),
        ("Ghi chú: số liệu trong bảng là nghìn người", 1000),
        ("(*) Số liệu tính theo nghìn người", 1000),
        ("- Số liệu tính bằng trăm người.", 100),
        ("(chục người)", 10),
    ],
)
@pytest.mark.parametrize("rows_below", [0, 3])
def test_a_unit_in_a_note_below_the_table(note: str, times: int, rows_below: int) -> None:
    drawing = noted(PL02, note, rows_below)
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_people(drawing, times)
    assert told(findings) == []


def test_a_note_that_the_column_of_units_contradicts_is_asked_about() -> None:
    _, findings = read_values(
        write_xlsx([noted(PL01, "Ghi chú: đơn vị tính: nghìn người", style=Style())])
    )
    persons = {i.key for i in PL01.indicators if i.unit == "Người"}
    assert {f.indicator for f in findings if f.code == "unit-unknown"} == persons


def test_a_note_about_some_of_the_rows_is_asked_about() -> None:
    _, findings = read_values(
        write_xlsx([noted(PL02, "Riêng số lao động tính theo nghìn người")])
    )
    persons = {i.key for i in PL02.indicators if i.unit == "Người"}
    assert {f.indicator for f in findings if f.code == "unit-unknown"} == persons


def test_a_note_that_rows_point_to_is_of_them_alone() -> None:
    def label(indicator) -> str:
        return f"{indicator.label} (*)" if indicator.key == "th.xkld" else indicator.label

    style = Style(label=label, unit=lambda i: "" if i.unit == "Người" else i.unit)
    drawing = noted(PL01, "(*) Số liệu tính theo nghìn người", style=style)
    values, findings = read_values(write_xlsx([drawing]))
    assert values == {
        key: value * 1000 if key[0] == "th.xkld" else value
        for key, (_, value) in drawing.truth.items()
    }
    assert told(findings) == []


def test_a_note_belongs_to_the_table_above_it() -> None:
    """Two forms on one sheet: the second one is not in the first one's unit."""
    first, below = draw(PL09, Style(order=without_units, signature=False)), PL02
    top = first.last_row + 4
    second = draw(below, Style(order=without_units, top=top, above=()))
    note = {(first.last_row + 1, 0): "Ghi chú: ĐVT: tỷ đồng, nghìn người"}
    both = replace(first, cells=first.cells | note | second.cells)
    forms, findings = read_return(write_xlsx([both]))
    found = {(r.indicator, r.column): r.value for r in forms["PL02"].rows}
    assert found == {key: value for key, (_, value) in second.truth.items()}
    assert {r.value for r in forms["PL09"].rows} == {
        value * 1000 for _, value in first.truth.values()
    }
    assert told(findings) == []


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("ĐVT: 100 người", 100),
        ("ĐVT: trăm người", 100),
        ("ĐVT: chục người", 10),
        ("ĐVT: 10,000 người", 10_000),
        ("Đơn vị: 10^3 người", 1000),
        ("ĐVT: người x 1000", 1000),
        ("ĐVT: ng.người", 1000),
        ("Đơn vị tính: nghìn (người)", 1000),
        ("ĐVT: người (x1000)", 1000),
        ("ĐVT: Ngìn người", 1000),
        ("ĐVT: nghìn người (1.000)", 1000),
    ],
)
def test_a_power_of_ten_above_rows_asked_for_in_thousands(line: str, times: int) -> None:
    drawing = draw(PL02, Style(order=without_units, above=(line,)))
    values, findings = read_values(write_xlsx([drawing]))
    assert values == as_people(drawing, times)
    assert told(findings) == []


@pytest.mark.parametrize(
    "line",
    [
        "ĐVT: trăm",
        "ĐVT: 100",
        "ĐVT: chục",
        "Đơn vị: nghìn lao động",
        "ĐVT: vạn dân",
        "Đơn vị: trăm người, trừ mục III",
        "ĐVT: trăm người ngoại trừ dòng 5",
    ],
)
def test_a_size_that_is_not_understood_is_asked_about(line: str) -> None:
    drawing = draw(PL02, Style(order=without_units, above=(line,)))
    _, findings = read_values(write_xlsx([drawing]))
    persons = {i.key for i in PL02.indicators if i.unit in PER_UNIT}
    assert persons <= asked_about(findings)


def test_a_thousand_typed_as_a_number_beside_the_row() -> None:
    style = Style(unit=lambda i: 1000 if i.key == "th.xkld" else i.unit)
    drawing = draw(PL01, style)
    values, findings = read_values(write_xlsx([drawing]))
    for (key, column), (_, value) in drawing.truth.items():
        assert values[key, column] == (value * 1000 if key == "th.xkld" else value)
    assert told(findings) == []


@pytest.mark.parametrize(
    "behind",
    [
        "- nghìn người",
        ", nghìn người",
        "[nghìn người]",
        "/ nghìn người",
        "(nghìn)",
        "(x1000)",
        "tính theo nghìn người",
        "- ĐVT: nghìn người",
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_a_size_behind_a_label_in_any_spelling(behind: str, beside: bool) -> None:
    """Against the column of units it is asked about; without one it is the row's."""

    def label(indicator) -> str:
        own = indicator.key == "th.viec_lam"
        return f"{indicator.label} {behind}" if own else indicator.label

    style = Style(label=label) if beside else Style(label=label, order=without_units)
    drawing = draw(PL01, style)
    values, findings = read_values(write_xlsx([drawing]))
    asked = {f.indicator for f in findings if f.code == "unit-unknown"}
    assert asked == ({"th.viec_lam"} if beside else set())
    times = 1 if beside else 1000
    for (key, column), (_, value) in drawing.truth.items():
        wanted = value * times if key == "th.viec_lam" else value
        assert values[key, column] == wanted


@pytest.mark.parametrize("behind", ["(x1000)", "(nghìn)", "/1000", "[nghìn người]"])
def test_a_size_behind_a_header_is_that_of_its_column(behind: str) -> None:
    def header(column):
        return [f"{column.title} {behind}" if column.key == "kh_n" else column.title]

    drawing = draw(PL01, Style(header=header))
    _, findings = read_values(write_xlsx([drawing]))
    persons = {i.key for i in PL01.indicators if i.unit == "Người"}
    asked = {f.indicator for f in findings if f.code == "unit-unknown"}
    assert persons <= asked
    assert {i.key for i in PL01.indicators if "%" in i.unit}.isdisjoint(asked)
    values, findings = read_values(
        write_xlsx([draw(PL01, Style(header=header, order=without_units))])
    )
    assert told(findings) == []
    for (key, column), (_, value) in drawing.truth.items():
        if key in persons:
            assert values[key, column] == (value * 1000 if column == "kh_n" else value)


def test_numbers_of_columns_and_bounds_in_labels_are_no_sizes() -> None:
    def header(column):
        return [f"{column.title} (10)" if column.key == "kh_n" else column.title]

    def label(indicator) -> str:
        own = indicator.key == "kp.vldn"
        return f"{indicator.label} trên một tỷ đồng" if own else indicator.label

    for form, style in ((PL01, Style(header=header)), (PL09, Style(label=label))):
        drawing = draw(form, style)
        values, _ = read_values(write_xlsx([drawing]))
        assert values == {key: value for key, (_, value) in drawing.truth.items()}


@pytest.mark.parametrize(
    "lines",
    [
        ("Biểu kinh phí - nghìn đồng",),
        ("Đơn vị tiền tệ: nghìn đồng",),
        ("(Đvị: nghìn đ)",),
        ("Đơn vị tính:", "1.000đ"),
    ],
)
def test_a_line_above_that_ends_in_a_unit(lines: tuple[str, ...]) -> None:
    drawing = draw(PL09, Style(order=without_units, above=lines))
    values, findings = read_values(write_xlsx([drawing]))
    assert values == {key: value / 1000 for key, (_, value) in drawing.truth.items()}
    assert told(findings) == []


@pytest.mark.parametrize(
    "wording",
    [
        "Quỹ Bảo trợ trẻ em vận động",
        "QUỸ BẢO TRỢ TRẺ EM VẬN ĐỘNG",
        "Quỹ Bảo trợ trẻ em (vận động)",
    ],
)
def test_money_that_was_raised_is_not_in_tens_of_thousands(wording: str) -> None:
    def label(indicator) -> str:
        return wording if indicator.key == "te.quy" else indicator.label

    drawing = draw(PL06, Style(order=without_units, label=label))
    values, findings = read_values(write_xlsx([drawing]))
    assert values == {key: value for key, (_, value) in drawing.truth.items()}
    assert told(findings) == []


def test_raised_or_tens_of_thousands_without_marks_is_asked_about() -> None:
    def label(indicator) -> str:
        raised = "Quy Bao tro tre em van dong"
        return raised if indicator.key == "te.quy" else indicator.label

    _, findings = read_values(
        write_xlsx([draw(PL06, Style(order=without_units, label=label))])
    )
    assert {f.indicator for f in findings if f.code == "unit-unknown"} == {"te.quy"}


@pytest.mark.parametrize("behind", ["(1000 hé)", "(nghìn hé)"])
def test_a_size_of_something_unknown_behind_a_header_is_asked_about(behind: str) -> None:
    def header(column):
        return [f"{column.title} {behind}" if column.key == "kh_n" else column.title]

    _, findings = read_values(
        write_xlsx([draw(PL01, Style(header=header, order=without_units))])
    )
    asked = {f.indicator for f in findings if f.code == "unit-unknown"}
    assert {i.key for i in PL01.indicators if i.unit == "Người"} <= asked
    assert {i.key for i in PL01.indicators if "%" in i.unit}.isdisjoint(asked)


def test_a_thousand_beside_the_words_for_a_unit_is_asked_about() -> None:
    drawing = draw(PL09, Style(order=without_units))
    drawing.cells |= {(3, 6): "Đơn vị tính", (3, 7): 1000}
    _, findings = read_values(write_xlsx([drawing]))
    rows = {i.key for i in PL09.indicators}
    assert rows == {f.indicator for f in findings if f.code == "unit-unknown"}


def test_a_unit_in_the_name_of_the_sheet_is_asked_about() -> None:
    for name, asked in (("PL09 (nghìn đồng)", True), ("PL09 (triệu đồng)", False)):
        drawing = draw(PL09, Style(order=without_units), name)
        values, findings = read_values(write_xlsx([drawing]))
        assert values == {key: value for key, (_, value) in drawing.truth.items()}
        assert any(f.code == "unit-unknown" for f in findings) is asked


@pytest.mark.parametrize(
    "line",
    [
        "Tổng kinh phí cả năm ước 5 nghìn tỷ đồng",
        "Hỗ trợ hộ vay vốn trên một trăm triệu đồng",
        "Kèm theo văn bản số 1000",
    ],
)
def test_an_amount_at_the_end_of_a_line_is_no_unit(line: str) -> None:
    drawing = draw(PL09, Style(order=without_units, above=(line,)))
    values, findings = read_values(write_xlsx([drawing]))
    assert values == {key: value for key, (_, value) in drawing.truth.items()}
    assert told(findings) == []


@pytest.mark.parametrize("place", [(0, (0, 0)), (1, (40, 0))])
def test_a_unit_told_on_one_sheet_of_a_form_that_goes_on_on_another(place) -> None:
    """Above its first part, or below its last."""
    drawing = draw(PL09, Style(order=without_units, index_row=False, above=()))
    head = next(row for row, column in drawing.cells if column == 3)
    parts = [Drawing("PL09"), Drawing("PL09 tiếp")]
    for (row, column), value in drawing.cells.items():
        moved = row > head + 7
        parts[moved].cells[(row - 7 if moved else row, column)] = value
        if row == head:
            parts[1].cells[(head, column)] = value
    parts[place[0]].cells[place[1]] = "ĐVT: nghìn đồng"
    found = recognise(open_workbook(write_xlsx(parts), "a.xlsx"), [ROUND])
    read = [appendix for _, appendix, _ in read_forms(found.forms, {ROUND.id: ROUND})]
    assert len(read) == 2
    values = {(r.indicator, r.column): r.value for each in read for r in each.rows}
    assert values == {key: value / 1000 for key, (_, value) in drawing.truth.items()}
