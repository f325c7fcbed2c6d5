"""One figure of the national tables, led back to the cells it is made of."""

from pipeline.domain.lineage import Explained
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.ports.ledger import Ledger
from pipeline.stages.take_apart import (
    PROVINCE,
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
    kept = None
    if where.level != PROVINCE:
        kept = ledger.kept_total(plan_round.id, makeup.total)
    if kept is None:
        return Explained(makeup, None, None, ())
    earlier = ledger.sourced_figures(plan_round.id, asked.rows, kept.as_of)
    before = take_apart(asked, where, earlier, gazetteer)
    return Explained(makeup, kept, kept.total == makeup.total, part_changes(before, makeup))
