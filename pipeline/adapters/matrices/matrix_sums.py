"""Each row and column of each form, added up over units alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from pipeline.adapters.matrices.figure_block import Block, Places, as_decimal
from pipeline.adapters.matrices.unit_figures import Groups, UnitFigures, grouped
from pipeline.domain.figure_sums import UnitSum
from pipeline.domain.total import EXACT

_Place = tuple[str, str, str, str]
_Sums = tuple[Decimal, Decimal, int, int, int]


def sums_of(figures: UnitFigures) -> Sequence[UnitSum]:
    """For each row and column its sums by unit alike."""
    found: dict[_Place, _Sums] = {}
    for form, blocks in figures.blocks.items():
        for block in blocks:
            for alike, key, sums in _of_block(block, figures.added_to):
                place = (figures.names[alike], form, *key)
                known = found.get(place)
                found[place] = sums if known is None else _together(known, sums)
    return [_unit_sum(place, sums) for place, sums in found.items()]


def _unit_sum(place: _Place, sums: _Sums) -> UnitSum:
    amount, strict, used, clean, decimals = sums
    return UnitSum(*place, amount, strict, used, clean, decimals)


def _together(one: _Sums, other: _Sums) -> _Sums:
    return (
        EXACT.add(one[0], other[0]),
        EXACT.add(one[1], other[1]),
        one[2] + other[2],
        one[3] + other[3],
        max(one[4], other[4]),
    )


@dataclass(frozen=True)
class _Marked:
    """Sums of the figures of a block by mark, of which there are two for a unit alike:
    an even one for those in doubt, then an odd one for the clean.
    """

    numbers: Any
    used: Any
    decimals: Any


def _of_block(
    block: Block, added_to: Places
) -> Iterator[tuple[int, tuple[str, str], _Sums]]:
    groups = grouped(2 * added_to[block.rows.unit] + block.rows.sure)
    sums = _Marked(
        groups.sums(block.numbers, block.largest),
        groups.counts(block.given),
        _decimals(block, groups),
    )
    at = {mark: n for n, mark in enumerate(groups.marks)}
    keys = tuple(block.places)
    for alike in sorted({mark // 2 for mark in groups.marks}):
        doubt, sure = at.get(2 * alike), at.get(2 * alike + 1)
        for place, told in enumerate(_side_by_side(sums, doubt, sure)):
            amount, strict, used, clean, decimals = told
            if used:
                yield (
                    *(alike, keys[place]),
                    (
                        as_decimal(amount, block.decimals),
                        as_decimal(strict, block.decimals),
                        *(used, clean, decimals),
                    ),
                )


def _side_by_side(
    sums: _Marked, doubt: int | None, sure: int | None
) -> Iterator[tuple[int, int, int, int, int]]:
    """Of one unit alike: all, and the clean ones alone."""
    of = [n for n in (doubt, sure) if n is not None]
    nothing = np.zeros_like(sums.used[0])
    parts = (
        sums.numbers[of].sum(axis=0),
        nothing if sure is None else sums.numbers[sure],
        sums.used[of].sum(axis=0),
        nothing if sure is None else sums.used[sure],
        sums.decimals[of].max(axis=0),
    )
    return zip(*(part.tolist() for part in parts), strict=True)


def _decimals(block: Block, groups: Groups) -> Places:
    """The most that a figure wrote: none has a zero at its end."""
    found = np.zeros((len(groups.marks), len(block.places)), dtype=np.int64)
    for kept in range(block.decimals):
        found += groups.any_of(block.numbers % 10 ** (block.decimals - kept) != 0)
    return found
