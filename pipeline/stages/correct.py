"""Correct: what the workbook that goes with a deficiency letter shows and says."""

from collections.abc import Iterable, Iterator

from pipeline.domain.letters.cell_runs import join_cells
from pipeline.domain.letters.correction import (
    Correction,
    CorrectionEntry,
    CorrectionPoint,
    Place,
    forms_to_correct,
    name_of,
)
from pipeline.domain.letters.letter import LetterContext, make_reference, make_short_code
from pipeline.domain.letters.letter_items import (
    Home,
    Item,
    describe_item,
    describe_line,
    gather_items,
)
from pipeline.domain.letters.letter_names import Names, names_of
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Row
from pipeline.domain.plan.plan_round import ColumnRole, Form
from pipeline.domain.verdict import Decision
from pipeline.domain.writing.vietnamese import safe_text

_ON_LABEL = frozenset({"row-uncertain", "duplicate-row"})
_ON_UNIT = frozenset({"unit-unknown", "unit-near"})
_ON_HEADER = frozenset({"column-uncertain"})
_SHEET_NAME = 20


def correct(decision: Decision, context: LetterContext) -> Correction:
    """The forms to send again with the values as read, and the letter's points on them.

    The points are those of the letter, with the same numbers, but none of their findings
    is left out.
    """
    province = context.province
    reference = make_reference(
        context.plan_round.plan_year, province.code if province else None, decision.digest
    )
    return Correction(
        name=name_of(reference),
        reference=reference,
        code=make_short_code(decision.digest),
        reader=context.reader,
        plan_round=context.plan_round,
        forms=tuple(forms_to_correct(decision, context.plan_round)),
        points=tuple(_points(decision, context)),
        made_at=context.now,
    )


def _points(decision: Decision, context: LetterContext) -> Iterator[CorrectionPoint]:
    names = names_of(context.plan_round)
    appendices = [result.appendix for result in decision.forms]
    homes = [Home(form.form, form.path, form.sheet) for form in appendices]
    cells = _Cells(decision, names)
    for number, item in enumerate(gather_items(decision.findings, names, homes), 1):
        facts = describe_item(number, item, names)
        root = cells.named(item.root, item.home.path, item.home.sheet)
        if facts["places"]:
            entries: tuple[CorrectionEntry, ...] = (cells.together(item),)
        else:
            entries = tuple(cells.entry(f, item) for f in item.findings)
        yield CorrectionPoint(facts, root, entries)


class _Cells:
    """The cells of a mail's forms by their addresses, and back."""

    def __init__(self, decision: Decision, names: Names) -> None:
        self._names = names
        self._rows = {
            (row.path, row.sheet, row.cell): row
            for result in decision.forms
            for row in (*result.appendix.rows, *result.appendix.derived)
        }
        self._filled = {(r.form, r.indicator, r.column) for r in self._rows.values()}

    def together(self, item: Item) -> CorrectionEntry:
        """One entry for findings that differ in their place only."""
        runs = join_cells(f.cell for f in item.findings if f.cell)
        places = (place for f in item.findings for place in self._places(f))
        return CorrectionEntry(
            None, _theirs(item.home.sheet, runs), tuple(dict.fromkeys(places))
        )

    def entry(self, finding: Finding, item: Item) -> CorrectionEntry:
        """One finding with its cells."""
        suspects = (self._suspect(text, finding) for text in finding.suspect)
        return CorrectionEntry(
            line=describe_line(finding, item, self._names),
            theirs=_theirs(finding.sheet, [finding.cell] if finding.cell else []),
            places=tuple(self._places(finding)),
            suspects=tuple(place for place in suspects if place),
        )

    def named(self, cell: str | None, path: str | None, sheet: str | None) -> Place | None:
        """The figure that stands in a cell."""
        row = self._rows.get((path or "", sheet or "", cell or ""))
        return _place(row) if row else None

    def _suspect(self, text: str, finding: Finding) -> Place | None:
        sheet, mark, cell = text.rpartition("!")
        if not mark:
            return self.named(cell, finding.path, finding.sheet)
        rows = [row for at, row in self._rows.items() if at[1:] == (sheet, cell)]
        return _place(rows[0]) if len(rows) == 1 else None

    def _places(self, finding: Finding) -> Iterable[Place]:
        """The cells that a finding is about: one, or what is empty in a row or column."""
        form = self._names.forms.get(finding.form or "")
        if form is None:
            return ()
        role = (
            ColumnRole.UNIT
            if finding.code in _ON_UNIT
            else ColumnRole.LABEL
            if finding.code in _ON_LABEL
            else None
        )
        if role is not None:
            keys = [column.key for column in form.columns if column.role is role]
            return [Place(form.id, finding.indicator, key) for key in keys[:1]]
        if finding.column and (finding.indicator or finding.code in _ON_HEADER):
            return [Place(form.id, finding.indicator, finding.column)]
        return list(self._empty(form, finding))

    def _empty(self, form: Form, finding: Finding) -> Iterator[Place]:
        """The required cells without a figure in the row or column of a finding."""
        if not (finding.indicator or finding.column):
            return
        for row in form.indicators:
            for column in form.value_columns:
                meant = row.key == finding.indicator or column.key == finding.column
                place = (form.id, row.key, column.key)
                if meant and row.requires(column) and place not in self._filled:
                    yield Place(*place)


def _place(row: Row) -> Place:
    return Place(row.form, row.indicator, row.column)


def _theirs(sheet: str | None, cells: Iterable[str]) -> str:
    """Cells as the province finds them in its file: "PL2!H9:H11, K4"."""
    told = ", ".join(cells)
    name = safe_text(sheet or "", _SHEET_NAME)
    return f"{name}!{told}" if name and told else name
