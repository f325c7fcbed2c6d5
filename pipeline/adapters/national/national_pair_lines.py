"""Lines that hold a figure of the country against an earlier one, and what it grew by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.adapters.national.national_shortfalls import full_label
from pipeline.adapters.workbook_writing.form_sheet import LINE, lines_needed
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page, number_format
from pipeline.domain.plan.plan_round import Column, Form, Indicator

CELL = Look(edges=True, across="center", size=10)
TEXT = replace(CELL, across="left", wrap=True)
SMALL = replace(TEXT, size=9)
LABEL, COLUMN, LAST = 3, 5, 10
HUNDRED, QUANTUM = Decimal(100), Decimal("0.1")

Cell = tuple[str | int | Decimal, Look]


def growth(before: Decimal | None, now: Decimal | None) -> Decimal | str:
    """By how many percent a figure grew; an empty text where nobody can say."""
    if before is None or now is None or before <= 0:
        return ""
    return ((now - before) * HUNDRED / before).quantize(QUANTUM, ROUND_HALF_EVEN)


def difference(before: Decimal | None, now: Decimal | None) -> Decimal | str:
    """What a figure grew by; an empty text where one of the two is not known."""
    return "" if before is None or now is None else now - before


def amounts(decimals: int) -> Look:
    """How a figure of so many decimals stands in a line."""
    return replace(CELL, across="right", number_format=number_format(decimals))


@dataclass(frozen=True)
class PairLine:
    """One line: which figure it is, the earlier and the later one as they are to stand.

    `last` is what the sheet says in its last column.
    """

    form: Form
    indicator: Indicator
    column: Column
    before: Decimal | None
    now: Decimal | None
    looks: tuple[Look, Look]
    decimals: int
    last: Cell

    def cells(self, place: int) -> Sequence[Cell]:
        """What stands in the line, from left to right."""
        before, now = self.before, self.now
        return (
            (place, CELL),
            (self.form.id, CELL),
            (full_label(self.form, self.indicator), TEXT),
            (self.indicator.unit, CELL),
            (self.column.title, SMALL),
            ("" if before is None else before, self.looks[0]),
            ("" if now is None else now, self.looks[1]),
            (difference(before, now), amounts(self.decimals)),
            (growth(before, now), amounts(1)),
            self.last,
        )


def draw_line(page: Page, row: int, cells: Sequence[Cell], widths: Sequence[int]) -> None:
    """Draw it, as high as its longest text needs."""
    for n, (value, look) in enumerate(cells, 1):
        page.put(row, n, value, look)
    texts = ((n, value) for n, (value, look) in enumerate(cells) if look.wrap)
    lines = max(lines_needed(str(value), widths[n]) for n, value in texts)
    page.sheet.row_dimensions[row].height = (lines + 0.2) * LINE
