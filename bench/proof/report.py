"""What a proof came to, as a page."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Part:
    """Numbers of one part: runs, deaths in them, letters left to a person, failures."""

    runs: int = 0
    deaths: int = 0
    unknown: int = 0
    broken: tuple[str, ...] = ()

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.runs + other.runs,
            self.deaths + other.deaths,
            self.unknown + other.unknown,
            self.broken + other.broken,
        )


@dataclass(frozen=True)
class Proof:
    """All parts, and how each seeded defect showed."""

    instants: int
    parts: Mapping[str, Part]
    defects: Mapping[str, str | None]
    minutes: float
    seed: int

    @property
    def holds(self) -> bool:
        """Whether nothing broke and every defect showed."""
        sound = not any(part.broken for part in self.parts.values())
        return sound and all(self.defects.values())


TOP = """# Proof: it may die anywhere

Written by `make proof`. A scripted round (a good return, a wrong one, a correction, a
robot, a stranger, a mail that is too big, a copy in a second folder) is collected,
processed, answered and added up. It dies before and after every call of every port and
every fsync, once with the process alone and once with the power: then all that was not
fsynced is gone from the archive, the send journal and the exports, bytes and names. It
lives again, and its world must be that of a round without a fault. What must hold, and
where it is looked at:

| invariant | looked at |
|---|---|
| I1 no loss | a row with an end for each mail served, its bytes and its sidecar |
| I2 no double | views of the contract and products equal the undisturbed round's |
| I3, I4 letters | at the server: one each, or at most one and `unknown`; none to robots |
| I5 atomicity | at the moment of death: each mail's figures all there or none |
| I6 monotone | a form that counted at a death counts at the end |
| I8 explained | a reason for each end, the same audit events, chain and audit whole |
| I10, I11 | mailbox unchanged; times of receipt and archive the same |
| I12 convergence | two more lives change nothing |

I7 (bounds of the worker) and I9 (secrets) have no part in a death: see `tests/contract`.
A letter is `unknown` when the death came between the journal's `dot` and its `sent`:
it was sent at most once, and a planner decides.
What is assumed: SQLite and PostgreSQL keep what they committed, and the disk keeps what it
said was synced. The mail servers are fakes; `tests/e2e` kills the whole program by SIGKILL
beside real ones.
"""


def page(proof: Proof) -> str:
    """The page docs/proof.md."""
    return "\n".join([TOP, *_parts(proof), *_defects(proof.defects)]) + "\n"


def _parts(proof: Proof) -> list[str]:
    total = sum(part.runs for part in proof.parts.values())
    measured = (
        f"{date.today().isoformat()}, Python {platform.python_version()}, seed "
        f"{proof.seed}: {total} runs over {proof.instants} instants in "
        f"{proof.minutes:.0f} minutes."
    )
    rows = [
        f"| {name} | {part.runs} | {part.deaths} | {part.unknown} | {len(part.broken)} |"
        for name, part in proof.parts.items()
    ]
    return [
        "## Last result",
        "",
        measured,
        "",
        "| part | runs | deaths | letters left to a person | broken |",
        "|---|---|---|---|---|",
        *rows,
        *(f"- {text}" for part in proof.parts.values() for text in part.broken),
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
