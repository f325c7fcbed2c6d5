"""The other way from `explain`: from a mail to the totals its figures stand in."""

from collections.abc import Iterable, Iterator, Mapping

from pipeline.domain.lineage import (
    AreaAsked,
    Part,
    SourcedFigure,
    Touch,
    TouchedTotals,
)
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import Level, Method, area_of
from pipeline.ports.ledger import Ledger
from pipeline.stages.take_apart import PROVINCE, Asked, take_apart

_Rows = Mapping[tuple[str, str], list[SourcedFigure]]


def touched_totals(
    ledger: Ledger, places: tuple[PlanRound, Gazetteer], message: int, province: str
) -> TouchedTotals:
    """The national and regional totals that a message of a province has a part in.

    None where nothing of it counts.
    """
    plan_round, gazetteer = places
    figures = ledger.sourced_figures(plan_round.id)
    touches = trace_totals(plan_round, message, figures, gazetteer)
    if not touches:
        return TouchedTotals()
    areas = areas_of(province, gazetteer)
    cells = {(touch.form, touch.indicator, touch.column) for touch in touches}
    kept = {
        (str(found.total.level), *cell): found
        for found in ledger.kept_totals(plan_round.id, areas)
        if (cell := (found.total.form, found.total.indicator, found.total.column)) in cells
    }
    return TouchedTotals(areas, touches, kept)


def areas_of(province: str, gazetteer: Gazetteer) -> tuple[tuple[str, str], ...]:
    """The areas of the national tables that a province lies in, the nation first."""
    place = gazetteer.by_code(province)
    return tuple((str(level), area_of(place, level)) for level in Level)


def trace_totals(
    plan_round: PlanRound,
    message: int,
    figures: Iterable[SourcedFigure],
    gazetteer: Gazetteer,
) -> tuple[Touch, ...]:
    """The cells that have a total and a part of this mail, in the order of the round.

    `figures` are the counting ones of the round. Each cell is taken apart for the mail's
    province alone: what stands in its part stands in the total of every area around it.
    """
    figures = list(figures)
    codes = {found.figure.province for found in figures if found.message == message}
    rows: dict[tuple[str, str], list[SourcedFigure]] = {}
    for found in figures:
        if found.figure.province in codes:
            place = (found.figure.form, found.figure.indicator)
            rows.setdefault(place, []).append(found)
    touches: list[Touch] = []
    for code in sorted(codes):
        area = AreaAsked(PROVINCE, code, (code,))
        for asked in _every_cell(plan_round):
            makeup = take_apart(asked, area, _of(asked, rows), gazetteer)
            touches += [t for part in makeup.parts for t in _touches(asked, part, message)]
    return tuple(touches)


def _every_cell(plan_round: PlanRound) -> Iterator[Asked]:
    for form in plan_round.forms:
        for indicator in form.indicators:
            if Method(indicator.aggregate.value) is not Method.NONE:
                for column in form.value_columns:
                    yield Asked(form, indicator, column.key, plan_round.year_of(column))


def _of(asked: Asked, rows: _Rows) -> list[SourcedFigure]:
    return [figure for row in asked.rows for figure in rows.get(row, ())]


def _touches(asked: Asked, part: Part[SourcedFigure], message: int) -> Iterator[Touch]:
    cell = (asked.form.id, asked.indicator.key, asked.column)
    if part.source.message == message:
        yield Touch(*cell, part.source)
    weights = (weight.source for weight in (part.weight, part.strict_weight) if weight)
    for source in dict.fromkeys(weights):
        if source is not None and source.message == message:
            yield Touch(*cell, source, weighs=True)
