"""Cells of a sheet compared with what a second reader of the file sees (ADR 0004)."""

from collections.abc import Mapping, Sequence

from pipeline.adapters.workbook_reading.raw import AnyCell, Place, RawSheet, Rows
from pipeline.domain.reading.number import exact
from pipeline.domain.reading.sheet import Cell, CellKind

# how far two readers may be apart that round the seventeenth digit at different times
_LAST_DIGITS = 1e-14
_TEXT, _NUMBER = CellKind.TEXT, CellKind.NUMBER


def differences(first: RawSheet, second: Rows) -> list[Place]:
    """Where a second reader saw another value; what it leaves empty does not count."""
    cells = first.cells
    if _are_same(cells, second):
        return []  # nearly always
    unlike = _unlike(cells, second)
    if unlike is not None:
        return [at for at in unlike if not _agree(cells[at], second[at[0]][at[1]])]
    return [
        (at, column)
        for at, row in enumerate(second)
        for column, other in enumerate(row)
        if other != "" and not _agree(cells.get((at, column)), other)
    ]


def _are_same(cells: Mapping[Place, AnyCell], second: Rows) -> bool:
    """Whether both readers saw the same to the letter, and the same cells.

    All at once: of a cell that is neither text nor number nothing could differ either.
    """
    try:
        others = [second[row][column] for row, column in cells]
        own: list[object] = [
            float(cell[1]) if type(cell) is Cell and cell[0] is _NUMBER else cell.text
            for cell in cells.values()
        ]
    except (IndexError, ValueError):  # a cell that the other lacks, or one with an error
        return False
    filled = len(others) - others.count("")
    return own == others and filled == sum(len(row) - row.count("") for row in second)


def _unlike(cells: Mapping[Place, AnyCell], second: Rows) -> Sequence[Place] | None:
    """Where a second reader's value is not to the letter the first one's, in order.

    None where either saw a cell that the other did not.
    """
    same, unlike = 0, []
    try:
        for place, cell in cells.items():
            row, column = place
            other, kind = second[row][column], cell.kind
            if (
                cell.text == other
                if kind is _TEXT
                else kind is _NUMBER and type(other) is float and float(cell.text) == other
            ):
                same += other != ""
            elif other != "":
                unlike.append(place)
    except IndexError:
        return None
    seen = sum(len(row) - row.count("") for row in second)
    return sorted(unlike) if same + len(unlike) == seen else None


def _agree(cell: AnyCell | None, other: object) -> bool:
    if cell is None:
        return isinstance(other, str) and not other.strip()
    if isinstance(other, bool) or cell.kind is not CellKind.NUMBER:
        return cell.kind is not CellKind.TEXT or _same_text(cell.text, other)
    if isinstance(other, int | float) and cell.number is not None:
        off = abs(float(cell.number) - other)
        return off <= _LAST_DIGITS * abs(other) or exact(other) == cell.number
    return not isinstance(other, str)


def _same_text(text: str, other: object) -> bool:
    """Whether two readers saw one text; only one of them sees which digits are raised."""
    if not isinstance(other, str):
        return False
    return text.split() == other.split() or text.replace("^", "").split() == other.split()
