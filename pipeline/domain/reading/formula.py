"""Simple formulas worked out again: SUM, + - * / and brackets over one sheet.

A workbook written by a tool may hold formulas that nobody has calculated. What this
module cannot work out exactly as a spreadsheet would, it refuses.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext

from pipeline.domain.reading.number import exact
from pipeline.domain.reading.sheet import (
    Cell,
    CellKind,
    Cells,
    column_letters,
    parse_address,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<sum>SUM\()|"
    r"(?P<cell>\$?[A-Z]{1,3}\$?\d{1,7})|(?P<mark>[-+*/():,;%]))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?<![A-Za-z0-9_!'.])(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?![0-9A-Za-z_(])"
)
_LARGEST_RANGE = 5000
_DEEPEST = 20
_MOST_STEPS = 50_000
_MOST_BRACKETS = 60


class _Refused(Exception):  # noqa: N818  never leaves this module
    """The formula is beyond what is worked out here."""


def recompute(cells: Cells, formula: str) -> Decimal | None:
    """What a formula gives on a sheet's cells; None when it is not simple."""
    try:
        with localcontext() as context:
            context.prec = 40
            return exact(_Evaluation(cells, formula, _DEEPEST, _Steps()).result())
    except (_Refused, DivisionByZero, InvalidOperation, ValueError):
        return None


def shifted(formula: str, rows: int, columns: int) -> str:
    """A shared formula moved: relative references go along, fixed ones stay."""

    def move(found: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = found.groups()
        row, column = parse_address(letters + digits)
        row += 0 if fixed_row else rows
        column += 0 if fixed_column else columns
        if row < 0 or column < 0:
            return "#REF!"
        return f"{fixed_column}{column_letters(column)}{fixed_row}{row + 1}"

    return _REFERENCE.sub(move, formula)


class _Steps:
    """How far one formula, with all that it asks for, may go on."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def take(self) -> None:
        """One more; refused when there have been too many."""
        self._left -= 1
        if self._left < 0:
            raise _Refused


class _Evaluation:
    """One formula on its way through a recursive descent."""

    def __init__(self, cells: Cells, formula: str, depth: int, steps: _Steps) -> None:
        if depth == 0:
            raise _Refused
        self._cells = cells
        self._depth = depth
        self._steps = steps
        self._brackets = 0
        self._tokens = list(_tokens(formula.lstrip("=").strip()))
        self._at = 0

    def result(self) -> Decimal:
        value = self._sum()
        if self._at != len(self._tokens):
            raise _Refused
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise _Refused

    def _sum(self) -> Decimal:
        value = self._product()
        while self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            value += sign * self._product()
        return value

    def _product(self) -> Decimal:
        value = self._factor()
        while self._peek() in ("*", "/"):
            value = (
                value * self._factor() if self._take() == "*" else value / self._factor()
            )
        return value

    def _factor(self) -> Decimal:
        self._steps.take()
        self._brackets += 1
        if self._brackets > _MOST_BRACKETS:
            raise _Refused
        value = self._plain_factor()
        self._brackets -= 1
        return value

    def _plain_factor(self) -> Decimal:
        token = self._take()
        if token in ("-", "+"):
            return -self._factor() if token.startswith("-") else self._factor()
        if token.startswith("("):
            value = self._sum()
            self._expect(")")
        elif token.startswith("SUM"):
            value = self._arguments()
        elif token[:1].isdigit():
            value = Decimal(token)
        else:
            value = self._number_at(token)
        while self._peek() == "%":
            self._take()
            value /= 100
        return value

    def _arguments(self) -> Decimal:
        total = self._argument()
        while self._peek() in (",", ";"):
            self._take()
            total += self._argument()
        self._expect(")")
        return total

    def _argument(self) -> Decimal:
        following = self._tokens[self._at + 1 : self._at + 2]
        if following != [":"]:
            return self._sum()
        start, end = self._take(), ""
        self._expect(":")
        end = self._take()
        return sum(self._range(start, end), Decimal(0))

    def _range(self, start: str, end: str) -> Iterator[Decimal]:
        (top, left), (bottom, right) = _corner(start), _corner(end)
        if (bottom - top + 1) * (right - left + 1) > _LARGEST_RANGE:
            raise _Refused
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                cell = self._cells.get((row, column))
                if cell is not None and cell.kind is not CellKind.TEXT:
                    yield self._value(cell)

    def _number_at(self, reference: str) -> Decimal:
        cell = self._cells.get(_corner(reference))
        return Decimal(0) if cell is None else self._value(cell)

    def _value(self, cell: Cell) -> Decimal:
        self._steps.take()
        if cell.kind is CellKind.NUMBER and cell.number is not None:
            return cell.number
        if cell.kind is CellKind.UNCACHED and cell.formula:
            depth = self._depth - 1
            return _Evaluation(self._cells, cell.formula, depth, self._steps).result()
        raise _Refused


def _tokens(formula: str) -> Iterator[str]:
    at = 0
    while at < len(formula):
        found = _TOKEN.match(formula, at)
        if found is None:
            raise _Refused
        at = found.end()
        yield found.group().strip().upper()


def _corner(reference: str) -> tuple[int, int]:
    try:
        return parse_address(reference)
    except ValueError as error:
        raise _Refused from error
