"""A form of the round filled with what was read, its faulty cells marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from pipeline.adapters.blank_workbook import FIRST_ROW, HEAD_ROW, FormSheet
from pipeline.adapters.correction_texts import Mark, join_neighbours
from pipeline.adapters.form_sheet import BODY, GREY, HEAD, decimals_of
from pipeline.adapters.sheet_styles import Look, number_format
from pipeline.adapters.workbook_texts import load_texts
from pipeline.domain.correction import EXPLANATION, ORIGIN, Place
from pipeline.domain.form import Appendix, Missing, Row
from pipeline.domain.number import quantum_of
from pipeline.domain.plan_round import Column, Indicator
from pipeline.domain.units import Conversion, Relation, Units
from pipeline.domain.vietnamese import safe_text

FILLS = {"mend": "FFC7CE", "explain": "FFEB9C", "note": "DAEEF3"}
EXPLANATION_WIDTH, ORIGIN_WIDTH = 26.0, 18.0
SHEET_NAME = 16
_SIGNS = {Missing.NIL: "-", Missing.NOT_APPLICABLE: "x", Missing.NOT_AVAILABLE: ".."}
_DIGITS = 15
_MOST_DECIMALS = 6
_LONGEST_COMMENT = 1200
_AS_IT_IS = Conversion(Relation.SAME)
Line = tuple[Indicator, int, Look]


@dataclass(frozen=True, slots=True)
class Filling:
    """What one sheet is filled with; a blank form has no appendix."""

    reference: str
    place: str | None
    appendix: Appendix | None
    marks: Mapping[Place, Mark]


@dataclass(frozen=True, slots=True)
class CorrectionSheet(FormSheet):
    """One form as read, with explanations and the province's own cells on the right."""

    filling: Filling

    def _authority(self) -> str:
        if self.filling.place is None:
            return load_texts("forms").say("authority")
        return load_texts("correction").say("authority", place=self.filling.place).upper()

    def _beside(self) -> None:
        self._reference()
        by_row = self._rows_by_indicator()
        column = self._width + 1
        for at, title in ((column, EXPLANATION), (column + 1, ORIGIN)):
            self.page.merge((HEAD_ROW, at), (HEAD_ROW + 1, at), title, HEAD)
            self.page.put(HEAD_ROW + 2, at, "", replace(HEAD, fill=""))
        small = replace(BODY, size=9, colour="595959")
        for n, indicator in enumerate(self.form.indicators):
            self.page.put(FIRST_ROW + n, column, "", replace(BODY, locked=False))
            origin = self._origin(indicator, by_row.get(indicator.key, ()))
            self.page.put(FIRST_ROW + n, column + 1, origin, small)
        self._headers()

    def _reference(self) -> None:
        text = load_texts("correction").say(
            "sheet_reference", reference=self.filling.reference
        )
        self.page.put(3, 1, text, Look(italic=True, size=10))

    def _headers(self) -> None:
        """Marked column headers: the lower header cell of a column."""
        for at, column in enumerate(self.form.columns, 1):
            mark = self.filling.marks.get(Place(self.form.id, None, column.key))
            if mark is not None:
                cell = self.page.sheet.cell(HEAD_ROW + 1, at)
                self.page.styles.dress(cell, replace(HEAD, fill=FILLS[mark.duty]))
                self._comment((HEAD_ROW + 1, at), mark)

    def _unit(self, where: tuple[int, int], column: Column, line: Line) -> None:
        indicator, _, look = line
        rows = self._rows_by_indicator().get(indicator.key, ())
        unit, _ = self._unit_shown(indicator, rows)
        self._put(where, unit, self._marked(where, (indicator, column), look))

    def _value(self, where: tuple[int, int], column: Column, line: Line) -> None:
        indicator, _, look = line
        look = self._marked(where, (indicator, column), look)
        rows = self._rows_by_indicator().get(indicator.key, ())
        row = next((row for row in rows if row.column == column.key), None)
        if row is None:
            self._put(where, "", look)
            return
        _, conversion = self._unit_shown(indicator, rows)
        value = _shown(row, conversion)
        if isinstance(value, Decimal):
            decimals = max(decimals_of(indicator, self.plan_round), _decimals(value))
            look = replace(look, number_format=number_format(decimals))
        self._put(where, value, look)

    def _derived(self, where: tuple[int, int], column: Column, line: Line) -> None:
        """Comparisons stay empty: the ministry works them out, and no formula leaves."""
        indicator, _, look = line
        grey = replace(look, bold=False, fill=GREY)
        self._put(where, "", self._marked(where, (indicator, column), grey))

    def _note(self, where: tuple[int, int], line: Line) -> None:
        appendix = self.filling.appendix
        notes = dict(appendix.notes) if appendix else {}
        self._put(where, safe_text(notes.get(line[0].key, "")), line[2])

    def _cell(self, where: tuple[int, int], column: Column, line: Line) -> None:
        FormSheet._cell(self, where, column, line)  # noqa: SLF001 - slots forbid super()
        mark = self.filling.marks.get(Place(self.form.id, line[0].key, column.key))
        if mark is not None:
            self._comment(where, mark)

    def _marked(
        self, where: tuple[int, int], cell: tuple[Indicator, Column], look: Look
    ) -> Look:
        indicator, column = cell
        mark = self.filling.marks.get(Place(self.form.id, indicator.key, column.key))
        return look if mark is None else replace(look, fill=FILLS[mark.duty])

    def _comment(self, where: tuple[int, int], mark: Mark) -> None:
        if mark.texts:
            text = "\n".join(mark.texts)
            self.page.comment(*where, text[:_LONGEST_COMMENT])

    def _put(self, where: tuple[int, int], value: str | Decimal, look: Look) -> None:
        self.page.put(*where, value, look)
