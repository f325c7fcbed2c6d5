"""One figure of the national tables, led back to the cells it is made of."""

from collections.abc import Sequence

from pipeline.domain.figure_sums import MANY_UNITS
from pipeline.domain.lineage import (
    AreaAsked,
    Explained,
    ImputedFigure,
    Makeup,
    PastFigure,
    SourcedFigure,
)
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import observed_past
from pipeline.ports.ledger import Ledger
from pipeline.stages.fill_missing import impute
from pipeline.stages.take_apart import (
    PROVINCE,
    Asked,
    ask,
    find_area,
    part_changes,
    take_apart,
)


def explain(
    ledger: Ledger,
    places: tuple[PlanRound, Gazetteer],
    cell: tuple[str, str, str],
    area: str | None = None,
) -> Explained:
    """What (form, row, column) of an area is made of, the nation unless named.

    Raises PermanentError for what the round or the gazetteer does not know.
    """
    plan_round, gazetteer = places
    asked = ask(plan_round, *cell)
    where = find_area(area, gazetteer)
    figures = ledger.sourced_figures(plan_round.id, asked.rows)
    makeup = take_apart(asked, where, figures, gazetteer)
    history = ledger.past_figures(plan_round.id, asked.rows)
    filled = fill_apart(asked, where, (figures, history), places)
    past = past_apart(asked, where, history, gazetteer)
    kept = None
    if where.level != PROVINCE:
        kept = ledger.kept_total(plan_round.id, makeup.total)
    if kept is None:
        return Explained(makeup, None, None, (), filled, past)
    earlier = ledger.sourced_figures(plan_round.id, asked.rows, kept.as_of)
    before = take_apart(asked, where, earlier, gazetteer)
    changes = part_changes(before, makeup)
    return Explained(makeup, kept, kept.total == makeup.total, changes, filled, past)


def fill_apart(
    asked: Asked,
    where: AreaAsked,
    known: tuple[Sequence[SourcedFigure], Sequence[HistoryFigure]],
    places: tuple[PlanRound, Gazetteer],
) -> Makeup[SourcedFigure | ImputedFigure] | None:
    """The total with what stands for silent units; None where nothing stands for any.

    `known` are the figures that count and those of the round before, of all units.
    """
    figures, history = known
    if len(places[1].provinces) > MANY_UNITS:
        return None
    imputed = impute((f.figure for f in figures), history, places, asked.rows)
    if not any(found.figure.province in where.members for found in imputed):
        return None
    together: list[SourcedFigure | ImputedFigure] = [*figures, *imputed]
    return take_apart(asked, where, together, places[1])


def past_apart(
    asked: Asked, where: AreaAsked, history: Sequence[HistoryFigure], gazetteer: Gazetteer
) -> Makeup[PastFigure] | None:
    """The same cell of the round before, a year earlier; None where nobody told it."""
    own = (asked.form.id, asked.indicator.key)
    if not any((h.form, h.indicator) == own for h in history):
        return None
    unit = asked.indicator.unit
    figures = [PastFigure(observed_past(each, unit), each) for each in history]
    return take_apart(asked.a_year_before(), where, figures, gazetteer)
