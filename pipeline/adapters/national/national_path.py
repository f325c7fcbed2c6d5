"""The sheet of the national workbook that holds the round against the five-year plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property, lru_cache

from pipeline.adapters.national.national_provinces import INCOMPLETE, PROVISIONAL
from pipeline.adapters.national.national_shortfalls import full_label
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.path_words import (
    basis_told,
    origin_told,
    path_texts,
    standing_told,
)
from pipeline.adapters.workbook_writing.form_sheet import (
    A3,
    HEAD,
    LINE,
    PrintSetup,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page, number_format
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.five_year_path import PathPoint, Standing
from pipeline.domain.plan.five_year import FIVE_YEAR_FILE
from pipeline.domain.total import EXACT, RATE_QUANTUM, canonical

HEAD_ROW = 5
WIDTHS = (5, 8, 17, 38, 11, 24, 15, 15, 14, 10, 26, 32, 50)
LAST = len(WIDTHS)
CELL = Look(edges=True, across="center", size=10)
TEXT = replace(CELL, across="left", wrap=True)
SMALL = replace(TEXT, size=9)
LINK = replace(CELL, colour="0563C1")
NOTE = Look(wrap=True, across="left", size=10)
GOOD, BAD, QUIET = "C6EFCE", "F8CBAD", "EDEDED"
FILLS = {
    Standing.AHEAD: GOOD,
    Standing.ON: GOOD,
    Standing.REACHED: GOOD,
    Standing.BEHIND: BAD,
    Standing.UNKNOWN: QUIET,
    Standing.INCOMPLETE: QUIET,
}
LEAST_DECIMALS = 2


@dataclass(frozen=True)
class PathSheet:
    """The country's rows that have a target, then those of units."""

    page: Page
    view: NationalView

    def draw(self) -> None:
        words, texts, tables = path_texts(), load_texts("national"), self.view.tables
        put = self.page.merge
        put(
            (1, 1), (1, LAST), words.say("title"), Look(across="center", bold=True, size=14)
        )
        as_of = texts.say("as_of", moment=texts.say("moment", **self.view.moment()))
        put((2, 1), (2, LAST), as_of, Look(across="center", italic=True))
        set_widths(self.page.sheet, WIDTHS)
        if tables.five_year:
            self._note(words.say("note"))
            self._tables()
        elif tables.plan_round.targets:
            self._note(words.say("over"))
        else:
            place = {"file": FIVE_YEAR_FILE, "round": tables.plan_round.id}
            self._note(words.say("none", **place))
        set_up_printing(self.page.sheet, PrintSetup(A3, "1:2", self.page.sheet.title))

    def _note(self, text: str) -> None:
        self.page.merge((3, 1), (3, LAST), text, NOTE)
        self.page.sheet.row_dimensions[3].height = 2.2 * LINE

    def _tables(self) -> None:
        points = self.view.tables.five_year
        country = [point for point in points if point.province is None]
        row = self._table(HEAD_ROW, "country", country)
        if self.view.by_unit:
            units = [point for point in points if point.province is not None]
            self._table(row, "units", units)
        else:
            self.page.merge((row, 1), (row, LAST), path_texts().say("many"), NOTE)

    def _table(self, row: int, heading: str, points: Sequence[PathPoint]) -> int:
        """A heading, the table under it; the row after it."""
        words = path_texts()
        self.page.put(row, 1, words.say(heading), Look(bold=True))
        for n, name in enumerate(words.lines("head"), 1):
            self.page.put(row + 1, n, name, HEAD)
        self.page.sheet.row_dimensions[row + 1].height = 2.4 * LINE
        for n, point in enumerate(points, 1):
            self._line(row + 1 + n, n, point)
        if not points:
            self.page.merge((row + 2, 1), (row + 2, LAST), words.say("nothing"), TEXT)
        return row + max(len(points), 1) + 3

    def _line(self, row: int, place: int, point: PathPoint) -> None:
        label, standing = self._label(point), standing_told(point)
        origin, basis = origin_told(point), basis_told(point)
        amount, provisional = self._shapes(point), _provisional(point)
        cells: Sequence[tuple[str | int | Decimal, Look]] = (
            (place, CELL),
            (point.form, LINK),
            (self._unit(point), TEXT),
            (label, TEXT),
            (point.indicator.unit, CELL),
            (point.column.title, SMALL),
            (_shown(point.value), _figure(amount[point.complete], provisional=provisional)),
            (_shown(point.aim.value), _figure(amount[True])),
            (_shown(point.gap), _figure(amount[True], provisional=provisional)),
            (_shown(point.share), _figure(number_format(1), provisional=provisional)),
            (standing, _verdict(FILLS.get(point.standing, ""))),
            (origin, SMALL),
            (basis, SMALL),
        )
        for n, (value, look) in enumerate(cells, 1):
            self.page.put(row, n, value, look)
        self.page.link(row, 2, self._sheet(point))
        texts = (label, point.column.title, standing, origin, basis)
        widths = (WIDTHS[3], WIDTHS[5], WIDTHS[10], WIDTHS[11], WIDTHS[12])
        lines = max(map(lines_needed, texts, widths))
        self.page.sheet.row_dimensions[row].height = (lines + 0.2) * LINE

    def _unit(self, point: PathPoint) -> str:
        if point.province is None:
            return path_texts().say("nation")
        return self.view.tables.gazetteer.by_code(point.province).name

    def _sheet(self, point: PathPoint) -> str:
        """The sheet that the figure stands on too."""
        if point.province is None:
            return point.form
        return load_texts("national").say("province_sheet", form=point.form)

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[str, tuple[str, str]]]:
        return {}

    def _label(self, point: PathPoint) -> str:
        return self._of_row(point)[0]

    def _shapes(self, point: PathPoint) -> tuple[str, str]:
        """The number format of an amount: starred (of a total that lacks units), plain."""
        return self._of_row(point)[1]

    def _of_row(self, point: PathPoint) -> tuple[str, tuple[str, str]]:
        row = (point.form, point.indicator.key)
        if row not in self._known:
            form = self.view.tables.plan_round.form(point.form)
            decimals = self.view.decimals(form, point.indicator)
            if point.indicator.unit == "%":
                decimals = max(decimals, LEAST_DECIMALS)
            shapes = (number_format(decimals, INCOMPLETE), number_format(decimals))
            self._known[row] = full_label(form, point.indicator), shapes
        return self._known[row]


@lru_cache(maxsize=64)
def _figure(shape: str, *, provisional: bool = False) -> Look:
    look = replace(CELL, across="right", number_format=shape)
    return replace(look, italic=True, colour=PROVISIONAL) if provisional else look


@lru_cache(maxsize=8)
def _verdict(fill: str) -> Look:
    return replace(TEXT, indent=1, fill=fill)


def _provisional(point: PathPoint) -> bool:
    if point.total is not None:
        return point.total.provisional > 0
    return point.source is not None and not point.source.clean


def _shown(value: Decimal | None) -> Decimal | str:
    """A number as a cell takes it: no more digits than a rate has."""
    if value is None:
        return ""
    return canonical(value.quantize(RATE_QUANTUM, ROUND_HALF_EVEN, EXACT))
