"""The figures of one consolidation, ready to be looked up cell by cell."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from pipeline.adapters.workbook_writing.form_sheet import decimals_of
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Column, Form, Indicator
from pipeline.domain.senders.province import Province
from pipeline.domain.shortfall import Measure, Ranking
from pipeline.domain.total import COUNTRY, Level, ObservedFigure, Total, area_of
from pipeline.domain.writing.vietnamese import moment
from pipeline.ports.outside import NationalTables
from pipeline.stages.rank_shortfalls import rank_shortfalls

MOST_DECIMALS = 3
_MARKS = {Missing.NIL: "-", Missing.NOT_APPLICABLE: "x", Missing.NOT_AVAILABLE: "…"}
UNREADABLE = "?"

Key = tuple[str, str, str]
"""Form, indicator and value column."""


Place = tuple[Level, str, str, str, str]
"""Level, area, form, indicator and value column of a total."""


def place_of(total: Total) -> Place:
    """What a total is about."""
    return total.level, total.area, total.form, total.indicator, total.column


def filled_by_place(tables: NationalTables) -> Mapping[Place, Total]:
    """The totals that hold figures which nobody reported; none where none is filled."""
    return {place_of(total): total for total in tables.filled_totals}


@dataclass(frozen=True)
class NationalView:
    """Lookups over the tables of a run; made once, then only read."""

    tables: NationalTables

    @cached_property
    def _ranked(self) -> dict[Measure, Ranking]:
        return {}

    @cached_property
    def _totals(self) -> Mapping[tuple[Level, str], Mapping[Key, Total]]:
        found: dict[tuple[Level, str], dict[Key, Total]] = {}
        for area, totals in groupby(self.tables.totals, lambda t: (t.level, t.area)):
            known = found.setdefault(area, {})
            known.update({(t.form, t.indicator, t.column): t for t in totals})
        return found

    @cached_property
    def _figures(
        self,
    ) -> Mapping[tuple[str, str], Mapping[tuple[str, str], ObservedFigure]]:
        found: dict[tuple[str, str], dict[tuple[str, str], ObservedFigure]] = {}
        returns = groupby(self.tables.figures, lambda f: (f.province, f.form))
        for which, figures in returns:
            known = found.setdefault(which, {})
            known.update({(f.indicator, f.column): f for f in figures})
        return found

    @cached_property
    def _filled(self) -> Mapping[Place, Total]:
        return filled_by_place(self.tables)

    @cached_property
    def _imputed(self) -> Mapping[tuple[str, str, str, str], ObservedFigure]:
        return {(f.province, f.form, f.indicator, f.column): f for f in self.tables.filled}

    @cached_property
    def _decimals(self) -> Mapping[tuple[str, str], int]:
        """The most decimals that any province wrote in a row."""
        facts = self.tables.facts
        if facts is not None:
            return facts.decimals
        most: dict[tuple[str, str], int] = {}
        for figure in self.tables.figures:
            if figure.value is not None:
                row = (figure.form, figure.indicator)
                most[row] = max(most.get(row, 0), _decimals_in(figure.value))
        return most

    @cached_property
    def coverage(self) -> Mapping[tuple[str, str], Mapping[str, object]]:
        """Rows of the view `coverage` by (province, form)."""
        return {(r["province_code"], r["form_id"]): r for r in self.tables.coverage}

    @cached_property
    def states(self) -> Mapping[str, Sequence[str]]:
        """Where each unit stands, form by form: verified, accepted, deficient, missing."""
        forms = [form.id for form in self.forms]
        return {
            unit.code: [_state(self.coverage.get((unit.code, form))) for form in forms]
            for unit in self.tables.gazetteer.provinces
        }

    @cached_property
    def states_by_form(self) -> Mapping[str, Counter[str]]:
        """How many units stand where with each form."""
        forms = [form.id for form in self.forms]
        return {
            form: Counter(states[n] for states in self.states.values())
            for n, form in enumerate(forms)
        }

    @cached_property
    def expected(self) -> int:
        """How many units report to this round."""
        return len(self.tables.gazetteer.provinces)

    @property
    def by_unit(self) -> bool:
        """Whether figures are shown unit by unit: not where there are too many."""
        return self.tables.facts is None

    @property
    def counts(self) -> tuple[int, int]:
        """How many figures stand behind the totals, and how many are provisional."""
        facts, figures = self.tables.facts, self.tables.figures
        if facts is not None:
            return facts.figures, facts.provisional
        return len(figures), sum(1 for figure in figures if not figure.clean)

    @property
    def forms(self) -> Sequence[Form]:
        return self.tables.plan_round.forms

    def total(self, area: tuple[Level, str], key: Key) -> Total | None:
        """A total, None when the run has none of that key."""
        return self.of_area(area).get(key)

    def of_area(self, area: tuple[Level, str]) -> Mapping[Key, Total]:
        """All totals of an area, by key."""
        return self._totals.get(area, {})

    def national(self, key: Key) -> Total | None:
        """A total of the whole country."""
        return self.total((Level.NATIONAL, COUNTRY), key)

    def of_unit(self, province: str, form: str) -> Mapping[tuple[str, str], ObservedFigure]:
        """What a province reported in a form, by row and column."""
        return self._figures.get((province, form), {})

    def filled(self, key: Key) -> Total | None:
        """The country's total with figures that nobody reported, None without these."""
        return self._filled.get((Level.NATIONAL, COUNTRY, *key))

    def imputed(self, province: str, key: Key) -> Decimal | None:
        """What stands for a figure that a province did not report."""
        found = self._imputed.get((province, *key))
        return found.value if found else None

    def shortfalls(self, measure: Measure) -> Ranking:
        """What falls short by a measure, of the country and of provinces; ranked once."""
        if self.tables.shortfalls is not None:
            return self.tables.shortfalls[measure.name]
        if measure not in self._ranked:
            self._ranked[measure] = rank_shortfalls(
                measure, self.forms, self.tables.figures
            )
        return self._ranked[measure]

    def decimals(self, form: Form, indicator: Indicator) -> int:
        """How many decimals a row is shown with: those of its figures, up to three."""
        usual = decimals_of(indicator, self.tables.plan_round)
        return max(usual, min(self.written(form, indicator), MOST_DECIMALS))

    def written(self, form: Form, indicator: Indicator) -> int:
        """How many decimals the figures of a row have, shown or not."""
        return self._decimals.get((form.id, indicator.key), 0)

    def moment(self) -> Mapping[str, object]:
        """The instant the figures are of, in Hanoi, as parts for the texts."""
        return moment(self.tables.run.as_of)

    def groups(self, level: Level) -> Iterator[tuple[str, tuple[Province, ...]]]:
        """The regions of a level with their provinces, in the gazetteer's order."""
        members: dict[str, list[Province]] = {}
        for province in self.tables.gazetteer.provinces:
            members.setdefault(area_of(province, level), []).append(province)
        for area, provinces in members.items():
            yield area, tuple(provinces)

    @cached_property
    def fingerprint(self) -> str:
        """A short code of exactly these figures: equal codes, equal figures."""
        digest = hashlib.sha256()
        if self.tables.facts is not None:
            for version in self.tables.versions:
                told = (version.province, version.form, version.digest, version.status)
                digest.update("\t".join((*told, str(version.verified))).encode())
            return digest.hexdigest()[:16]
        for which, figures in sorted(self._figures.items()):
            for key, found in sorted(figures.items()):
                missing = found.missing.value if found.missing else ""
                told = (str(found.value), missing, found.status, str(found.verified))
                line = "\t".join((*which, *key, *told, found.digest))
                digest.update(line.encode())
        return digest.hexdigest()[:16]


def keys_of(form: Form) -> Iterator[tuple[Indicator, Column, Key]]:
    """Row, value column and key of every figure of a form, row by row."""
    for indicator in form.indicators:
        for column in form.value_columns:
            yield indicator, column, (form.id, indicator.key, column.key)


def shown(figure: ObservedFigure) -> Decimal | str:
    """A province's figure as its cell shows it: a number or a mark."""
    if figure.value is not None:
        return figure.value
    return _MARKS[figure.missing] if figure.missing else UNREADABLE


def _state(found: Mapping[str, object] | None) -> str:
    if found is None:
        return "missing"
    state = str(found["state"])
    return "verified" if state == "accepted" and found.get("verified") else state


def _decimals_in(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))
