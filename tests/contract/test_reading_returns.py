"""Returns as people make them: each figure right, or asked about."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.domain.plan.finding import Severity
from tests.builders.reading import assert_read, changed, read_return, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PL01, PL02, PL05, PL09 = (ROUND.form(f"PL0{n}") for n in (1, 2, 5, 9))


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


@pytest.mark.fault("F-DB-6")
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
    assert forms["PL01"].notes == ()  # "Ghi chú" explains nothing
    assert [(r.column, r.value, r.unit) for r in forms["PL01"].derived] == [
        ("ss_uoc_kh", Decimal("95.5"), "%"),
        ("ss_kh_uoc", Decimal("101.2"), "%"),
    ]
