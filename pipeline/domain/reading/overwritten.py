"""Figures typed over a formula: its neighbours still show what the formula was."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from pipeline.domain.reading.formula import recompute, shifted
from pipeline.domain.reading.number import quantum_of
from pipeline.domain.reading.sheet import Cell, CellKind, Cells, formula_of

Place = tuple[int, int]
_LEAST_FORMULAS = 2
_CELL = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}", re.IGNORECASE)
# Sums and differences only: =G5*1.05 is how a plan was worked out, and no identity.
_IDENTITY = re.compile(rf"=?(?:SUM\(|{_CELL.pattern}|[-+(),;:\s])+", re.IGNORECASE)


def typed_over(
    cells: Cells, rows: Sequence[int], columns: Sequence[int]
) -> Mapping[Place, Decimal]:
    """Cells of a table with another number than the formula that belongs there gives.

    A formula belongs in a cell when most of its row, or of its column, holds the very
    same one, moved along, and it adds or subtracts cells of the sheet and nothing else.
    Where its parts are empty it says nothing.
    """
    if not any(map(formula_of, cells.values())):
        return {}
    lines = [[(row, column) for column in columns] for row in rows]
    lines += [[(row, column) for row in rows] for column in columns]
    return {
        place: expected
        for line in lines
        for place, expected in _in_line(cells, [at for at in line if at in cells])
    }


def _in_line(cells: Cells, line: Sequence[Place]) -> Iterator[tuple[Place, Decimal]]:
    formulas = {at: formula for at in line if (formula := cells[at].formula)}
    typed = [at for at in line if at not in formulas and _is_number(cells[at])]
    if not typed or len(formulas) < max(_LEAST_FORMULAS, len(typed) + 1):
        return
    first, formula = next(iter(formulas.items()))
    if not _is_identity(formula):
        return
    if any(_moved(formula, first, at) != other for at, other in formulas.items()):
        return
    for at in typed:
        expected = recompute(cells, _moved(formula, first, at))
        if expected and _differs(cells[at], expected):
            yield at, expected


def _is_identity(formula: str) -> bool:
    """Whether a formula adds or subtracts several cells, without any constant."""
    cells = {cell.upper() for cell in _CELL.findall(formula)}
    return len(cells) > 1 and _IDENTITY.fullmatch(formula) is not None


def _is_number(cell: Cell) -> bool:
    return cell.kind is CellKind.NUMBER and not cell.percent


def _moved(formula: str, start: Place, end: Place) -> str:
    return shifted(formula, end[0] - start[0], end[1] - start[1])


def _differs(cell: Cell, expected: Decimal) -> bool:
    """Whether a typed number is not even the result rounded."""
    number = cell.number or Decimal(0)
    return abs(number - expected) > quantum_of(number) / 2
