"""Seed faults in clean returns, check them, and count what is told.

    python -m bench.rules.run [--each 200] [--clean 63] [--slips 6] [--seed 2364]
        [--show KIND]

Prints the tables and writes bench/rules/results.md. A cell that two rules of equality
hold is over-determined: there the wrong cell can be named.
"""

import argparse
from collections import Counter
from pathlib import Path

from bench.rules.laboratory import Laboratory, Score
from bench.rules.simulated_round import letters_until_clean
from bench.rules.slips import slip_lines

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Seed, check, count, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--clean", type=int, default=63)
    parser.add_argument("--slips", type=int, default=6, help="returns to slip units in")
    parser.add_argument("--seed", type=int, default=2364)
    parser.add_argument("--show", help="print the silent cells of a kind")
    asked = parser.parse_args()
    laboratory = Laboratory()
    lines = [
        "# Faults that rules see",
        "",
        f"Seed {asked.seed}; `make bench-rules` makes this page anew.",
        "",
        "| fault | seeded | told | over-determined | named first | among the first |",
        "|---|---|---|---|---|---|",
    ]
    whole = Score()
    for kind in laboratory.maker.kinds:
        score = laboratory.score(kind, asked.each, asked.seed)
        lines.append(_line(kind, score))
        for name in ("seeded", "told", "over", "first", "among"):
            setattr(whole, name, getattr(whole, name) + getattr(score, name))
        if asked.show == kind:
            print(Counter(score.silent).most_common(20))
    lines.append(_line("all", whole))
    false = laboratory.false_findings(asked.clean, asked.seed)
    lines += ["", f"False findings on {asked.clean} clean returns: {sum(false.values())}."]
    letters = Counter(
        letters_until_clean(laboratory, province, asked.seed)
        for province in laboratory.provinces
    )
    lines += [
        "",
        "A round of 63 provinces with one to six faults each, of which each puts right the",
        "cells that its letter names: "
        + ", ".join(f"{count} with {n} letters" for n, count in sorted(letters.items()))
        + ".",
    ]
    if asked.slips:
        lines += ["", "## Units", "", *slip_lines(laboratory, asked.slips, asked.seed)]
    report = "\n".join(lines) + "\n"
    print(report, false)
    (HERE / "results.md").write_text(report, encoding="utf-8")


def _line(kind: str, score: Score) -> str:
    share = f"{score.told / score.seeded:.1%}" if score.seeded else ""
    first = f"{score.first / score.over:.1%}" if score.over else ""
    among = f"{score.among / score.over:.1%}" if score.over else ""
    return f"| {kind} | {score.seeded} | {share} | {score.over} | {first} | {among} |"


if __name__ == "__main__":
    main()
