"""Stage follow path: the estimate and the plan of a round against the five-year plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.domain.five_year_path import Aim, PathPoint, aim_of, path_columns
from pipeline.domain.plan.five_year import Target
from pipeline.domain.plan.plan_round import Column, Indicator, PlanRound
from pipeline.domain.total import Level, ObservedFigure, Total

Row = tuple[str, str]
"""Form and indicator."""
Cell = tuple[str, str, str]
"""Form, indicator and column."""


def follow_path(
    plan_round: PlanRound,
    totals: Iterable[Total],
    figures: Iterable[ObservedFigure],
) -> tuple[PathPoint, ...]:
    """Every row with a target, column by column: the country first, then units by code.

    A unit's figure counts as totals count it (a nil is 0). A row whose targets all lie
    before the column's year is left out.
    """
    paths = _paths(plan_round.targets)
    if not paths:
        return ()
    units = {unit for unit, _ in paths} - {None}
    country = _country(totals, {row for unit, row in paths if unit is None})
    own = {
        (figure.province, figure.form, figure.indicator, figure.column): figure
        for figure in figures
        if figure.province in units
        and (figure.province, (figure.form, figure.indicator)) in paths
    }
    return tuple(
        PathPoint(
            *(row[0], row[1], column, year, unit, aim),
            total=country.get(_cell(row, column)) if unit is None else None,
            source=own.get((unit, *_cell(row, column))) if unit is not None else None,
        )
        for unit, row, column, year, aim in _aims(plan_round, paths)
    )


def _cell(row: tuple[str, Indicator], column: Column) -> Cell:
    return row[0], row[1].key, column.key


def _aims(
    plan_round: PlanRound, paths: Mapping[tuple[str | None, Row], Sequence[Target]]
) -> Iterator[tuple[str | None, tuple[str, Indicator], Column, int, Aim]]:
    """Unit, row, column and year of every figure that a path wants something of."""
    for unit in sorted({unit for unit, _ in paths}, key=lambda unit: unit or ""):
        for form in plan_round.forms:
            columns = [(c, plan_round.year_of(c)) for c in path_columns(form)]
            for indicator in form.indicators:
                targets = paths.get((unit, (form.id, indicator.key)), ())
                for column, year in columns:
                    aim = aim_of(targets, year)
                    if aim is not None:
                        yield unit, (form.id, indicator), column, year, aim


def _paths(
    targets: Iterable[Target],
) -> Mapping[tuple[str | None, Row], Sequence[Target]]:
    found: dict[tuple[str | None, Row], list[Target]] = {}
    for target in targets:
        row = (target.form, target.indicator)
        found.setdefault((target.unit, row), []).append(target)
    return found


def _country(totals: Iterable[Total], rows: set[Row]) -> Mapping[Cell, Total]:
    return {
        (total.form, total.indicator, total.column): total
        for total in totals
        if total.level is Level.NATIONAL and (total.form, total.indicator) in rows
    }
