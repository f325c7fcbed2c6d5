"""What rules may look at: this mail's figures, earlier accepted ones, the registry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast

from pipeline.domain.plan.expression import REGISTRY
from pipeline.domain.plan.form import Appendix, Figure, Missing, Row
from pipeline.domain.plan.interval import Interval, around, exact, half_of
from pipeline.domain.plan.last_round import NOTHING_KNOWN, LastRound
from pipeline.domain.plan.plan_round import Indicator, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.round_index import RoundIndex, index_of
from pipeline.domain.rules.terms import Reference
from pipeline.domain.senders.province import Gazetteer

P = TypeVar("P")
Cell = tuple[str, str, str]
"""Form (or, for a published fact, "registry:" and the form), row and column."""

_ONE = Decimal(1)
_HALF = half_of(_ONE)
_ZERO = exact(Decimal(0))
_KEY = attrgetter("form", "indicator", "column")
FACT = f"{REGISTRY}:"


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a return is checked against.

    `province` is None while the sender is not known: registry facts are then out of
    reach. `accepted` are figures of forms accepted from earlier mails, `last_round` those
    of the round before.
    """

    plan_round: PlanRound
    province: str | None
    gazetteer: Gazetteer
    accepted: tuple[Figure, ...] = ()
    last_round: LastRound = NOTHING_KNOWN


class Standing(Enum):
    """Whether a figure can be used, and if not, why."""

    GIVEN = "given"
    EMPTY = "empty"
    NOT_APPLICABLE = "x"
    NOT_AVAILABLE = "m"
    UNREADABLE = "unreadable"


class Operand(NamedTuple):
    """A figure as a rule sees it; a named tuple, for a thousand are made a return.

    `interval` is in the base unit, None unless given. `row` is the cell it stands in;
    None for an empty cell, a figure of an earlier mail and a registry fact. `scale` is
    how many base units one of its own is.
    """

    form: str
    indicator: str
    column: str
    standing: Standing
    interval: Interval | None = None
    row: Row | None = None
    scale: Decimal = _ONE
    quantum: Decimal = _ONE

    @property
    def given(self) -> Interval:
        """The interval of a figure that is known to be given."""
        assert self.interval is not None
        return self.interval

    @property
    def value(self) -> Decimal | None:
        """The figure in its own unit."""
        return None if self.interval is None else self.interval.value / self.scale


def cell_of(rule: Rule, reference: Reference, column: str) -> Cell:
    """Where a figure that a rule names stands; a published fact is of the column's year."""
    form, key = reference
    return (f"{FACT}{rule.form}" if form == REGISTRY else form, key, column)


class _Cells(dict[Cell, Operand]):
    """Figures by their cell: this mail's, earlier accepted ones, published facts.

    Those of a form are made when one of them is first asked for; those beside this mail's
    numbers each by itself.
    """

    def __init__(
        self, context: CheckContext, index: RoundIndex, forms: Mapping[str, Appendix]
    ) -> None:
        super().__init__()
        self._context = context
        self._index = index
        self._rows: dict[Cell, Row] = {}
        self._untouched = dict(forms)
        self._earlier = {
            (figure.form, figure.indicator, figure.column): figure
            for figure in context.accepted
            if figure.form not in forms
        }

    def __missing__(self, key: Cell) -> Operand:
        appendix = self._untouched.pop(key[0], None)
        if appendix is not None:
            self._take(appendix.rows)
            self._take(appendix.derived)
            return self[key]
        found = self[key] = self._operand(key)
        return found

    def _take(self, rows: Sequence[Row]) -> None:
        """Keep the figures of an appendix; the numbers, which nearly all are, ready made.

        `Operand(...)` and `around` spelled out, for a thousand are made a return.
        """
        scaled, new = self._index.scaled, tuple.__new__
        for key, row in zip(map(_KEY, rows), rows, strict=True):
            value, quantum, scale = row.value, row.quantum, _ONE
            if value is None:
                self.pop(key, None)
                self._rows[key] = row
                continue
            if key in scaled:
                scale = scaled[key]
                interval = around(value * scale, quantum * scale)
            else:
                half = _HALF if quantum == _ONE else half_of(quantum)
                interval = new(Interval, (value, value - half, value + half))
            self[key] = new(Operand, (*key, _GIVEN, interval, row, scale, quantum))

    def _operand(self, key: Cell) -> Operand:
        row = self._rows.get(key)
        figure = row or self._earlier.get(key)
        if figure is None:
            form, indicator, column = key
            if form.startswith(FACT):
                return self._fact(form.removeprefix(FACT), indicator, column)
            return Operand(*key, _EMPTY)
        if figure.value is None and (standing := _standing(figure)) is not _GIVEN:
            return Operand(*key, standing, row=row)
        scale = self._index.scaled.get(key, _ONE)
        interval = _interval(figure, scale)
        return Operand(*key, _GIVEN, interval, row, scale, figure.quantum)

    def _fact(self, form_id: str, name: str, column: str) -> Operand:
        context = self._context
        form = self._index.forms[form_id]
        known = {item.key: item for item in form.columns}.get(column)
        if context.province is None or known is None:
            return Operand(REGISTRY, name, column, Standing.EMPTY)
        year = context.plan_round.year_of(known)
        fact = context.gazetteer.fact(name, context.province, year)
        if fact is None:
            return Operand(REGISTRY, name, column, Standing.EMPTY)
        return Operand(REGISTRY, name, column, Standing.GIVEN, exact(Decimal(fact)))


