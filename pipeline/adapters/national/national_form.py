"""A form with the figures of the whole country, laid out as the appendix itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from openpyxl.utils import get_column_letter

from pipeline.adapters.national.national_provinces import INCOMPLETE, total_cell
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.workbook_writing.form_layout import (
    has_major_rows,
    header_groups,
    index_labels,
    row_levels,
)
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    BODY,
    HEAD,
    LINE,
    PrintSetup,
    draw_header,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page, number_format
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.expression import Name, evaluate, parse_formula
from pipeline.domain.plan.interval import Interval, exact
from pipeline.domain.plan.plan_round import (
    Column,
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
)
from pipeline.domain.total import Method, Total
from pipeline.domain.writing.vietnamese import write_date

HEAD_ROW = 7
FIRST_ROW = HEAD_ROW + 3
WIDTHS = {
    ColumnRole.CODE: 6.0,
    ColumnRole.LABEL: 50.0,
    ColumnRole.UNIT: 11.5,
    ColumnRole.VALUE: 14.0,
    ColumnRole.DERIVED: 11.5,
    ColumnRole.NOTE: 14.0,
}
NEVER_ADDED = "x"
MIDDLE = Look(across="center")
_DERIVED_QUANTUM = Decimal("0.01")


@dataclass(frozen=True)
class NationalForm:
    """One form on one sheet: indicators down, columns across, units that reported."""

    page: Page
    form: Form
    view: NationalView

    def draw(self) -> None:
        self._heading()
        columns = [self._column(column) for column in self.form.columns]
        draw_header(
            self.page, HEAD_ROW, header_groups(columns, self.view.tables.plan_round)
        )
        for n, label in enumerate(index_labels(columns), 1):
            look = replace(HEAD, bold=False, italic=True, size=9, fill="")
            self.page.put(HEAD_ROW + 2, n, label, look)
        levels = row_levels(self.form.indicators)
        majors = has_major_rows(self.form.indicators)
        for n, indicator in enumerate(self.form.indicators):
            look = replace(BODY, bold=majors and levels[n] == 0)
            self._row(FIRST_ROW + n, indicator, replace(look, indent=levels[n]))
        self._set_up()

    def _column(self, column: Column) -> Column:
        """The note column is of no use here: it says how many units reported."""
        if column.role is not ColumnRole.NOTE:
            return column
        return replace(column, title=load_texts("national").say("units_column"))

    def _heading(self) -> None:
        texts, forms = load_texts("national"), load_texts("forms")
        last, right = len(self.form.columns), min(6, len(self.form.columns))
        tables, put = self.view.tables, self.page.merge
        strong = replace(MIDDLE, bold=True)
        quiet = replace(MIDDLE, italic=True)
        put((1, 1), (1, 3), texts.say("ministry"), MIDDLE)
        put((2, 1), (2, 3), texts.say("department"), strong)
        number = "".join(c for c in self.form.id if c.isdigit()).lstrip("0")
        appendix = forms.say("appendix", number=number or self.form.id)
        put((1, right), (1, last), appendix, strong)
        letter = tables.plan_round.letter
        issued = forms.say(
            "issued", letter=letter, date=write_date(tables.plan_round.issued)
        )
        put((2, right), (2, last), issued, quiet)
        title = replace(strong, size=14, wrap=True)
        put((4, 1), (4, last), self.form.title.upper(), title)
        put((5, 1), (5, last), texts.say("country"), strong)
        moment = texts.say("moment", **self.view.moment())
        put((6, 1), (6, last), texts.say("as_of", moment=moment), quiet)

    def _row(self, row: int, indicator: Indicator, look: Look) -> None:
        totals = {
            column.key: self.view.national((self.form.id, indicator.key, column.key))
            for column in self.form.value_columns
        }
        draw: Mapping[ColumnRole, Callable[[Column], tuple[str | Decimal, Look]]] = {
            ColumnRole.CODE: lambda _: (indicator.code, _centred(look)),
            ColumnRole.LABEL: lambda _: (indicator.label, look),
            ColumnRole.UNIT: lambda _: (
                indicator.unit,
                replace(_centred(look), bold=False),
            ),
            ColumnRole.VALUE: lambda c: self._value(totals[c.key], indicator, look),
            ColumnRole.DERIVED: lambda c: (
                _derived(c, indicator, totals),
                _number(look, 1),
            ),
            ColumnRole.NOTE: lambda _: (
                _units(totals),
                replace(_centred(look), bold=False),
            ),
        }
        for n, column in enumerate(self.form.columns, 1):
            value, how = draw[column.role](column)
            self.page.put(row, n, value, how)

    def _value(
        self, total: Total | None, indicator: Indicator, look: Look
    ) -> tuple[str | Decimal, Look]:
        if total is not None and total.method is Method.NONE:
            return NEVER_ADDED, _centred(look)
        decimals = self.view.decimals(self.form, indicator)
        formats = (number_format(decimals), number_format(decimals, INCOMPLETE))
        return total_cell(total, replace(look, across="right", indent=0), formats)

    def _set_up(self) -> None:
        sheet = self.page.sheet
        set_widths(sheet, [WIDTHS[column.role] for column in self.form.columns])
        heights = {4: 2.0, HEAD_ROW: 1.4, HEAD_ROW + 1: 3.0}
        for n, indicator in enumerate(self.form.indicators):
            lines = lines_needed(indicator.label, WIDTHS[ColumnRole.LABEL] - 4)
            heights[FIRST_ROW + n] = lines + 0.2
        for row, lines_ in heights.items():
            sheet.row_dimensions[row].height = lines_ * LINE
        titles = f"{HEAD_ROW}:{HEAD_ROW + 2}"
        set_up_printing(sheet, PrintSetup(A4, titles, sheet.title))
        sheet.freeze_panes = f"{get_column_letter(4)}{FIRST_ROW}"
        sheet.sheet_view.zoomScale = 90


def _centred(look: Look) -> Look:
    return replace(look, across="center", indent=0)


def _number(look: Look, decimals: int) -> Look:
    shape = number_format(decimals)
    return replace(look, across="right", indent=0, bold=False, number_format=shape)


def _derived(
    column: Column, indicator: Indicator, totals: Mapping[str, Total | None]
) -> Decimal | str:
    """A comparison of national figures; none of rates, none where one is missing."""
    if indicator.kind is IndicatorKind.RATE or not column.formula:
        return ""

    def look(name: Name) -> Interval:
        total = totals[name.key]
        if total is None or total.value is None:
            raise ZeroDivisionError
        return exact(total.value)

    try:
        value = evaluate(parse_formula(column.formula), look).value
    except ZeroDivisionError:
        return ""
    return value.quantize(_DERIVED_QUANTUM, ROUND_HALF_EVEN)


def _units(totals: Mapping[str, Total | None]) -> str:
    """How many units reported, over the columns of a row: "58 - 61/63"."""
    texts = load_texts("national")
    known = [total for total in totals.values() if total is not None]
    if not known:
        return ""
    counts = sorted(total.reported for total in known)
    expected = known[0].expected
    if counts[0] == counts[-1]:
        return texts.say("share", count=counts[0], expected=expected)
    return texts.say("units_range", least=counts[0], most=counts[-1], expected=expected)
