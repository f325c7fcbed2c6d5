"""The proof: a scripted round meets every trouble, and must end in the world of no fault.

    python -m bench.proof.run [--minutes 52] [--pairs 500] [--server-runs 200]
                              [--soak 10000] [--seed 8]

Writes docs/proof.md; exit 1 when an invariant broke, a seeded defect did not show,
or the minutes were over before all was run: the page says how much was left out.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from bench.proof.report import Part, Proof, page
from bench.proof.soak import soak
from pipeline.domain.errors import PipelineError
from tests.fakes.mortal import How
from tests.proof.defects import DEFECTS
from tests.proof.invariants import BrokenInvariantError
from tests.proof.peers import cut_after, cut_points, imap_cells, smtp_cells, suffer_peer
from tests.proof.scripted_round import quick_pages
from tests.proof.sweep import (
    DEATHS,
    MakeDatabase,
    Outcome,
    Undisturbed,
    caught,
    suffer,
    undisturbed,
)
from tests.servers.ledgers import TestDatabase, new_sqlite
from tests.servers.postgres import Postgres, running_postgres

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
SQLITE, SERVER = "SQLite", "PostgreSQL"
CHUNK = 20
TROUBLES = {
    "every death": DEATHS,
    "SIGTERM at every instant": (How.STOPPED,),
    "every call fails, once": (How.FAILED,),
    "every call fails from then on": (How.FAILING,),
}


def main() -> int:
    """Run all of it, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=52)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--server-runs", type=int, default=200)
    parser.add_argument("--soak", type=int, default=10_000, help="mails; 0: no soak")
    parser.add_argument("--seed", type=int, default=8)
    asked = parser.parse_args()
    began = time.monotonic()
    until = began + 60 * asked.minutes
    plan = _planned(asked.pairs, asked.server_runs, Random(asked.seed))
    with ProcessPoolExecutor(1) as beside:
        soaking = beside.submit(soak, asked.soak, asked.seed, until)
        parts, shown = _work(plan, until)
        soaked = soaking.result()
    minutes = (time.monotonic() - began) / 60
    instants = len(_golden().instants)
    proof = Proof(instants, parts, shown, minutes, asked.seed, soaked, _machine())
    PAGE.write_text(page(proof), encoding="utf-8")
    print(page(proof))
    return 0 if proof.holds else 1


def _machine() -> str:
    """What it ran on: a loaded machine is slow, and a slow one does less in its time."""
    load = os.getloadavg()[2]
    return f"{len(os.sched_getaffinity(0))} cores, load {load:.1f} at its end"


def _planned(pairs: int, mixed: int, dice: Random) -> dict[str, list[Any]]:
    """The cases of each part, in an order of the dice: cut short, it is a fair sample."""
    golden = _golden()
    singles = {f"{name}, {SQLITE}": golden.deaths(hows) for name, hows in TROUBLES.items()}
    every = [one for these in singles.values() for one in these]
    plan: dict[str, list[Any]] = {
        name: [(one,) for one in these] for name, these in singles.items()
    }
    plan[f"pairs of troubles, {SQLITE}"] = [
        tuple(dice.choices(every, k=2)) for _ in range(pairs)
    ]
    plan[f"troubles and pairs, {SERVER}"] = [
        tuple(dice.choices(every, k=1 + n % 2)) for n in range(mixed)
    ]
    plan["SMTP: every fault at every point"] = list(smtp_cells())
    plan["IMAP: every fault at every point"] = list(imap_cells())
    plan["IMAP: cut after every byte"] = cut_points()
    for cases in plan.values():
        dice.shuffle(cases)
    return plan


def _work(
    plan: dict[str, list[Any]], until: float
) -> tuple[dict[str, Part], dict[str, str | None]]:
    parts = {name: Part(planned=len(cases)) for name, cases in plan.items()}
    shown: dict[str, str | None] = {}
    with ProcessPoolExecutor(2, initializer=_be_quick) as pool:
        running: dict[Any, str] = {
            pool.submit(_shown, n, until): d.name for n, d in enumerate(DEFECTS)
        }
        for name, cases in _interleaved(plan):
            running[pool.submit(_cases, name, cases, until)] = name
        for done in as_completed(running):
            name, result = running[done], done.result()
            if isinstance(result, Part):
                parts[name] += result
            else:
                shown[name] = result
            _say(f"{name}: {result}")
    return parts, {defect.name: shown[defect.name] for defect in DEFECTS}


def _be_quick() -> None:
    """Let the rubbish lie for a while: thousands of lives leave the same of it."""
    _golden()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def _interleaved(plan: dict[str, list[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Chunks of all parts in turn, each part spread over the whole time."""
    chunks = [
        (place / len(cases), name, cases[place : place + CHUNK])
        for name, cases in plan.items()
        for place in range(0, len(cases), CHUNK)
    ]
    for _, name, cases in sorted(chunks, key=lambda chunk: chunk[:2]):
        yield name, cases


@cache
def _golden() -> Undisturbed:
    with quick_pages():
        return undisturbed()


def _cases(name: str, cases: Sequence[Any], until: float) -> Part:
    with quick_pages(), _databases(SERVER if name.endswith(SERVER) else SQLITE) as make:
        run = _runner(name, make)
        part = Part()
        for case in cases:
            if time.monotonic() > until:
                break
            try:
                outcome = run(case)
            except (BrokenInvariantError, PipelineError) as broken:
                part += Part(1, broken=(f"{name}: {case}: {broken}"[:400],))
            else:
                part += Part(1, outcome.deaths, outcome.unknown)
        return part


def _runner(name: str, make: MakeDatabase) -> Callable[[Any], Outcome]:
    if name.endswith("byte"):
        return _cut
    golden = _golden() if make is new_sqlite else undisturbed(make)
    if name.startswith(("SMTP", "IMAP")):
        return partial(suffer_peer, golden=golden, make=make)
    return partial(suffer, golden=golden, make=make)


def _cut(byte: int) -> Outcome:
    cut_after(byte)
    return Outcome(1, 0)


def _shown(number: int, until: float) -> str | None:
    if time.monotonic() > until:
        return None
    with quick_pages():
        found = caught(DEFECTS[number], _golden())
    return None if found is None else f"{found[1].partition(':')[0]} after {found[0]}"


@contextmanager
def _databases(kind: str) -> Iterator[MakeDatabase]:
    if kind == SQLITE:
        yield new_sqlite
        return
    with running_postgres() as server:
        yield _Cloned(server)


class _Cloned:
    """New databases of a server; the one before goes when a new one is made."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._last: str | None = None

    def __call__(self, _folder: Path) -> TestDatabase:
        if self._last:
            self._server.drop(self._last)
        self._last = self._server.migrated()
        return TestDatabase("postgresql", self._last)


if __name__ == "__main__":
    sys.exit(main())
