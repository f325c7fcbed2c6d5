"""Findings: what is wrong with a submission, as data; the words live in templates."""

from dataclasses import dataclass
from enum import StrEnum

UNLIKE = " ≠ "
"""Between the two units of a row that a file tells (`found` of `unit-unknown`)."""


class Severity(StrEnum):
    """How much a finding weighs, heaviest first.

    fatal: cannot be read; error: mend; query: mend or explain; warn and info: told.
    """

    FATAL = "fatal"
    ERROR = "error"
    QUERY = "query"
    WARN = "warn"
    INFO = "info"

    @property
    def blocks(self) -> bool:
        """Whether a form with such a finding is deficient."""
        return self in (Severity.FATAL, Severity.ERROR)


class FindingState(StrEnum):
    """What a finding amounts to now; only `fail` reaches a letter."""

    FAIL = "fail"
    WAIVED = "waived"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, on the smallest thing that it is about.

    `cell` is one address ("H9"); `suspect` the cells that are probably wrong. `basis`
    stands for every figure that the rule looked at: it changes with any of them.
    """

    code: str
    severity: Severity
    state: FindingState = FindingState.FAIL
    form: str | None = None
    indicator: str | None = None
    column: str | None = None
    path: str | None = None
    sheet: str | None = None
    cell: str | None = None
    found: str | None = None
    expected: str | None = None
    rule: str | None = None
    suspect: tuple[str, ...] = ()
    basis: str | None = None
