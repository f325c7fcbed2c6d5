"""Faults a hand makes, one in each clean return, and what must be said of them."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.plan.plan_round import Form, IndicatorKind, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.terms import reference, references, selected, text, texts

Cell = tuple[str, str, str]
Figures = dict[Cell, Decimal]
EQUALITIES = ("total", "same_as", "column_total")


@dataclass(frozen=True, slots=True)
class Fault:
    """A return with one wrong cell. `codes` would each be a right word on it.

    `equalities` is how many rules of equality hold the cell.
    """

    kind: str
    cell: Cell
    codes: frozenset[str]
    figures: Figures
    equalities: int


class FaultMaker:
    """Makes faults of every kind in returns of one round."""

    def __init__(self, plan_round: PlanRound) -> None:
        self._forms: Mapping[str, Form] = {form.id: form for form in plan_round.forms}
        self._held: dict[Cell, list[tuple[Rule, tuple[Cell, ...]]]] = {}
        for form in plan_round.forms:
            for rule in form.rules:
                for cells in _equal_cells(rule, form):
                    for cell in cells:
                        self._held.setdefault(cell, []).append((rule, cells))
        self._kinds: Mapping[str, Callable[[Figures, random.Random], Fault | None]] = {
            "shifted point": lambda f, d: self._slip("shifted point", _shifted, f, d),
            "swapped digits": lambda f, d: self._slip("swapped digits", _swapped, f, d),
            "wrong digit": lambda f, d: self._slip("wrong digit", _retyped, f, d),
            "neighbour's value": self._neighbour,
            "columns exchanged": self._exchanged,
            "sign": self._sign,
            "half above year": self._half,
            "rate above 100": self._rate,
            "part above whole": self._part,
            "cell left blank": self._blank,
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of faults."""
        return tuple(self._kinds)

    def make(self, kind: str, clean: Figures, dice: random.Random) -> Fault | None:
        """A fault of a kind in a copy of a clean return; None where none could be made."""
        return self._kinds[kind](clean, dice)

    def _slip(
        self,
        kind: str,
        slip: Callable[[Decimal, random.Random], Decimal],
        clean: Figures,
        dice: random.Random,
    ) -> Fault | None:
        """A slip of the hand in a cell that sums hold, larger than any rounding."""
        cell = self._any(clean, dice, lambda value: abs(value) >= 20)
        return (
            None
            if cell is None
            else self._wrong(kind, cell, slip(clean[cell], dice), clean)
        )

    def _wrong(self, kind: str, cell: Cell, value: Decimal, clean: Figures) -> Fault | None:
        rules = self._held[cell]
        parts = max(len(cells) for _, cells in rules)
        quantum = Decimal(1).scaleb(min(0, _exponent(clean[cell])))
        if abs(value - clean[cell]) <= parts * quantum:
            return None  # no more than a rounding
        codes = {"unit-scale"} | {_CODES[rule.kind] for rule, _ in rules}
        return Fault(kind, cell, frozenset(codes), {**clean, cell: value}, len(rules))

    def _any(
        self, clean: Figures, dice: random.Random, fit: Callable[[Decimal], bool]
    ) -> Cell | None:
        cells = [
            cell
            for cell, rules in self._held.items()
            if cell in clean
            and fit(clean[cell])
            and any(all(each in clean for each in cells) for _, cells in rules)
        ]
        return dice.choice(cells) if cells else None

    def _neighbour(self, clean: Figures, dice: random.Random) -> Fault | None:
        cell = self._any(clean, dice, lambda value: True)
        if cell is None:
            return None
        form, indicator, column = cell
        keys = [row.key for row in self._forms[form].indicators]
        beside = clean.get((form, keys[keys.index(indicator) - 1], column))
        return beside and self._wrong("neighbour's value", cell, beside, clean)

    def _exchanged(self, clean: Figures, dice: random.Random) -> Fault | None:
        """Two columns of a row change places; the cell in view is one of them."""
        cell = self._any(clean, dice, lambda value: True)
        if cell is None:
            return None
        form, indicator, column = cell
        others = [
            (form, indicator, other.key)
            for other in self._forms[form].value_columns
            if other.key != column and (form, indicator, other.key) in self._held
        ]
        other = dice.choice(others) if others else None
        if other is None or other not in clean:
            return None
        fault = self._wrong("columns exchanged", cell, clean[other], clean)
        if fault is None:
            return None
        fault.figures[other] = clean[cell]
        return fault

    def _sign(self, clean: Figures, dice: random.Random) -> Fault | None:
        cells = [c for c, v in clean.items() if v > 0 and c[:2] != ("PL01", "th.giam_tlhn")]
        return self._said("sign", dice.choice(cells), {"out-of-range"}, clean, lambda v: -v)

    def _half(self, clean: Figures, dice: random.Random) -> Fault | None:
        found = []
        for form in self._forms.values():
            for rule in form.rules:
                if rule.kind == "half_year":
                    half = next(c.key for c in form.value_columns if c.period == "H1")
                    rows = [row.key for row in selected(rule, form)]
                    found += [(form.id, key, half) for key in rows]
        found = [
            cell
            for cell in found
            if cell in clean and clean.get((*cell[:2], "uoc_n1"), Decimal(0)) >= 20
        ]
        cell = dice.choice(found)
        year = clean[(*cell[:2], "uoc_n1")]
        wrong = (year * Decimal("1.5")).quantize(clean[cell])
        codes = {
            "half-year-exceeds-year",
            "total-mismatch",
            "cross-form",
            "identity-broken",
        }
        return self._said("half above year", cell, codes, clean, lambda _: wrong)

    def _rate(self, clean: Figures, dice: random.Random) -> Fault | None:
        cells = [
            (form.id, row.key, column.key)
            for form in self._forms.values()
            for row in form.indicators
            if row.kind is IndicatorKind.RATE and row.unit == "%"
            for column in form.value_columns
        ]
        cell = dice.choice([cell for cell in cells if cell in clean])
        wrong = Decimal(dice.randint(101, 999))
        return self._said("rate above 100", cell, {"out-of-range"}, clean, lambda _: wrong)

    def _part(self, clean: Figures, dice: random.Random) -> Fault | None:
        pairs = [
            ((part[0], part[1], column.key), (*reference(rule, "whole"), column.key))
            for form in self._forms.values()
            for rule in form.rules
            if rule.kind == "part_of"
            for part in references(rule, "part")
            for column in form.value_columns
        ]
        pairs = [
            (part, whole)
            for part, whole in pairs
            if part in clean and clean.get(whole, Decimal(0)) >= 20
        ]
        part, whole = dice.choice(pairs)
        wrong = (clean[whole] * Decimal("1.4")).quantize(clean[part])
        codes = {"part-exceeds-whole", "total-mismatch", "out-of-range", "ratio-mismatch"}
        return self._said("part above whole", part, codes, clean, lambda _: wrong)

    def _blank(self, clean: Figures, dice: random.Random) -> Fault | None:
        cells = [
            cell
            for cell in clean
            if self._forms[cell[0]]
            .indicator(cell[1])
            .requires(self._forms[cell[0]].column(cell[2]))
        ]
        cell = dice.choice(cells)
        rest = {key: value for key, value in clean.items() if key != cell}
        return Fault("cell left blank", cell, frozenset({"missing-value"}), rest, 0)

    def _said(
        self,
        kind: str,
        cell: Cell,
        codes: set[str],
        clean: Figures,
        change: Callable[[Decimal], Decimal],
    ) -> Fault:
        held = len(self._held.get(cell, ()))
        wrong = {**clean, cell: change(clean[cell])}
        return Fault(kind, cell, frozenset(codes), wrong, held)


