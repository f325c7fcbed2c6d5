"""The official blank workbook of a round: one sheet a form, ready to be sent out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.adapters.disk.durable_files import blamed_on, write_durably
from pipeline.adapters.workbook_writing.form_layout import (
    has_major_rows,
    header_groups,
    index_labels,
    row_levels,
    write_formula,
)
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    BODY,
    GREY,
    HEAD,
    LINE,
    PrintSetup,
    decimals_of,
    draw_header,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import (
    Look,
    Page,
    StyleBook,
    number_format,
)
from pipeline.adapters.workbook_writing.workbook_file import workbook_bytes
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.expression import names, parse_formula
from pipeline.domain.plan.plan_round import (
    Column,
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)
from pipeline.domain.writing.vietnamese import write_date

WIDTHS = {
    ColumnRole.CODE: 6.0,
    ColumnRole.LABEL: 50.0,
    ColumnRole.UNIT: 11.5,
    ColumnRole.VALUE: 12.5,
    ColumnRole.DERIVED: 11.5,
    ColumnRole.NOTE: 15.0,
}
TITLE_ROW, ROUND_ROW, UNIT_ROW, HEAD_ROW = 4, 5, 6, 7
FIRST_ROW = HEAD_ROW + 3
Where = tuple[int, int]
Line = tuple[Indicator, int, Look]


def write_blank_workbook(target: Path, plan_round: PlanRound) -> None:
    """Write the blank workbook of a round to a path, in one step.

    TransientError when the disk refuses.
    """
    data = blank_workbook(plan_round)
    with blamed_on(target):
        write_durably(target, data, target.parent)


def blank_workbook(plan_round: PlanRound) -> bytes:
    """The .xlsx file: letterhead, title, two header rows, rows, notes, signatures.

    Sheets are named by form id. The same round gives the same bytes.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = StyleBook(workbook)
    for form in plan_round.forms:
        page = Page(workbook.create_sheet(form.id), styles)
        FormSheet(page, form, plan_round).draw()
    issued = datetime.combine(plan_round.issued, time(), UTC)
    return workbook_bytes(workbook, plan_round.title, issued)


