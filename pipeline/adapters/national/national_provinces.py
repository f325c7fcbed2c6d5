"""A form by province: provinces down, figures across, totals on top."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache

from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

from pipeline.adapters.national.national_view import Key, NationalView, keys_of, shown
from pipeline.adapters.workbook_writing.form_sheet import (
    A3,
    HEAD,
    PrintSetup,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import (
    VIETNAMESE,
    Look,
    Page,
    number_format,
)
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Column, Form, Indicator
from pipeline.domain.senders.province import Province
from pipeline.domain.total import COUNTRY, Level, Method, Total
from pipeline.domain.writing.vietnamese import write_number

TITLE_ROW, NOTE_ROW, HEAD_ROW = 1, 2, 3
COUNTRY_ROW = HEAD_ROW + 2
FIRST_COLUMN = 3
WIDTHS = (5.0, 24.0)
FIGURE_WIDTH = 11.0
COLUMNS_A_PAGE = 20
SCALE = 70
PROVISIONAL = "1F4E9E"
INCOMPLETE = "*"
COUNTRY_FILL, REGION_FILL = "FFE699", "E2EFDA"
FIGURE = Look(size=10, across="right", edges=True)
NAME = Look(size=10, edges=True)
QUIET = replace(NAME, italic=True, size=9)
IMPUTED_LOOK = replace(FIGURE, size=9, italic=True, colour="7F7F7F")


@dataclass(frozen=True)
class ProvinceSheet:
    """One form on one sheet, all levels below each other."""

    page: Page
    form: Form
    view: NationalView

    def draw(self) -> None:
        self._heading()
        row = self._country(COUNTRY_ROW)
        province_rows: list[tuple[int, int]] = []
        for area, provinces in self.view.groups(Level.REGION6):
            self._totals(row, area.upper(), (Level.REGION6, area), REGION_FILL)
            province_rows.append((row + 1, row + len(provinces)))
            for n, province in enumerate(provinces, 1):
                self._province(row + n, province)
            row += len(provinces) + 1
        row = self._check(row, province_rows)
        row = self._section(row, "region8_heading", Level.REGION8)
        row = self._section(row, "unit2025_heading", Level.UNIT2025)
        self._set_up(row - 2)

    @cached_property
    def keys(self) -> Sequence[tuple[Indicator, Column, Key]]:
        """Row, column and key of every sheet column, from FIRST_COLUMN on."""
        return tuple(keys_of(self.form))

    @cached_property
    def formats(self) -> Sequence[tuple[str, str]]:
        """The number format of every sheet column: of a figure, of a lacking total."""
        decimals = (self.view.decimals(self.form, indicator) for indicator, *_ in self.keys)
        return tuple((number_format(d), number_format(d, INCOMPLETE)) for d in decimals)

    @cached_property
    def _looks(self) -> Sequence[tuple[Look, Look]]:
        """How a unit's figure looks in every sheet column: firm, provisional."""
        return tuple(
            (
                _figure_look(FIGURE, shape, provisional=False),
                _figure_look(FIGURE, shape, provisional=True),
            )
            for shape, _ in self.formats
        )

    def _heading(self) -> None:
        texts, last = load_texts("national"), FIRST_COLUMN + len(self.keys) - 1
        title, note = self._titles()
        self.page.put(TITLE_ROW, 1, title, Look(size=14, bold=True))
        self.page.put(NOTE_ROW, 1, note, Look(size=10, italic=True))
        for column, key in enumerate(("code_head", "name_head"), 1):
            place = (HEAD_ROW, column), (HEAD_ROW + 1, column)
            self.page.merge(*place, texts.say(key), HEAD)
        width = len(self.form.value_columns)
        starts = range(FIRST_COLUMN, last + 1, width)
        for start, indicator in zip(starts, self.form.indicators, strict=True):
            label = texts.say(
                "indicator_head",
                code=indicator.code,
                label=indicator.label.strip(" -+"),
                unit=indicator.unit,
            )
            place = (HEAD_ROW, start), (HEAD_ROW, start + width - 1)
            self.page.merge(*place, label.strip(), replace(HEAD, size=10))
            for n, column_ in enumerate(self.form.value_columns):
                look = replace(HEAD, size=9, bold=False)
                self.page.put(HEAD_ROW + 1, start + n, column_.title, look)

    def _titles(self) -> tuple[str, str]:
        """What the sheet is, and how its figures are to be read."""
        texts = load_texts("national")
        as_of = texts.say("moment", **self.view.moment())
        return (
            texts.say("province_title", form=self.form.id, title=self.form.title),
            texts.say("province_note", moment=as_of),
        )

    def _country(self, row: int) -> int:
        """The national lines: value, confirmed value, units, provisional units."""
        texts = load_texts("national")
        self._totals(row, texts.say("country"), (Level.NATIONAL, COUNTRY), COUNTRY_FILL)
        lines = ("strict_row", "reported_row", "provisional_row")
        for n, line in enumerate(lines, 1):
            self.page.put(row + n, 1, "", QUIET)
            self.page.put(row + n, 2, texts.say(line), replace(QUIET, indent=1))
        share = f'{VIETNAMESE}0"/{self.view.expected}"'
        counts = replace(FIGURE, size=9, italic=True)
        for n, (_, _, key) in enumerate(self.keys):
            column = FIRST_COLUMN + n
            total = self.view.national(key)
            look = replace(counts, number_format=self.formats[n][0])
            strict = total.value_strict if total else None
            self.page.put(row + 1, column, "" if strict is None else strict, look)
            reported = total.reported if total else 0
            look = replace(counts, number_format=share)
            self.page.put(row + 2, column, reported, look)
            provisional = total.provisional if total else 0
            self.page.put(row + 3, column, provisional or "", counts)
        row += 1 + len(lines)
        return self._filled(row) if self.view.tables.filled else row

    def _filled(self, row: int) -> int:
        """The national line with what stands for units that reported nothing."""
        name = load_texts("national").say("filled_row")
        self.page.put(row, 1, "", QUIET)
        self.page.put(row, 2, name, replace(QUIET, indent=1, wrap=True))
        self.page.sheet.row_dimensions[row].height = 27
        for n, (_, _, key) in enumerate(self.keys):
            total = self.view.filled(key)
            value = total.value if total else None
            look = replace(IMPUTED_LOOK, number_format=self.formats[n][0])
            self.page.put(row, FIRST_COLUMN + n, "" if value is None else value, look)
        return row + 1

    def _totals(self, row: int, name: str, area: tuple[Level, str], fill: str) -> None:
        bold = bool(fill)
        self.page.put(row, 1, "", replace(NAME, fill=fill))
        self.page.put(row, 2, name, replace(NAME, bold=bold, fill=fill, wrap=True))
        if lines_needed(name, WIDTHS[1] - (6 if bold else 0)) > 1:
            self.page.sheet.row_dimensions[row].height = 27
        base, totals = replace(FIGURE, bold=bold, fill=fill), self.view.of_area(area)
        for n, (_, _, key) in enumerate(self.keys):
            value, look = total_cell(totals.get(key), base, self.formats[n])
            self.page.put(row, FIRST_COLUMN + n, value, look)

    def _province(self, row: int, province: Province) -> None:
        self.page.put(row, 1, province.code, replace(NAME, across="center"))
        self.page.put(row, 2, province.name, replace(NAME, indent=1))
        figures, looks = self.view.of_unit(province.code, self.form.id), self._looks
        for n, (indicator, column, key) in enumerate(self.keys):
            figure = figures.get((indicator.key, column.key))
            stands = None if figure else self.view.imputed(province.code, key)
            if stands is not None:
                # a text: the check line adds numbers up
                told = load_texts("national").say("imputed", value=write_number(stands))
                self.page.put(row, FIRST_COLUMN + n, told, IMPUTED_LOOK)
                continue
            value = "" if figure is None else shown(figure)
            provisional = figure is not None and not figure.clean
            self.page.put(row, FIRST_COLUMN + n, value, looks[n][provisional])

    def _check(self, row: int, province_rows: Sequence[tuple[int, int]]) -> int:
        """Two lines of formulas: the provinces added up, and the difference to ours.

        Both are compared in units of the last digit that anybody wrote: whole numbers,
        which a spreadsheet program holds exactly.
        """
        texts = load_texts("national")
        for n, line in enumerate(("check_row", "difference_row")):
            self.page.put(row + n, 1, "", QUIET)
            self.page.put(row + n, 2, texts.say(line), QUIET)
        for n, (indicator, _, key) in enumerate(self.keys):
            total = self.view.national(key)
            look = replace(FIGURE, italic=True, size=9, number_format=self.formats[n][0])
            if total is None or total.method is not Method.SUM:
                self.page.put(row, FIRST_COLUMN + n, "", look)
                self.page.put(row + 1, FIRST_COLUMN + n, "", look)
                continue
            letter = get_column_letter(FIRST_COLUMN + n)
            ranges = ",".join(f"{letter}{top}:{letter}{end}" for top, end in province_rows)
            self.page.formula(row, FIRST_COLUMN + n, f"SUM({ranges})", look)
            digits = self.view.written(self.form, indicator)
            ours, theirs = f"{letter}{COUNTRY_ROW}", f"{letter}{row}"
            difference = _difference(theirs, ours, digits)
            self.page.formula(row + 1, FIRST_COLUMN + n, difference, look)
        last = get_column_letter(FIRST_COLUMN + len(self.keys) - 1)
        red = PatternFill("solid", start_color="FF7C80", end_color="FF7C80")
        self.page.sheet.conditional_formatting.add(
            f"{get_column_letter(FIRST_COLUMN)}{row + 1}:{last}{row + 1}",
            Rule(
                type="cellIs",
                operator="notEqual",
                formula=["0"],
                dxf=DifferentialStyle(fill=red),
            ),
        )
        return row + 3

    def _section(self, row: int, heading: str, level: Level) -> int:
        groups = tuple(self.view.groups(level))
        text = load_texts("national").say(heading, count=len(groups))
        self.page.put(row, 1, text, Look(bold=True))
        for n, (area, _) in enumerate(groups, 1):
            self._totals(row + n, area, (level, area), "")
        return row + len(groups) + 2

    def _set_up(self, last_row: int) -> None:
        sheet = self.page.sheet
        set_widths(sheet, (*WIDTHS, *(FIGURE_WIDTH for _ in self.keys)))
        sheet.row_dimensions[TITLE_ROW].height = 22
        sheet.row_dimensions[HEAD_ROW].height = 32
        sheet.row_dimensions[HEAD_ROW + 1].height = 40
        sheet.row_dimensions[COUNTRY_ROW].height = 18
        sheet.freeze_panes = f"{get_column_letter(FIRST_COLUMN)}{COUNTRY_ROW + 1}"
        titles = f"{HEAD_ROW}:{HEAD_ROW + 1}"
        texts = load_texts("national")
        as_of = texts.say("as_of", moment=texts.say("moment", **self.view.moment()))
        heading = f"{self._titles()[0]}. {as_of}"
        setup = PrintSetup(A3, titles, sheet.title, SCALE, heading)
        set_up_printing(sheet, setup)
        # the title would be cut where the first page ends: pages have a heading
        sheet.page_margins.top = 0.75
        last = get_column_letter(FIRST_COLUMN + len(self.keys) - 1)
        sheet.print_area = f"A{HEAD_ROW}:{last}{last_row}"
        sheet.print_title_cols = "A:B"
        sheet.print_options.horizontalCentered = False
        sheet.sheet_view.zoomScale = 85
        width = len(self.form.value_columns)
        step = max(1, COLUMNS_A_PAGE // max(1, width)) * width
        for n in range(step, len(self.keys), step):
            sheet.col_breaks.append(Break(id=FIRST_COLUMN - 1 + n))


def total_cell(
    total: Total | None, base: Look, formats: tuple[str, str]
) -> tuple[Decimal | str, Look]:
    """What the cell of a total shows, and how: provisional blue, incomplete starred."""
    if total is None or total.value is None:
        return "", base
    shape = formats[int(total.reported < total.expected)]
    return total.value, _figure_look(base, shape, provisional=total.provisional > 0)


def _difference(theirs: str, ours: str, digits: int) -> str:
    """The formula of a difference, exact to so many decimals."""
    scale = 10**digits
    whole = f"ROUND({theirs}*{scale},0)-ROUND({ours}*{scale},0)"
    return f"({whole})/{scale}"


@lru_cache(maxsize=1024)
def _figure_look(base: Look, shape: str, *, provisional: bool) -> Look:
    look = replace(base, number_format=shape)
    return replace(look, italic=True, colour=PROVISIONAL) if provisional else look
