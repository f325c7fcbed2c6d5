"""The sheets that hold a run against the run and the round before."""

import io
from cProfile import Profile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from pipeline.adapters.national.national_changes import ChangesSheet
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.run_changes import (
    EarlierRun,
    RunChanges,
    VersionChange,
    VersionStep,
    changes_since,
    versions_of,
)
from pipeline.domain.total import Level, ObservedFigure, observed_history
from pipeline.ports.outside import NationalTables
from tests.builders.national import few_provinces, invented_tables, tables_of
from tests.builders.totals import AS_OF, figure

KEY = ("01", "PL01", "th.viec_lam", "kh_n")
OTHER = ("02", "PL01", "th.viec_lam", "kh_n")


@pytest.fixture(scope="module")
def whole() -> NationalTables:
    return invented_tables(gazetteer=few_provinces("01", "02", "54"))


def run_of(whole: NationalTables, figures: list[ObservedFigure]) -> NationalTables:
    return tables_of(whole.plan_round, whole.gazetteer, figures, [])


def earlier(tables: NationalTables) -> EarlierRun:
    national = {
        (t.form, t.indicator, t.column): (t.value, t.value_strict)
        for t in tables.totals
        if t.level is Level.NATIONAL
    }
    at = AS_OF - timedelta(days=1)
    return EarlierRun(7, at, national, versions_of(tables.figures))


def book_of(tables: NationalTables) -> Workbook:
    return load_workbook(io.BytesIO(national_workbook(tables)))


def lines(book: Workbook, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def test_a_moved_total_names_old_new_and_whose_return_moved_it(
    whole: NationalTables,
) -> None:
    before = run_of(whole, [figure(KEY, "100")])
    now = run_of(whole, [figure(KEY, "100"), figure(OTHER, "25", verified=False)])
    changes = changes_since(earlier(before), now.totals, versions_of(now.figures))
    told = lines(book_of(replace(now, changes=changes)), "Thay đổi")
    assert told[1][0] == "Từ 09 giờ 00 ngày 12/7/2013 đến 09 giờ 00 ngày 13/7/2013"
    (moved,) = (line for line in told if line[1] == "PL01" and line[5] is not None)
    assert moved[5:9] == [100, 125, 25, 25]
    assert moved[9] == whole.gazetteer.by_code("02").name
    (came,) = (line for line in told if line[3] == "mới nhận")
    assert came[2] == whole.gazetteer.by_code("02").name
    assert str(came[4]).startswith("… → ")


def test_the_first_run_says_that_it_is_the_first(whole: NationalTables) -> None:
    told = lines(book_of(run_of(whole, [])), "Thay đổi")
    assert len(told) == 2
    assert str(told[1][0]).endswith("lần tổng hợp đầu tiên của kỳ.")


def test_a_night_without_news_says_so_twice(whole: NationalTables) -> None:
    now = run_of(whole, [figure(KEY, "100")])
    changes = changes_since(earlier(now), now.totals, versions_of(now.figures))
    told = lines(book_of(replace(now, changes=changes)), "Thay đổi")
    assert [line[0] for line in told].count("Không có thay đổi.") == 2


def test_the_round_before_stands_beside_this_one(whole: NationalTables) -> None:
    """Same row, same column; only where both have a figure; growth in percent."""
    now = run_of(whole, [figure(KEY, "150"), figure(OTHER, "30")])
    known = [
        HistoryFigure(*KEY, value=Decimal(120)),
        HistoryFigure("01", "X", "y", "z", Decimal(1)),
    ]
    figures = observed_history(known, whole.plan_round)
    before = consolidate_figures(figures, whole.plan_round, whole.gazetteer)
    national = [total for total in before if total.level is Level.NATIONAL]
    told = lines(book_of(replace(now, round_before=national)), "So kỳ trước")
    (line,) = told[5:]
    assert line[5:] == [120, 180, 60, 50, "1 / 2"]


def test_without_the_round_before_there_is_no_such_sheet(whole: NationalTables) -> None:
    assert "So kỳ trước" not in book_of(run_of(whole, [])).sheetnames


def test_each_return_that_moved_costs_as_much_as_the_one_before(
    whole: NationalTables,
) -> None:
    """A night in which all of 11,000 units report tells of 99,000 returns."""

    def calls(count: int) -> int:
        moved = tuple(
            VersionChange(f"{n:05}", "PL01", VersionStep.CAME, None, None)
            for n in range(count)
        )
        tables = replace(whole, changes=RunChanges(AS_OF, (), moved))
        profile = Profile()
        profile.runcall(ChangesSheet(page(), NationalView(tables)).draw)
        return sum(entry.callcount for entry in profile.getstats())

    def page() -> Page:
        workbook = Workbook()
        return Page(workbook.create_sheet(), StyleBook(workbook))

    none, some, more = (calls(count) for count in (1, 401, 801))
    assert some > none
    assert more - some <= (some - none) * 1.1
