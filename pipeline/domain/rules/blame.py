"""Which cells are probably wrong when rules fail."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Row
from pipeline.domain.plan.interval import rounded
from pipeline.domain.rules.figures import FigureBook, Operand, Standing
from pipeline.domain.rules.outcome import Outcome, Result
from pipeline.domain.writing.number_text import canonical

_MOST_NAMED = 3
_FAILED = Decimal(2)
_PASSED = Decimal(-1)
_SIGNATURE = Decimal(3)
_FIT = Decimal(2)
_POWERS = tuple(Decimal(10) ** power for power in (1, 2, 3, 6))
_LARGEST = Decimal(10) ** 15  # longer numbers are no figures that a hand wrote
_CellKey = tuple[str, str, str]
_Times = defaultdict[_CellKey, int]


class Blame:
    """The evidence of all outcomes of a return against its cells.

    A cell is the more suspect the more rules it fails in, the fewer equations it passes
    in, and when the one figure that would mend the rule is the old one with a shifted
    point, swapped digits or another sign, or fits its row better.
    """

    def __init__(self, book: FigureBook, outcomes: Iterable[Outcome]) -> None:
        self.book = book
        self._outcomes = tuple(outcomes)

    @cached_property
    def _evidence(self) -> tuple[_Times, _Times]:
        """In how many rules a cell failed, and how many equations it passed in."""
        failed: _Times = defaultdict(int)
        passed: _Times = defaultdict(int)
        for outcome in self._outcomes:
            if outcome.result is Result.FAIL and outcome.rule.severity != Severity.INFO:
                times = failed
            elif outcome.result is Result.PASS and outcome.rule.kind != "derived":
                times = passed
            else:
                continue
            times[outcome.seat[:3]] += 1
            for other in outcome.others:
                times[other[:3]] += 1
        return failed, passed

    def suspects(self, outcome: Outcome) -> tuple[Row, ...]:
        """The cells of a failed rule most likely wrong, the likeliest first."""
        mends = {_key(operand): value for operand, value in outcome.mends}
        ranked = sorted(
            (
                operand
                for operand in (outcome.seat, *outcome.others)
                if operand.row is not None and operand.standing is Standing.GIVEN
            ),
            key=lambda operand: self._weight(operand, mends.get(_key(operand))),
            reverse=True,
        )
        rows = (operand.row for operand in ranked[:_MOST_NAMED])
        return tuple(row for row in rows if row is not None)

    def _weight(self, operand: Operand, mended: Decimal | None) -> Decimal:
        key = _key(operand)
        failed, passed = self._evidence
        weight = _FAILED * failed.get(key, 0) + _PASSED * passed.get(key, 0)
        if mended is None:
            return weight
        written = rounded(mended / operand.scale, operand.quantum)
        if is_signature(operand.given.value / operand.scale, written):
            weight += _SIGNATURE
        return weight + _FIT * self._fit(operand, mended)

    def _fit(self, operand: Operand, mended: Decimal) -> Decimal:
        """How much nearer to the rest of its row a cell would be when mended (-1 to 1)."""
        columns = self.book.forms[operand.form].value_columns
        cells = (self.book.cell(operand.form, operand.indicator, c.key) for c in columns)
        rest = sorted(
            cell.given.value
            for cell in cells
            if cell.standing is Standing.GIVEN and cell.column != operand.column
        )
        if not rest:
            return Decimal(0)
        usual = rest[len(rest) // 2]
        return _apart(operand.given.value, usual) - _apart(mended, usual)


def is_signature(found: Decimal, mended: Decimal) -> bool:
    """Whether a usual slip of the hand lies between two figures."""
    if found == 0 or mended == 0 or max(abs(found), abs(mended)) > _LARGEST:
        return False
    if found == -mended:
        return True
    if any(found == mended * power or mended == found * power for power in _POWERS):
        return True
    return _digits_swapped(canonical(abs(found)), canonical(abs(mended)))


def _digits_swapped(one: str, other: str) -> bool:
    """Two neighbouring digits stand the wrong way round."""
    if len(one) != len(other):
        return False
    differ = [n for n in range(len(one)) if one[n] != other[n]]
    if len(differ) != 2:
        return False
    first, second = differ
    return (
        second == first + 1 and one[first] == other[second] and one[second] == other[first]
    )


def _apart(one: Decimal, other: Decimal) -> Decimal:
    largest = max(abs(one), abs(other))
    return min(abs(one - other) / largest, Decimal(1)) if largest else Decimal(0)


def _key(operand: Operand) -> _CellKey:
    return operand.form, operand.indicator, operand.column
