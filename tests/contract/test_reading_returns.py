"""Returns as people make them: each figure right, or asked about."""

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.domain.finding import Severity
from pipeline.domain.form import Missing, Row
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbooks import ROUND, Drawing, Style, draw, vietnamese, write_xlsx

PL01, PL02, PL05, PL09 = (ROUND.form(f"PL0{n}") for n in (1, 2, 5, 9))


def changed(drawing: Drawing, change: Callable[[Worksheet], None]) -> bytes:
    """The drawing as a workbook, after a change made with openpyxl."""
    book = load_workbook(io.BytesIO(write_xlsx([drawing])))
    change(book.worksheets[0])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def row_of(forms, form: str, indicator: str, column: str) -> Row:
    return next(
        row
        for row in forms[form].rows
        if (row.indicator, row.column) == (indicator, column)
    )


def with_cell(form, indicator: str, column: str, value: object, **more: object):
    """One form with one cell replaced: the row read, and what was told."""
    drawing = draw(form)
    where, _ = drawing.truth[(indicator, column)]

    def change(sheet: Worksheet) -> None:
        sheet[where] = value
        for name, wanted in more.items():
            setattr(sheet[where], name, wanted)

    forms, findings = read_return(changed(drawing, change))
    return row_of(forms, form.id, indicator, column), told(findings), where


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("10.144", 10144),
        ("10,144", 10144),
        ("10 144", 10144),
        ("10.144 người", 10144),
        ("1.010.144", 1010144),
        ("(12)", -12),
        ("9.999", 9999),
    ],
)
def test_a_count_as_text(written: str, value: int) -> None:
    row, heard, where = with_cell(PL01, "th.xkld", "kh_n", written)
    assert (row.value, row.raw, row.cell, heard) == (value, written, where, [])


@pytest.mark.parametrize(
    ("written", "missing", "code"),
    [
        ("-", Missing.NIL, None),
        ("không", Missing.NIL, None),
        ("x", Missing.NOT_APPLICABLE, None),
        ("..", Missing.NOT_AVAILABLE, "not-available"),
        ("chưa có", Missing.NOT_AVAILABLE, "not-available"),
        ("trên 27.000", None, "unreadable-value"),
        ("600-700", None, "unreadable-value"),
        ("12 con", None, "unreadable-value"),
        ("12%", None, "unreadable-value"),
        (True, None, "unreadable-value"),
        ("=1/0", None, "formula-uncached"),
        ("=IF(A1,1,2)", None, "formula-uncached"),
    ],
)
def test_what_is_no_number_is_kept_apart(written, missing, code) -> None:
    row, heard, where = with_cell(PL01, "th.xkld", "kh_n", written)
    assert (row.value, row.missing) == (None, missing)
    assert heard == ([(code, where)] if code else [])


def test_zero_is_a_figure_and_an_empty_cell_is_no_row() -> None:
    row, heard, _ = with_cell(PL01, "th.xkld", "kh_n", 0)
    assert (row.value, heard) == (0, [])
    with pytest.raises(StopIteration):
        with_cell(PL01, "th.xkld", "kh_n", None)


def test_an_error_value_is_named() -> None:
    row, heard, where = with_cell(PL01, "th.xkld", "kh_n", "#REF!", data_type="e")
    assert (row.value, row.raw, heard) == (None, "#REF!", [("error-value", where)])


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [(0.12, "0%", "12"), (0.1211, "0.00%", "12.11"), (12.5, "0.0", "12.5")],
)
def test_a_percentage_cell(value: float, number_format: str, expected: str) -> None:
    row, heard, _ = with_cell(PL01, "th.tlhn", "kh_n", value, number_format=number_format)
    assert (row.value, heard) == (Decimal(expected), [])


def test_a_percent_format_on_a_count_is_asked_about() -> None:
    row, heard, where = with_cell(PL01, "th.xkld", "kh_n", 0.5, number_format="0%")
    assert (row.value, heard) == (None, [("ambiguous-number", where)])


@pytest.mark.parametrize(
    ("written", "value"), [("12,11", "12.11"), ("6.8", "6.8"), ("5%", "5")]
)
def test_a_rate_as_text(written: str, value: str) -> None:
    row, heard, _ = with_cell(PL01, "th.tlhn", "kh_n", written)
    assert (row.value, heard) == (Decimal(value), [])


