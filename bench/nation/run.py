"""`make bench-nation`: 11,000 units x 9 forms, added up, checked in plain SQL."""

import argparse
import resource
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.nation.generate import RECEIVED, generate, units_of
from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.adapters.national.national_tables import (
    consolidate_figures,
    consolidate_sums,
)
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.jobs.consolidate import Consolidation, consolidate
from tests.servers.postgres import running_postgres

CONFIG = Path(__file__).resolve().parents[2] / "config"
KILOBYTES_A_MEGABYTE = 1024
_PLAIN = """
SELECT form_id, indicator, column_key,
       sum(CASE WHEN missing = 'n' THEN 0 ELSE value END) AS value
FROM observations WHERE round_id = :round GROUP BY 1, 2, 3
"""
_KEPT = """
SELECT form_id, indicator, column_key, value FROM totals
WHERE round_id = :round AND level = 'national' AND method = 'sum'
"""


def main() -> None:
    """Generate, add up, check; figures on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=11_000)
    units = parser.parse_args().units
    plan_round = load_round(CONFIG / "rounds" / "ke-hoach-2014")
    places = units_of(
        load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv"), units
    )
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        url = server.empty()
        started = time.perf_counter()
        figures = generate(url, plan_round, places)
        print(f"generated {figures:,} figures in {time.perf_counter() - started:.0f} s")
        ledger = SqlLedger(url, "bench")
        work = Consolidation(
            ledger=ledger,
            add_up=consolidate_figures,
            add_up_many=consolidate_sums,
            products=ExportFolder(Path(folder)),
            plan_round=plan_round,
            gazetteer=places,
        )
        started, used = time.perf_counter(), time.process_time()
        report = consolidate(work, RECEIVED + timedelta(days=1))
        took, spent = time.perf_counter() - started, time.process_time() - used
        ledger.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MEGABYTE
        print(
            f"{report.reported:,} units, {report.figures:,} figures,"
            f" {report.totals:,} totals: {took:.1f} s,"
            f" {spent:.1f} s CPU of ours, {peak:.0f} MB"
        )
        _check(url, plan_round)


def _check(url: str, plan_round: PlanRound) -> None:
    """Every sum of the country again in plain SQL; SystemExit when one differs."""
    plain, kept = _read(url, _PLAIN, plan_round.id), _read(url, _KEPT, plan_round.id)
    wrong = [key for key, value in kept.items() if plain.get(key) != value]
    print(f"{len(kept)} sums of the country, {len(wrong)} differ from plain SQL")
    if wrong or not kept:
        raise SystemExit(1)


def _read(url: str, sql: str, round_id: str) -> Mapping[tuple[str, ...], Decimal]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"round": round_id}).all()
    engine.dispose()
    return {tuple(row[:3]): row.value for row in rows}


if __name__ == "__main__":
    main()
