"""`make bench-nation`: 11,000 units x 9 forms, added up beside plain SQL.

    python -m bench.nation.run [--units 11000] [--rounds 3] [--out FILE]

The floor is the database's own GROUP BY over the same figures: bare, without asking which
version counts. It is asked before and after each of our runs, all in one process.
"""

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, text

from bench.nation.generate import RECEIVED, generate, units_of
from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.adapters.national.national_tables import (
    consolidate_figures,
    consolidate_sums,
)
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.jobs.consolidate import ConsolidateReport, Consolidation, consolidate
from pipeline.ports.outside import NationalTables
from tests.servers.postgres import running_postgres

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
KILOBYTES_A_MEGABYTE = 1024
GOAL = 3
_FLOOR = """
SELECT v.form_id, f.indicator, f.column_key, sum(f.value) AS value
FROM figure f JOIN version v ON v.id = f.version_id GROUP BY 1, 2, 3
"""
_PLAIN = """
SELECT form_id, indicator, column_key,
       sum(CASE WHEN missing = 'n' THEN 0 ELSE value END) AS value
FROM observations WHERE round_id = :round GROUP BY 1, 2, 3
"""
_KEPT = """
SELECT form_id, indicator, column_key, value FROM totals
WHERE round_id = :round AND level = 'national' AND method = 'sum'
"""


@dataclass
class _Shelf:
    """Products that are laid out as always, and when; the tables of the last run."""

    folder: ExportFolder
    seconds: float = 0.0
    tables: list[NationalTables] = field(default_factory=list)

    def publish(self, tables: NationalTables) -> str:
        began = time.perf_counter()
        place = self.folder.publish(tables)
        self.seconds = time.perf_counter() - began
        self.tables[:] = [tables]
        return place


@dataclass(frozen=True)
class _Night:
    """Seconds of one run and of what stands beside it."""

    report: ConsolidateReport
    whole: float
    cpu: float
    products: float
    workbook: float
    floor: float

    @property
    def ratio(self) -> float:
        """All but the workbook, to the floor."""
        return (self.whole - self.workbook) / self.floor


def main() -> None:
    """Generate, add up, check; figures on stdout and in the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=11_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench/nation/results.md")
    asked = parser.parse_args()
    plan_round = load_round(CONFIG / "rounds" / "ke-hoach-2014")
    places = units_of(
        load_gazetteer(CONFIG / "provinces.csv", CONFIG / "communes.csv"), asked.units
    )
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        url = server.empty()
        figures = generate(url, plan_round, places)
        nights = [
            _night(url, plan_round, places, Path(folder) / str(n))
            for n in range(asked.rounds)
        ]
        equal, view = _check(url, plan_round)
    machine = (
        f"{date.today().isoformat()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, PostgreSQL with its usual settings; load average at "
        f"the start {busy}. `make bench-nation`: {asked.units:,} units x "
        f"{len(plan_round.forms)} forms, {figures:,} figures, "
        f"{nights[0].report.totals:,} totals; median of {asked.rounds} runs in turn."
    )
    lines = ["# The night run of a nation", "", machine, "", *_section(nights, view, equal)]
    page = "\n".join(lines) + "\n"
    asked.out.write_text(page, encoding="utf-8")
    print(page)


def _night(url: str, plan_round: PlanRound, places: Gazetteer, folder: Path) -> _Night:
    ledger, shelf = SqlLedger(url, "bench"), _Shelf(ExportFolder(folder))
    work = Consolidation(
        ledger=ledger,
        add_up=consolidate_figures,
        add_up_many=consolidate_sums,
        products=shelf,
        plan_round=plan_round,
        gazetteer=places,
    )
    before = _asked(url, _FLOOR)[0]
    began, used = time.perf_counter(), time.process_time()
    report = consolidate(work, RECEIVED + timedelta(days=1))
    whole, cpu = time.perf_counter() - began, time.process_time() - used
    ledger.close()
    floor = (before + _asked(url, _FLOOR)[0]) / 2
    began = time.perf_counter()
    national_workbook(shelf.tables[0])
    workbook = time.perf_counter() - began
    return _Night(report, whole, cpu, shelf.seconds, workbook, floor)


def _section(nights: list[_Night], view: float, equal: str) -> list[str]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MEGABYTE
    ratio = median(night.ratio for night in nights)
    return [
        "| what | figure |",
        "|---|---|",
        f"| night run, whole | {median(n.whole for n in nights):.1f} s |",
        f"| of that our own processor | {median(n.cpu for n in nights):.1f} s |",
        f"| of that all products | {median(n.products for n in nights):.1f} s |",
        f"| of that the workbook | {median(n.workbook for n in nights):.1f} s |",
        f"| the floor: bare GROUP BY | {median(n.floor for n in nights):.1f} s |",
        f"| GROUP BY of the view `observations`, which asks what counts | {view:.1f} s |",
        f"| night run without the workbook, to the floor (goal <= {GOAL}) | {ratio:.2f} |",
        f"| largest resident memory of ours | {peak:.0f} MB |",
        f"| sums of the country that differ from plain SQL | {equal} |",
    ]


def _check(url: str, plan_round: PlanRound) -> tuple[str, float]:
    """Every sum of the country again in plain SQL; SystemExit when one differs."""
    seconds, plain = _asked(url, _PLAIN, plan_round.id)
    _, kept = _asked(url, _KEPT, plan_round.id)
    wrong = [key for key, value in kept.items() if plain.get(key) != value]
    if wrong or not kept:
        raise SystemExit(f"{len(wrong)} of {len(kept)} sums differ: {wrong[:5]}")
    return f"{len(wrong)} of {len(kept)}", seconds


def _asked(
    url: str, sql: str, round_id: str = ""
) -> tuple[float, Mapping[tuple[str, ...], Decimal]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        began = time.perf_counter()
        rows = connection.execute(text(sql), {"round": round_id}).all()
        seconds = time.perf_counter() - began
    engine.dispose()
    return seconds, {tuple(row[:3]): row.value for row in rows}


if __name__ == "__main__":
    main()
