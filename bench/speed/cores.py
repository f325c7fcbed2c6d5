"""What the cores of this machine give: two programs that only compute, beside one.

Two cores need not be twice one: they share caches and clock, and on a rented machine the
host may give less than it shows. No two daemons can do better than this.
"""

import os
import subprocess
import sys
import time
from statistics import mean

_WORK = (
    "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\n"
    "seen = {}\n"
    "for number in range(12_000_000): seen[number & 1023] = number * 3\n"
)


def computing_together() -> float:
    """How many times the work of one such program two do in the same time, a core each."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    alone = mean(_seconds(core) for core in cores)
    return len(cores) * alone / _seconds(*cores)


def _seconds(*cores: int) -> float:
    """Until one program on each of these cores has done the same work."""
    began = time.monotonic()
    command = [sys.executable, "-c", _WORK]
    programs = [subprocess.Popen([*command, str(core)]) for core in cores]
    for program in programs:
        if program.wait() != 0:
            raise SystemExit(f"a program that only computes: exit {program.returncode}")
    return time.monotonic() - began
