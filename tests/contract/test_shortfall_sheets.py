"""The sheets of shortfalls read back: figures, order, chart."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.national.national_shortfalls import ShortfallSheet, full_label
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.domain.figure_sums import FigureFacts
from pipeline.domain.shortfall import MEASURES, Measure
from pipeline.ports.outside import NationalTables
from pipeline.stages.rank_shortfalls import rank_shortfalls
from tests.builders.national import invented_tables, row_of, tables_of


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    return invented_tables()


SHEETS = ("Chưa đạt kế hoạch", "Tiến độ 6 tháng", "Giải ngân 6 tháng")


def test_the_sheets_show_what_was_ranked(tables: NationalTables) -> None:
    for measure in MEASURES:
        sheet = drawn(tables, measure)
        country, provinces = rank_shortfalls(
            measure, tables.plan_round.forms, tables.figures
        )
        top = row_of(sheet, "Đơn vị ảnh hưởng nhiều nhất", 1)
        assert provinces
        for start, found in ((5, country[:10]), (top, provinces[:30])):
            for n, shortfall in enumerate(found, start + 2):
                form = tables.plan_round.form(shortfall.form)
                assert sheet.cell(n, 2).value == form.id
                assert sheet.cell(n, 4).value == full_label(form, shortfall.indicator)
                shown = [Decimal(str(sheet.cell(n, c).value)) for c in (6, 7, 8, 9)]
                assert shown == [
                    shortfall.whole,
                    shortfall.done,
                    shortfall.rate,
                    round(shortfall.effect, 2),
                ]
        assert len(sheet._charts) == bool(country)


def test_a_round_without_figures_has_sheets_that_say_so(tables: NationalTables) -> None:
    empty = tables_of(tables.plan_round, tables.gazetteer, [], [])
    book = load_workbook(io.BytesIO(national_workbook(empty)))
    for name in SHEETS:
        assert book[name]["A7"].value == "Không có."
        assert book[name]._charts == []


def test_a_part_is_named_with_its_whole(tables: NationalTables) -> None:
    form = tables.plan_round.form("PL03")
    assert full_label(form, form.indicator("dn.ldnt_nn")).endswith(" › Nghề nông nghiệp")
    assert "›" not in full_label(form, form.indicators[0])


def test_a_round_of_many_units_has_the_sheets_too(tables: NationalTables) -> None:
    ranked = {
        measure.name: rank_shortfalls(measure, tables.plan_round.forms, tables.figures)
        for measure in MEASURES
    }
    counted = FigureFacts(len(tables.figures), 0, NationalView(tables)._decimals)
    many = replace(tables, figures=(), facts=counted, shortfalls=ranked)
    for measure in MEASURES:
        here, there = drawn(tables, measure), drawn(many, measure)
        assert here.max_row == there.max_row > 12
        for row, others in zip(here.iter_rows(), there.iter_rows(), strict=True):
            # of many units the effect has more digits
            assert [c.value for c in row[:8]] == [c.value for c in others[:8]]
        top = row_of(there, "Đơn vị ảnh hưởng nhiều nhất", 1) + 2
        heaviest = ranked[measure.name][1][0]
        assert there.cell(top, 9).value == round(heaviest.effect, 5)


def drawn(tables: NationalTables, measure: Measure) -> Worksheet:
    book = Workbook()
    page = Page(book.create_sheet(measure.name), StyleBook(book))
    ShortfallSheet(page, measure, NationalView(tables)).draw()
    return page.sheet
