"""The night's work: add up what counts, keep the totals, lay out the products."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from pipeline.domain.figure_sums import MANY_UNITS, rows_apart, units_alike
from pipeline.domain.five_year_path import PathPoint
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.run_changes import (
    CountedVersion,
    RunChanges,
    changes_since,
    versions_of,
)
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.shortfall import measures_of
from pipeline.domain.total import Level, ObservedFigure, Run, Total, observed_history
from pipeline.ports.ledger import Ledger
from pipeline.ports.outside import AddUp, AddUpMany, NationalTables, Products
from pipeline.stages.fill_missing import fill_missing
from pipeline.stages.follow_path import follow_path
from pipeline.stages.rank_shortfalls import paired_rows, rank_units


@dataclass(frozen=True, slots=True)
class Consolidation:
    """What a consolidation of one round works with."""

    ledger: Ledger
    add_up: AddUp
    add_up_many: AddUpMany
    products: Products
    plan_round: PlanRound
    gazetteer: Gazetteer


@dataclass(frozen=True, slots=True)
class ConsolidateReport:
    """What a run did. `run` and `products` are None when it was only tried out."""

    round: str
    as_of: datetime
    figures: int
    reported: int
    expected: int
    totals: int
    run: int | None
    products: str | None
    changes: RunChanges
    five_year: Sequence[PathPoint] = ()


def consolidate(
    work: Consolidation,
    now: datetime,
    as_of: datetime | None = None,
    *,
    dry_run: bool = False,
) -> ConsolidateReport:
    """Add up one snapshot of a round (of now, or as it stood at `as_of`).

    The products are laid out before the run is kept: a run that the ledger knows has
    its products, and one that died between is simply made again. Raises TransientError
    when ledger or disk refuse.
    """
    run = place = None
    with undisturbed():
        with work.ledger.one_look():
            tables = _tables(work, now, as_of)
        if not dry_run:
            place = work.products.publish(tables)
            run = work.ledger.store_run(tables.run, tables.totals, now, tables.versions)
    return ConsolidateReport(
        round=work.plan_round.id,
        as_of=tables.run.as_of,
        figures=tables.facts.figures if tables.facts else len(tables.figures),
        reported=len({version.province for version in tables.versions}),
        expected=len(work.gazetteer.provinces),
        totals=len(tables.totals),
        run=run,
        products=place,
        changes=tables.changes,
        five_year=tables.five_year,
    )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the collector of reference cycles: it would go over some million cells
    that all stay, again and again, a quarter of the whole time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _tables(work: Consolidation, now: datetime, as_of: datetime | None) -> NationalTables:
    if len(work.gazetteer.provinces) > MANY_UNITS:
        return _tables_of_many(work, now, as_of)
    figures = tuple(work.ledger.figures(work.plan_round.id, as_of))
    if as_of is None:
        coverage = work.ledger.coverage(work.plan_round.id)
    else:
        coverage = coverage_of(figures)
    run = Run(work.plan_round.id, as_of or now, now)
    totals = work.add_up(figures, work.plan_round, work.gazetteer)
    earlier, versions = work.ledger.run_before(run.round, run.as_of), versions_of(figures)
    history, places = (
        work.ledger.history_figures(run.round),
        (work.plan_round, work.gazetteer),
    )
    filled = fill_missing(figures, history, places)
    return NationalTables(
        run=run,
        plan_round=work.plan_round,
        gazetteer=work.gazetteer,
        figures=figures,
        totals=totals,
        coverage=coverage,
        changes=changes_since(earlier, totals, versions),
        round_before=_round_before(work, history),
        filled=filled,
        five_year=follow_path(work.plan_round, totals, figures),
        filled_totals=work.add_up((*figures, *filled), *places) if filled else (),
        versions=versions,
    )


def _tables_of_many(
    work: Consolidation, now: datetime, as_of: datetime | None
) -> NationalTables:
    """The same without the figures of each unit, which would not fit into memory.

    The round before is left out.
    """
    run = Run(work.plan_round.id, as_of or now, now)
    alike, apart = units_alike(work.gazetteer), rows_apart(work.plan_round, work.gazetteer)
    measures, forms = measures_of(work.plan_round), work.plan_round.forms
    paired = paired_rows(measures, forms)
    with work.ledger.summed(run.round, run.as_of, alike, apart, paired) as found:
        totals = work.add_up_many(found, work.plan_round, work.gazetteer)
        shortfalls = rank_units(measures, forms, found.paired)
    coverage = work.ledger.coverage(run.round) if as_of is None else None
    earlier = work.ledger.run_before(run.round, run.as_of)
    return NationalTables(
        run=run,
        plan_round=work.plan_round,
        gazetteer=work.gazetteer,
        figures=(),
        totals=totals,
        coverage=coverage_of(found.versions) if coverage is None else coverage,
        changes=changes_since(earlier, totals, found.versions),
        facts=found.facts(),
        shortfalls=shortfalls,
        five_year=follow_path(_of_the_country(work.plan_round), totals, ()),
        versions=found.versions,
    )


def _of_the_country(plan_round: PlanRound) -> PlanRound:
    """A round with the targets of the country only: no unit's figure is at hand."""
    own = tuple(target for target in plan_round.targets if target.unit is None)
    return replace(plan_round, targets=own)


def _round_before(work: Consolidation, known: Sequence[HistoryFigure]) -> Sequence[Total]:
    """The country's totals of the round before, added up as this one's are."""
    if not known:
        return ()
    figures = observed_history(known, work.plan_round)
    earlier = replace(work.plan_round, plan_year=work.plan_round.plan_year - 1)
    totals = work.add_up(figures, earlier, work.gazetteer)
    return tuple(total for total in totals if total.level is Level.NATIONAL)


def coverage_of(
    figures: Iterable[ObservedFigure | CountedVersion],
) -> Sequence[Mapping[str, Any]]:
    """The coverage that figures of the past show: the ledger's view knows only today.

    Whether a form came late is not told; a form without a figure is missing.
    """
    forms: dict[tuple[str, str], dict[str, Any]] = {}
    for figure in figures:
        row = forms.setdefault(
            (figure.province, figure.form),
            {
                "province_code": figure.province,
                "form_id": figure.form,
                "state": "accepted",
                "verified": True,
                "late": None,
            },
        )
        row["verified"] = row["verified"] and figure.verified
        if figure.status != "accepted":
            row["state"] = "deficient"
    return tuple(forms.values())


def due(last_run: datetime | None, now: datetime, at: str, zone: tzinfo) -> bool:
    """Whether a consolidation is due: none was made since the last time of day `at`.

    A night that was missed is caught up once, whenever we are back. `at` is "02:00".
    """
    return last_run is None or last_run < last_night(now, at, zone)


def last_night(now: datetime, at: str, zone: tzinfo) -> datetime:
    """When the newest night run was planned: the last time of day `at`."""
    local = now.astimezone(zone)
    planned = datetime.combine(local.date(), time.fromisoformat(at), zone)
    return planned if planned <= local else planned - timedelta(days=1)
