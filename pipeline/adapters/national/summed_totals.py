"""The totals of many units, whose figures were added up in part by the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import localcontext
from typing import Any, TypeVar

from pipeline.adapters.national.national_tables import (
    Entry,
    Key,
    Sums,
    keys_of,
    totals_of,
)
from pipeline.domain.figure_sums import RateSum, SummedRound, UnitSum, units_alike
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import EXACT, Level, Method, Total, members_by_area

_Place = TypeVar("_Place")


def consolidate_sums(
    found: SummedRound, plan_round: PlanRound, gazetteer: Gazetteer
) -> tuple[Total, ...]:
    """The same totals from figures that were added up in part: rates are made here."""
    keys = keys_of(plan_round)
    numbers = {(k.form, k.indicator, k.column): n for n, k in enumerate(keys)}
    areas = members_by_area(gazetteer)
    with localcontext(EXACT):
        entries = _summed(found, keys, numbers)
        sums = _spread(_together(entries, units_alike(gazetteer)), areas)
        return tuple(totals_of(keys, areas, sums))


def _together(
    entries: Iterable[Entry], alike: Mapping[str, str]
) -> Mapping[tuple[str, int], list[Any]]:
    """Sums by unit and key number, of units alike as one: thousands, not a million."""
    sums: dict[tuple[str, int], list[Any]] = {}
    for unit, number, *told in entries:
        _add(sums, (alike[unit], number), told)
    return sums


def _spread(
    sums: Mapping[tuple[str, int], list[Any]],
    areas: Mapping[tuple[Level, str], tuple[str, ...]],
) -> Mapping[tuple[int, int], Sums]:
    """Sums by (area number, key number)."""
    of_unit: dict[str, list[int]] = {}
    for area, codes in enumerate(areas.values()):
        for code in codes:
            of_unit.setdefault(code, []).append(area)
    found: dict[tuple[int, int], list[Any]] = {}
    for (unit, number), told in sums.items():
        for area in of_unit[unit]:
            _add(found, (area, number), told)
    return {key: Sums(*told) for key, told in found.items()}


def _add(sums: dict[_Place, list[Any]], place: _Place, told: list[Any]) -> None:
    known = sums.get(place)
    if known is None:
        sums[place] = told.copy()
    else:
        for n, more in enumerate(told):
            if more:
                known[n] += more


def _summed(
    found: SummedRound,
    keys: tuple[Key, ...],
    numbers: Mapping[tuple[str, str, str], int],
) -> Iterator[Entry]:
    every: tuple[UnitSum | RateSum, ...] = (*found.sums, *found.rates)
    for each in every:
        number = numbers.get((each.form, each.indicator, each.column))
        weighed = isinstance(each, RateSum)
        if number is not None and weighed is (keys[number].method is Method.WEIGHTED):
            yield (
                *(each.unit, number, each.amount, each.weight, each.amount_strict),
                *(each.weight_strict, each.used, each.clean),
            )
