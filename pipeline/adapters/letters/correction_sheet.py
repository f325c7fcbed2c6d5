"""A form of the round filled with what was read, its faulty cells marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.adapters.letters.correction_texts import Mark
from pipeline.adapters.workbook_writing.blank_workbook import (
    FIRST_ROW,
    HEAD_ROW,
    WIDTHS,
    FormSheet,
    Line,
    Where,
)
from pipeline.adapters.workbook_writing.form_sheet import BODY, GREY, HEAD, decimals_of
from pipeline.adapters.workbook_writing.sheet_styles import Look, number_format
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.letters.correction import Place
from pipeline.domain.letters.correction_values import origin, shown_value
from pipeline.domain.plan.form import Row
from pipeline.domain.plan.plan_round import Column, ColumnRole, Indicator
from pipeline.domain.reading.correction_headers import EXPLANATION, ORIGIN
from pipeline.domain.reading.units import Conversion
from pipeline.domain.writing.vietnamese import safe_text

FILLS = {"mend": "FFC7CE", "explain": "FFEB9C", "note": "DAEEF3"}
SMALL = replace(BODY, size=9, colour="595959")
_BESIDE = (26.0, 16.0)
_NARROWER = {ColumnRole.LABEL: 44.0, ColumnRole.DERIVED: 9.5, ColumnRole.NOTE: 12.0}
_LONGEST_COMMENT = 1200
_MOST_DECIMALS = 6
_FITTING = 8


@dataclass(frozen=True, slots=True)
class Filling:
    """What one sheet is filled with: figures, units and notes by row key."""

    reference: str
    authority: str
    rows: Mapping[str, Sequence[Row]]
    units: Mapping[str, tuple[str, Conversion]]
    notes: Mapping[str, str]
    marks: Mapping[Place, Mark]


@dataclass(frozen=True, slots=True)
class CorrectionSheet(FormSheet):
    """One form as read, with explanations and the province's own cells on the right."""

    filling: Filling

    def _authority(self) -> str:
        return self.filling.authority.upper() or load_texts("forms").say("authority")

    def _beside(self) -> None:
        texts, put = load_texts("correction"), self.page.put
        reference = texts.say("sheet_reference", reference=self.filling.reference)
        put(3, 1, reference, Look(italic=True, size=10))
        for column, title in enumerate((EXPLANATION, ORIGIN), self._width + 1):
            self.page.merge((HEAD_ROW, column), (HEAD_ROW + 1, column), title, HEAD)
            put(HEAD_ROW + 2, column, "", replace(HEAD, fill=""))
        for row, indicator in enumerate(self.form.indicators, FIRST_ROW):
            put(row, self._width + 1, "", replace(BODY, locked=False))
            put(row, self._width + 2, origin(self._read(indicator)), SMALL)
        self._headers()

    def _headers(self) -> None:
        for at, column in enumerate(self.form.columns, 1):
            mark = self._mark(None, column)
            if mark is None:
                continue
            # a column without a group has one cell merged out of the two
            alone = self.page.sheet.cell(HEAD_ROW + 1, at).value is None
            for row in (HEAD_ROW, HEAD_ROW + 1) if alone else (HEAD_ROW + 1,):
                cell = self.page.sheet.cell(row, at)
                self.page.styles.dress(cell, replace(HEAD, fill=FILLS[mark.duty]))
            self._comment((HEAD_ROW if alone else HEAD_ROW + 1, at), mark)

    def _widths(self) -> list[float]:
        roles = (column.role for column in self.form.columns)
        return [*(_NARROWER.get(role, WIDTHS[role]) for role in roles), *_BESIDE]

    def _cell(self, where: Where, column: Column, line: Line) -> None:
        indicator, level, look = line
        mark = self._mark(indicator, column)
        if mark is not None:
            look = replace(look, fill=FILLS[mark.duty])
            self._comment(where, mark)
        self._draw(where, column, (indicator, level, look))

    def _unit(self, where: Where, column: Column, line: Line) -> None:
        unit, _ = self.filling.units[line[0].key]
        self.page.put(*where, unit, line[2])

    def _value(self, where: Where, column: Column, line: Line) -> None:
        indicator, _, look = line
        look = self._marked(look, indicator, column)
        row = next((r for r in self._read(indicator) if r.column == column.key), None)
        if row is None:
            self.page.put(*where, "", look)
            return
        value = shown_value(row, self.filling.units[indicator.key][1])
        if isinstance(value, Decimal):
            decimals = max(decimals_of(indicator, self.plan_round), _decimals(value))
            look = replace(look, number_format=number_format(decimals))
        elif len(value) > _FITTING:
            look = replace(look, size=8, bold=False, across="left", wrap=True)
        self.page.put(*where, value, look)

    def _derived(self, where: Where, column: Column, line: Line) -> None:
        """Comparisons stay empty: the ministry works them out, and no formula leaves."""
        look = replace(line[2], bold=False, fill=GREY)
        self.page.put(*where, "", self._marked(look, line[0], column))

    def _note(self, where: Where, line: Line) -> None:
        self.page.put(*where, safe_text(self.filling.notes.get(line[0].key, "")), line[2])

    def _read(self, indicator: Indicator) -> Sequence[Row]:
        return self.filling.rows[indicator.key]

    def _mark(self, indicator: Indicator | None, column: Column) -> Mark | None:
        key = indicator.key if indicator else None
        return self.filling.marks.get(Place(self.form.id, key, column.key))

    def _marked(self, look: Look, indicator: Indicator, column: Column) -> Look:
        mark = self._mark(indicator, column)
        return look if mark is None else replace(look, fill=FILLS[mark.duty])

    def _comment(self, where: Where, mark: Mark) -> None:
        if mark.texts:
            self.page.comment(*where, "\n".join(mark.texts)[:_LONGEST_COMMENT])


def _decimals(value: Decimal) -> int:
    exponent = int(value.normalize().as_tuple().exponent)
    return min(max(-exponent, 0), _MOST_DECIMALS)
