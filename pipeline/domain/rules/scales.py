"""Slips of unit: a figure 10, 100, 1000 ... times what its row's other columns say."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import Form, Indicator, IndicatorKind, Unit
from pipeline.domain.plan.rule import Rule
from pipeline.domain.reading.units import is_count
from pipeline.domain.rules.figures import Cell, FigureBook, Operand
from pipeline.domain.rules.orders import HALF_YEAR
from pipeline.domain.rules.outcome import Outcome, failed
from pipeline.domain.rules.round_index import RoundIndex
from pipeline.domain.rules.terms import number, numbers, texts
from pipeline.domain.rules.too_much import too_much
from pipeline.domain.rules.unlike_size import unlike_size
from pipeline.domain.rules.witnesses import slips_of_rows, witnesses

_ZERO = Decimal(0)
_TEN = Decimal(10)
_HUNDRED = Decimal(100)
# how far two figures of a row may be apart and still speak for the same unit
_ALIKE = Decimal(3)
# a tenfold change happens; only figures as steady as this make it a slip
_STEADY = Decimal("1.25")
# a slip is sure only when undoing it lands this near to the other columns
_NEAR = Decimal(2)
# below this many base units figures jump by themselves
_LARGE = Decimal(1000)
_SMALLEST_FOR_TEN = Decimal(100)
_HALF_YEAR_FACTOR = Decimal(1000)
_PERCENT = "%"


@dataclass(frozen=True, slots=True)
class _Slip:
    """What speaks for one cell being off by a factor."""

    factor: Decimal
    seat: Operand
    against: tuple[Operand, ...]
    supporters: int
    too_large: bool
    at_mid_year: bool = False


def unit_scale(rule: Rule, book: FigureBook) -> Iterator[Outcome]:
    """A cell that differs by a power of ten from most of the other columns of its row.

    Sure (error) when the factor is strong, enough witnesses agree (other columns, the
    round before, the size of the province) and none supports the cell; a question
    otherwise. Mid-year and small figures may well be low. A fraction of what is counted
    one by one is a question too.
    """
    plan = book.plan(rule, rows_compared)
    known, last = book.cells, book.context.last_round.own
    rows: dict[str, list[Operand]] = {}
    asked: set[Operand] = set()
    largest = _ZERO
    for row, keys, counted in plan.rows:
        cells = [c for key in keys if (c := known[key]).interval and c.interval.value]
        sizes = [_size(cell) for cell in cells]
        if sizes:
            largest = max(largest, *sizes)
        uneven = len(sizes) > 1 and max(sizes) >= min(sizes) * plan.least
        slips = list(_slips(rule, book, row, cells, plan.halves)) if uneven else []
        if last:
            slips = _surest(slips, slips_of_rows(rule, book, row, cells))
        if counted:
            slips += _fractions(rule, cells, slips)
        if slips:
            yield from slips
            asked.update(outcome.seat for outcome in slips)
        rows[row.key] = cells
    for outcome in too_much(rule, book, rows, asked, largest):
        yield outcome
        asked.add(outcome.seat)
    yield from unlike_size(rule, book, rows, asked)


class Compared(NamedTuple):
    """The rows of a form, each with its cells to compare and whether it is counted.

    A row whose figures are less than `least` times apart is even enough for the least of
    the slips: nearly all are.
    """

    least: Decimal
    halves: frozenset[str]
    rows: tuple[tuple[Indicator, tuple[Cell, ...], bool], ...]


def rows_compared(rule: Rule, index: RoundIndex) -> Compared:
    """What `unit_scale` looks at in a form."""
    form = index.forms[rule.form]
    columns = _comparable(form)
    return Compared(
        least=max(_ALIKE, min(map(_least, numbers(rule, "factors")), default=_ALIKE)),
        halves=frozenset(c.key for c in form.value_columns if c.period == HALF_YEAR),
        rows=tuple(
            (row, tuple((form.id, row.key, key) for key in columns), _is_counted(row.unit))
            for row in index.selected(rule)
        ),
    )


def _surest(slips: Sequence[Outcome], rows: Iterable[Outcome]) -> list[Outcome]:
    """One outcome a cell; that of both other witnesses in the place of a question."""
    told = tuple(rows)
    if not told:
        return list(slips)
    kept = {outcome.seat.column: outcome for outcome in slips}
    for outcome in told:
        known = kept.get(outcome.seat.column)
        if known is None or known.severity is not Severity.ERROR:
            kept[outcome.seat.column] = outcome
    return list(kept.values())


def _slips(
    rule: Rule,
    book: FigureBook,
    row: Indicator,
    cells: Sequence[Operand],
    halves: Collection[str],
) -> Iterator[Outcome]:
    """The cells that the other columns of their row outvote."""
    factors = _factors(rule, row)
    for seat in cells:
        slip = _slip(factors, seat, cells)
        if slip is None:
            continue
        slip = replace(slip, at_mid_year=seat.column in halves)
        if _believable(row, slip):
            yield _outcome(rule, book, row, slip)


def _fractions(
    rule: Rule, cells: Sequence[Operand], slips: Sequence[Outcome]
) -> list[Outcome]:
    """Persons and households come whole: 33,432 of them were counted in thousands."""
    broken = [cell for cell in cells if _is_broken(cell.given.value)]
    if not broken:
        return []  # nearly always
    told = {outcome.seat.column for outcome in slips}
    left = [cell for cell in cells if cell.column not in told]
    found = []
    for seat in broken:
        if seat.column not in told:
            right = seat.given.value * _HALF_YEAR_FACTOR
            others = tuple(cell for cell in left if cell is not seat)
            found.append(failed(rule, seat, others, right, ((seat, right),)))
    return found


def _is_broken(value: Decimal) -> bool:
    """Whether a figure is not whole; of one with too many digits `% 1` is not defined."""
    return value != value.to_integral_value()


def _is_counted(unit: str) -> bool:
    return is_count(Unit(unit))


def _comparable(form: Form) -> tuple[str, ...]:
    """The value columns; those that are parts of another column may be of any size."""
    parts = {
        key
        for rule in form.rules
        if rule.kind == "column_total"
        for key in texts(rule, "parts")
    }
    return tuple(c.key for c in form.value_columns if c.key not in parts)


def _size(cell: Operand) -> Decimal:
    return abs(cell.given.value)


def _slip(
    factors: Sequence[Decimal], seat: Operand, cells: Sequence[Operand]
) -> _Slip | None:
    others = [cell for cell in cells if cell is not seat]
    supporters = sum(_times(seat, other) <= _ALIKE for other in others)
    for factor in factors:
        for too_large in (True, False):
            against = tuple(
                other
                for other in others
                if (_size(seat) > _size(other)) is too_large
                and _off_by(seat, other, factor)
            )
            if 2 * len(against) <= len(others):
                continue
            if _outvoted(len(against), supporters, too_large=too_large):
                return _Slip(factor, seat, against, supporters, too_large)
    return None


def _factors(rule: Rule, row: Indicator) -> tuple[Decimal, ...]:
    """A rate can only be a fraction taken for a percentage."""
    factors = numbers(rule, "factors")
    if row.kind is IndicatorKind.RATE:
        return tuple(factor for factor in factors if factor == _HUNDRED)
    return factors


def _times(one: Operand, other: Operand) -> Decimal:
    small, large = sorted((_size(one), _size(other)))
    return large / small


def _off_by(one: Operand, other: Operand, factor: Decimal) -> bool:
    slack = _slack(factor)
    return factor / slack <= _times(one, other) <= factor * slack


def _least(factor: Decimal) -> Decimal:
    """How many times larger than another a figure is at least in a slip by this factor."""
    return factor / _slack(factor)


def _slack(factor: Decimal) -> Decimal:
    return _STEADY if factor <= _TEN else _ALIKE


def _outvoted(against: int, supporters: int, *, too_large: bool) -> bool:
    """Whether the other columns win; of two equal camps the larger figures are asked."""
    lead = against - supporters
    return lead > 1 or (lead == 1 and too_large)


def _believable(row: Indicator, slip: _Slip) -> bool:
    sizes = [_size(cell) for cell in (slip.seat, *slip.against)]
    if row.kind is IndicatorKind.RATE:
        return min(sizes) <= 1 and (_largest(slip) >= _TEN or _small_rates(row, slip))
    if max(sizes) < _LARGE or not _agree(slip.against):
        return False
    if slip.factor <= _TEN:
        enough = len(slip.against) > 2 and min(sizes) >= _SMALLEST_FOR_TEN
        return enough and not slip.at_mid_year and row.kind is not IndicatorKind.MONEY
    return slip.too_large or not slip.at_mid_year or slip.factor >= _HALF_YEAR_FACTOR


def _largest(slip: _Slip) -> Decimal:
    return max(_size(cell) for cell in (slip.seat, *slip.against))


def _small_rates(row: Indicator, slip: _Slip) -> bool:
    """Whether a rate of a few percent stands a hundredfold off others that agree.

    A question at most. Points of a change are as small by themselves.
    """
    percent = row.unit.strip() == _PERCENT
    return percent and len(slip.against) > 1 and _agree(slip.against)


def _agree(witnesses: Sequence[Operand]) -> bool:
    sizes = [_size(cell) for cell in witnesses]
    return max(sizes) <= min(sizes) * _ALIKE


def _outcome(rule: Rule, book: FigureBook, row: Indicator, slip: _Slip) -> Outcome:
    seat = slip.seat
    right = seat.given.value
    right = right / slip.factor if slip.too_large else right * slip.factor
    near = _ALIKE if slip.at_mid_year else _NEAR
    found = failed(rule, seat, slip.against, right, ((seat, right),))
    found = replace(found, expected=right / seat.scale)
    sure = (
        slip.factor >= (number(rule, "strong_factor") or _HUNDRED)
        and len(slip.against) + witnesses(book, row, seat, right)
        >= (number(rule, "witnesses") or 2)
        and not slip.supporters
        and not (row.kind is IndicatorKind.RATE and _largest(slip) < _TEN)
        and (slip.too_large or not slip.at_mid_year)
        and all(abs(right) <= _size(cell) * near for cell in slip.against)
        and all(_size(cell) <= abs(right) * near for cell in slip.against)
    )
    return replace(found, severity=Severity.ERROR) if sure else found
