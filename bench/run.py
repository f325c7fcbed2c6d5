"""The speed bench: seeded mail from real servers, beside what people would use instead.

    python -m bench.run [--messages 200] [--rounds 3] [--only PART ...]

Parts: side-by-side, several, latency, idle, growth. Prints and writes bench/results.md.
Ratios of one run hold; absolute figures drift with the machine.
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

PARTS = ("side-by-side", "several", "latency", "idle", "growth")


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results.md")
    asked = parser.parse_args()
    lines = ["# Speed", "", machine()]
    plots = asked.out.parent / "plots"
    compileall.compile_dir(ROOT / "pipeline", quiet=1)  # as `make` does
    with tempfile.TemporaryDirectory(prefix="khtc-bench-", dir="/tmp") as scratch:
        home = Path(scratch)
        certificates = make_certificates(home)
        if "side-by-side" in asked.only:
            found = side_by_side(home, certificates, asked.messages, asked.rounds, plots)
            lines += ["", *found]
        if "several" in asked.only:
            lines += ["", *several(home, certificates, asked.rounds)]
        if "latency" in asked.only:
            lines += ["", *latency(home, certificates)]
        if "idle" in asked.only:
            lines += ["", *idle(home, certificates)]
        if "growth" in asked.only:
            lines += ["", *growth(home, certificates, asked.sizes, plots)]
    text = "\n".join(lines) + "\n"
    asked.out.write_text(text, encoding="utf-8")
    print(text)


def machine() -> str:
    """What it ran on, and how busy that was: another load makes all times longer."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; load average at the start {busy}."
    )


if __name__ == "__main__":
    main()
