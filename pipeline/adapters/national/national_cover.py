"""The first two sheets of the national workbook: what it is, and who has reported."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from pipeline.adapters.national.national_provinces import (
    COUNTRY_FILL,
    PROVISIONAL,
    REGION_FILL,
)
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.workbook_writing.form_sheet import (
    A3,
    A4,
    HEAD,
    PrintSetup,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.total import Level
from pipeline.domain.writing.vietnamese import moment, write_date, write_number

MIDDLE = Look(across="center")
CELL = Look(edges=True, across="center", size=10)
LINK = replace(CELL, colour="0563C1")
STATES = {
    "verified": replace(CELL, fill="C6EFCE"),
    "accepted": replace(CELL, fill="E2EFDA", italic=True, colour=PROVISIONAL),
    "deficient": replace(CELL, fill="FFEB9C"),
    "missing": replace(CELL, fill="F8CBAD"),
}
SMALL = {state: replace(look, size=9) for state, look in STATES.items()}
INDENTED = replace(CELL, across="left", indent=1)
ACCEPTED = ("verified", "accepted")


@dataclass(frozen=True)
class Cover:
    """What the workbook is made of, where to find what, and how to read it."""

    page: Page
    view: NationalView

    def draw(self) -> None:
        texts, put = load_texts("national"), self.page.merge
        strong = replace(MIDDLE, bold=True)
        put((1, 1), (1, 2), texts.say("ministry"), MIDDLE)
        put((2, 1), (2, 2), texts.say("department"), strong)
        put((1, 3), (1, 7), texts.say("state"), strong)
        put((2, 3), (2, 7), texts.say("motto"), strong)
        put((5, 1), (5, 7), texts.say("title"), replace(strong, size=18))
        row, forms = 7, len(self.view.tables.plan_round.forms_required)
        for name, value in self._facts():
            self.page.put(row, 1, texts.say(name, forms=forms), Look())
            put((row, 2), (row, 7), value, Look(bold=True, across="left", wrap=True))
            row += 1
        row = self._forms(row + 1)
        self.page.put(row, 1, texts.say("legend_heading"), Look(bold=True))
        legend = texts.lines("legend")
        if self.view.tables.filled:
            legend = (*legend, texts.say("legend_filled"))
        if not self.view.by_unit:
            legend = (*legend, texts.say("legend_many", count=_count(self.view.expected)))
        for n, line in enumerate(legend, 1):
            put((row + n, 1), (row + n, 7), line, Look(wrap=True, across="left"))
            self.page.sheet.row_dimensions[row + n].height = 17 * lines_needed(line, 150)
        self._set_up()

    def _facts(self) -> Iterator[tuple[str, str]]:
        texts, tables, view = load_texts("national"), self.view.tables, self.view
        round_ = tables.plan_round
        yield "fact_round", round_.title
        yield (
            "fact_letter",
            texts.say(
                "fact_letter_value", letter=round_.letter, date=write_date(round_.issued)
            ),
        )
        yield "fact_due", texts.say("moment", **moment(round_.due))
        yield "fact_as_of", texts.say("moment", **view.moment())
        sent, complete = self._counts()
        share = {"expected": view.expected}
        yield "fact_sent", texts.say("share", count=sent, **share)
        yield "fact_complete", texts.say("share", count=complete, **share)
        figures, provisional = view.counts
        yield (
            "fact_figures",
            texts.say(
                "fact_figures_value",
                figures=_count(figures),
                provisional=_count(provisional),
            ),
        )
        yield "fact_print", view.fingerprint
        yield "fact_contact", round_.contact

    def _counts(self) -> tuple[int, int]:
        """Units that sent anything, units whose required forms are all accepted."""
        required = [
            n
            for n, form in enumerate(self.view.forms)
            if form.id in self.view.tables.plan_round.forms_required
        ]
        units = self.view.states.values()
        sent = sum(any(state != "missing" for state in states) for states in units)
        complete = sum(all(states[n] in ACCEPTED for n in required) for states in units)
        return sent, complete

    def _forms(self, row: int) -> int:
        texts = load_texts("national")
        self.page.put(row, 1, texts.say("forms_heading"), Look(bold=True))
        row += 1
        for n, title in enumerate(texts.lines("form_head"), 1):
            self.page.put(row, n, title, HEAD)
        self.page.merge((row, 6), (row, 7), texts.lines("form_head")[-1], HEAD)
        for n, form in enumerate(self.view.forms, 1):
            counts = self.view.states_by_form[form.id]
            accepted = sum(counts[state] for state in ACCEPTED)
            self.page.put(row + n, 1, form.id, CELL)
            self.page.put(row + n, 2, form.title, replace(CELL, across="left", wrap=True))
            for column, count in enumerate(
                (accepted, counts["deficient"], counts["missing"]), 3
            ):
                self.page.put(row + n, column, count, CELL)
            self._link((row + n, 6), texts.say("open_national"), form.id)
            if self.view.by_unit:
                sheet = texts.say("province_sheet", form=form.id)
                self._link((row + n, 7), texts.say("open_provinces"), sheet)
            else:
                self.page.put(row + n, 7, "", CELL)
        return row + len(self.view.forms) + 2

    def _link(self, where: tuple[int, int], text: str, sheet: str) -> None:
        self.page.put(*where, text, LINK)
        self.page.link(*where, sheet)

    def _set_up(self) -> None:
        sheet = self.page.sheet
        set_widths(sheet, (34, 60, 16, 11, 11, 11, 12))
        sheet.row_dimensions[5].height = 34
        set_up_printing(sheet, PrintSetup(A4, "1:1", sheet.title))
        sheet.print_title_rows = None


@dataclass(frozen=True)
class CoverageSheet:
    """Provinces down, forms across: accepted, to be mended, missing, late."""

    page: Page
    view: NationalView

    def draw(self) -> None:
        texts, forms = load_texts("national"), self.view.forms
        last = len(forms) + 3
        title = replace(MIDDLE, bold=True, size=14)
        self.page.merge((1, 1), (1, last), texts.say("coverage_title"), title)
        moment_ = texts.say("as_of", moment=texts.say("moment", **self.view.moment()))
        self.page.merge((2, 1), (2, last), moment_, replace(MIDDLE, italic=True))
        head = (*texts.lines("coverage_head"), *(form.id for form in forms))
        for n, name in enumerate((*head, texts.say("coverage_done")), 1):
            self.page.put(3, n, name, HEAD)
        self._totals(4)
        row = 5
        for area, provinces in self.view.groups(Level.REGION6):
            look = replace(CELL, bold=True, fill=REGION_FILL, across="left")
            self.page.merge((row, 1), (row, last), area.upper(), look)
            for n, province in enumerate(provinces, 1):
                self._province(row + n, province.code, province.name)
            row += len(provinces) + 1
        self._set_up()

    def _totals(self, row: int) -> None:
        look = replace(CELL, bold=True, fill=COUNTRY_FILL)
        name = load_texts("national").say("coverage_total")
        self.page.put(row, 1, "", look)
        self.page.put(row, 2, name, replace(look, across="left", wrap=True))
        counts = [
            sum(counts[state] for state in ACCEPTED)
            for counts in self.view.states_by_form.values()
        ]
        share = replace(look, number_format=f'0"/{self.view.expected}"')
        for n, count in enumerate(counts, 3):
            self.page.put(row, n, count, share)
        self.page.put(row, len(counts) + 3, sum(counts), look)

    def _province(self, row: int, code: str, name: str) -> None:
        self.page.put(row, 1, code, CELL)
        self.page.put(row, 2, name, INDENTED)
        states = self.view.states[code]
        for n, (form, state) in enumerate(zip(self.view.forms, states, strict=True), 3):
            found = self.view.coverage.get((code, form.id))
            text = _words(state, late=bool(found and found.get("late")))
            self.page.put(row, n, text, SMALL[state])
        done = sum(state in ACCEPTED for state in states)
        self.page.put(row, len(states) + 3, done, CELL)

    def _set_up(self) -> None:
        sheet = self.page.sheet
        set_widths(sheet, (6, 26, *(18 for _ in self.view.forms), 14))
        sheet.row_dimensions[1].height = 24
        sheet.row_dimensions[3].height = 34
        sheet.freeze_panes = "C5"
        set_up_printing(sheet, PrintSetup(A3, "3:3", sheet.title))


@cache
def _words(state: str, *, late: bool) -> str:
    texts = load_texts("national")
    text = texts.say(f"state_{state}")
    return texts.say("late", state=text) if late else text


def _count(number: int) -> str:
    return write_number(Decimal(number))
