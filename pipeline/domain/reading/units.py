"""Units of measure as provinces write them, related to the unit that a form asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache

from pipeline.domain.plan.plan_round import PlanRound, Unit
from pipeline.domain.reading.number import plain
from pipeline.domain.reading.unit_spelling import (
    ALONE,
    LONGEST_REMEMBERED,
    POWERS,
    SCALE_WORDS,
    Sized,
    scales_in,
    sized,
    split_short,
    unit_key,
)

_OF_MONEY = frozenset(("ti", "tr"))
_OFTEN_SCALED = frozenset(("nguoi", "ho", "dong"))
_DONG = frozenset(
    ("d", "dong", "vnd", "dong vn", "vn dong", "dong viet nam", "viet nam dong")
)
_UNCOUNTED = SCALE_WORDS.keys() | {"%", "dong", "tan"}
_SAID_OF_MANY = SCALE_WORDS.keys() - POWERS - {"000"}
# what makes an amount of the size behind it: "vốn trên một tỷ đồng", "hàng nghìn người"
_COUNTS = frozenset(
    (
        "mot", "hai", "ba", "bon", "sau", "bai", "tam", "chin", "muoi", "tram", "hang",
        "nhieu", "vai", "mai", "gan", "hon", "khoang", "tren", "duoi", "nua",
    )
)  # fmt: skip
_YEAR = re.compile(r"(?:19|20)\d\d")


_NOT_YET = Unit("")
_MOST_REMEMBERED = 512


class Relation(StrEnum):
    """How a written unit stands to the one the form asks for."""

    SAME = "same"
    SCALED = "scaled"
    NEAR = "near"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What to multiply by (numerator) and divide by to reach the form's unit."""

    relation: Relation
    multiply: Decimal = Decimal(1)
    divide: Decimal = Decimal(1)

    @property
    def is_same(self) -> bool:
        """Whether figures need no conversion at all."""
        return self.multiply == self.divide

    def apply(self, value: Decimal) -> Decimal:
        """The value in the form's unit, exactly (powers of ten lose nothing)."""
        if self.is_same:
            return value
        with localcontext() as context:
            context.prec = 60
            return plain(value * self.multiply / self.divide)

    def undo(self, value: Decimal) -> Decimal:
        """A value of the form's unit in the written one, about: to compare sizes."""
        return value * self.divide / self.multiply

    def apply_quantum(self, quantum: Decimal) -> Decimal:
        """The quantum in the form's unit."""
        return quantum if self.is_same else self.apply(quantum)


