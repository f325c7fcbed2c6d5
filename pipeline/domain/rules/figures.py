"""What rules may look at: this mail's figures, earlier accepted ones, the registry."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from pipeline.domain.plan.expression import REGISTRY
from pipeline.domain.plan.form import Appendix, Figure, Missing, Row
from pipeline.domain.plan.interval import Interval, around, exact
from pipeline.domain.plan.last_round import NOTHING_KNOWN, LastRound
from pipeline.domain.plan.plan_round import Indicator, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.round_index import index_of
from pipeline.domain.rules.terms import Reference
from pipeline.domain.senders.province import Gazetteer

_ONE = Decimal(1)
_ZERO = exact(Decimal(0))


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


class FigureBook:
    """All figures that the rules of one return may need, looked up by key."""

    def __init__(self, context: CheckContext, appendices: Iterable[Appendix]) -> None:
        self.context = context
        self._index = index_of(context.plan_round)
        self.forms = self._index.forms
        self.indicators = self._index.indicators
        self.appendices = {appendix.form: appendix for appendix in appendices}
        self._rows = {
            (row.form, row.indicator, row.column): row
            for appendix in self.appendices.values()
            for row in (*appendix.rows, *appendix.derived)
        }
        self._earlier = {
            (figure.form, figure.indicator, figure.column): figure
            for figure in context.accepted
            if figure.form not in self.appendices
        }
        self._known: dict[tuple[str, str, str], Operand] = {}

    def columns(self, rule: Rule) -> tuple[str, ...]:
        """The columns a rule runs in."""
        if rule.columns is not None:
            return rule.columns
        return self._index.columns[rule.form]

    def selected(self, rule: Rule) -> tuple[Indicator, ...]:
        """The rows a rule runs on."""
        return self._index.selected(rule)

    def look(self, rule: Rule, reference: Reference, column: str) -> Operand:
        """The figure of a row in a column; a registry fact is of the column's year."""
        form, key = reference
        if form == REGISTRY:
            return self._fact(rule.form, key, column)
        return self.cell(form, key, column)

    def cell(self, form: str, indicator: str, column: str) -> Operand:
        """The figure of one cell, of this mail or of an earlier accepted form."""
        key = (form, indicator, column)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._operand(key)
        return found

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

    def _operand(self, key: tuple[str, str, str]) -> Operand:
        row = self._rows.get(key)
        figure = row or self._earlier.get(key)
        if figure is None:
            return Operand(*key, _EMPTY)
        if figure.value is None and (standing := _standing(figure)) is not _GIVEN:
            return Operand(*key, standing, row=row)
        scale = self._index.scaled.get(key, _ONE)
        interval = _interval(figure, scale)
        # Operand(...) spelled out, for a thousand are made a return
        made = (*key, _GIVEN, interval, row, scale, figure.quantum)
        return tuple.__new__(Operand, made)

    def _fact(self, form_id: str, name: str, column: str) -> Operand:
        context = self.context
        form = self.forms[form_id]
        known = {item.key: item for item in form.columns}.get(column)
        if context.province is None or known is None:
            return Operand(REGISTRY, name, column, Standing.EMPTY)
        year = context.plan_round.year_of(known)
        fact = context.gazetteer.fact(name, context.province, year)
        if fact is None:
            return Operand(REGISTRY, name, column, Standing.EMPTY)
        return Operand(REGISTRY, name, column, Standing.GIVEN, exact(Decimal(fact)))


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
    if scale is _ONE or scale == 1:
        return around(figure.value, figure.quantum)
    return around(figure.value * scale, figure.quantum * scale)