@dataclass(frozen=True, slots=True)
class FormSheet:
    """One form on one sheet, blank; other workbooks of ours fill its hooks."""

    page: Page
    form: Form
    plan_round: PlanRound

    def draw(self) -> None:
        self._letterhead()
        columns = self.form.columns
        draw_header(self.page, HEAD_ROW, header_groups(columns, self.plan_round))
        index = replace(HEAD, bold=False, italic=True, size=9, fill="")
        for n, label in enumerate(index_labels(columns), 1):
            self.page.put(HEAD_ROW + 2, n, label, index)
        self._rows()
        self._beside()
        self._notes(self._last_row + 2)
        self._signatures(self._last_row + 4 + len(load_texts("forms").lines("notes")))
        self._sizes()
        self._printing()
        self._validation()

    @property
    def _width(self) -> int:
        return len(self.form.columns)

    @property
    def _last_row(self) -> int:
        return FIRST_ROW + len(self.form.indicators) - 1

    @property
    def _halves(self) -> tuple[int, int]:
        """The last column of the left half and the first of the right half."""
        texts = (ColumnRole.CODE, ColumnRole.LABEL, ColumnRole.UNIT)
        left = sum(1 for column in self.form.columns if column.role in texts)
        left = max(1, min(left, self._width - 1))
        return left, min(left + 3, self._width)

    def _letterhead(self) -> None:
        texts, put = load_texts("forms"), self.page.merge
        left, right = self._halves
        middle = Look(across="center")
        strong = replace(middle, bold=True)
        put((1, 1), (1, left), self._authority(), middle)
        put((2, 1), (2, left), texts.say("department"), strong)
        number = "".join(c for c in self.form.id if c.isdigit()).lstrip("0")
        appendix = texts.say("appendix", number=number or self.form.id)
        put((1, right), (1, self._width), appendix, strong)
        issued = texts.say(
            "issued", letter=self.plan_round.letter, date=write_date(self.plan_round.issued)
        )
        put((2, right), (2, self._width), issued, replace(middle, italic=True))
        title = replace(strong, size=14, wrap=True)
        whole = (TITLE_ROW, 1), (TITLE_ROW, self._width)
        put(*whole, self.form.title.upper(), title)
        round_ = texts.say("round", title=self.plan_round.title)
        line = (ROUND_ROW, 1), (ROUND_ROW, self._width)
        put(*line, round_, replace(middle, italic=True))
        units = {indicator.unit for indicator in self.form.indicators}
        if len(units) == 1:
            unit = texts.say("unit", unit=units.pop())
            line = (UNIT_ROW, 1), (UNIT_ROW, self._width)
            put(*line, unit, Look(italic=True, across="right"))

    def _authority(self) -> str:
        """Whose form it is."""
        return load_texts("forms").say("authority")

    def _beside(self) -> None:
        """What stands right of the official columns."""

    def _rows(self) -> None:
        levels = row_levels(self.form.indicators)
        majors = has_major_rows(self.form.indicators)
        for n, (indicator, level) in enumerate(
            zip(self.form.indicators, levels, strict=True)
        ):
            look = replace(BODY, bold=majors and level == 0)
            for place, column in enumerate(self.form.columns, 1):
                self._cell((FIRST_ROW + n, place), column, (indicator, level, look))

    def _cell(self, where: Where, column: Column, line: Line) -> None:
        self._draw(where, column, line)

    def _draw(self, where: Where, column: Column, line: Line) -> None:
        indicator, level, look = line
        middle = replace(look, across="center")
        match column.role:
            case ColumnRole.CODE:
                self.page.put(*where, indicator.code, middle)
            case ColumnRole.LABEL:
                indent = replace(look, across="left", indent=level)
                self.page.put(*where, indicator.label, indent)
            case ColumnRole.UNIT:
                self._unit(where, column, (indicator, level, replace(middle, bold=False)))
            case ColumnRole.VALUE:
                fill = "" if indicator.requires(column) else GREY
                decimals = number_format(decimals_of(indicator, self.plan_round))
                self._value(
                    where, column, (indicator, level, input_look(look, fill, decimals))
                )
            case ColumnRole.DERIVED:
                self._derived(where, column, line)
            case _:
                self._note(
                    where, (indicator, level, replace(look, locked=False, bold=False))
                )

    def _unit(self, where: Where, column: Column, line: Line) -> None:
        self.page.put(*where, line[0].unit, line[2])

    def _value(self, where: Where, column: Column, line: Line) -> None:
        self.page.put(*where, "", line[2])

    def _note(self, where: Where, line: Line) -> None:
        self.page.put(*where, "", line[2])

    def _derived(self, where: Where, column: Column, line: Line) -> None:
        """A percentage of percentages says nothing: rates have no comparison."""
        indicator, _, look = line
        grey = replace(
            look, bold=False, fill=GREY, across="right", number_format=number_format(1)
        )
        if indicator.kind is IndicatorKind.RATE or not column.formula:
            self.page.put(*where, "", grey)
            return
        places = {
            other.key: f"{get_column_letter(n)}{where[0]}"
            for n, other in enumerate(self.form.columns, 1)
        }
        wanted = [places[name.key] for name in names(parse_formula(column.formula))]
        value = write_formula(column.formula, places.__getitem__)
        self.page.formula(
            *where,
            f'IF(COUNT({",".join(wanted)})={len(wanted)},IFERROR({value},""),"")',
            grey,
        )

    def _notes(self, row: int) -> None:
        for n, text in enumerate(load_texts("forms").lines("notes")):
            look = Look(size=10, italic=True, bold=n == 0)
            self.page.merge((row + n, 1), (row + n, self._width), text, look)

    def _signatures(self, row: int) -> None:
        texts, put = load_texts("forms"), self.page.merge
        left, right = self._halves
        middle = Look(across="center")
        place = texts.say("place_and_date", year=self.plan_round.issued.year)
        put((row, right), (row, self._width), place, replace(middle, italic=True))
        for n, (ours, theirs, look) in enumerate(
            (
                ("drawn_up_by", "director", replace(middle, bold=True)),
                ("drawn_up_sign", "director_sign", replace(middle, italic=True)),
            ),
            1,
        ):
            put((row + n, 1), (row + n, left), texts.say(ours), look)
            put((row + n, right), (row + n, self._width), texts.say(theirs), look)

    def _widths(self) -> list[float]:
        return [WIDTHS[column.role] for column in self.form.columns]

    def _sizes(self) -> None:
        sheet = self.page.sheet
        set_widths(sheet, self._widths())
        heights = {TITLE_ROW: 2.0, HEAD_ROW: 1.4, HEAD_ROW + 1: 3.0}
        levels = row_levels(self.form.indicators)
        for n, indicator in enumerate(self.form.indicators):
            room = WIDTHS[ColumnRole.LABEL] - 2 * levels[n]
            heights[FIRST_ROW + n] = lines_needed(indicator.label, room) + 0.2
        for row, lines in heights.items():
            sheet.row_dimensions[row].height = lines * LINE

    def _printing(self) -> None:
        sheet = self.page.sheet
        titles = f"{HEAD_ROW}:{HEAD_ROW + 2}"
        set_up_printing(sheet, PrintSetup(A4, titles, self.form.id))
        corner = get_column_letter(self._halves[0] + 1)
        sheet.freeze_panes = f"{corner}{FIRST_ROW}"
        sheet.sheet_view.zoomScale = 90

    def _validation(self) -> None:
        """Ask before a text is taken for a figure, but let the province decide."""
        texts = load_texts("forms")
        places = [
            get_column_letter(n)
            for n, column in enumerate(self.form.columns, 1)
            if column.role is ColumnRole.VALUE
        ]
        if not places:
            return
        cell = f"{places[0]}{FIRST_ROW}"
        marks = "".join(f',{cell}="{mark}"' for mark in ("-", "x", "X", "..", "...", "…"))
        check = DataValidation(
            type="custom",
            formula1=f"OR(ISNUMBER({cell}){marks})",
            errorStyle="warning",
            errorTitle=texts.say("input_title"),
            error=texts.say("input_warning"),
            showErrorMessage=True,
        )
        check.add(f"{places[0]}{FIRST_ROW}:{places[-1]}{self._last_row}")
        self.page.sheet.add_data_validation(check)


def input_look(look: Look, fill: str, decimals: str) -> Look:
    return replace(
        look, locked=False, fill=fill, across="right", wrap=False, number_format=decimals
    )