class Units:
    """The units of a round, found by any spelling."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._by_name = {unit.name: unit for unit in units}
        self._by_key: dict[str, Unit] = {}
        self._related: dict[tuple[str, str], Conversion] = {}
        self._found: dict[str, Unit | None] = {}
        self._ends: dict[str, Unit | None] = {}
        for unit in units:
            for spelling in (unit.name, *unit.written_as):
                self._by_key.setdefault(unit_key(spelling), unit)

    def find(self, written: str) -> Unit | None:
        """The unit that a spelling names, brackets and case aside.

        One that the round does not list may be a number of those that it does: "vạn
        người", "nghìn lượt".
        """
        if len(written) > LONGEST_REMEMBERED:
            return self._find(written)
        known = self._found.get(written, _NOT_YET)
        if known is _NOT_YET:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            known = self._found[written] = self._find(written)
        return known

    def cut_short(self, written: str) -> Unit | None:
        """A unit whose size is a letter that nobody can be sure of: "K người", "kđ"."""
        size, counted = split_short(written)
        unit = self._money() if counted in _DONG else self._by_key.get(counted)
        often = unit and _OFTEN_SCALED & set(unit_key(root(unit)).split())
        return Unit(written, base=root(unit), factor=size) if unit and often else None

    def at_end(self, text: str) -> Unit | None:
        """The size that a header ends in: "KH 2013 nghìn đồng", not "trên 10 tỷ đồng"."""
        if len(text) > LONGEST_REMEMBERED:
            return None
        if text not in self._ends:
            if len(self._ends) >= _MOST_REMEMBERED:
                self._ends.clear()
            self._ends[text] = self._at_end(text)
        return self._ends[text]

    def _at_end(self, text: str) -> Unit | None:
        words = unit_key(text).split()
        for length in (2, 1):
            tail = " ".join(words[-length:])
            # "hợp đồng" is no money
            unit = self.find(tail) if len(words) > length and tail != "dong" else None
            if unit is not None and unit.factor != 1:
                ahead = words[: len(words) - length]
                before = next((w for w in reversed(ahead) if w not in _SAID_OF_MANY), "")
                counted = before in _COUNTS or before.isdigit()
                return None if counted and not _YEAR.fullmatch(before) else unit
        return None

    def _find(self, written: str) -> Unit | None:
        key = unit_key(written)
        money = self._money() if key in _DONG and len(key) > 1 else None
        return self._by_key.get(key) or money or self._scaled(written)

    def _scaled(self, written: str, asked: Unit | None = None) -> Unit | None:
        """A scale and the unit that it counts: of `asked` where there is no other word."""
        found = sized(written)
        counted = self._counted(found, asked) if found is not None else None
        if found is None or counted is None:
            return None
        return Unit(written, base=root(counted), factor=counted.factor * found.factor)

    def _counted(self, found: Sized, asked: Unit | None) -> Unit | None:
        """The unit behind a scale."""
        scales, rest = set(found.scales), found.counted
        if rest:
            unit = self._money() if rest in _DONG else self._by_key.get(rest)
            often = unit and _OFTEN_SCALED & set(unit_key(root(unit)).split())
            return unit if often or scales <= ALONE else None
        if asked is None or is_share(asked):
            return None
        if _DONG & set(unit_key(root(asked)).split()):
            return self._money() if scales <= ALONE | _OF_MONEY else None
        return self.named(root(asked)) if scales <= ALONE else None

    def _money(self) -> Unit | None:
        return self._by_key.get("dong")

    def named(self, name: str) -> Unit:
        """The unit of a name; a name that the round does not list stands for itself."""
        return self._by_name.get(name) or Unit(name)

    def relate(self, written: str, asked: str) -> Conversion:
        """How to come from the written unit to the form's."""
        if len(written) > LONGEST_REMEMBERED:
            return self._relate(written, asked)
        found = self._related.get((written, asked))
        if found is None:
            if len(self._related) >= _MOST_REMEMBERED:
                self._related.clear()
            found = self._related[written, asked] = self._relate(written, asked)
        return found

    def scaled_behind(self, tail: str, asked: str) -> tuple[Unit, Conversion] | None:
        """The unit behind a figure's digits where it is not the size of the asked one."""
        conversion = self.relate(tail, asked) if tail else None
        if conversion is None or conversion.is_same:
            return None
        return Unit(tail, base=root(self.named(asked))), conversion

    def _relate(self, written: str, asked: str) -> Conversion:
        target = self.named(asked)
        key = unit_key(written)
        if key in (unit_key(s) for s in (target.name, *target.written_as)):
            return Conversion(Relation.SAME)
        unit = self._by_key.get(key) or self._scaled(written, target)
        if unit is None and key in _DONG:
            unit = self._money()
        if unit is None:
            near = _is_near(key, target)
            return Conversion(Relation.NEAR if near else Relation.UNKNOWN)
        if root(unit) != root(target):
            return self._other(unit, target)
        if unit.factor == target.factor:
            return Conversion(Relation.SAME)
        return Conversion(Relation.SCALED, unit.factor, target.factor)

    def _other(self, unit: Unit, target: Unit) -> Conversion:
        """Two known units of different roots: near when one wording holds the other."""
        counted, wanted = self.named(root(unit)), self.named(root(target))
        if _is_near(unit_key(counted.name), wanted):
            return Conversion(Relation.NEAR, unit.factor, target.factor)
        return Conversion(Relation.UNKNOWN)


@lru_cache(maxsize=8)
def units_of(plan_round: PlanRound) -> Units:
    """The units of a round; what they know of spellings stays from form to form."""
    return Units(plan_round.units)


def root(unit: Unit) -> str:
    """The base that a unit is counted in."""
    return unit.base or unit.name


def _is_near(key: str, target: Unit) -> bool:
    """Whether a spelling differs from the form's only in words that do not scale."""
    words = set(key.split())
    for spelling in (target.name, *target.written_as):
        asked = set(unit_key(spelling).split())
        if scales_in(words ^ asked) or not words or not asked:
            continue
        if words <= asked or asked <= words:
            return True
    return False


def is_count(unit: Unit) -> bool:
    """Whether a unit counts whole things one by one: persons, households, communes."""
    return root(unit) == unit.name and _UNCOUNTED.isdisjoint(unit_key(unit.name).split())


def is_share(unit: Unit) -> bool:
    """Whether a unit is a percentage or percentage points."""
    return "%" in unit_key(unit.name)
