"""The sheet of the national workbook that holds the country against the round before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.adapters.national.national_changes import difference, growth
from pipeline.adapters.national.national_provinces import INCOMPLETE
from pipeline.adapters.national.national_shortfalls import full_label
from pipeline.adapters.national.national_view import NationalView, keys_of
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    HEAD,
    LINE,
    PrintSetup,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page, number_format
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Column, Form, Indicator
from pipeline.domain.total import Total

CELL = Look(edges=True, across="center", size=10)
TEXT = replace(CELL, across="left", wrap=True)
WIDTHS = (6, 9, 50, 12, 24, 15, 15, 15, 9, 14)
LAST = len(WIDTHS)
LABEL, COLUMN = 3, 5
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
        texts, label = load_texts("national"), full_label(form, indicator)
        decimals = self.view.decimals(form, indicator)
        amount = replace(CELL, across="right", number_format=number_format(decimals))
        lacking = replace(amount, number_format=number_format(decimals, INCOMPLETE))
        units = texts.say("compare_units", before=before.reported, now=now.reported)
        earlier, later = before.value or Decimal(0), now.value or Decimal(0)
        values: Sequence[tuple[str | int | Decimal, Look]] = (
            (place, CELL),
            (form.id, CELL),
            (label, TEXT),
            (indicator.unit, CELL),
            (column.title, replace(TEXT, size=9)),
            (earlier, lacking if before.reported < before.expected else amount),
            (later, lacking if now.reported < now.expected else amount),
            (difference(earlier, later), amount),
            (growth(earlier, later), replace(amount, number_format=number_format(1))),
            (units, CELL),
        )
        for n, (value, look) in enumerate(values, 1):
            self.page.put(row, n, value, look)
        lines = max(
            lines_needed(label, WIDTHS[LABEL - 1]),
            lines_needed(column.title, WIDTHS[COLUMN - 1]),
        )
        self.page.sheet.row_dimensions[row].height = (lines + 0.2) * LINE
