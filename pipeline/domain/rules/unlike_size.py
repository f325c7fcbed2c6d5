"""Rows a thousand times what a province of this size has: every column slipped alike.

Nothing beside such a row speaks against it, and in a first round nothing before it does.
What is left is how many inhabitants the province has and what provinces usually report
for each thousand of them (`usual` in the round's forms). A figure is asked about where
its thousandfold, or its thousandth, is nearer to the usual than it is itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log10

from pipeline.domain.plan.plan_round import Indicator, IndicatorKind, Unit, split_reference
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.usual_size import UsualSize
from pipeline.domain.quick_making import quickly
from pipeline.domain.reading.unit_spelling import unit_key
from pipeline.domain.reading.units import is_count
from pipeline.domain.rules.figures import FigureBook, Operand
from pipeline.domain.rules.outcome import Outcome, failed
from pipeline.domain.rules.terms import Reference
from pipeline.domain.rules.witnesses import as_before
from pipeline.domain.senders.province import POPULATION

Cells = Mapping[str, Sequence[Operand]]

# powers of ten that a unit slips by: money is written in đồng as well
_SLIPS: tuple[int, ...] = (0, -3, 3)
_SLIPS_OF_MONEY: tuple[int, ...] = (0, -3, 3, 6)
# powers of ten beyond the usual range that a figure without its slip may lie
_SLACK = 0.7
OUTSIDE = 0.15
# a row of a slipped form is left in peace only where the slip would make it absurd
_ABSURD = 1.5
# what is usual speaks for a return only where it fits nearly all of it
_SHARP = 0.8
_FITTING = 0.15
_NEARLY_ALL = 0.85
_LEAST_ROWS = 2
# a handful of what is rare: fewer than ten (its power of ten) in the smallest province
_FEW = 1.0
# figures of a row that are this near to its middle slipped with it
_SAME_CAMP = 1.6
_TIMES = "luot "
# how near a count lies to what its percentage says
OF_ITS_RATE = 0.25
# percentages, as powers of ten: 0.005 and a half
LEAST_RATE = -2.3
NEXT_TO_NOTHING = -0.3


@dataclass(frozen=True, slots=True)
class _Measured:
    """A row beside what is usual: `off` by so many powers of ten, `slip` of them a unit.

    `off` is None where nothing is known of its size. `least` is the power of ten of the
    smallest figure that is usual.
    """

    row: Indicator
    reach: float = 0.0
    off: float | None = None
    slip: int = 0
    least: float = 0.0

    @property
    def is_rare(self) -> bool:
        """Whether a province may well have so few that the row alone tells nothing."""
        low = self.slip < 0 and self.least < _FEW
        return low and self.row.kind is not IndicatorKind.MONEY and _counts(self.row.unit)


_measured_row = quickly(_Measured)


def unlike_size(
    rule: Rule, book: FigureBook, cells: Cells, told: Collection[Operand]
) -> Iterator[Outcome]:
    """A question on each figure of a slipped row or form, `told` ones left out."""
    heads = book.once(thousands_of_heads)
    if heads is None:
        return
    sizes = {key: _log_of(found) for key, found in cells.items()}
    found = _measured(book, rule.form, sizes, heads)
    if not any(each.slip for each in found) or not book.once(_fits):
        return  # nearly always
    for each in found:
        slip = _slip_of_its_unit(each, found)
        if slip:
            yield from _asked(rule, book, each, slip, told)


def thousands_of_heads(book: FigureBook) -> float | None:
    """How many thousand inhabitants the province has, where that is known."""
    context = book.context
    if context.province is None:
        return None
    year = context.plan_round.plan_year
    heads = context.gazetteer.fact(POPULATION, context.province, year)
    return heads / 1000 if heads else None


def _measured(
    book: FigureBook, form: str, sizes: Mapping[str, float | None], heads: float
) -> tuple[_Measured, ...]:
    """The rows of a form that have a figure; of these the middle one's power of ten."""
    found = []
    for row in book.forms[form].indicators:
        size = sizes.get(row.key)
        if size is not None and row.kind is not IndicatorKind.RATE:
            found.append(_measure(book, form, row, size, heads))
    return tuple(found)


def _measure(
    book: FigureBook, form: str, row: Indicator, size: float, heads: float
) -> _Measured:
    usual = row.usual
    if usual is None:
        return _measured_row(row)
    told = _by_rate(book, form, usual, heads)
    if told is not None:
        off = size - told
        slip = _slip(row, OF_ITS_RATE, off)
        return _measured_row(row, OF_ITS_RATE, off, slip, told - OF_ITS_RATE)
    base = _base(book, form, row, heads)
    if base is None:
        return _measured_row(row)
    off = size - base - usual.middle
    least = base + usual.middle - usual.reach
    return _measured_row(row, usual.reach, off, _slip(row, usual.reach, off), least)


def _by_rate(book: FigureBook, form: str, usual: UsualSize, heads: float) -> float | None:
    """What the percentage says that the row counts; None where it says nothing."""
    rate = _rate_of(book, form, usual)
    return None if rate is None else rate + log10(heads) + usual.of_a_percent


