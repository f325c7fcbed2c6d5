"""What came of one rule on one cell."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.interval import rounded
from pipeline.domain.plan.rule import Rule
from pipeline.domain.quick_making import quickly
from pipeline.domain.rules.figures import Operand, Standing


class Result(StrEnum):
    """How a rule ended; only `fail` and `blocked` become findings.

    na: an operand is missing; blocked: one cannot be read; off: the rule sleeps.
    """

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    WAIVED = "waived"
    NA = "na"
    BLOCKED = "blocked"
    OFF = "off"


_GIVEN = Standing.GIVEN
Mend = tuple[Operand, Decimal]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule's result on the cell it is about (`seat`).

    `expected` is what should stand there, in the seat's own unit. `mends` say what each
    operand alone would have to be (base unit) for the rule to hold; empty where that
    cannot be said.
    """

    rule: Rule
    result: Result
    seat: Operand
    others: tuple[Operand, ...] = ()
    expected: Decimal | None = None
    severity: Severity | None = None
    mends: tuple[Mend, ...] = ()


_outcome = quickly(Outcome)


def passed(rule: Rule, seat: Operand, others: tuple[Operand, ...]) -> Outcome:
    """That a rule holds: some three hundred times a return."""
    return _outcome(rule, Result.PASS, seat, others)


def usable(operands: Iterable[Operand]) -> Result | None:
    """NA or BLOCKED where the operands do not let the rule run; None where they do.

    A missing operand comes first: mending the unreadable one would not make it run.
    """
    unreadable = False
    for operand in operands:
        standing = operand.standing
        if standing is _GIVEN:
            continue
        if standing is not Standing.UNREADABLE:
            return Result.NA
        unreadable = True
    return Result.BLOCKED if unreadable else None


def failed(
    rule: Rule,
    seat: Operand,
    others: tuple[Operand, ...],
    expected: Decimal,
    mends: tuple[Mend, ...] = (),
) -> Outcome:
    """A failure; `expected` is given in the base unit."""
    own = rounded(expected / seat.scale, seat.quantum)
    return Outcome(rule, Result.FAIL, seat, others, own, mends=mends)
