"""Cells as people fill them: each figure right, or asked about."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import ColumnRole
from pipeline.domain.reading.sheet import address
from pipeline.stages.read import read_form
from pipeline.stages.recognise import recognise
from tests.builders.reading import assert_read, changed, read_return, row_of, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Style, draw, vietnamese

PL01, PL02, PL05, PL09 = (ROUND.form(f"PL0{n}") for n in (1, 2, 5, 9))


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
        ("Không phát sinh", Missing.NIL, None),
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
    style = Style(
        unit=lambda each: written if each.key == indicator else each.unit,
        figure=lambda each, value: value.to_integral() if each.key == indicator else value,
    )
    drawing = draw(form, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    for column in form.value_columns:
        row = row_of(forms, form.id, indicator, column.key)
        plain = drawing.truth[(indicator, column.key)][1].to_integral()
        assert (row.value, row.unit, row.unit_written) == (plain * factor, unit, written)
        assert row.quantum == factor * (Decimal("0.1") if "1000" in unit else 1) or (
            row.quantum <= factor
        )


@pytest.mark.parametrize("behind", [True, False])
def test_parts_of_a_person_make_the_unit_doubtful(behind: bool) -> None:
    """ "600,3 người" where thousands are asked for is read so, and asked about."""
    key = "vl.llld"
    style = Style(
        unit=lambda each: "Người" if each.key == key and not behind else each.unit,
        figure=lambda each, value: (
            f"{vietnamese(value)} người" if each.key == key and behind else value
        ),
    )
    _, findings = read_return(write_xlsx([draw(PL02, style)]))
    assert [(f.code, f.indicator, f.expected) for f in findings] == [
        ("unit-unknown", key, "1000 người")
    ]


@pytest.mark.parametrize(
    "text", ["1.234(*)", "1.234 *", "1.234(**)", "'1.234", "１.２３４", "1\u2009234"]
)
def test_marks_that_say_nothing_of_the_figure(text: str) -> None:
    drawing = draw(PL01)
    place = min(cell for cell, _ in drawing.truth.values())
    forms, findings = read_return(changed(drawing, lambda sheet: put(sheet, place, text)))
    assert told(findings) == []
    (row,) = [row for row in forms["PL01"].rows if row.cell == place]
    assert row.value == 1234


@pytest.mark.parametrize(
    "text", ["010.003", "01,5", "\u0661\u0662\u0663", "1.234(1)", "1234²"]
)
def test_figures_that_may_mean_another_are_asked_about(text: str) -> None:
    drawing = draw(PL01)
    place = min(cell for cell, _ in drawing.truth.values())
    _, findings = read_return(changed(drawing, lambda sheet: put(sheet, place, text)))
    assert told(findings) == [("unreadable-value", place)]


def put(sheet: Worksheet, place: str, text: str) -> None:
    sheet[place] = text


@pytest.mark.parametrize(
    ("written", "code"), [("khẩu", "unit-unknown"), ("Người lao động", "unit-near")]
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


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("ĐVT (nghìn đồng)", "0.001"),
        ("Đơn vị nghìn đồng", "0.001"),
        ("Đơn vị tính là nghìn đồng", "0.001"),
        ("Số liệu tính theo đơn vị nghìn đồng", "0.001"),
        ("Đơn vị tính: nghìn đồng (giá hiện hành)", "0.001"),
        ("BIỂU SỐ 9: KINH PHÍ (nghìn đồng)", "0.001"),
        ("Đơn vị: VNĐ", "0.000001"),
        ("Đơn vị tính: đồng Việt Nam", "0.000001"),
        ("Đơn vị: Sở Lao động - Thương binh và Xã hội", "1"),
    ],
)
def test_one_unit_above_the_table_in_other_words(line: str, times: str) -> None:
    drawing = draw(PL09, Style(unit=lambda _: "", above=(line,)))
    forms, findings = read_return(write_xlsx([drawing]))
    row = row_of(forms, "PL09", "kp.vldn", "dt_n1")
    assert (row.value, told(findings)) == (10003 * Decimal(times), [])


@pytest.mark.parametrize(
    ("behind", "times"),
    [(" nghìn đồng", "0.001"), (" - tỷ đồng", "1000"), ("; VNĐ", "0.000001")],
)
def test_a_size_at_the_end_of_the_headers_of_figures(behind: str, times: str) -> None:
    """Beside "Triệu đồng" in the row itself it is asked about."""

    def header(column):
        return [column.title + (behind if column.role is ColumnRole.VALUE else "")]

    drawing = draw(PL09, Style(unit=lambda _: "", header=header))
    forms, findings = read_return(write_xlsx([drawing]))
    row = row_of(forms, "PL09", "kp.vldn", "dt_n1")
    assert (row.value, told(findings)) == (10003 * Decimal(times), [])
    _, findings = read_return(write_xlsx([draw(PL09, Style(header=header))]))
    assert {code for code, _ in told(findings)} == {"unit-unknown"}


@pytest.mark.parametrize("slip", ["10.0000", "100.03", "1.0003", "10.03"])
def test_a_digit_too_many_is_asked_about_and_its_neighbours_are_not(slip: str) -> None:
    drawing = draw(PL01, Style(figure=lambda _, value: vietnamese(value)))
    cell, _ = drawing.truth["th.viec_lam", "th_n2"]
    data = changed(drawing, lambda sheet: put(sheet, cell, slip))
    forms, findings = read_return(data)
    assert told(findings) == [("ambiguous-number", cell)]
    assert row_of(forms, "PL01", "th.viec_lam", "th_n2").value is None


def test_three_decimals_everywhere_are_no_slips() -> None:
    """1003.000 says how "567.000" is meant, or that nobody knows: it is not read."""
    drawing = draw(PL01)
    row = {key: cell for key, (cell, _) in drawing.truth.items() if key[0] == "th.viec_lam"}

    def change(sheet):
        for at, cell in enumerate(row.values()):
            put(sheet, cell, f"{900 + 50 * at}.000")

    _, findings = read_return(changed(drawing, change))
    assert {code for code, _ in told(findings)} == {"ambiguous-number"}


def test_a_size_above_the_table_that_does_not_say_of_what_is_asked_about() -> None:
    def asked(form):
        style = Style(unit=lambda _: "", above=("Đơn vị tính: nghìn",))
        _, findings = read_return(write_xlsx([draw(form, style)]))
        return {f.indicator for f in findings if f.code == "unit-unknown"}

    assert asked(PL09) == {row.key for row in PL09.indicators}
    assert asked(PL02).isdisjoint(r.key for r in PL02.indicators if r.unit == "1000 người")


@pytest.mark.parametrize("written", ["1000 người", "vạn người"])
def test_a_line_above_that_the_column_of_units_contradicts(written: str) -> None:
    """Somebody declared another unit and left the column as it was."""
    above = (f"Đơn vị tính: {written}",)
    _, findings = read_return(write_xlsx([draw(PL01, Style(above=above))]))
    people = {row.key for row in PL01.indicators if row.unit == "Người"}
    asked = {f.indicator for f in findings if f.code == "unit-unknown"}
    assert asked == people
    one = {"th.ncc": written}
    style = Style(above=above, unit=lambda row: one.get(row.key, row.unit))
    forms, findings = read_return(write_xlsx([draw(PL01, style)]))
    assert told(findings) == []
    assert row_of(forms, "PL01", "th.ncc", "th_n2").unit_written == written


@pytest.mark.parametrize(
    "ditto", ["nt", '"', "- nt -", '-"-', "//", "″", "n/t", "như trên"]
)
def test_a_unit_said_once_and_repeated_by_a_sign(ditto: str) -> None:
    said = {"th.viec_lam": "1000 người", "th.xkld": ditto}
    style = Style(unit=lambda row: said.get(row.key, row.unit))
    forms, findings = read_return(write_xlsx([draw(PL01, style)]))
    assert row_of(forms, "PL01", "th.xkld", "th_n2").quantum == 1000
    assert told(findings) == []


def test_a_unit_behind_a_figure_says_what_its_point_means() -> None:
    """ "23,906 nghìn người" is no 23 million, though the row counts single persons."""
    key, column = "th.viec_lam", "th_n2"
    drawing = draw(PL01)
    cell, value = drawing.truth[key, column]

    def written(text: str):
        return changed(drawing, lambda sheet: sheet.__setitem__(cell, text))

    forms, findings = read_return(written(f"{value / 1000} nghìn người".replace(".", ",")))
    assert (row_of(forms, "PL01", key, column).value, told(findings)) == (value, [])


def test_single_dong_behind_a_figure_of_millions() -> None:
    drawing = draw(PL09)
    cell, _ = drawing.truth["kp.vldn", "dt_n1"]
    data = changed(drawing, lambda sheet: sheet.__setitem__(cell, "604.000.000đ"))
    forms, findings = read_return(data)
    assert row_of(forms, "PL09", "kp.vldn", "dt_n1").value == 604
    assert told(findings) == []


def test_two_figures_below_each_other_in_one_cell_are_not_one() -> None:
    drawing = draw(PL01)
    cell, _ = drawing.truth["th.xkld", "th_n2"]
    _, findings = read_return(changed(drawing, lambda s: s.__setitem__(cell, "270\n120")))
    assert told(findings) == [("unreadable-value", cell)]


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


@pytest.mark.fault("F-S10-4")
def test_simple_formulas_nobody_calculated_are_worked_out() -> None:
    row, heard, _ = with_cell(PL02, "vl.tong", "kh_n", "=SUM(H14:H15)+0*5")
    assert row.value is not None
    assert heard == []


def test_percentages_written_as_parts_of_one_are_read_by_their_rows() -> None:
    rows = tuple(replace(row, unit="%") for row in PL02.indicators)
    form = replace(PL02, indicators=rows)
    drawing = draw(form, Style(figure=lambda row, value: (20 + value) / 100))
    plan_round = replace(ROUND, forms=(form,))
    (match,) = recognise(open_workbook(write_xlsx([drawing]), "a.xlsx"), [plan_round]).forms
    appendix, findings = read_form(match, plan_round)
    assert findings == ()
    for row in appendix.rows:
        assert row.value == 20 + drawing.truth[(row.indicator, row.column)][1]


def test_a_few_small_percentages_may_be_parts_of_one() -> None:
    style = Style(figure=lambda row, value: value / 100 if row.unit == "%" else value)
    _, findings = read_return(write_xlsx([draw(PL02, style)]))
    rows = {row.key for row in PL02.indicators if row.unit == "%"}
    assert {(f.code, f.indicator) for f in findings} == {("unit-unknown", r) for r in rows}


@pytest.mark.parametrize("beside", [True, False])
def test_a_unit_in_the_label_counts(beside: bool) -> None:
    form, key = PL09, "kp.vldn"
    style = Style(
        label=lambda row: f"{row.label} (tỷ đồng)" if row.key == key else row.label,
        unit=lambda row: row.unit if beside or row.key != key else "",
    )
    drawing = draw(form, style)
    forms, findings = read_return(write_xlsx([drawing]))
    row = row_of(forms, form.id, key, form.value_columns[0].key)
    told_units = [(f.code, f.indicator) for f in findings if f.code == "unit-unknown"]
    if beside:  # "Triệu đồng" in its own cell: one of the two is wrong
        assert told_units == [("unit-unknown", key)]
    else:
        plain = drawing.truth[(key, row.column)][1]
        assert (row.value, row.unit_written, told_units) == (plain * 1000, "Tỷ đồng", [])


@pytest.mark.parametrize("write", ["xlsx", "xls"])
@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ('#,##0" nghìn"', True),
        ('#,##0.0" tr.đ"', True),
        ("#,##0,", True),
        ("#,##0.0,,_);(#,##0.0,,)", True),
        ('#,##0" người"', False),
        ('_-* #,##0.0\\ "₫"_-', False),
    ],
)
def test_a_number_format_that_speaks_of_size(write: str, code: str, asked: bool) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("PL01")
    drawing = draw(PL01)
    place = min(cell for cell, _ in drawing.truth.values())
    if write == "xlsx":
        data = changed(drawing, lambda sheet: shown(sheet, place, code))
    else:
        for (row, column), value in drawing.cells.items():
            there = address(row, column) == place
            style = xlwt.easyxf(num_format_str=code if there else "General")
            number = float(value) if isinstance(value, Decimal) else value
            sheet.write(row, column, number, style)
        stream = io.BytesIO()
        book.save(stream)
        data = stream.getvalue()
    _, findings = read_return(data, f"PL.{write}")
    assert {cell for _, cell in told(findings)} == ({place} if asked else set())


def shown(sheet: Worksheet, place: str, code: str) -> None:
    sheet[place].number_format = code


def test_the_forms_own_unit_in_the_format_of_a_cell() -> None:
    """One of the readers sees the word and the other does not: they do not differ."""

    def change(sheet):
        sheet[cell].value = 8.769
        shown(sheet, cell, '#,##0.000" tr.đ"')

    drawing = draw(PL09)
    cell, _ = drawing.truth["kp.vldn", "dt_n1"]
    forms, findings = read_return(changed(drawing, change))
    assert row_of(forms, "PL09", "kp.vldn", "dt_n1").value == Decimal("8.769")
    assert told(findings) == []


@pytest.mark.parametrize(
    "above",
    [
        ("ĐV: tỷ đồng",),
        ("Đ/v: tỷ đồng",),
        ("Tính bằng: tỷ đồng",),
        ("(Tỷ đồng)",),
        ("ĐVT:", "tỷ đồng"),
        ("Đơn vị: Tỷ đồng", "ĐVT: tỷ đồng"),
    ],
)
def test_how_a_unit_above_the_table_is_called(above: tuple[str, ...]) -> None:
    style = Style(unit=lambda _: "", above=above)
    forms, findings = read_return(write_xlsx([draw(PL09, style)]))
    assert {row.unit_written.lower() for row in forms["PL09"].rows} == {"tỷ đồng"}
    assert told(findings) == []


def test_a_unit_in_the_header_of_the_labels() -> None:
    def header(column):
        return ["Nội dung (tỷ đồng)" if column.key == "chi_tieu" else column.title]

    style = Style(unit=lambda _: "", header=header)
    forms, findings = read_return(write_xlsx([draw(PL09, style)]))
    drawing = draw(PL09, style)
    value = row_of(forms, "PL09", "kp.vldn", "dt_n1").value
    assert value == drawing.truth["kp.vldn", "dt_n1"][1] * 1000
    assert told(findings) == []


def test_units_in_a_row_of_their_own_below_the_header() -> None:
    def header(column):
        figures = column.role is ColumnRole.VALUE
        return [column.title, "(tỷ đồng)"] if figures else [column.title]

    style = Style(unit=lambda _: "", header=header)
    drawing = draw(PL09, style)
    forms, findings = read_return(write_xlsx([drawing]))
    value = row_of(forms, "PL09", "kp.vldn", "dt_n1").value
    assert value == drawing.truth["kp.vldn", "dt_n1"][1] * 1000
    assert told(findings) == []


def test_a_unit_written_once_and_merged_over_its_rows() -> None:
    first, below = "kp.vldn", ("kp.vldn1", "kp.vldn2")
    said = {first: "Tỷ đồng"} | dict.fromkeys(below, "")
    drawing = draw(PL09, Style(unit=lambda row: said.get(row.key, row.unit)))
    at = int(drawing.truth[first, "dt_n1"][0][1:]) - 1
    drawing.merges.append((at, 2, at + len(below), 2))
    forms, findings = read_return(write_xlsx([drawing]))
    for key in (first, *below):
        value = row_of(forms, "PL09", key, "dt_n1").value
        assert value == drawing.truth[key, "dt_n1"][1] * 1000
    assert told(findings) == []


@pytest.mark.parametrize(
    ("code", "asked"), [("#,##0.0,", True), ('#,##0.0," nghìn"', False)]
)
def test_a_format_that_shows_thousandths_is_read_as_it_shows(
    code: str, asked: bool
) -> None:
    """Under "1000 người" the sheet shows 600.3, and holds a thousand times as much."""

    def change(sheet):
        sheet[cell].value = 600_300
        shown(sheet, cell, code)

    drawing = draw(PL02)
    cell, value = drawing.truth["vl.dan_so", "th_n2"]
    forms, findings = read_return(changed(drawing, change))
    assert row_of(forms, "PL02", "vl.dan_so", "th_n2").value == value
    assert {where for _, where in told(findings)} == ({cell} if asked else set())
