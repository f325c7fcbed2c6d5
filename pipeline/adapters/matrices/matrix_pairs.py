"""Columns of rows held against each other: the heaviest units, the sums of all others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.adapters.matrices.figure_block import (
    Numbers,
    Places,
    as_decimal,
    largest,
    scaled,
    wide_enough,
)
from pipeline.adapters.matrices.unit_figures import Column, UnitFigures
from pipeline.domain.figure_sums import PairedRows, UnitRow, UnitsTogether
from pipeline.domain.shortfall import HUNDRED, Measure


@dataclass(frozen=True)
class _Pair:
    """Both columns of a measure, of equal decimals: the units that gave both and planned
    something, by number and in the order of their codes.
    """

    measure: Measure
    units: Places
    done: Numbers
    whole: Numbers
    decimals: int


def pairs_of(figures: UnitFigures, wanted: PairedRows) -> Iterator[UnitRow | UnitsTogether]:
    """Of each row the heaviest units by each of its measures; the sums of all others."""
    for (form, indicator), measures in wanted.rows.items():
        columns = {
            key: figures.column(form, (indicator, key))
            for key in dict.fromkeys(c for m in measures for c in (m.done, m.whole))
        }
        pairs = [_pair(measure, columns) for measure in measures]
        heavy = sorted({unit for pair in pairs for unit in _heaviest(pair, wanted.most)})
        for unit in heavy:
            values = {
                key: as_decimal(int(column.numbers[unit]), column.decimals)
                for key, column in columns.items()
                if column.given[unit]
            }
            yield UnitRow(figures.units[unit], form, indicator, values)
        for pair in pairs:
            light = ~np.isin(pair.units, heavy)
            if light.any():
                done, whole = (
                    as_decimal(_sum(numbers[light]), pair.decimals)
                    for numbers in (pair.done, pair.whole)
                )
                units = int(np.count_nonzero(light))
                yield UnitsTogether(pair.measure.name, form, indicator, done, whole, units)


def _pair(measure: Measure, columns: dict[str, Column]) -> _Pair:
    done, whole = columns[measure.done], columns[measure.whole]
    units = np.flatnonzero(done.given & whole.given & (whole.numbers > 0))
    decimals = max(done.decimals, whole.decimals)
    return _Pair(
        *(measure, units),
        scaled(done.numbers[units], decimals - done.decimals),
        scaled(whole.numbers[units], decimals - whole.decimals),
        decimals,
    )


def _heaviest(pair: _Pair, most: int) -> Sequence[int]:
    """The units that lack most; of those that lack as much the first."""
    ahead = _ahead(pair)
    behind = np.flatnonzero(ahead < 0)
    if len(behind) > most:
        least = np.sort(ahead[behind])[most - 1]
        behind = behind[ahead[behind] <= least]
        behind = behind[np.argsort(ahead[behind], kind="stable")[:most]]
    units: list[int] = pair.units[behind].tolist()
    return units


def _ahead(pair: _Pair) -> Numbers:
    """How far each unit is ahead (`Measure.ahead`), in whole numbers."""
    due, parts = pair.measure.due.as_integer_ratio()
    share = int(HUNDRED) * parts
    done, whole = (max(1, largest(numbers)) for numbers in (pair.done, pair.whole))
    farthest = share * done + abs(due) * whole
    ahead: Numbers = (
        wide_enough(pair.done, farthest) * share - wide_enough(pair.whole, farthest) * due
    )
    return ahead


def _sum(numbers: Numbers) -> int:
    return int(wide_enough(numbers, largest(numbers) * len(numbers)).sum())
