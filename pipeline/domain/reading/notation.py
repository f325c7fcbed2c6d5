"""What "1.234" means here: decided by unit, neighbours and the sheet's own habits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.number import Ambiguous, Number, Reading
from pipeline.domain.reading.units import is_count, is_share, root

_NEAR = 20
_MANY = 6


@dataclass(frozen=True, slots=True)
class Habits:
    """Which characters the text cells of a sheet part thousands and decimals with."""

    grouping: frozenset[str]
    pointing: frozenset[str]

    def says(self, mark: str) -> str | None:
        """Whether this mark parts thousands or decimals here; None when unclear."""
        groups = mark in self.grouping or bool(self.pointing - {mark})
        points = mark in self.pointing or bool(self.grouping - {mark})
        if groups == points:
            return None
        return "thousands" if groups else "decimal"


def habits_of(readings: Iterable[tuple[Reading, Unit]]) -> Habits:
    """The habits that unambiguous texts show; in a row that counts whole things
    "1.234" shows one too.
    """  # fmt: skip
    grouping: set[str] = set()
    pointing: set[str] = set()
    three_digits: Counter[str] = Counter()
    for reading, unit in readings:
        if isinstance(reading, Ambiguous):
            mark = reading.thousands.grouped
            three_digits[mark] += 1
            grouping.update(mark if is_count(unit) else "")
        elif isinstance(reading, Number):
            grouping.update(reading.grouped)
            pointing.update(reading.pointed)
    if not grouping | pointing and len(three_digits) == 1:
        # Decimals do not come in threes every time; thousands do.
        grouping.update(mark for mark, n in three_digits.items() if n >= _MANY)
    return Habits(frozenset(grouping), frozenset(pointing))


def resolve(
    reading: Ambiguous, unit: Unit, neighbours: Sequence[Decimal], habits: Habits
) -> Number | None:
    """The one reading that everything supports; None when it stays open.

    `neighbours` are sure figures of the same row, in the same unit. What the unit
    says and what the neighbours say must not contradict each other.
    """
    voices = {_by_unit(unit), _by_neighbours(reading, neighbours)} - {None}
    if not voices and root(unit) == unit.name:
        voices = {habits.says(reading.thousands.grouped)} - {None}
    if len(voices) != 1:
        return None
    return reading.thousands if voices == {"thousands"} else reading.decimal


def _by_unit(unit: Unit) -> str | None:
    if is_count(unit):
        return "thousands"
    return "decimal" if is_share(unit) else None


def _by_neighbours(reading: Ambiguous, neighbours: Sequence[Decimal]) -> str | None:
    """The reading of the size of the row's other figures, when only one is."""
    sizes = sorted(abs(value) for value in neighbours if value)
    if not sizes:
        return None
    middle = sizes[len(sizes) // 2]
    near = [
        name
        for name, number in (("thousands", reading.thousands), ("decimal", reading.decimal))
        if middle / _NEAR <= abs(number.value) <= middle * _NEAR
    ]
    return near[0] if len(near) == 1 else None
