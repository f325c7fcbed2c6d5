"""What every sheet of ours that shows a form has in common: header, sizes, printing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.workbook_writing.form_layout import HeaderGroup
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Indicator, IndicatorKind, PlanRound

LINE = 15.0
HEADING = "DDEBF7"
GREY = "E7E6E6"
HEAD = Look(bold=True, across="center", wrap=True, edges=True, fill=HEADING)
BODY = Look(wrap=True, edges=True)
A3, A4 = 8, 9
# points of paper that a sheet may use, landscape, inside our margins
_ROOM = {A3: (1118.0, 760.0), A4: (770.0, 515.0)}
MOST_HEADING = 200
_CHARACTER = 5.4
_SMALLEST_SCALE = 0.6


@dataclass(frozen=True, slots=True)
class PrintSetup:
    """How a sheet is printed. `titles` are its repeated rows ("7:9").

    `heading` is printed above every page.
    """

    paper: int
    titles: str
    footer: str
    scale: int | None = None
    heading: str = ""


def decimals_of(indicator: Indicator, plan_round: PlanRound) -> int:
    """How many decimals a row shows: rates two, units of a thousand one, counts none."""
    if indicator.kind is IndicatorKind.RATE:
        return 2
    unit = plan_round.unit(indicator.unit)
    return 1 if unit.base and unit.factor > 1 else 0


def draw_header(page: Page, top: int, groups: Sequence[HeaderGroup]) -> None:
    """The two header rows of a form, from row `top` and the first column on."""
    column = 1
    for group in groups:
        last = column + len(group.lower) - 1
        if group.title:
            page.merge((top, column), (top, last), group.title, HEAD)
            for n, (_, title) in enumerate(group.lower):
                page.put(top + 1, column + n, title, HEAD)
        else:
            page.merge((top, column), (top + 1, column), group.lower[0][1], HEAD)
        column = last + 1


def lines_needed(text: str, width: float) -> int:
    """How many lines a text takes in a column of a width in characters."""
    return max(1, ceil(len(text) * 0.92 / width))


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """The column widths of a sheet, in characters, from the first column on."""
    for n, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(n)].width = width


def set_up_printing(sheet: Worksheet, setup: PrintSetup) -> None:
    """Landscape, header rows repeated, page numbers; as wide as the paper.

    A table that still can be read on one page is fitted to one, so that signatures do
    not stand on a page of their own. With a `scale` nothing is fitted.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = setup.paper
    if setup.scale is None:
        one_page = _fits(sheet, setup.paper)
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, int(one_page)
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    else:
        sheet.page_setup.scale = setup.scale
    sheet.print_title_rows = setup.titles
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = 0.5
    margins.bottom, margins.header, margins.footer = 0.6, 0.3, 0.3
    header, footer = sheet.oddHeader, sheet.oddFooter
    assert header is not None, "openpyxl makes one with every sheet"
    assert footer is not None, "openpyxl makes one with every sheet"
    # in a page header "&" begins a code, and a long one makes Excel refuse the file
    header.left.text = setup.heading[:MOST_HEADING].replace("&", "&&") or None
    footer.left.text, footer.right.text = setup.footer, load_texts("forms").say("page")
    sheet.sheet_view.showGridLines = False


def _fits(sheet: Worksheet, paper: int) -> bool:
    """Whether a sheet can be read when it is shrunk to one page."""
    width = _CHARACTER * sum(d.width for d in sheet.column_dimensions.values())
    last = sheet.max_row
    # asked for by number each row would be given dimensions, and keep them
    told: list[float] = [
        d.height for n, d in sheet.row_dimensions.items() if d.height and n <= last
    ]
    height = sum(told) + LINE * (last - len(told))
    across, down = _ROOM[paper]
    return bool(min(1.0, across / width, down / height) >= _SMALLEST_SCALE)
