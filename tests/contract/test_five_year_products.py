"""The five-year plan in workbook, briefing and tables: the same points, or why none."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from pipeline.adapters.national.briefing import briefing
from pipeline.adapters.national.national_path import PathSheet
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.national.run_files import run_files
from pipeline.adapters.national.tidy_tables import FIVE_YEAR, dictionary_csv, five_year_csv
from pipeline.adapters.round_definitions.five_year_file import load_five_year
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.domain.figure_sums import FigureFacts
from pipeline.domain.five_year_path import Standing
from pipeline.domain.plan.five_year import Better, Target
from pipeline.ports.outside import NationalTables
from pipeline.stages.follow_path import follow_path
from tests.builders.national import invented_tables, row_of, tables_of
from tests.builders.totals import ROUND_FOLDER, figure, small_gazetteer, small_round
from tests.contract.test_briefing import parts, text_of

SHEET = "Lộ trình 5 năm"


def with_targets(tables: NationalTables, *targets: Target) -> NationalTables:
    round_ = replace(tables.plan_round, targets=targets)
    points = follow_path(round_, tables.totals, tables.figures)
    return replace(tables, plan_round=round_, five_year=points)


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    """The invented returns with the targets that are shipped."""
    made = invented_tables()
    shipped = load_five_year(ROUND_FOLDER, made.plan_round, made.gazetteer)
    return with_targets(made, *shipped)


def small(*targets: Target) -> NationalTables:
    cells = (("01", "tong", "90"), ("01", "tl_tong", "4"), ("02", "tong", "9"))
    figures = [
        figure((province, "PL01", row, "uoc_n1"), value) for province, row, value in cells
    ]
    return with_targets(tables_of(small_round(), small_gazetteer(), figures, []), *targets)


def target(year: int, value: str, unit: str | None = None) -> Target:
    where = ("PL01", "tong", year, unit)
    return Target(*where, Decimal(value), Better.UP, "Nghị quyết 1", 2)


def body_of(tables: NationalTables) -> str:
    return text_of(parts(briefing(tables))["word/document.xml"])


def drawn(tables: NationalTables):
    """The sheet alone: the whole workbook takes seconds."""
    book = Workbook()
    PathSheet(Page(book.create_sheet(SHEET), StyleBook(book)), NationalView(tables)).draw()
    return book[SHEET]


def sheet_of(tables: NationalTables):
    return load_workbook(io.BytesIO(national_workbook(tables)))[SHEET]


def test_the_sheet_shows_each_figure_beside_its_path_and_where_both_come_from(
    tables: NationalTables,
) -> None:
    sheet = drawn(tables)
    country = [point for point in tables.five_year if point.province is None]
    units = [point for point in tables.five_year if point.province is not None]
    assert (len(country), len(units)) == (8, 10)
    second = row_of(sheet, "2. Đơn vị có mục tiêu riêng", 1)
    for start, points in ((7, country), (second + 2, units)):
        for row, point in enumerate(points, start):
            value, path, gap = (sheet.cell(row, n).value for n in (7, 8, 9))
            shown = Decimal("1e-9")
            assert abs(Decimal(str(value)) - point.value) < shown
            assert abs(Decimal(str(path)) - point.aim.value) < shown
            assert abs(Decimal(str(gap)) - point.gap) < shown
            basis = sheet.cell(row, 13).value
            assert all(each.source in basis for each in point.aim.targets)
            assert f"dòng {point.aim.targets[0].line}" in basis
            told = sheet.cell(row, 12).value
            if point.total is not None:
                assert told == f"{point.total.reported}/{point.total.expected} đơn vị"
            else:
                assert f"{point.source.sheet}!{point.source.cell}" in told
                assert point.source.digest[:8] in told
    assert sheet.cell(7, 7).number_format.endswith('"*"')  # not all units are in it


def test_the_table_has_every_point_and_the_dictionary_its_columns(
    tables: NationalTables,
) -> None:
    data = five_year_csv(tables).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [row["standing"] for row in rows] == [
        point.standing.value for point in tables.five_year
    ]
    first, point = rows[0], tables.five_year[0]
    assert (first["province_code"], first["indicator"]) == ("", "th.viec_lam")
    assert Decimal(first["gap"]) == point.gap
    assert (first["target_how"], first["target_lines"]) == ("given", "4")
    own = next(row for row in rows if row["province_code"] == "54")
    assert own["cell"]
    assert own["message"]
    names = set(rows[0])
    dictionary = dictionary_csv(tables.plan_round).decode("utf-8-sig")
    told = list(csv.DictReader(io.StringIO(dictionary)))
    assert {row["name"] for row in told if row["file"] == FIVE_YEAR} == names


def test_no_number_of_the_table_loses_its_sign() -> None:
    tables = small(target(2013, "-2"), target(2013, "-1", "01"))
    data = five_year_csv(tables).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    names = ("value", "target", "gap", "share")
    for row, point in zip(rows, tables.five_year, strict=True):
        numbers = (point.value, point.aim.value, point.gap, point.share)
        told = [None if row[name] == "" else Decimal(row[name]) for name in names]
        assert told == list(numbers)
    assert any(row["share"].startswith("-") for row in rows)


def test_the_briefing_counts_the_country_and_names_who_is_behind(
    tables: NationalTables,
) -> None:
    body = body_of(tables)
    standings = [p.standing for p in tables.five_year if p.province is None]
    behind = standings.count(Standing.BEHIND)
    assert "So với lộ trình của kế hoạch 5 năm" in body
    assert f"{behind} chậm so với lộ trình" in body
    assert "Phú Yên (-8.459)" in body
    assert "Nghị quyết 53/2013/QH13" in body


def test_without_targets_the_products_say_so_and_how_to_add_them() -> None:
    bare = small()
    note = sheet_of(bare)["A3"].value
    body = body_of(bare)
    for text in (note, body):
        assert "Chưa có mục tiêu kế hoạch 5 năm nào được ghi nhận" in text
        assert "five_year.csv" in text
        assert bare.plan_round.id in text
    assert FIVE_YEAR not in run_files(bare)
    assert FIVE_YEAR in run_files(small(target(2013, "1")))
    assert FIVE_YEAR not in dictionary_csv(bare.plan_round).decode()


def test_targets_of_years_gone_by_are_told_as_such() -> None:
    over = small(target(2010, "5"))
    assert "đều là của những năm trước" in sheet_of(over)["A3"].value
    assert "đều là của những năm trước" in body_of(over)


def test_a_unit_without_a_figure_is_not_called_behind() -> None:
    body = body_of(
        small(target(2013, "100"), target(2013, "80", "02"), target(2013, "80", "04"))
    )
    line = "- tong, ước thực hiện cả năm 2013: 1/2 đơn vị"
    assert line in body
    assert "1 đơn vị chưa có số liệu" in body


def test_a_round_of_many_units_compares_the_country_alone() -> None:
    known = small(target(2013, "100"))
    many = replace(known, figures=(), facts=FigureFacts(3, 0, {}))
    sheet = sheet_of(many)
    assert sheet["G7"].value == 99
    assert "chỉ so sánh số liệu cả nước" in sheet["A9"].value
