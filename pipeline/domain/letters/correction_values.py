"""Figures handed back to a province so that reading them again gives the same figures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

from pipeline.domain.plan.form import Missing, Row
from pipeline.domain.plan.plan_round import Indicator
from pipeline.domain.reading.number import quantum_of
from pipeline.domain.reading.sheet import column_letters, parse_address
from pipeline.domain.reading.units import Conversion, Relation, Units
from pipeline.domain.writing.vietnamese import safe_text, write_number

_SAME = Conversion(Relation.SAME)
_SIGNS = {Missing.NIL: "-", Missing.NOT_APPLICABLE: "x", Missing.NOT_AVAILABLE: ".."}
_DIGITS = 15
_SHEET_NAME = 16


def shown_unit(
    indicator: Indicator, rows: Sequence[Row], units: Units
) -> tuple[str, Conversion]:
    """The unit that a row is handed back in, and how it relates to the form's.

    The form's own unit, but for two cases. A unit that nobody could relate to it stays
    as it was written, or the doubt would vanish unanswered. And figures that were
    rounded in a larger unit stay in that unit: 12,5 thousand written as 12500 would
    claim a precision that it never had, and its sums would fail.
    """
    written = {row.unit_written for row in rows if row.unit_written}
    if len(written) != 1:
        return indicator.unit, _SAME
    (unit,) = written
    conversion = units.relate(unit, indicator.unit)
    if conversion.relation is Relation.UNKNOWN:
        return safe_text(unit), _SAME
    known = units.find(unit)
    if conversion.relation is Relation.SCALED and known and any(map(_is_rounded, rows)):
        return safe_text(known.name), conversion
    return indicator.unit, _SAME


def _is_rounded(row: Row) -> bool:
    return row.value is not None and row.quantum > quantum_of(row.value)


def shown_value(row: Row, conversion: Conversion) -> Decimal | str:
    """What the cell of a figure holds: a number, or a text where there is none.

    Text: the sign of absence, at most 40 safe characters of what cannot be read, and a
    number of more digits than a spreadsheet keeps.
    """
    if row.missing is not None:
        return _SIGNS[row.missing]
    if row.value is None:
        return safe_text(row.raw)
    with localcontext() as context:
        context.prec = 60
        value = row.value * conversion.divide / conversion.multiply
    digits = value.normalize().as_tuple().digits
    return value if len(digits) <= _DIGITS else write_number(value)


def origin(rows: Iterable[Row]) -> str:
    """Where a row's figures stand in the file that came: "PL2!D12:H12"."""
    sheets: dict[str, list[str]] = {}
    for row in rows:
        sheets.setdefault(row.sheet, []).append(row.cell)
    return "; ".join(
        f"{safe_text(sheet, _SHEET_NAME)}!{', '.join(join_neighbours(cells))}"
        for sheet, cells in sheets.items()
    )


def join_neighbours(cells: Iterable[str]) -> list[str]:
    """Cell addresses with neighbours of one row joined: D12, E12, H12 -> D12:E12, H12."""
    runs: list[list[tuple[int, int]]] = []
    for row, column in sorted(parse_address(cell) for cell in cells):
        if runs and runs[-1][-1] == (row, column - 1):
            runs[-1].append((row, column))
        else:
            runs.append([(row, column)])
    ends = [(_name(*run[0]), _name(*run[-1])) for run in runs]
    return [first if first == last else f"{first}:{last}" for first, last in ends]


def _name(row: int, column: int) -> str:
    return f"{column_letters(column)}{row + 1}"
