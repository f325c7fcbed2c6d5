"""Which rules of a round have something to say of a return, at a glance.

Most rules hold in most returns. All are first held against rough figures, which tells for
nearly all that they certainly hold; only the others are evaluated exactly.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from pipeline.domain.plan.expression import names
from pipeline.domain.plan.last_round import NOTHING_KNOWN
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules import equations, sums
from pipeline.domain.rules.figures import Cell, FigureBook, cell_of
from pipeline.domain.rules.rough_figures import Places, rough_figures
from pipeline.domain.rules.rough_rules import MAKERS, Look, Maker
from pipeline.domain.rules.rough_sizes import even_sizes
from pipeline.domain.rules.round_index import RoundIndex, index_of
from pipeline.domain.rules.terms import comparison

_MAKERS: Mapping[str, Maker] = {
    **MAKERS,
    "unit_scale": even_sizes,
    # without figures of the round before it has nothing to say
    "change": lambda rule, index, places: lambda figures: True,
}
_Cells = Callable[[Rule, RoundIndex], Iterable[Cell]]


@dataclass(frozen=True, slots=True)
class Glance:
    """The active rules of a round that are to be evaluated, and those that hold."""

    doubted: Sequence[Rule]
    settled: Sequence[Rule]
    _cells: Mapping[Rule, frozenset[Cell]]

    def bearing_on(self, cells: Collection[Cell]) -> Sequence[Rule]:
        """The settled rules that speak for one of these cells when they hold."""
        return [
            rule
            for rule in self.settled
            if rule in self._cells and not self._cells[rule].isdisjoint(cells)
        ]


@dataclass(frozen=True, slots=True)
class _Overview:
    """The active rules of a round, each with its look; None where none can be made."""

    places: Places
    looks: Sequence[tuple[Rule, Look | None]]
    cells: Mapping[Rule, frozenset[Cell]]


def glance(book: FigureBook) -> Glance:
    """The rules held against a return.

    Beside figures of earlier mails or of the round before every rule is doubted, and so
    it is where a figure cannot be read.
    """
    context = book.context
    known = _overview(context.plan_round)
    alone = not context.accepted and context.last_round == NOTHING_KNOWN
    figures = rough_figures(book, known.places) if alone else None
    if figures is None:
        return Glance([rule for rule, _ in known.looks], (), known.cells)
    doubted: list[Rule] = []
    settled: list[Rule] = []
    for rule, look in known.looks:
        holds = look is not None and look(figures)
        (settled if holds else doubted).append(rule)
    return Glance(doubted, settled, known.cells)


@lru_cache(maxsize=8)
def _overview(plan_round: PlanRound) -> _Overview:
    index = index_of(plan_round)
    places = Places(index)
    rules = [
        rule for form in plan_round.forms for rule in form.rules if rule.state == "active"
    ]
    return _Overview(
        places,
        [(rule, _look(rule, index, places)) for rule in rules],
        {rule: frozenset(_CELLS[rule.kind](rule, index)) for rule in rules
         if rule.kind in _CELLS},
    )  # fmt: skip


def _look(rule: Rule, index: RoundIndex, places: Places) -> Look | None:
    try:
        return _MAKERS[rule.kind](rule, index, places)
    except KeyError:  # it speaks of cells that the round does not have
        return None


def _of_sums(
    plan: Callable[[Rule, RoundIndex], Sequence[tuple[Cell, tuple[Cell, ...]]]],
) -> _Cells:
    return lambda rule, index: (
        cell for whole, parts in index.plan(rule, plan) for cell in (whole, *parts)
    )


def _of_identity(rule: Rule, index: RoundIndex) -> Iterable[Cell]:
    return (
        cell_of(rule, (name.form or rule.form, name.key), name.column or column)
        for name in names(comparison(rule))
        for column in index.columns_of(rule)
    )


# kinds whose passing speaks for their cells (`outcome.passed`), but for worked-out columns
_CELLS: Mapping[str, _Cells] = {
    "total": _of_sums(sums.row_sums),
    "column_total": _of_sums(sums.column_sums),
    "identity": _of_identity,
    "ratio": lambda rule, index: chain(*index.plan(rule, equations.ratio_cells)),
    "same_as": lambda rule, index: chain(*index.plan(rule, equations.same_cells)),
}
