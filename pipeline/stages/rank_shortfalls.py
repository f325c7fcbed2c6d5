"""Stage rank shortfalls: what stays behind its plan or money, the heaviest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from pipeline.domain.figure_sums import PairedRows, UnitRow, UnitsTogether
from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.shortfall import (
    HUNDRED,
    MOST_UNITS,
    QUANTUM,
    Measure,
    Ranking,
    Rankings,
    Shortfall,
)
from pipeline.domain.total import EXACT, ObservedFigure

_Row = tuple[str, str]
"""Form and key of a row."""


def rank_shortfalls(
    measure: Measure, forms: Iterable[Form], figures: Iterable[ObservedFigure]
) -> Ranking:
    """Rows of the country that stay behind, and rows of provinces; by effect.

    Only sums, and only provinces that gave both figures and planned something: what is
    not known is no shortfall. A row of the country that lacks less than half a hundredth
    of a point is none.
    """
    columns = (measure.done, measure.whole)
    values: dict[tuple[str, str, str], dict[str, Decimal]] = {}
    for figure in figures:
        if figure.column in columns:
            value = figure.counted
            if value is not None:
                row = (figure.province, figure.form, figure.indicator)
                values.setdefault(row, {})[figure.column] = value
    rows = (UnitRow(*row, cells) for row, cells in values.items())
    return rank_units((measure,), forms, rows, None)[measure.name]


def rank_units(
    measures: Sequence[Measure],
    forms: Iterable[Form],
    rows: Iterable[UnitRow | UnitsTogether],
    most: int | None = MOST_UNITS,
) -> Rankings:
    """The same by every measure from rows of units, which are read once, in any order.

    Of each row of a form only the `most` heaviest units are kept, however many come:
    the heaviest of all rows are among them. Of units that come together only the sums
    count.
    """
    forms = tuple(forms)
    behind = {
        measure.name: {
            (form.id, indicator.key): _Behind(measure, form.id, indicator, most)
            for form in forms
            for indicator in form.indicators
            if measure.measures(form, indicator)
        }
        for measure in measures
    }
    with localcontext(EXACT):
        for row in rows:
            if isinstance(row, UnitsTogether):
                behind[row.measure][row.form, row.indicator].add(
                    row.done, row.whole, row.units
                )
                continue
            for measure in measures:
                found = behind[measure.name].get((row.form, row.indicator))
                done, whole = row.values.get(measure.done), row.values.get(measure.whole)
                if found is not None and done is not None and whole is not None:
                    found.take(row.province, done, whole)
        return {name: _ranking(found.values()) for name, found in behind.items()}


def paired_rows(measures: Iterable[Measure], forms: Iterable[Form]) -> PairedRows:
    """What `rank_units` needs of every unit."""
    measures = tuple(measures)
    held = {
        (form.id, indicator.key): tuple(m for m in measures if m.measures(form, indicator))
        for form in forms
        for indicator in form.indicators
    }
    return PairedRows({row: found for row, found in held.items() if found})


@dataclass
class _Behind:
    """One row of a form as its units come: sums, and who lacks most."""

    measure: Measure
    form: str
    indicator: Indicator
    most: int | None
    done: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)
    units: int = 0
    least: Decimal | None = None
    kept: list[tuple[Decimal, str, Decimal, Decimal]] = field(default_factory=list)

    def take(self, province: str, done: Decimal, whole: Decimal) -> None:
        if whole <= 0:
            return
        self.add(done, whole, 1)
        # negative: the heaviest come first, those alike by their code
        ahead = self.measure.ahead(done, whole)
        if ahead < 0 and (self.least is None or ahead <= self.least):
            self.kept.append((ahead, province, done, whole))
            if self.most is not None and len(self.kept) >= 2 * self.most:
                self.kept.sort()
                del self.kept[self.most :]
                self.least = self.kept[-1][0]

    def add(self, done: Decimal, whole: Decimal, units: int) -> None:
        self.done += done
        self.whole += whole
        self.units += units

    def country(self) -> Iterator[Shortfall]:
        if self.whole:
            found = self._shortfall(None, (self.done, self.whole), self.units)
            if found.effect.quantize(QUANTUM, ROUND_HALF_EVEN) > 0:
                yield found

    def provinces(self) -> Iterator[Shortfall]:
        self.kept.sort()
        for _, province, done, whole in self.kept[: self.most]:
            yield self._shortfall(province, (done, whole), 1)

    def _shortfall(
        self, province: str | None, pair: tuple[Decimal, Decimal], units: int
    ) -> Shortfall:
        done, whole = pair
        rate = (done * HUNDRED / whole).quantize(QUANTUM, ROUND_HALF_EVEN)
        effect = -self.measure.ahead(done, whole) / self.whole
        row = (self.form, self.indicator)
        return Shortfall(*row, province, done, whole, units, rate, effect)


def _ranking(found: Iterable[_Behind]) -> Ranking:
    """By effect, ties in the order of forms, rows and codes of provinces."""
    rows = list(found)
    country = [shortfall for row in rows for shortfall in row.country()]
    provinces = [shortfall for row in rows for shortfall in row.provinces()]
    return _heaviest_first(country), _heaviest_first(provinces)


def _heaviest_first(found: list[Shortfall]) -> tuple[Shortfall, ...]:
    return tuple(sorted(found, key=lambda shortfall: -shortfall.effect))
