"""`make bench-nation`: 11,000 units x 9 forms, added up beside plain SQL.

    python -m bench.nation.run [--units 11000] [--rounds 3] [--out FILE]

The floor is the database's own GROUP BY over the same figures: bare, without asking which
version counts. It is asked before and after each of our runs, all in one process. Ratios
are of the clock, and of the processor, ours and the server's together: on a busy machine
only the second says something.
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
from bench.speed.programs import family, processor_seconds, with_reaped
from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.national.summed_totals import consolidate_sums
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.figure_sums import (
    NOTHING_APART,
    RowsApart,
    rows_apart,
    units_alike,
)
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.jobs.consolidate import (
    ConsolidateReport,
    Consolidation,
    consolidate,
    undisturbed,
)
from pipeline.ports.outside import NationalTables
from tests.servers.postgres import Postgres, running_postgres

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
    whole: "_Spent"
    floor: "_Spent"
    workbook: "_Spent"
    sums: "_Spent"
    rates: "_Spent"
    products: float

    def ratio(self, part: str) -> float:
        """All but the workbook, to the floor, by the clock or by the processor."""
        whole, floor, workbook = (
            getattr(each, part) for each in (self.whole, self.floor, self.workbook)
        )
        return float((whole - workbook) / floor)


@dataclass(frozen=True)
class _Spent:
    """Seconds of the clock, of our processor and of the server's."""

    clock: float
    ours: float
    server: float

    @property
    def processor(self) -> float:
        return self.ours + self.server

    @property
    def parts(self) -> tuple[float, float, float]:
        return self.clock, self.ours, self.server

    def less(self, other: "_Spent") -> "_Spent":
        return _Spent(*(a - b for a, b in zip(self.parts, other.parts, strict=True)))


class _Watch:
    """What was spent since it was made."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._began = self._now()

    def spent(self) -> _Spent:
        began, now = self._began, self._now()
        return _Spent(*(b - a for a, b in zip(began, now, strict=True)))

    def _now(self) -> tuple[float, float, float]:
        own, others = self._server.process, family(self._server.process)[1:]
        server = with_reaped(own) + sum(map(processor_seconds, others))
        return time.perf_counter(), time.process_time(), server


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
            _night(server, url, (plan_round, places), Path(folder) / str(n))
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


def _night(
    server: Postgres, url: str, about: tuple[PlanRound, Gazetteer], folder: Path
) -> _Night:
    plan_round, places = about
    ledger, shelf = SqlLedger(url, "bench"), _Shelf(ExportFolder(folder))
    work = Consolidation(
        ledger=ledger,
        add_up=consolidate_figures,
        add_up_many=consolidate_sums,
        products=shelf,
        plan_round=plan_round,
        gazetteer=places,
    )
    watch = _Watch(server)
    _asked(url, _FLOOR)
    before, watch = watch.spent(), _Watch(server)
    report = consolidate(work, RECEIVED + timedelta(days=1))
    whole = watch.spent()
    watch = _Watch(server)
    _asked(url, _FLOOR)
    floor = _middle([before, watch.spent()])
    with undisturbed():  # as in the run: with the collector it takes twice as long
        watch = _Watch(server)
        national_workbook(shelf.tables[0])
        workbook = watch.spent()
    sums = _read_again(server, ledger, work, NOTHING_APART)
    both = _read_again(server, ledger, work, rows_apart(plan_round, places))
    ledger.close()
    return _Night(report, whole, floor, workbook, sums, both.less(sums), shelf.seconds)


def _read_again(
    server: Postgres, ledger: SqlLedger, work: Consolidation, apart: RowsApart
) -> _Spent:
    """The figures of the snapshot once more, with these rates."""
    at, alike = RECEIVED + timedelta(days=1), units_alike(work.gazetteer)
    watch = _Watch(server)
    with ledger.summed(work.plan_round.id, at, alike, apart):
        return watch.spent()


def _middle(spent: list[_Spent]) -> _Spent:
    return _Spent(*map(median, zip(*(each.parts for each in spent), strict=True)))


def _section(nights: list[_Night], view: float, equal: str) -> list[str]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MEGABYTE
    clock, processor = (
        median(night.ratio(part) for night in nights) for part in ("clock", "processor")
    )
    rows = {
        "night run, whole": _middle([night.whole for night in nights]),
        "of it versions and sums": _middle([night.sums for night in nights]),
        "of it rates": _middle([night.rates for night in nights]),
        "the workbook alone": _middle([night.workbook for night in nights]),
        "the floor: bare GROUP BY": _middle([night.floor for night in nights]),
    }
    return [
        "| seconds | clock | our processor | the server's |",
        "|---|---|---|---|",
        *(
            f"| {k} | {v.clock:.1f} | {v.ours:.1f} | {v.server:.1f} |"
            for k, v in rows.items()
        ),
        "",
        "| what | figure |",
        "|---|---|",
        f"| less the workbook, to the floor: clock (goal <= {GOAL}) | {clock:.1f} |",
        f"| the same, processor | {processor:.1f} |",
        f"| all products | {median(n.products for n in nights):.1f} s |",
        f"| GROUP BY of the view `observations`, which asks what counts | {view:.1f} s |",
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
