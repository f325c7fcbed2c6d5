"""One figure of the national tables, led back to the cells it is made of."""

from dataclasses import dataclass

from pipeline.domain.lineage import KeptTotal, Makeup, PartChange
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


@dataclass(frozen=True, slots=True)
class Explained:
    """A total taken apart, beside what the newest run kept of it.

    `kept` is None where no run was made or runs have no such area (a province).
    `agrees` says whether the parts of now give the kept total to the last digit;
    `changes` are the parts that differ from those of the run's instant.
    """

    makeup: Makeup
    kept: KeptTotal | None
    agrees: bool | None
    changes: tuple[PartChange, ...]


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
