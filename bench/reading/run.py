"""The reading laboratory: makes damaged returns, reads them, scores them.

    python -m bench.reading.run [--mixed 300] [--each 3] [--seed 2364] [--worst FOLDER]

Prints the tables and writes bench/reading/results.md; the worst files are kept in a
folder for looking, never in the repository.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

from bench.reading.cases import World, load_world, make_case
from bench.reading.methods import compare_methods
from bench.reading.page import Case
from bench.reading.plan import drawn, every_trait, one_trait
from bench.reading.report import Results, write_report
from bench.reading.score import read_case, score_case

HERE = Path(__file__).resolve().parent
SUFFIX = {"html": "xls", "xml": "xls"}


def main() -> None:
    """Make, read, score, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mixed", type=int, default=300, help="files with many traits")
    parser.add_argument("--each", type=int, default=3, help="files for each single trait")
    parser.add_argument("--seed", type=int, default=2364)
    parser.add_argument("--worst", type=Path, help="folder outside the repository")
    parser.add_argument("--only", help="a part of the name of the cases to run")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    world = load_world()
    results = Results()
    for group, case in _cases(world, asked):
        began = time.process_time()
        reading = read_case(case, world)
        spent = time.process_time() - began
        score = score_case(case, reading)
        results.take(group, case, score, spent)
        if asked.worst and score.faults:
            _keep(asked.worst, case, score.faults)
    methods = compare_methods(world, asked.seed)
    text = write_report(results, methods, asked.seed)
    if not (asked.no_write or asked.only):
        (HERE / "results.md").write_text(text, encoding="utf-8")
    print(text)


def _cases(world: World, asked: argparse.Namespace) -> Iterator[tuple[str, Case]]:
    only = asked.only or ""
    for dimension, value in every_trait():
        for n in range(asked.each):
            name = f"{asked.seed}/{dimension}-{value.lstrip('!')}/{n}"
            if only in name:
                yield "single", make_case(world, name, one_trait(dimension, value))
    for group in ("clean", "mixed"):
        for n in range(asked.mixed):
            name = f"{asked.seed}/{group}/{n}"
            plan = drawn(random.Random(f"plan/{name}"), clean=group == "clean")
            if only in name:
                yield group, make_case(world, name, plan)


def _keep(folder: Path, case: Case, faults: object) -> None:
    """The file, and beside it what went wrong in it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = case.name.replace("/", "_").replace(" ", "-")
    (folder / f"{stem}.{SUFFIX.get(case.kind, case.kind)}").write_bytes(case.data)
    lines = [str(fault) for fault in faults]  # type: ignore[attr-defined]
    text = "\n".join([", ".join(case.traits), *lines])
    (folder / f"{stem}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
