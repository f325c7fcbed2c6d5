"""A form against the five-year plan, for the page of the country."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.console.world import Visit
from pipeline.domain.five_year_path import PathPoint, path_columns, point_facts
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Form, Indicator, PlanRound
from pipeline.domain.total import COUNTRY, Level, Method, ObservedFigure, Total
from pipeline.stages.follow_path import follow_path

Row = Mapping[str, Any]


def path_of(
    visit: Visit, plan_round: PlanRound, row: tuple[Form, Indicator], totals: Sequence[Row]
) -> Sequence[Row]:
    """What a form has a target of: totals of the newest run, and of one row units' own.

    The units' figures are those that count now; all rows of all would be a page too long.
    """
    form, chosen = row
    targets = tuple(
        target
        for target in plan_round.targets
        if target.form == form.id
        and (target.unit is None or target.indicator == chosen.key)
    )
    if not targets:
        return ()
    units = any(target.unit is not None for target in targets)
    points = follow_path(
        replace(plan_round, targets=targets, forms=(form,)),
        [_total(row) for row in totals],
        list(_figures(visit, plan_round, form)) if units else (),
    )
    return [_shown(visit, point) for point in points]


def _shown(visit: Visit, point: PathPoint) -> Row:
    province = point.province
    return {
        **point_facts(point),
        "label": f"{point.indicator.code} {point.indicator.label}",
        "title": point.column.title,
        "complete": point.complete,
        "a_year": None if point.a_year is None else f"{round(point.a_year, 2):f}",
        "place": None if province is None else visit.world.province(province).name,
    }


def _total(row: Row) -> Total:
    return Total(
        *(Level.NATIONAL, COUNTRY, row["form_id"], row["indicator"], row["column_key"]),
        value=_number(row["value"]),
        value_strict=_number(row["value_strict"]),
        unit=row["unit"],
        reported=row["reported"],
        expected=row["expected"],
        provisional=row["provisional"],
        method=Method(row["method"]),
    )


def _figures(visit: Visit, plan_round: PlanRound, form: Form) -> Iterator[ObservedFigure]:
    for column in path_columns(form):
        for row in visit.world.ledger.form_figures(plan_round.id, form.id, column.key):
            yield ObservedFigure(
                *(row["province_code"], row["form_id"]),
                *(row["indicator"], row["column_key"]),
                value=_number(row["value"]),
                missing=None if row["missing"] is None else Missing(row["missing"]),
                unit=row["unit"],
                status=row["status"],
                verified=bool(row["verified"]),
                digest=row["digest"],
                path=row["path"],
                sheet=row["sheet"],
                cell=row["cell"],
            )


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
