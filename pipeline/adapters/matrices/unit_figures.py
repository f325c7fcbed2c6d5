"""All figures of a round by form, and one row and column of them for every unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.adapters.matrices.figure_block import (
    Block,
    Flags,
    Key,
    Numbers,
    Places,
    largest,
    scaled,
    wide_enough,
)


@dataclass(frozen=True)
class Column:
    """One row and column of a form: for each unit a number, 0 where none is `given`.

    `clean` is whose form is accepted and verified.
    """

    numbers: Numbers
    given: Flags
    clean: Flags
    decimals: int

    @cached_property
    def largest(self) -> int:
        """No number is farther from 0."""
        return largest(self.numbers)


@dataclass(frozen=True)
class UnitFigures:
    """Blocks by form, in which a unit stands once at most.

    `units` are the codes of all units. `alike` is for each of them the number of the one
    that it is added to; `names` are the codes of those.
    """

    units: Sequence[str]
    names: Sequence[str]
    alike: Sequence[int]
    blocks: Mapping[str, Sequence[Block]]

    @cached_property
    def added_to(self) -> Places:
        """For each unit the number of the one that it is added to."""
        return np.array(self.alike, dtype=np.int64)

    def columns_of(self, form: str, indicator: str) -> Iterator[str]:
        """The columns in which anybody may have given a figure of a row."""
        columns = {
            column: None
            for block in self.blocks.get(form, ())
            for row, column in block.places
            if row == indicator
        }
        return iter(columns)

    def column(self, form: str, key: Key) -> Column:
        """One row and column of every unit."""
        units = len(self.alike)
        held = [block for block in self.blocks.get(form, ()) if key in block.places]
        decimals = max((block.decimals for block in held), default=0)
        parts = [
            (
                block.rows,
                block.given[:, block.places[key]],
                scaled(
                    block.numbers[:, block.places[key]],
                    decimals - block.decimals,
                ),
            )
            for block in held
        ]
        wide = any(numbers.dtype == object for _, _, numbers in parts)
        all_numbers: Numbers = np.zeros(units, dtype=object if wide else np.int64)
        all_given, clean = np.zeros((2, units), dtype=np.bool_)
        for rows, given, numbers in parts:
            all_numbers[rows.unit] = numbers
            all_given[rows.unit] = given
            clean[rows.unit] = rows.sure
        return Column(all_numbers, all_given, clean, decimals)


@dataclass(frozen=True)
class Groups:
    """Rows put together by a mark each, to be added up at once."""

    order: Places
    starts: Places
    marks: Sequence[int]

    def sums(self, numbers: Numbers, farthest: int) -> Numbers:
        """For each mark the sum of its rows; no number is farther from 0 than told."""
        wide = wide_enough(numbers, farthest * len(self.order))
        return np.add.reduceat(wide[self.order], self.starts, axis=0)

    def counts(self, flags: Flags) -> Places:
        """For each mark how many of its rows are flagged."""
        found: Places = np.add.reduceat(
            flags[self.order], self.starts, axis=0, dtype=np.int64
        )
        return found

    def any_of(self, flags: Flags) -> Flags:
        """For each mark whether one of its rows is flagged."""
        found: Flags = np.logical_or.reduceat(flags[self.order], self.starts, axis=0)
        return found


def grouped(marks: Places) -> Groups:
    """Rows by their marks; one row at least."""
    order = np.argsort(marks, kind="stable")
    sorted_marks = marks[order]
    first = np.ones(len(marks), dtype=np.bool_)
    first[1:] = sorted_marks[1:] != sorted_marks[:-1]
    starts = np.flatnonzero(first)
    return Groups(order, starts, sorted_marks[starts].tolist())


def numbered(things: Iterable[str]) -> dict[str, int]:
    """Each of them once, numbered as they come."""
    numbers: dict[str, int] = {}
    for thing in things:
        numbers.setdefault(thing, len(numbers))
    return numbers
