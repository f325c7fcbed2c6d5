"""Stage fill missing: what may stand for units without a figure, beside the reported."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from pipeline.domain.lineage import ImputedFigure, Ratio
from pipeline.domain.plan.last_round import Cell, HistoryFigure
from pipeline.domain.plan.nation_terms import MissingUnits
from pipeline.domain.plan.plan_round import Aggregate, PlanRound, Unit
from pipeline.domain.reading.units import is_count
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import EXACT, ObservedFigure

IMPUTED = "imputed"
"""The status of a figure that nobody reported."""
QUANTUM = Decimal("0.001")
_ONE = Decimal(1)

Known = Mapping[str, HistoryFigure]


def fill_missing(
    figures: Iterable[ObservedFigure],
    history: Iterable[HistoryFigure],
    places: tuple[PlanRound, Gazetteer],
) -> tuple[ObservedFigure, ...]:
    """A figure for each unit that gave none, of rows that are added up.

    `carry-forward`: what the unit said in the same row and column of the round before.
    `ratio`: that, times how the units that told both moved; rounded once, to QUANTUM,
    and to whole ones where the unit counts persons, households and the like.
    Nothing where the round before is not known, or the round wants nothing filled. A
    unit that says "not applicable" or "not available" is filled no more than one that
    reports: it has answered.
    """
    return tuple(found.figure for found in impute(figures, history, places))


def impute(
    figures: Iterable[ObservedFigure],
    history: Iterable[HistoryFigure],
    places: tuple[PlanRound, Gazetteer],
    rows: Collection[tuple[str, str]] | None = None,
) -> tuple[ImputedFigure, ...]:
    """As `fill_missing`, each with what it is made of; of some (form, row) pairs only."""
    plan_round, gazetteer = places
    policy = plan_round.nation.missing_units
    if policy is MissingUnits.NONE:
        return ()
    told: dict[Cell, dict[str, Decimal | None]] = {}
    for figure in figures:
        cell = (figure.form, figure.indicator, figure.column)
        told.setdefault(cell, {})[figure.province] = figure.counted
    before: dict[Cell, dict[str, HistoryFigure]] = {}
    for known in history:
        before.setdefault(known.cell, {})[known.province] = known
    units = [province.code for province in gazetteer.provinces]
    with localcontext(EXACT):
        return tuple(
            ImputedFigure(_imputed(known, unit_name, value), known, ratio)
            for cell, unit_name in _added_up(plan_round, rows)
            for known, value, ratio in _filled(
                (policy, _ONE if is_count(Unit(unit_name)) else QUANTUM),
                units,
                told.get(cell, {}),
                before.get(cell, {}),
            )
        )


def _added_up(
    plan_round: PlanRound, rows: Collection[tuple[str, str]] | None
) -> Iterator[tuple[Cell, str]]:
    """Every figure of a row that is added up, with its unit of measure."""
    for form in plan_round.forms:
        for indicator in form.indicators:
            if rows is not None and (form.id, indicator.key) not in rows:
                continue
            if indicator.aggregate is Aggregate.SUM:
                for column in form.value_columns:
                    yield (form.id, indicator.key, column.key), indicator.unit


def _filled(
    how: tuple[MissingUnits, Decimal],
    units: Iterable[str],
    told: Mapping[str, Decimal | None],
    before: Known,
) -> Iterator[tuple[HistoryFigure, Decimal, Ratio | None]]:
    policy, quantum = how
    ratio, factor = None, Decimal(1)
    if policy is MissingUnits.RATIO:
        both = [
            unit for unit, value in told.items() if value is not None and unit in before
        ]
        was = sum((before[unit].value for unit in both), Decimal(0))
        now = sum((told[unit] or Decimal(0) for unit in both), Decimal(0))
        if not was:
            return
        ratio, factor = Ratio(now, was, tuple(both)), now / was
    for unit in units:
        if unit in before and unit not in told:
            value = before[unit].value * factor
            if ratio is not None:
                value = value.quantize(quantum, ROUND_HALF_EVEN)
            yield before[unit], value, ratio


def _imputed(known: HistoryFigure, unit: str, value: Decimal) -> ObservedFigure:
    return ObservedFigure(
        *(known.province, *known.cell),
        value=value,
        missing=None,
        unit=unit,
        status=IMPUTED,
        verified=False,
        digest="",
        path="",
        sheet="",
        cell="",
    )