_CODES = {
    "total": "total-mismatch",
    "same_as": "cross-form",
    "column_total": "column-total",
}


def _equal_cells(rule: Rule, form: Form) -> Iterator[tuple[Cell, ...]]:
    """The cells of each equality that a rule states."""
    columns = rule.columns or tuple(column.key for column in form.value_columns)
    if rule.kind == "total":
        rows = (reference(rule, "whole"), *references(rule, "parts"))
        yield from (tuple((*row, column) for row in rows) for column in columns)
    elif rule.kind == "same_as":
        rows = (reference(rule, "left"), reference(rule, "right"))
        yield from (tuple((*row, column) for row in rows) for column in columns)
    elif rule.kind == "column_total":
        keys = (text(rule, "whole"), *texts(rule, "parts"))
        for row in selected(rule, form):
            yield tuple((form.id, row.key, key) for key in keys)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _shifted(value: Decimal, dice: random.Random) -> Decimal:
    return value * dice.choice((10, 100, 1000))


def _swapped(value: Decimal, dice: random.Random) -> Decimal:
    digits = list(str(abs(value)))
    places = [
        n
        for n in range(len(digits) - 1)
        if digits[n] != digits[n + 1] and "." not in digits[n : n + 2]
    ]
    if not places:
        return value
    at = dice.choice(places)
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return Decimal("".join(digits))


def _retyped(value: Decimal, dice: random.Random) -> Decimal:
    """One of the first digits is another: what a last digit says is a rounding."""
    digits = list(str(abs(value)))
    at = dice.randrange(min(2, len(digits)))
    if digits[at] == ".":
        return value
    digits[at] = str((int(digits[at]) + dice.randint(1, 9)) % 10)
    return Decimal("".join(digits))
