"""A whole round of invented returns, with gaps, marks and provisional figures."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import Indicator, PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import ObservedFigure, Run
from pipeline.ports.outside import NationalTables
from tests.builders.totals import AS_OF, COMMUNES, PROVINCES, ROUND_FOLDER, figure

STATES = ("accepted", "deficient", "missing")


def invented_tables(
    plan_round: PlanRound | None = None, gazetteer: Gazetteer | None = None
) -> NationalTables:
    """The tables of a run at AS_OF over invented returns; always the same."""
    round_ = plan_round or load_round(ROUND_FOLDER)
    places = gazetteer or load_gazetteer(PROVINCES, COMMUNES)
    dice = random.Random(2014)
    coverage: list[dict[str, Any]] = []
    figures: list[ObservedFigure] = []
    for province in places.provinces:
        for form in round_.forms:
            (state,) = dice.choices(STATES, [85, 8, 7])
            verified = dice.random() < 0.9
            row = {"province_code": province.code, "form_id": form.id, "state": state}
            late = None if state == "missing" else dice.random() < 0.1
            coverage.append(row | {"verified": verified, "late": late})
            if state != "missing":
                status = "accepted" if state == "accepted" else "provisional"
                for indicator in form.indicators:
                    keys = [
                        (province.code, form.id, indicator.key, column.key)
                        for column in form.value_columns
                        if indicator.requires(column) or dice.random() < 0.3
                    ]
                    figures.extend(_figures(keys, indicator, (status, verified), dice))
    return tables_of(round_, places, figures, coverage)


def few_provinces(*codes: str) -> Gazetteer:
    """A country of some provinces: its workbooks are made and read in no time."""
    country = load_gazetteer(PROVINCES, COMMUNES)
    return replace(country, provinces=tuple(map(country.by_code, codes)))


def tables_of(
    plan_round: PlanRound,
    gazetteer: Gazetteer,
    figures: list[ObservedFigure],
    coverage: list[dict[str, Any]],
    as_of: datetime = AS_OF,
) -> NationalTables:
    """Tables with their totals."""
    return NationalTables(
        run=Run(plan_round.id, as_of, as_of),
        plan_round=plan_round,
        gazetteer=gazetteer,
        figures=figures,
        totals=consolidate_figures(figures, plan_round, gazetteer),
        coverage=coverage,
    )


def _figures(
    keys: list[tuple[str, str, str, str]],
    indicator: Indicator,
    standing: tuple[str, bool],
    dice: random.Random,
) -> Iterator[ObservedFigure]:
    for key in keys:
        value: Decimal | None = None
        missing = None
        luck = dice.random()
        if luck < 0.02:
            missing = dice.choice(list(Missing))
        elif luck > 0.01:
            value = _value(indicator, dice)
        yield figure(key, value, missing, *standing)


def _value(indicator: Indicator, dice: random.Random) -> Decimal | None:
    if dice.random() < 0.002:
        return None
    if "%" in indicator.unit:
        return Decimal(dice.randrange(1, 10_000)) / 100
    if indicator.unit.startswith("1000"):
        return Decimal(dice.randrange(1000, 99_999)) / 10
    return Decimal(dice.randrange(0, 90_000))


def row_of(sheet: Worksheet, name: str, column: int = 2, after: int = 1) -> int:
    """The first row after another that has this name."""
    return next(
        row
        for row in range(after, sheet.max_row + 1)
        if sheet.cell(row, column).value == name
    )