def _rate_of(book: FigureBook, form: str, usual: UsualSize) -> float | None:
    """The power of ten of the percentage; 0.00 was rounded off from half of 0.01."""
    if usual.rate is None:
        return None
    at = split_reference(usual.rate, form)
    rate = _size_of(book, at)
    nought = rate is None and any(cell.value == 0 for cell in book.row(*at))
    return LEAST_RATE if nought else rate


def _base(book: FigureBook, form: str, row: Indicator, heads: float) -> float | None:
    """What the usual size is for one of: a thousand inhabitants, or another row.

    The other row is taken without its own slip; its own size is of inhabitants. Where it
    is next to nothing by its rate, money is not spent by it.
    """
    if row.usual is None or row.usual.of is None:
        return log10(heads)
    form, key = split_reference(row.usual.of, form)
    whole, size = book.indicators[form, key], _size_of(book, (form, key))
    if size is None or whole.usual is None or whole.usual.of is not None:
        return size
    rate = _rate_of(book, form, whole.usual)
    few = rate is not None and rate < NEXT_TO_NOTHING
    if few and row.kind is IndicatorKind.MONEY:
        return None
    return size - _measure(book, form, whole, size, heads).slip


def _size_of(book: FigureBook, at: Reference) -> float | None:
    """The power of ten of a row's middle figure."""
    known = book.once(_sizes)
    if at not in known:
        known[at] = _log_of(book.row(*at))
    return known[at]


def _sizes(_: FigureBook) -> dict[Reference, float | None]:
    """The rows of a return that were asked about so far."""
    return {}


def _log_of(cells: Sequence[Operand]) -> float | None:
    """The power of ten of a row's middle figure, in its own unit; None without one."""
    given = [cell for cell in cells if cell.interval and cell.interval.value]
    if not given:
        return None
    scale = given[0].scale
    if all(cell.scale is scale for cell in given):  # nearly always: a row has one unit
        sizes = sorted([abs(cell.given.value) for cell in given])
        return log10(sizes[len(sizes) // 2] / scale)
    sizes = sorted(abs(cell.given.value / cell.scale) for cell in given)
    return log10(sizes[len(sizes) // 2])


def _slip(row: Indicator, reach: float, off: float) -> int:
    """The powers of ten that a figure is too large (or small) by; 0 for a usual one."""
    if abs(off) <= reach + OUTSIDE:
        return 0
    slip = _nearest(row, off)
    return slip if abs(off - slip) <= reach + _SLACK else 0


def _nearest(row: Indicator, off: float) -> int:
    slips = _SLIPS_OF_MONEY if row.kind is IndicatorKind.MONEY else _SLIPS
    return min(slips, key=lambda slip: abs(off - slip))


def _fits(book: FigureBook) -> bool:
    """Whether what is usual describes this return at all, slips left out of account."""
    heads = book.once(thousands_of_heads) or 0.0
    fitting = rows = 0
    for form in book.appendices:
        asked = [r.key for r in book.forms[form].indicators if r.usual is not None]
        sizes = {key: _size_of(book, (form, key)) for key in asked}
        for each in _measured(book, form, sizes, heads):
            if each.off is not None and each.reach <= _SHARP:
                rest = abs(each.off - _nearest(each.row, each.off))
                rows += 1
                fitting += rest <= each.reach + _FITTING
    return fitting >= rows * _NEARLY_ALL


def _slip_of_its_unit(each: _Measured, found: Sequence[_Measured]) -> int:
    """A row's own slip, or that of half the rows of its unit: a form is written in one.

    Of what is rare only the others tell.
    """
    if each.slip and not each.is_rare:
        return each.slip
    unit = _counted_in(each.row)
    alike = [
        other.slip
        for other in found
        if other.off is not None and _counted_in(other.row) == unit
    ]
    slip = max(set(alike), key=alike.count, default=0)
    if alike.count(slip) < max(_LEAST_ROWS, len(alike) / 2):
        return 0
    near = each.off is None or abs(each.off - slip) <= each.reach + _ABSURD
    return slip if near else 0


def _counts(unit: str) -> bool:
    return is_count(Unit(unit))


def _counted_in(row: Indicator) -> str:
    """Persons and visits of persons are written in thousands alike."""
    return unit_key(row.unit).removeprefix(_TIMES)


def _asked(
    rule: Rule, book: FigureBook, each: _Measured, slip: int, told: Collection[Operand]
) -> Iterator[Outcome]:
    cells = [cell for cell in book.row(rule.form, each.row.key) if cell.value]
    middle = _log_of(cells)
    for cell in cells:
        size = abs(cell.given.value / cell.scale)
        if middle is None or abs(log10(size) - middle) > _SAME_CAMP or cell in told:
            continue
        if as_before(book, cell):
            continue
        right = cell.given.value * Decimal(10) ** -slip
        yield failed(rule, cell, (), right, ((cell, right),))
