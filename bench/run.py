"""The speed bench: seeded mail from real servers, beside what people would use instead.

    python -m bench.run [--messages 200] [--rounds 3] [--only PART ...]

Parts: side-by-side, several, latency, idle, growth. Prints and writes bench/results.md;
parts that are not measured stay there as they were. Ratios of one run hold; absolute
figures drift with the machine.
"""

import argparse
import compileall
import os
import platform
import tempfile
from datetime import date
from pathlib import Path

from bench.speed.growth import growth
from bench.speed.latency import idle, latency
from bench.speed.programs import ROOT
from bench.speed.several import several
from bench.speed.side_by_side import side_by_side
from tests.servers.certificates import make_certificates

TITLE = "# Speed"
HEADINGS = {
    "side-by-side": "## Side by side",
    "several": "## Several daemons",
    "latency": "## Latency",
    "idle": "## Idle, and start",
    "growth": "## Growth",
}
PARTS = tuple(HEADINGS)


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results.md")
    asked = parser.parse_args()
    page = asked.out.read_text(encoding="utf-8") if asked.out.exists() else ""
    plots = asked.out.parent / "plots"
    compileall.compile_dir(ROOT / "pipeline", quiet=1)  # as `make` does
    with tempfile.TemporaryDirectory(prefix="khtc-bench-", dir="/tmp") as scratch:
        home = Path(scratch)
        certificates = make_certificates(home)
        measures = {
            "side-by-side": lambda: side_by_side(
                home, certificates, asked.messages, asked.rounds, plots
            ),
            "several": lambda: several(home, certificates, asked.rounds),
            "latency": lambda: latency(home, certificates),
            "idle": lambda: idle(home, certificates),
            "growth": lambda: growth(home, certificates, asked.sizes, plots),
        }
        for part, measured in measures.items():
            if part in asked.only:
                when = machine()
                heading, *lines = measured()
                page = with_section(page, "\n".join([heading, "", when, *lines]))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(page, encoding="utf-8")
    print(page)


def with_section(page: str, section: str) -> str:
    """A page with a section in its place; one of the same heading goes."""
    kept = {each.split("\n", 1)[0]: each.strip() for each in page.split("\n## ")[1:]}
    known = {f"## {heading}": f"## {text}" for heading, text in kept.items()}
    known[section.split("\n", 1)[0]] = section.strip()
    parts = [known[heading] for heading in HEADINGS.values() if heading in known]
    return "\n\n".join([TITLE, *parts]) + "\n"


def machine() -> str:
    """What it ran on, and how busy that was: another load makes all times longer."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; load average at the start {busy}."
    )


if __name__ == "__main__":
    main()