def test_neighbours_decide_what_the_unit_cannot() -> None:
    row, heard, _ = with_cell(PL02, "vl.llld", "kh_n", "612.345")
    assert (row.value, heard) == (Decimal("612.345"), [])
    row, heard, _ = with_cell(PL09, "kp.vldn", "dt_n1", "10.003")
    assert (row.value, heard) == (10003, [])


def test_what_nothing_decides_is_asked_about() -> None:
    def alone(sheet: Worksheet) -> None:
        for column in "DEFGHI":
            sheet[f"{column}{line}"] = None
        sheet[where] = "1.234"

    drawing = draw(PL09)
    where, _ = drawing.truth[("kp.vldn", "dt_n1")]
    line = where[1:]
    forms, findings = read_return(changed(drawing, alone))
    assert row_of(forms, "PL09", "kp.vldn", "dt_n1").value is None
    assert told(findings) == [("ambiguous-number", where)]
    assert findings[0].severity is Severity.ERROR


def test_unit_and_neighbours_in_conflict_are_asked_about() -> None:
    row, heard, where = with_cell(PL01, "th.tlhn", "kh_n", "12.345")
    assert (row.value, heard) == (Decimal("12.345"), [])

    def small(sheet: Worksheet) -> None:
        for column in "DEFG":
            sheet[f"{column}{line}"] = 1.2
        sheet[where] = "1.234"

    drawing = draw(PL01)
    where, _ = drawing.truth[("th.xkld", "kh_n")]
    line = where[1:]
    _, findings = read_return(changed(drawing, small))
    assert told(findings) == [("ambiguous-number", where)]


def test_a_whole_sheet_of_text_in_vietnamese_notation() -> None:
    for form in (PL01, PL09):
        drawing = draw(form, Style(figure=lambda _, value: vietnamese(value)))
        forms, findings = read_return(write_xlsx([drawing]))
        assert told(findings) == []
        assert_read(forms[form.id], drawing)


