"""Rates times their weights, added up over units alike."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.adapters.matrices.figure_block import (
    Numbers,
    as_decimal,
    scaled,
    wide_enough,
)
from pipeline.adapters.matrices.unit_figures import Column, UnitFigures, grouped
from pipeline.domain.figure_sums import RateSum, RowsApart
from pipeline.domain.total import FALLBACK_COLUMN

_Row = tuple[str, str]


def rates_of(figures: UnitFigures, apart: RowsApart) -> Sequence[RateSum]:
    """For each rate its sums by unit alike."""
    found: list[RateSum] = []
    for rate in (*apart.weighed, *sorted(apart.others)):
        form, indicator = rate
        for column in figures.columns_of(form, indicator):
            weight = _weight(figures, apart, (*rate, column))
            if weight is not None:
                told = figures.column(form, (indicator, column))
                found.extend(_weighed(figures, (*rate, column), told, weight))
    return found


def _weight(
    figures: UnitFigures,
    apart: RowsApart,
    cell: tuple[str, str, str],
) -> Column | None:
    """The weight of each unit in one column; where it is blank the fallback's."""
    *rate, column = cell
    weight = apart.weighed.get((rate[0], rate[1]))
    if weight is None:
        fact = apart.registered.get(cell)
        return None if fact is None else _registered(apart, fact, figures.units)
    form, indicator = weight
    own = figures.column(form, (indicator, column))
    if column == FALLBACK_COLUMN or own.given.all():
        return own
    return _filled(own, figures.column(form, (indicator, FALLBACK_COLUMN)))


def _registered(apart: RowsApart, fact: tuple[str, int], units: Sequence[str]) -> Column:
    """What the registry says of each unit: nothing of it is in doubt."""
    known = apart.facts[fact]
    told = [known.get(unit) for unit in units]
    numbers: Numbers = np.array([n or 0 for n in told], dtype=object)
    given = np.array([n is not None for n in told], dtype=np.bool_)
    return Column(numbers, given, np.ones(len(units), dtype=np.bool_), 0)


def _filled(own: Column, other: Column) -> Column:
    decimals = max(own.decimals, other.decimals)
    ours = scaled(own.numbers, decimals - own.decimals)
    theirs = scaled(other.numbers, decimals - other.decimals)
    return Column(
        np.where(own.given, ours, theirs),
        own.given | other.given,
        np.where(own.given, own.clean, other.clean),
        decimals,
    )


def _weighed(
    figures: UnitFigures, cell: tuple[str, str, str], rate: Column, weight: Column
) -> Iterator[RateSum]:
    used = rate.given & weight.given
    at = np.flatnonzero(used)
    if not len(at):
        return
    groups = grouped(figures.added_to[at])
    sure = (rate.clean & weight.clean)[at]
    farthest = rate.largest * weight.largest
    weights = weight.numbers[at]
    products = wide_enough(rate.numbers[at], farthest) * weights
    decimals = rate.decimals + weight.decimals
    parts = (
        groups.sums(products, farthest),
        groups.sums(weights, weight.largest),
        groups.sums(products * sure, farthest),
        groups.sums(weights * sure, weight.largest),
        groups.counts(np.ones(len(at), dtype=np.bool_)),
        groups.counts(sure),
    )
    for alike, *told in zip(groups.marks, *(part.tolist() for part in parts), strict=True):
        amount, total, strict, sure_total, count, certain = told
        yield RateSum(
            *(figures.names[alike], *cell),
            as_decimal(amount, decimals),
            as_decimal(total, weight.decimals),
            as_decimal(strict, decimals),
            as_decimal(sure_total, weight.decimals),
            *(count, certain),
        )
