"""Cells of a sheet in the order in which a person goes through it, and runs of them."""

import re
from collections.abc import Iterable

from pipeline.domain.writing.vietnamese import safe_text

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def cell_order(cell: str | None) -> tuple[int, int, str]:
    """Row first, then column: the order in which a person goes through a sheet."""
    found = _CELL.fullmatch(cell or "")
    if found is None:
        return (0, 0, cell or "")
    return (int(found.group(2)), _column_number(found.group(1)), "")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def join_cells(cells: Iterable[str]) -> list[str]:
    """Cell addresses with neighbours of one column joined: H9, H10, K4 -> H9:H10, K4."""
    runs: list[list[tuple[int, int]]] = []
    odd: list[str] = []
    known: dict[tuple[int, int], str] = {}
    for cell in cells:
        row, column, other = cell_order(cell)
        if other:
            odd.append(safe_text(other, 12))
        else:
            known[(column, row)] = cell
    for column, row in sorted(known):
        if runs and runs[-1][-1] == (column, row - 1):
            runs[-1].append((column, row))
        else:
            runs.append([(column, row)])
    joined = [known[r[0]] if len(r) == 1 else f"{known[r[0]]}:{known[r[-1]]}" for r in runs]
    return joined + odd
