"""The sheet of the national workbook that holds the country against the round before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.adapters.national.national_pair_lines import (
    CELL,
    LAST,
    PairLine,
    amounts,
    draw_line,
)
from pipeline.adapters.national.national_provinces import INCOMPLETE
from pipeline.adapters.national.national_view import NationalView, keys_of
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    HEAD,
    LINE,
    PrintSetup,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page, number_format
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Column, Form, Indicator
from pipeline.domain.total import Total

WIDTHS = (6, 9, 50, 12, 24, 15, 15, 15, 9, 14)
HEAD_ROW = 5

Pair = tuple[Form, Indicator, Column, Total, Total]


@dataclass(frozen=True)
class ComparisonSheet:
    """The same row and column of two rounds, a year apart, side by side."""

    page: Page
    view: NationalView

    def draw(self) -> None:
        texts = load_texts("national")
        year = self.view.tables.plan_round.plan_year
        title = Look(across="center", bold=True, size=14)
        heading = texts.say("compare_title", before=year - 1, now=year)
        self.page.merge((1, 1), (1, LAST), heading, title)
        as_of = texts.say("as_of", moment=texts.say("moment", **self.view.moment()))
        self.page.merge((2, 1), (2, LAST), as_of, Look(across="center", italic=True))
        note = texts.say("compare_note")
        self.page.merge((3, 1), (3, LAST), note, Look(wrap=True, across="left", size=10))
        self.page.sheet.row_dimensions[3].height = 2.2 * LINE
        for n, name in enumerate(texts.lines("compare_head"), 1):
            self.page.put(HEAD_ROW, n, name, HEAD)
        self.page.sheet.row_dimensions[HEAD_ROW].height = 2.4 * LINE
        for n, pair in enumerate(self._pairs(), 1):
            self._line(HEAD_ROW + n, n, pair)
        set_widths(self.page.sheet, WIDTHS)
        self.page.sheet.freeze_panes = f"D{HEAD_ROW + 1}"
        setup = PrintSetup(A4, f"{HEAD_ROW}:{HEAD_ROW}", self.page.sheet.title)
        set_up_printing(self.page.sheet, setup)

    def _pairs(self) -> Iterator[Pair]:
        """What both rounds have a figure of."""
        before = {
            (total.form, total.indicator, total.column): total
            for total in self.view.tables.round_before
            if total.value is not None
        }
        for form in self.view.forms:
            for indicator, column, key in keys_of(form):
                now = self.view.national(key)
                if key in before and now is not None and now.value is not None:
                    yield form, indicator, column, before[key], now

    def _line(self, row: int, place: int, pair: Pair) -> None:
        form, indicator, column, before, now = pair
        decimals = self.view.decimals(form, indicator)
        amount = amounts(decimals)
        lacking = replace(amount, number_format=number_format(decimals, INCOMPLETE))
        units = load_texts("national").say(
            "compare_units", before=before.reported, now=now.reported
        )
        line = PairLine(
            form,
            indicator,
            column,
            before.value or Decimal(0),
            now.value or Decimal(0),
            (
                lacking if before.reported < before.expected else amount,
                lacking if now.reported < now.expected else amount,
            ),
            decimals,
            (units, CELL),
        )
        draw_line(self.page, row, line.cells(place), WIDTHS)