class FigureBook:
    """All figures that the rules of one return may need, looked up by key."""

    def __init__(self, context: CheckContext, appendices: Iterable[Appendix]) -> None:
        self.context = context
        self._index = index_of(context.plan_round)
        self.forms = self._index.forms
        self.indicators = self._index.indicators
        self.appendices = {appendix.form: appendix for appendix in appendices}
        self.cells = _Cells(context, self._index, self.appendices)
        self._once: dict[object, Any] = {}

    def plan(self, rule: Rule, make: Callable[[Rule, RoundIndex], P]) -> P:
        """What a kind of rule worked out of a rule once: which cells it compares."""
        return self._index.plan(rule, make)

    def once(self, make: Callable[["FigureBook"], P]) -> P:
        """What several rules ask of a return, worked out for the first of them."""
        if make not in self._once:
            self._once[make] = make(self)
        return cast("P", self._once[make])

    def row(self, form: str, indicator: str) -> list[Operand]:
        """The figures of a row in the value columns of its form."""
        cells = self.cells
        return [cells[key] for key in self._index.cells[form, indicator]]

    def columns(self, rule: Rule) -> tuple[str, ...]:
        """The columns a rule runs in."""
        return self._index.columns_of(rule)

    def selected(self, rule: Rule) -> tuple[Indicator, ...]:
        """The rows a rule runs on."""
        return self._index.selected(rule)

    def look(self, rule: Rule, reference: Reference, column: str) -> Operand:
        """The figure of a row in a column; a registry fact is of the column's year."""
        return self.cells[cell_of(rule, reference, column)]

    def cell(self, form: str, indicator: str, column: str) -> Operand:
        """The figure of one cell, of this mail or of an earlier accepted form."""
        return self.cells[form, indicator, column]

    def last(self, reference: Reference, column: str) -> Operand:
        """The province's figure of the round before; empty where none is known."""
        key = (*reference, column)
        value = self.context.last_round.own.get(key)
        if value is None:
            return Operand(*key, Standing.EMPTY)
        scale = self._index.scales.get(reference, _ONE)
        return Operand(*key, Standing.GIVEN, exact(value * scale), scale=scale)

    def required(self, operand: Operand) -> bool:
        """Whether a province must fill the cell."""
        row = self.indicators[(operand.form, operand.indicator)]
        return row.requires(self.forms[operand.form].column(operand.column))


_GIVEN, _EMPTY = Standing.GIVEN, Standing.EMPTY
_WITHOUT_NUMBER = {
    None: Standing.UNREADABLE,
    Missing.NIL: Standing.GIVEN,
    Missing.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
    Missing.NOT_AVAILABLE: Standing.NOT_AVAILABLE,
}


def _standing(figure: Row | Figure) -> Standing:
    """How a figure stands that has no number."""
    return _WITHOUT_NUMBER[figure.missing]


def _interval(figure: Row | Figure, scale: Decimal) -> Interval:
    if figure.value is None:  # nil: nothing there, exactly
        return _ZERO
    if scale is _ONE:
        return around(figure.value, figure.quantum)
    return around(figure.value * scale, figure.quantum * scale)