@pytest.mark.parametrize(
    ("form", "indicator", "written", "factor"),
    [
        (PL01, "th.xkld", "nghìn người", 1000),
        (PL02, "vl.llld", "Người", Decimal("0.001")),
        (PL09, "kp.vldn", "Tỷ đồng", 1000),
        (PL09, "kp.vldn", "đồng", Decimal("0.000001")),
    ],
)
def test_a_declared_other_unit_is_converted_exactly(
    form, indicator, written, factor
) -> None:
    unit = form.indicator(indicator).unit
    style = Style(unit=lambda each: written if each.key == indicator else each.unit)
    drawing = draw(form, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    for column in form.value_columns:
        row = row_of(forms, form.id, indicator, column.key)
        plain = drawing.truth[(indicator, column.key)][1]
        assert (row.value, row.unit, row.unit_written) == (plain * factor, unit, written)
        assert row.quantum == factor * (Decimal("0.1") if "1000" in unit else 1) or (
            row.quantum <= factor
        )


@pytest.mark.parametrize(
    ("written", "code"), [("vạn người", "unit-unknown"), ("Người lao động", "unit-near")]
)
def test_a_unit_that_is_not_the_forms_is_told_once_a_row(written: str, code: str) -> None:
    style = Style(unit=lambda each: written if each.key == "th.xkld" else each.unit)
    forms, findings = read_return(write_xlsx([draw(PL01, style)]))
    assert [each for each, _ in told(findings)] == [code]
    assert row_of(forms, "PL01", "th.xkld", "kh_n").value is not None


def test_one_unit_above_the_table() -> None:
    style = Style(unit=lambda _: "", above=("Đơn vị tính: Tỷ đồng",))
    drawing = draw(PL09, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    row = row_of(forms, "PL09", "kp.vldn", "dt_n1")
    assert (row.value, row.unit_written) == (10003 * 1000, "Tỷ đồng")


def test_a_unit_in_the_header_of_a_column() -> None:
    def header(column):
        return [f"{column.title} (nghìn người)" if column.key == "kh_n" else column.title]

    form = replace(PL01, indicators=PL01.indicators[:2])
    style = Style(header=header, unit=lambda _: "", title=True)
    drawing = draw(form, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert (
        row_of(forms, "PL01", "th.xkld", "kh_n").value
        == 1000 * drawing.truth[("th.xkld", "kh_n")][1]
    )
    drawing = draw(form, Style(header=header))
    _, findings = read_return(write_xlsx([drawing]))
    assert {code for code, _ in told(findings)} <= {"unit-unknown"}


def test_simple_formulas_nobody_calculated_are_worked_out() -> None:
    row, heard, _ = with_cell(PL02, "vl.tong", "kh_n", "=SUM(H14:H15)+0*5")
    assert row.value is not None
    assert heard == []


def test_columns_in_any_order_and_foreign_columns_left_alone() -> None:
    drawing = draw(PL01, Style(order=lambda columns: list(reversed(columns))))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL01"], drawing)

    same_period = replace(
        PL01.column("th6t_n1"), key="cung_ky", title="TH 6 tháng đầu năm 2012"
    )
    drawing = draw(
        PL01, Style(order=lambda columns: [*columns[:5], same_period, *columns[5:]])
    )
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL01"], drawing)


def test_a_column_left_out_is_missing() -> None:
    style = Style(order=lambda columns: [c for c in columns if c.key != "uoc_n1"])
    forms, findings = read_return(write_xlsx([draw(PL01, style)]))
    assert [(f.code, f.column, f.severity) for f in findings] == [
        ("column-missing", "uoc_n1", Severity.ERROR)
    ]
    assert "uoc_n1" not in {match.column for match in forms["PL01"].column_matches}


def test_two_columns_with_one_header_are_doubtful() -> None:
    def header(column):
        return ["Kế hoạch năm 2014" if column.key in ("kh_n", "kh_n1") else column.title]

    _, findings = read_return(write_xlsx([draw(PL01, Style(header=header))]))
    assert {(f.code, f.column) for f in findings} == {
        ("column-uncertain", "kh_n"),
        ("column-missing", "kh_n1"),
    }


def test_the_years_of_another_round() -> None:
    def header(column):
        return [column.title.replace("2012", "2011").replace("2013", "2012").replace(
            "2014", "2013")]  # fmt: skip

    forms, findings = read_return(write_xlsx([draw(PL01, Style(header=header))]))
    assert forms == {}
    assert [(f.code, f.form, f.found, f.expected) for f in findings] == [
        ("wrong-round", "PL01", "2013", "2014")
    ]


def test_rows_of_the_provinces_own_are_kept_out_and_told() -> None:
    extra = {"th.viec_lam": [["", "Chỉ tiêu riêng của tỉnh", "Người", 1, 2, 3, 4, 5]]}
    drawing = draw(PL01, Style(extra=extra))
    forms, findings = read_return(write_xlsx([drawing]))
    assert_read(forms["PL01"], drawing)
    assert [(f.code, f.severity) for f in findings] == [("row-extra", Severity.INFO)]


def test_a_row_that_comes_twice() -> None:
    label = PL01.indicator("th.ncc").label
    extra = {"th.te": [["", label, "Người", 1, 2, 3, 4, 5]]}
    _, findings = read_return(write_xlsx([draw(PL01, Style(extra=extra))]))
    assert [(f.code, f.indicator) for f in findings] == [("duplicate-row", "th.ncc")]


def test_rows_that_moved_are_found_again() -> None:
    form = replace(PL01, indicators=(*PL01.indicators[5:], *PL01.indicators[:5]))
    drawing = draw(form)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert {k: v[0] for k, v in drawing.truth.items()} == {
        (r.indicator, r.column): r.cell for r in forms["PL01"].rows
    }


def test_a_renamed_row_that_could_be_two_is_asked_about() -> None:
    gone = ("gn.ho_ngheo", "gn.thoat", "gn.tai", "gn.ps", "gn.dtts")
    half = replace(PL05.indicator("gn.ngheo_dau"), label="Số hộ nghèo năm", code="")
    rows = [half if i.key == half.key else i for i in PL05.indicators if i.key not in gone]
    _, findings = read_return(write_xlsx([draw(replace(PL05, indicators=tuple(rows)))]))
    assert "row-uncertain" in {f.code for f in findings}


def test_a_label_that_runs_on_into_the_next_row() -> None:
    long = PL02.indicator("vl.xkld").label
    half = long.index(" (đi")
    style = Style(
        label=lambda each: long[half + 1 :] if each.key == "vl.xkld" else each.label,
        extra={"vl.hcsn": [["2", long[:half]]]},
    )
    drawing = draw(PL02, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL02"], drawing)


def test_hidden_rows_are_read_and_told_once() -> None:
    drawing = draw(PL01)

    def hide(sheet: Worksheet) -> None:
        for row in (8, 9):
            sheet.row_dimensions[row].hidden = True
        sheet.column_dimensions["H"].hidden = True

    forms, findings = read_return(changed(drawing, hide))
    assert [(f.code, f.severity) for f in findings] == [("hidden-content", Severity.WARN)]
    assert_read(forms["PL01"], drawing)
    assert {row.cell[0] for row in forms["PL01"].rows if not row.hidden} == set("DEFG")


def two_sheets(hidden_form) -> bytes:
    book = load_workbook(io.BytesIO(write_xlsx([draw(PL01), draw(hidden_form, name="cu")])))
    book["cu"].sheet_state = "veryHidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_hidden_sheet_that_repeats_a_visible_form_is_ignored() -> None:
    forms, findings = read_return(two_sheets(PL01))
    assert [(f.code, f.severity) for f in findings] == [("hidden-content", Severity.INFO)]
    assert_read(forms["PL01"], draw(PL01))


def test_a_hidden_sheet_with_a_form_of_its_own_is_read() -> None:
    forms, findings = read_return(two_sheets(PL02))
    assert [(f.code, f.severity) for f in findings] == [("hidden-content", Severity.WARN)]
    assert all(row.hidden for row in forms["PL02"].rows)


def stacked(*drawings: Drawing) -> Drawing:
    """Several drawings one below the other on one sheet."""
    together, down = Drawing("tong hop"), 0
    for drawing in drawings:
        together.cells |= {(r + down, c): v for (r, c), v in drawing.cells.items()}
        together.merges += [(a + down, b, c + down, d) for a, b, c, d in drawing.merges]
        down += drawing.last_row + 4
    return together


def test_several_forms_on_one_sheet() -> None:
    forms, findings = read_return(write_xlsx([stacked(*(draw(f) for f in ROUND.forms))]))
    assert told(findings) == []
    assert set(forms) == {form.id for form in ROUND.forms}
    for form in ROUND.forms:
        values = {(r.indicator, r.column): r.value for r in forms[form.id].rows}
        assert values == {k: v for k, (_, v) in draw(form).truth.items()}


def test_a_form_that_goes_on_under_a_second_header() -> None:
    first = draw(replace(PL02, indicators=PL02.indicators[:18]), Style(signature=False))
    rest = draw(
        replace(PL02, indicators=PL02.indicators[18:]),
        Style(title=False, above=()),
        name="tiep theo",
    )
    forms, findings = read_return(write_xlsx([first, rest]))
    assert told(findings) == []
    assert {r.indicator for r in forms["PL02"].rows} == {
        i.key for i in PL02.indicators[18:]
    }


def test_a_table_that_is_no_form_is_told() -> None:
    def table(book: Workbook) -> None:
        sheet = book.create_sheet("khac")
        sheet.append(["STT", "Huyện", "Năm 2012", "Năm 2013", "Ghi chú"])
        for n in range(8):
            sheet.append([n, f"Huyện {n}", 100 + n, 200 + n])

    book = load_workbook(io.BytesIO(write_xlsx([draw(PL01)])))
    table(book)
    stream = io.BytesIO()
    book.save(stream)
    forms, findings = read_return(stream.getvalue())
    assert set(forms) == {"PL01"}
    assert [(f.code, f.severity, f.sheet) for f in findings] == [
        ("form-unrecognised", Severity.WARN, "khac")
    ]
    alone = Workbook()
    table(alone)
    stream = io.BytesIO()
    alone.save(stream)
    forms, findings = read_return(stream.getvalue())
    assert [(f.code, f.severity) for f in findings] == [
        ("form-unrecognised", Severity.QUERY)
    ]


def test_notes_and_derived_columns() -> None:
    drawing = draw(PL01)
    where, _ = drawing.truth[("th.xkld", "kh_n")]

    def fill(sheet: Worksheet) -> None:
        row = int(where[1:])
        sheet.cell(row, 9, 95.5)
        sheet.cell(row, 10, "101,2")
        sheet.cell(row, 11, " thiếu  đơn hàng ")

    forms, findings = read_return(changed(drawing, fill))
    assert told(findings) == []
    assert forms["PL01"].notes == (("th.xkld", "thiếu đơn hàng"),)
    assert [(r.column, r.value, r.unit) for r in forms["PL01"].derived] == [
        ("ss_uoc_kh", Decimal("95.5"), "%"),
        ("ss_kh_uoc", Decimal("101.2"), "%"),
    ]
