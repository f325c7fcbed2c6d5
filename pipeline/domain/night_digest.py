"""What planners are told each morning: what came, what is open, what moved, what fails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.domain.question_register import Question
from pipeline.domain.run_changes import FIRST_RUN, RunChanges


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that waits for a planner: its number, whose it seems to be, and why."""

    number: int
    province: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a round stands, from rows of the view `coverage`.

    `states` counts province x form; `silent` are the units of which nothing has come,
    `complete` is how many have every form accepted, `late` how many forms came after
    the deadline, `shut` how many wait for a planner's word because the books were closed.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    units: int = 0
    complete: int = 0
    silent: Sequence[str] = ()
    late: int = 0
    shut: int = 0


@dataclass(frozen=True, slots=True)
class Faults:
    """What went wrong: jobs by their last complaint, letters that did not arrive, by
    state, and mails that the program could not take apart.
    """

    jobs: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class NightDigest:
    """One round's morning facts; `night` is the day of its night run.

    `received` counts mails since `since` by state; `moved` is what the newest
    consolidation found since the one before.
    """

    night: str
    now: datetime
    since: datetime
    received: Mapping[str, int] = field(default_factory=dict)
    held: Sequence[HeldMail] = ()
    letters_waiting: int = 0
    standing: Standing = Standing()
    moved: RunChanges = FIRST_RUN
    overdue: Sequence[Question] = ()
    questions_open: int = 0
    faults: Faults = Faults()


def standing_of(coverage: Iterable[Mapping[str, Any]]) -> Standing:
    """Count a round's coverage."""
    states: dict[str, int] = {}
    units: dict[str, set[str]] = {}
    late = shut = 0
    for row in coverage:
        state = str(row["state"])
        states[state] = states.get(state, 0) + 1
        units.setdefault(str(row["province_code"]), set()).add(state)
        late += bool(row["late"])
        shut += bool(row.get("shut"))
    return Standing(
        states=states,
        units=len(units),
        complete=sum(1 for found in units.values() if found == {"accepted"}),
        silent=tuple(sorted(unit for unit, found in units.items() if found == {"missing"})),
        late=late,
        shut=shut,
    )
