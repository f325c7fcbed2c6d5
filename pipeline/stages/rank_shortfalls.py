"""Stage rank shortfalls: what stays behind its plan or money, the heaviest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from pipeline.domain.plan.plan_round import (
    Aggregate,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)
from pipeline.domain.total import EXACT, ObservedFigure

HUNDRED = Decimal(100)
QUANTUM = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Measure:
    """A share that is due: `done` of `whole`, in percent, of rows of one kind."""

    name: str
    done: str
    whole: str
    kind: IndicatorKind
    due: Decimal


MEASURES = (
    Measure("attainment", "uoc_n1", "kh_n1", IndicatorKind.FLOW, HUNDRED),
    Measure("pace", "th6t_n1", "kh_n1", IndicatorKind.FLOW, Decimal(50)),
    Measure("disbursement", "gn6t_n1", "dt_n1", IndicatorKind.MONEY, Decimal(50)),
)


def measures_of(plan_round: PlanRound) -> tuple[Measure, ...]:
    """The measures with what the round holds to be due by half-year."""
    whole, *half = MEASURES
    return whole, *(replace(each, due=plan_round.nation.pace) for each in half)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A row that stays behind, of the country (`province` None) or of one province.

    `effect` is in points of the country's share: those of all provinces, negative ones
    of who is ahead too, add up to the country's. `units` gave both figures.
    """

    form: str
    indicator: Indicator
    province: str | None
    done: Decimal
    whole: Decimal
    units: int
    rate: Decimal
    effect: Decimal


def rank_shortfalls(
    measure: Measure, forms: Iterable[Form], figures: Iterable[ObservedFigure]
) -> tuple[tuple[Shortfall, ...], tuple[Shortfall, ...]]:
    """Rows of the country that stay behind, and rows of provinces; by effect.

    Only sums, and only provinces that gave both figures and planned something: what is
    not known is no shortfall.
    """
    values: dict[tuple[str, str], dict[str, dict[str, Decimal]]] = {}
    for figure in figures:
        if figure.column not in (measure.done, measure.whole):
            continue
        value = figure.counted
        if value is not None:
            row = values.setdefault((figure.form, figure.indicator), {})
            row.setdefault(figure.province, {})[figure.column] = value
    country: list[Shortfall] = []
    provinces: list[Shortfall] = []
    with localcontext(EXACT):
        for form in forms:
            for indicator in form.indicators:
                if _measured(measure, indicator):
                    pairs = _pairs(measure, values.get((form.id, indicator.key), {}))
                    found = _of_row(measure, (form.id, indicator), pairs)
                    country.extend(s for s in found if s.province is None)
                    provinces.extend(s for s in found if s.province is not None)
    return _ranked(country), _ranked(provinces)


def _measured(measure: Measure, indicator: Indicator) -> bool:
    return indicator.kind is measure.kind and indicator.aggregate is Aggregate.SUM


def _pairs(
    measure: Measure, row: dict[str, dict[str, Decimal]]
) -> dict[str, tuple[Decimal, Decimal]]:
    """(done, whole) of the provinces that gave both."""
    return {
        province: (cells[measure.done], cells[measure.whole])
        for province, cells in row.items()
        if len(cells) == len({measure.done, measure.whole}) and cells[measure.whole] > 0
    }


def _of_row(
    measure: Measure,
    row: tuple[str, Indicator],
    pairs: dict[str, tuple[Decimal, Decimal]],
) -> list[Shortfall]:
    """The country's shortfall in a row and its provinces', whoever is behind."""
    done = sum((pair[0] for pair in pairs.values()), Decimal(0))
    whole = sum((pair[1] for pair in pairs.values()), Decimal(0))
    if not whole:
        return []

    def short(province: str | None, pair: tuple[Decimal, Decimal], n: int) -> Shortfall:
        lacking = pair[1] * measure.due - pair[0] * HUNDRED
        rate = _rounded(pair[0] * HUNDRED / pair[1])
        effect = _rounded(lacking / whole)
        return Shortfall(*row, province, *pair, n, rate, effect)

    every: Iterator[Shortfall] = (short(p, pair, 1) for p, pair in pairs.items())
    return [s for s in (short(None, (done, whole), len(pairs)), *every) if s.effect > 0]


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(QUANTUM, ROUND_HALF_EVEN)


def _ranked(found: list[Shortfall]) -> tuple[Shortfall, ...]:
    """By effect, ties in the order of forms, rows and provinces."""
    places = sorted(enumerate(found), key=lambda item: (-item[1].effect, item[0]))
    return tuple(shortfall for _, shortfall in places)
