"""The proof: a scripted round dies everywhere, and must end in the world of no fault.

    python -m bench.proof.run [--pairs 500] [--server-runs 200] [--seed 8]

Writes docs/proof.md; exit 1 when an invariant broke or a seeded defect did not show.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

from bench.proof.report import Part, Proof, page
from pipeline.domain.errors import PipelineError
from tests.proof.defects import DEFECTS
from tests.proof.invariants import BrokenInvariantError
from tests.proof.scripted_round import quick_pages
from tests.proof.sweep import Death, MakeDatabase, Undisturbed, caught, suffer, undisturbed
from tests.servers.ledgers import TestDatabase, new_sqlite
from tests.servers.postgres import Postgres, running_postgres

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
SQLITE, SERVER = "SQLite", "PostgreSQL"
Lives = tuple[Death, ...]


def main() -> int:
    """Run all of it, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--server-runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=8)
    asked = parser.parse_args()
    began = time.monotonic()
    deaths = _golden().deaths()
    dice = Random(asked.seed)
    pairs = [tuple(dice.choices(deaths, k=2)) for _ in range(asked.pairs)]
    mixed = [tuple(dice.choices(deaths, k=1 + n % 2)) for n in range(asked.server_runs)]
    parts, shown = _work([(death,) for death in deaths], pairs, mixed)
    minutes = (time.monotonic() - began) / 60
    proof = Proof(len(_golden().instants), parts, shown, minutes, asked.seed)
    PAGE.write_text(page(proof), encoding="utf-8")
    print(page(proof))
    return 0 if proof.holds else 1


def _work(
    singles: Sequence[Lives], pairs: Sequence[Lives], mixed: Sequence[Lives]
) -> tuple[dict[str, Part], dict[str, str | None]]:
    names = {
        "every death": (SQLITE, singles),
        "pairs of deaths": (SQLITE, pairs),
        "deaths and pairs": (SERVER, mixed),
    }
    parts = {f"{name}, {database}": Part() for name, (database, _) in names.items()}
    shown: dict[str, str | None] = {}
    with ProcessPoolExecutor(2) as pool:
        running = {
            pool.submit(_lives, database, lives[place : place + 50]): f"{name}, {database}"
            for name, (database, lives) in reversed(names.items())
            for place in range(0, len(lives), 50)
        }
        running |= {pool.submit(_shown, n): d.name for n, d in enumerate(DEFECTS)}
        for done in as_completed(running):
            name, result = running[done], done.result()
            if isinstance(result, Part):
                parts[name] += result
            else:
                shown[name] = result
            print(f"{time.strftime('%H:%M:%S')} {name}: {result}", file=sys.stderr)
    return parts, {defect.name: shown[defect.name] for defect in DEFECTS}


@cache
def _golden() -> Undisturbed:
    with quick_pages():
        return undisturbed()


def _lives(database: str, many: Sequence[Lives]) -> Part:
    part = Part()
    with quick_pages(), _databases(database) as make:
        golden = _golden() if database == SQLITE else undisturbed(make)
        for lives in many:
            try:
                outcome = suffer(lives, golden, make)
            except (BrokenInvariantError, PipelineError) as broken:
                part += Part(1, broken=(f"{lives}: {broken}",))
            else:
                part += Part(1, outcome.deaths, outcome.unknown)
    return part


def _shown(number: int) -> str | None:
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
            name = self._last.partition("@/")[2].partition("?")[0]
            self._server.run(
                "dropdb", "--force", "-h", str(self._server.home), "-U", "postgres", name
            )
        self._last = self._server.migrated()
        return TestDatabase("postgresql", self._last)


if __name__ == "__main__":
    sys.exit(main())
