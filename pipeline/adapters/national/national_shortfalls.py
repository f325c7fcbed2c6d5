"""Sheets of the national workbook that name what falls short, with a chart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.worksheet.pagebreak import Break

from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.workbook_writing.form_layout import row_levels
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
from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.shortfall import MOST_UNITS, Measure, Shortfall
from pipeline.domain.writing.vietnamese import write_number

HEAD_ROW = 5
MOST_ROWS, MOST_BARS = 10, 10
CELL = Look(edges=True, across="center", size=10)
TEXT = replace(CELL, across="left", wrap=True)
SHARE = replace(CELL, across="right", number_format=number_format(2))
WIDTHS = (6, 9, 22, 58, 12, 15, 15, 10, 12)
LAST = len(WIDTHS)
FORM, LABEL, RATE = 2, 4, 8
MANY_DIGITS = 5


@dataclass(frozen=True)
class ShortfallSheet:
    """One measure: rows of the country, a chart of them, then rows of provinces."""

    page: Page
    measure: Measure
    view: NationalView

    def draw(self) -> None:
        texts, measure = load_texts("national"), self.measure
        country, provinces = self.view.shortfalls(measure)
        title = Look(across="center", bold=True, size=14)
        self.page.merge((1, 1), (1, LAST), texts.say(f"short_{measure.name}"), title)
        as_of = texts.say("as_of", moment=texts.say("moment", **self.view.moment()))
        self.page.merge((2, 1), (2, LAST), as_of, Look(across="center", italic=True))
        note = texts.say("short_note", due=write_number(measure.due))
        self.page.merge((3, 1), (3, LAST), note, Look(wrap=True, across="left", size=10))
        self.page.sheet.row_dimensions[3].height = 3.2 * LINE
        row = self._table(HEAD_ROW, "short_country", country[:MOST_ROWS])
        row = self._chart(row, min(len(country), MOST_BARS))
        self.page.sheet.row_breaks.append(Break(id=row - 1))
        self._table(row, "short_provinces", provinces[:MOST_UNITS])
        set_widths(self.page.sheet, WIDTHS)
        printed = PrintSetup(A4, "1:2", self.page.sheet.title)
        set_up_printing(self.page.sheet, printed)

    def _table(self, row: int, heading: str, found: Sequence[Shortfall]) -> int:
        """A heading, the table under it; the row after it."""
        texts = load_texts("national")
        self.page.put(row, 1, texts.say(heading), Look(bold=True))
        for n, name in enumerate(texts.lines("short_head"), 1):
            self.page.put(row + 1, n, name, HEAD)
        self.page.sheet.row_dimensions[row + 1].height = 2.4 * LINE
        for n, shortfall in enumerate(found, 1):
            self._line(row + 1 + n, n, shortfall)
        if not found:
            self.page.merge((row + 2, 1), (row + 2, LAST), texts.say("short_nothing"), TEXT)
        return row + max(len(found), 1) + 3

    def _line(self, row: int, place: int, found: Shortfall) -> None:
        texts, form = load_texts("national"), self.view.tables.plan_round.form(found.form)
        if found.province is None:
            name = texts.say("share", count=found.units, expected=self.view.expected)
        else:
            name = self.view.tables.gazetteer.by_code(found.province).name
        amount = replace(
            SHARE, number_format=number_format(self.view.decimals(form, found.indicator))
        )
        label = full_label(form, found.indicator)
        put = self.page.put
        put(row, 1, place, CELL)
        for n, text in enumerate((found.form, name, label), 2):
            put(row, n, text, CELL if n == FORM else TEXT)
        put(row, 5, found.indicator.unit, CELL)
        for n, value in enumerate((found.whole, found.done), 6):
            put(row, n, value, amount)
        put(row, RATE, found.rate, SHARE)
        # of many units hardly one moves the country by a hundredth of a point
        digits = 2 if self.view.by_unit else MANY_DIGITS
        shape = replace(SHARE, number_format=number_format(digits))
        put(row, RATE + 1, round(found.effect, digits), shape)
        lines = lines_needed(label, WIDTHS[LABEL - 1])
        self.page.sheet.row_dimensions[row].height = (lines + 0.2) * LINE

    def _chart(self, row: int, bars: int) -> int:
        """Bars of the heaviest rows' shares; the row after the chart."""
        if not bars:
            return row
        sheet, first = self.page.sheet, HEAD_ROW + 2
        chart = BarChart()
        chart.type, chart.style, chart.legend = "bar", 10, None
        chart.title = load_texts("national").say("short_chart")
        rates = Reference(sheet, min_col=RATE, min_row=first, max_row=first + bars - 1)
        labels = Reference(sheet, min_col=LABEL, min_row=first, max_row=first + bars - 1)
        chart.add_data(rates)
        chart.set_categories(labels)
        chart.dataLabels = DataLabelList()
        labelled = chart.dataLabels
        labelled.showVal = True
        # a program that finds these unsaid shows them all
        labelled.showSerName = labelled.showCatName = False
        labelled.showLegendKey = labelled.showPercent = False
        chart.x_axis.scaling.orientation = "maxMin"
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.y_axis.scaling.min = 0
        chart.width, chart.height, chart.gapWidth = 30, 9, 60
        sheet.add_chart(chart, f"A{row}")
        return row + 20


def full_label(form: Form, indicator: Indicator) -> str:
    """A row's label after that of the row it is a part of: "Xuất khẩu lao động › nữ"."""
    levels = row_levels(form.indicators)
    place = form.indicators.index(indicator)
    above = [n for n in range(place) if levels[n] < levels[place]]
    own = indicator.label.lstrip(" -+")
    return f"{form.indicators[above[-1]].label.lstrip(' -+')} › {own}" if above else own
