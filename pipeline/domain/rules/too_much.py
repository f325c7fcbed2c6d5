"""Rows that are too much for any province: written in a smaller unit in every column.

Where all columns of a row slipped alike, no column speaks against another. What is left
is the size of the country: no province has twenty million people, and none is given
twenty thousand billion đồng for its social affairs.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.reading.unit_spelling import unit_key
from pipeline.domain.reading.units import root
from pipeline.domain.rules.figures import FigureBook, Operand
from pipeline.domain.rules.outcome import Outcome, failed

# in millions of đồng, persons, households
_MOST: Mapping[str, Decimal] = {
    "trieu dong": Decimal(20_000_000),
    "nguoi": Decimal(20_000_000),
    "ho": Decimal(10_000_000),
}
LEAST = min(_MOST.values())
_FACTORS = (Decimal(1000), Decimal(1_000_000))
_LEAST_ROWS = 2
_SHARE = 4  # a quarter of the rows of a unit are large enough to show a slip
Cells = Mapping[str, Sequence[Operand]]


def too_much(
    rule: Rule,
    book: FigureBook,
    cells: Cells,
    told: Collection[Operand],
    largest: Decimal,
) -> Iterator[Outcome]:
    """A question on each figure beyond what any province has, `told` ones left out.

    `cells` are the figures of each row of a form, the size of the largest is `largest`.
    Where a quarter of the rows of a unit are such, they speak for all of it: a form is
    written in one.
    """
    if largest <= LEAST:
        return  # nearly always
    most = _most(book.context.plan_round)
    least = min(most.values(), default=None)
    if least is None or largest <= least:
        return
    units = {row.key: row.unit for row in book.selected(rule)}
    own = {key: _factor(found, most.get(units[key])) for key, found in cells.items()}
    beyond: dict[str, list[Decimal]] = {}
    for key, factor in own.items():
        if factor:
            beyond.setdefault(units[key], []).append(factor)
    for key, found in cells.items():
        others = beyond.get(units[key], [])
        rows = sum(bool(cells[other]) for other in cells if units[other] == units[key])
        speak = len(others) >= max(_LEAST_ROWS, rows / _SHARE)
        factor = (max(others) if speak else None) or own[key]
        left = [cell for cell in found if cell not in told]
        yield from _asked(rule, left, factor, most.get(units[key]))


def _most(plan_round: PlanRound) -> Mapping[str, Decimal]:
    """What a province has at most, for each unit that is counted in a known one."""
    bases = {unit.name: unit_key(root(unit)) for unit in plan_round.units}
    return {name: _MOST[base] for name, base in bases.items() if base in _MOST}


def _factor(cells: Sequence[Operand], most: Decimal | None) -> Decimal | None:
    """What the figures of a row must be divided by to be a province's, if anything."""
    if most is None or not cells:
        return None
    sizes = sorted(abs(cell.given.value) for cell in cells)
    usual = sizes[len(sizes) // 2]
    if usual <= most:
        return None
    return next((factor for factor in _FACTORS if usual <= most * factor), _FACTORS[-1])


def _asked(
    rule: Rule, cells: Sequence[Operand], factor: Decimal | None, most: Decimal | None
) -> Iterator[Outcome]:
    """All cells of a row that slipped; else one that no power of ten brings near the
    others.
    """  # fmt: skip
    for cell in cells:
        by = factor or _factor([cell], most)
        if by:
            right = cell.given.value / by
            yield failed(rule, cell, (), right, ((cell, right),))
