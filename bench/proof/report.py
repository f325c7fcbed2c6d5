"""What a proof came to, as a page."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bench.proof.soak import Soaked


@dataclass(frozen=True)
class Part:
    """Numbers of one part: runs, troubles in them, letters left to a person, failures."""

    runs: int = 0
    troubles: int = 0
    unknown: int = 0
    broken: tuple[str, ...] = ()
    planned: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.runs + other.runs,
            self.troubles + other.troubles,
            self.unknown + other.unknown,
            self.broken + other.broken,
            self.planned + other.planned,
        )


@dataclass(frozen=True)
class Proof:
    """All parts, how each seeded defect showed, and the soak if one was asked for."""

    instants: int
    parts: Mapping[str, Part]
    defects: Mapping[str, str | None]
    minutes: float
    seed: int
    soaked: Soaked | None
    machine: str

    @property
    def holds(self) -> bool:
        """Whether all that was planned was run, nothing broke and every defect showed."""
        parts = self.parts.values()
        sound = not any(part.broken or part.runs < part.planned for part in parts)
        problems = self.soaked.problems if self.soaked else ()
        return sound and all(self.defects.values()) and not problems


TOP = """# Proof: whatever happens, nothing is lost and nothing comes twice

Written by `make proof`. A scripted round (a good return, a wrong one, a correction, a
robot, a stranger, a mail that is too big, a copy in a second folder) is collected,
processed, answered and added up. Before and after every call of every port and every
fsync, it meets each of these troubles:

- the process is killed; or the power fails: then all that was not fsynced is gone from the
  archive, the send journal and the exports, bytes and names;
- SIGTERM: it must end soon, with nothing in hand and no letter in doubt;
- the call fails, before or after its effect; or every call fails from then on.

Pairs of these follow each other, the second during the recovery from the first. Then it
works over real lines with mail servers that cut, stall, trickle, lie, refuse and talk
nonsense, at every point of a session, and one that cuts it after every byte. It lives
again without trouble, and its world must be that of a round without a fault:

| invariant | looked at |
|---|---|
| I1 no loss | a row with an end for each mail served, its bytes and its sidecar |
| I2 no double | views of the contract and products equal the undisturbed round's |
| I3, I4 letters | at the server: one each, or at most one and `unknown`; none to robots |
| I5 atomicity | at the moment of death: each mail's figures all there or none |
| I6 monotone | a form that counted at a death counts at the end |
| I7 bounds | the soak: memory, open files and threads of the whole program |
| I8 explained | a reason for each end, the same audit events, chain and audit whole |
| I10, I11 | mailbox unchanged, only read commands; times of receipt and archive the same |
| I12 convergence | two more lives change nothing |

I9 (secrets) has no part in a death: see `tests/contract`. Which named fault is looked at by
which test is told by [faults.md](faults.md). A letter is `unknown` when nobody can know
whether it was taken; it was sent at most once, and a planner decides.
What is assumed: SQLite and PostgreSQL keep what they committed, and the disk keeps what it
said was synced. In the sweeps the servers are fakes or scripts and the reader works in the
process; `tests/e2e` kills the whole program beside real ones, and the soak is the whole
program: real parsing children, one killed now and then, and servers that fail at random.
"""


def page(proof: Proof) -> str:
    """The page docs/proof.md."""
    parts = [TOP, *_parts(proof), *_soak(proof.soaked), *_defects(proof.defects)]
    return "\n".join(parts) + "\n"


def _parts(proof: Proof) -> list[str]:
    total = sum(part.runs for part in proof.parts.values())
    planned = sum(part.planned for part in proof.parts.values())
    measured = (
        f"{date.today().isoformat()}, Python {platform.python_version()}, seed "
        f"{proof.seed}: {total} runs of {planned} planned, over {proof.instants} instants, "
        f"in {proof.minutes:.0f} minutes ({proof.machine})."
    )
    rows = [
        f"| {name} | {part.planned} | {part.runs} | {part.troubles} | {part.unknown} "
        f"| {len(part.broken)} |"
        for name, part in proof.parts.items()
    ]
    return [
        "## Last result",
        "",
        measured,
        "",
        "| part | planned | runs | troubles met | letters left to a person | broken |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        *(f"- {text}" for part in proof.parts.values() for text in part.broken),
    ]


def _soak(soaked: Soaked | None) -> list[str]:
    if soaked is None:
        return ["", "## Soak", "", "None was asked for: I7 was not looked at.", ""]
    early, late, peak = soaked.early, soaked.late, soaked.peak
    return [
        "",
        "## Soak",
        "",
        f"{soaked.mails} mails in {soaked.minutes:.0f} minutes to one daemon on SQLite,",
        f"{soaked.faults} faults of its mail servers, {soaked.killed} children killed:",
        f"{soaked.letters} letters sent, each once; {soaked.unknown} left to a person.",
        "",
        "| daemon | after a third | at the end | most |",
        "|---|---|---|---|",
        f"| memory, MB | {early.megabytes:.0f} | {late.megabytes:.0f} | {peak:.0f} |",
        f"| open files | {early.files} | {late.files} | |",
        f"| threads | {early.threads} | {late.threads} | |",
        "",
        *(f"- {problem}" for problem in soaked.problems),
    ]


def _defects(defects: Mapping[str, str | None]) -> list[str]:
    return [
        "",
        "## Seeded defects",
        "",
        "Each is put into the program and the sweep run again (tests/proof/defects.py): it",
        "must break an invariant. `after n`: by the n-th death near its place.",
        "",
        "| defect | shown by |",
        "|---|---|",
        *(f"| {name} | {how or 'NOT SHOWN'} |" for name, how in defects.items()),
    ]
