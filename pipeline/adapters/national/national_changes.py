"""The sheet of the national workbook that says what moved since the run before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.adapters.national.national_pair_lines import (
    CELL,
    LAST,
    SMALL,
    TEXT,
    PairLine,
    amounts,
    draw_line,
)
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    HEAD,
    LINE,
    PrintSetup,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.run_changes import CountedVersion, TotalChange
from pipeline.domain.total import weight_of
from pipeline.domain.writing.vietnamese import moment

WIDTHS = (6, 9, 46, 12, 26, 15, 15, 15, 9, 40)
FIRST_TABLE = 5
NAMED = 2
DIGITS = 8


@dataclass(frozen=True)
class ChangesSheet:
    """Totals of the country that moved, then the returns that are counted otherwise."""

    page: Page
    view: NationalView

    def draw(self) -> None:
        texts, changes = load_texts("national"), self.view.tables.changes
        title = Look(across="center", bold=True, size=14)
        self.page.merge((1, 1), (1, LAST), texts.say("changes_title"), title)
        quiet = Look(across="center", italic=True)
        self.page.merge((2, 1), (2, LAST), self._period(), quiet)
        set_widths(self.page.sheet, WIDTHS)
        if changes.since is not None:
            self.page.merge(
                (3, 1), (3, LAST), texts.say("changes_note"), Look(wrap=True, size=10)
            )
            row = self._totals(FIRST_TABLE)
            self._versions(row)
        set_up_printing(self.page.sheet, PrintSetup(A4, "1:2", self.page.sheet.title))

    def _period(self) -> str:
        texts, since = load_texts("national"), self.view.tables.changes.since
        now = texts.say("moment", **self.view.moment())
        if since is None:
            return texts.say("changes_first", moment=now)
        before = texts.say("moment", **moment(since))
        return texts.say("changes_period", before=before, now=now)

    def _head(self, row: int, heading: str, head: str) -> None:
        texts = load_texts("national")
        self.page.put(row, 1, texts.say(heading), Look(bold=True))
        for n, name in enumerate(texts.lines(head), 1):
            self.page.put(row + 1, n, name, HEAD)
        self.page.sheet.row_dimensions[row + 1].height = 2.4 * LINE

    def _nothing(self, row: int) -> None:
        text = load_texts("national").say("changes_nothing")
        self.page.merge((row, 1), (row, LAST), text, TEXT)

    def _totals(self, row: int) -> int:
        """The table of totals; the row after it."""
        changes = self.view.tables.changes.totals
        self._head(row, "changes_totals", "changes_totals_head")
        for n, change in enumerate(changes, 1):
            self._total(row + 1 + n, n, change)
        if not changes:
            self._nothing(row + 2)
        return row + max(len(changes), 1) + 3

    def _total(self, row: int, place: int, change: TotalChange) -> None:
        form_id, indicator_key, column_key = change.cell
        form = self.view.tables.plan_round.form(form_id)
        indicator = form.indicator(indicator_key)
        decimals = self.view.decimals(form, indicator)
        amount = amounts(decimals)
        line = PairLine(
            form,
            indicator,
            form.column(column_key),
            change.before[0],
            change.now[0],
            (amount, amount),
            decimals,
            (self._cause(form, indicator), SMALL),
        )
        draw_line(self.page, row, line.cells(place), WIDTHS)

    @cached_property
    def _movers(self) -> Mapping[str, Sequence[str]]:
        """The provinces whose return of a form is counted otherwise, by form."""
        found: dict[str, list[str]] = {}
        names = {p.code: p.name for p in self.view.tables.gazetteer.provinces}
        for change in self.view.tables.changes.versions:
            name = names.get(change.province, change.province)
            found.setdefault(change.form, []).append(name)
        return found

    def _cause(self, form: Form, indicator: Indicator) -> str:
        """Who may have moved a total: those of its form, of its weight's form too."""
        texts = load_texts("national")
        weight = weight_of(indicator, form.id)
        names = self._movers.get(form.id, ())
        if weight is not None and weight[0] != form.id:
            known = frozenset(names)  # of a nation as many as it has units
            more = self._movers.get(weight[0], ())
            names = [*names, *(name for name in more if name not in known)]
        told = ", ".join(names[:NAMED])
        if len(names) <= NAMED:
            return told or texts.say("changes_no_return")
        return texts.say("changes_more", names=told, count=len(names) - NAMED)

    def _versions(self, row: int) -> None:
        texts, tables = load_texts("national"), self.view.tables
        self._head(row, "changes_versions", "changes_versions_head")
        self.page.merge((row + 1, 5), (row + 1, 7), texts.say("changes_mails"), HEAD)
        for n in range(8, LAST + 1):
            self.page.put(row + 1, n, "", Look())
        names = {p.code: p.name for p in tables.gazetteer.provinces}
        for n, change in enumerate(tables.changes.versions, 1):
            mails = texts.say(
                "changes_mail_pair", before=_mail(change.before), now=_mail(change.now)
            )
            self.page.put(row + 1 + n, 1, n, CELL)
            self.page.put(row + 1 + n, 2, change.form, CELL)
            name = names.get(change.province, change.province)
            self.page.put(row + 1 + n, 3, name, TEXT)
            self.page.put(row + 1 + n, 4, texts.say(f"changes_{change.step}"), CELL)
            self.page.merge((row + 1 + n, 5), (row + 1 + n, 7), mails, CELL)
        if not tables.changes.versions:
            self._nothing(row + 2)


def _mail(version: CountedVersion | None) -> str:
    return version.digest[:DIGITS] if version else "…"
