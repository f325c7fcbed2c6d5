"""The national workbook read back: every figure, every mark, every formula."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Form
from pipeline.domain.total import COUNTRY, Level, Method, Total
from pipeline.ports.outside import NationalTables
from tests.builders.national import few_provinces, invented_tables, row_of
from tests.servers.libreoffice import convert

MARKS = {Missing.NIL: "-", Missing.NOT_APPLICABLE: "x", Missing.NOT_AVAILABLE: "…"}


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    return invented_tables()


@pytest.fixture(scope="module")
def made(tables: NationalTables) -> bytes:
    return national_workbook(tables)


@pytest.fixture(scope="module")
def book(made: bytes) -> Workbook:
    return load_workbook(io.BytesIO(made))


def by_province(book: Workbook, form: Form) -> Worksheet:
    sheet = book[f"{form.id} theo đơn vị"]
    assert isinstance(sheet, Worksheet)
    return sheet


def keys_across(form: Form) -> list[tuple[str, str]]:
    return [(i.key, c.key) for i in form.indicators for c in form.value_columns]


def number(cell: object) -> Decimal | None:
    assert isinstance(cell, Cell)
    return None if cell.value is None else Decimal(str(cell.value))


def all_totals(tables: NationalTables) -> dict[tuple[Level, str, str, str, str], Total]:
    return {(t.level, t.area, t.form, t.indicator, t.column): t for t in tables.totals}


def test_the_sheets_are_in_order(tables: NationalTables, book: Workbook) -> None:
    wanted = ["Bìa", "Tiến độ", "Thay đổi"]
    wanted += ["Chưa đạt kế hoạch", "Tiến độ 6 tháng", "Giải ngân 6 tháng"]
    wanted.append("Lộ trình 5 năm")
    for form in tables.plan_round.forms:
        wanted += [form.id, f"{form.id} theo đơn vị"]
    assert book.sheetnames == wanted


def test_every_figure_of_every_province_stands_in_its_cell(
    tables: NationalTables, book: Workbook
) -> None:
    """Numbers digit by digit, marks for what is missing, blank for nothing."""
    figures = {(f.province, f.form, f.indicator, f.column): f for f in tables.figures}
    for form in tables.plan_round.forms:
        sheet = by_province(book, form)
        for province in tables.gazetteer.provinces:
            row = row_of(sheet, province.code, 1)
            assert sheet.cell(row, 2).value == province.name
            for n, key in enumerate(keys_across(form), 3):
                cell = sheet.cell(row, n)
                found = figures.get((province.code, form.id, *key))
                if found is None:
                    assert cell.value is None
                elif found.value is None:
                    mark = MARKS[found.missing] if found.missing else "?"
                    assert cell.value == mark
                else:
                    assert number(cell) == found.value
                if found is not None:
                    assert cell.font.italic is not found.clean


def test_every_total_stands_in_its_row(tables: NationalTables, book: Workbook) -> None:
    """Country, 6 regions, 8 regions, units of 2025: all of them, in their places."""
    totals = all_totals(tables)
    seen = 0
    for form in tables.plan_round.forms:
        sheet = by_province(book, form)
        sections = {
            Level.NATIONAL: 1,
            Level.REGION6: 1,
            Level.REGION8: row_of(sheet, "THEO 8 VÙNG CỦA NGÀNH", 1),
            Level.UNIT2025: row_of(sheet, "THEO 34 TỈNH, THÀNH PHỐ (TỪ 1/7/2025)", 1),
        }
        areas = {(t.level, t.area) for t in tables.totals}
        for level, area in areas:
            big = level in (Level.NATIONAL, Level.REGION6)
            name = area.upper() if big else area
            row = row_of(sheet, name, 2, sections[level])
            for n, key in enumerate(keys_across(form), 3):
                total = totals[(level, area, form.id, *key)]
                cell = sheet.cell(row, n)
                assert number(cell) == total.value
                if total.value is not None:
                    assert cell.font.italic is (total.provisional > 0)
                    lacking = total.reported < total.expected
                    assert cell.number_format.endswith('"*"') is lacking
                seen += 1
    assert seen == len(tables.totals)


@pytest.mark.fault("F-S15-2")
def test_the_country_s_lines_say_how_many_stand_behind_it(
    tables: NationalTables, book: Workbook
) -> None:
    totals = all_totals(tables)
    for form in tables.plan_round.forms:
        sheet = by_province(book, form)
        top = row_of(sheet, "CẢ NƯỚC")
        for n, key in enumerate(keys_across(form), 3):
            total = totals[(Level.NATIONAL, COUNTRY, form.id, *key)]
            assert number(sheet.cell(top + 1, n)) == total.value_strict
            assert sheet.cell(top + 2, n).value == total.reported
            assert sheet.cell(top + 2, n).number_format.endswith('0"/63"')
            assert (sheet.cell(top + 3, n).value or 0) == total.provisional


def test_the_official_layout_shows_the_national_figures(
    tables: NationalTables, book: Workbook
) -> None:
    totals = all_totals(tables)
    for form in tables.plan_round.forms:
        sheet = book[form.id]
        for row, indicator in enumerate(form.indicators, 10):
            assert sheet.cell(row, 2).value == indicator.label
            for n, column in enumerate(form.columns, 1):
                key = (Level.NATIONAL, COUNTRY, form.id, indicator.key, column.key)
                if key in totals and totals[key].method is Method.NONE:
                    assert sheet.cell(row, n).value == "x"
                elif key in totals:
                    assert number(sheet.cell(row, n)) == totals[key].value


def test_comparisons_are_computed_from_the_national_figures(
    tables: NationalTables, book: Workbook
) -> None:
    totals = all_totals(tables)
    estimate, plan = (
        totals[(Level.NATIONAL, COUNTRY, "PL01", "th.viec_lam", column)].value
        for column in ("uoc_n1", "kh_n1")
    )
    assert estimate is not None
    assert plan is not None
    share = (estimate / plan * 100).quantize(Decimal("0.01"))
    assert number(book["PL01"]["I10"]) == share
    assert book["PL01"]["I12"].value is None, "a rate is not compared"


def test_the_only_formulas_are_our_two_check_lines(
    tables: NationalTables, book: Workbook
) -> None:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    line = sheet.cell(cell.row, 2).value
                    assert line in ("Kiểm tra: cộng các đơn vị", "Chênh lệch với cả nước")
                    assert re.fullmatch(
                        r"=SUM\([A-Z0-9:,]+\)"
                        r"|=\(ROUND\([A-Z]+\d+\*10*,0\)-ROUND\([A-Z]+\d+\*10*,0\)\)/10*",
                        cell.value,
                    )


def last_digit(tables: NationalTables, form: Form, indicator: str) -> Decimal:
    """The unit of the last digit that any unit wrote in a row."""
    places = NationalView(tables).written(form, form.indicator(indicator))
    return Decimal(1).scaleb(-places)


def test_another_spreadsheet_program_adds_up_the_same(tmp_path: Path) -> None:
    """LibreOffice recalculates the check line: it equals our sums to the last digit that
    anybody wrote, and its own differences are exactly 0.
    """
    tables = invented_tables(
        gazetteer=few_provinces("01", "02", "10", "22", "38", "54", "62", "79", "92")
    )
    (tmp_path / "national.xlsx").write_bytes(national_workbook(tables))
    again = convert(tmp_path / "national.xlsx", "xlsx", tmp_path / "out")
    book = load_workbook(again, data_only=True)
    totals = all_totals(tables)
    checked = 0
    for form in tables.plan_round.forms:
        sheet = by_province(book, form)
        row = row_of(sheet, "Kiểm tra: cộng các đơn vị")
        for n, key in enumerate(keys_across(form), 3):
            total = totals[(Level.NATIONAL, COUNTRY, form.id, *key)]
            if total.method is Method.SUM:
                found = number(sheet.cell(row, n))
                assert found is not None
                exact = total.value or Decimal(0)
                assert found.quantize(last_digit(tables, form, key[0])) == exact
                assert sheet.cell(row + 1, n).value == 0
                checked += 1
    assert checked > 500


def test_coverage_and_cover_count_the_same(tables: NationalTables, book: Workbook) -> None:
    accepted = [row for row in tables.coverage if row["state"] == "accepted"]
    sheet = book["Tiến độ"]
    row = row_of(sheet, "Số đơn vị được chấp nhận")
    counts = [sheet.cell(row, n).value for n in range(3, 12)]
    assert counts == [
        sum(1 for found in accepted if found["form_id"] == form.id)
        for form in tables.plan_round.forms
    ]
    cover = book["Bìa"]
    top = row_of(cover, "Biểu", 1) + 1
    assert [cover.cell(top + n, 3).value for n in range(9)] == counts
    texts = {cell.value for found in cover.iter_rows() for cell in found if cell.value}
    sent = {r["province_code"] for r in tables.coverage if r["state"] != "missing"}
    assert {"09 giờ 00 ngày 13/7/2013", f"{len(sent)}/63"} <= texts
    late = {cell.value for found in sheet.iter_rows() for cell in found}
    assert {"Đạt", "Đạt, chưa xác minh", "Cần sửa", "Chưa gửi", "Đạt (muộn)"} <= late


def test_the_same_tables_give_the_same_bytes(tables: NationalTables, made: bytes) -> None:
    """The run's own start is not in them, nor the order in which figures came."""
    later = replace(tables.run, started_at=tables.run.started_at.replace(year=2020))
    shuffled = tuple(reversed(tables.figures))
    again = replace(tables, run=later, figures=shuffled)
    assert national_workbook(again) == made


def test_other_figures_have_another_code() -> None:
    def code(data: bytes) -> object:
        sheet = load_workbook(io.BytesIO(data))["Bìa"]
        return sheet.cell(row_of(sheet, "Mã đối chiếu số liệu", 1), 2).value

    tables = invented_tables(gazetteer=few_provinces("01", "02", "54"))
    fewer = replace(tables, figures=tables.figures[1:])
    assert code(national_workbook(fewer)) != code(national_workbook(tables))


def test_it_is_ready_to_be_printed(tables: NationalTables, book: Workbook) -> None:
    """A3, header and names repeated, pages break between indicators."""
    for form in tables.plan_round.forms:
        sheet = by_province(book, form)
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == (
            "landscape",
            8,
        )
        assert (sheet.print_title_rows, sheet.print_title_cols) == ("$3:$4", "$A:$B")
        width = len(form.value_columns)
        assert all((brk.id - 2) % width == 0 for brk in sheet.col_breaks.brk)
        assert sheet.freeze_panes == "C6"
