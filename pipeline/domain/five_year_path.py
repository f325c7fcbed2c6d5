"""The path of a five-year plan, and how far from it a figure stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum

from pipeline.domain.plan.five_year import Better, Target
from pipeline.domain.plan.plan_round import Column, Form, Indicator
from pipeline.domain.total import (
    EXACT,
    RATE_QUANTUM,
    Method,
    ObservedFigure,
    Total,
    canonical,
)

HUNDRED = Decimal(100)
QUANTUM = Decimal("0.01")
YEAR = "Y"
ESTIMATE, PLAN = "estimate", "plan"


class How(StrEnum):
    """Where the path's value of a year comes from."""

    GIVEN = "given"
    BETWEEN = "between"
    LATER = "later"


class Standing(StrEnum):
    """How a figure stands to the path; the last two where the target is of later.

    `incomplete`: units are missing that could turn the verdict.
    """

    AHEAD = "ahead"
    ON = "on"
    BEHIND = "behind"
    UNKNOWN = "unknown"
    INCOMPLETE = "incomplete"
    REACHED = "reached"
    TO_GO = "to-go"


@dataclass(frozen=True, slots=True)
class Aim:
    """What the path wants: the value of `year`, from one target or between two."""

    value: Decimal
    year: int
    how: How
    targets: tuple[Target, ...]

    @property
    def better(self) -> Better:
        return self.targets[0].better


def aim_of(targets: Sequence[Target], year: int) -> Aim | None:
    """What the targets of one row want of a year.

    The target of that year; between two given years a straight line; before the first
    one that target, as one of later. Nothing after the last: no path is drawn on.
    """
    known = {target.year: target for target in targets}
    if year in known:
        return Aim(known[year].value, year, How.GIVEN, (known[year],))
    before = [given for given in known if given < year]
    after = [given for given in known if given > year]
    if not after:
        return None
    later = known[min(after)]
    if not before:
        return Aim(later.value, later.year, How.LATER, (later,))
    earlier = known[max(before)]
    with localcontext(EXACT):
        way = (later.value - earlier.value) * (year - earlier.year)
        value = earlier.value + way / (later.year - earlier.year)
        value = canonical(value.quantize(RATE_QUANTUM))
    return Aim(value, year, How.BETWEEN, (earlier, later))


@dataclass(frozen=True, slots=True)
class PathPoint:
    """A figure of the country (`province` None) or of a unit beside what the path wants.

    `total` or `source` is where the figure comes from; neither where there is none.
    """

    form: str
    indicator: Indicator
    column: Column
    year: int
    province: str | None
    aim: Aim
    total: Total | None = None
    source: ObservedFigure | None = None

    @property
    def value(self) -> Decimal | None:
        if self.total is not None:
            return self.total.value
        return None if self.source is None else self.source.counted

    @property
    def gap(self) -> Decimal | None:
        """The figure less the path: above it positive, below it negative."""
        if self.value is None:
            return None
        return EXACT.subtract(self.value, self.aim.value)

    @property
    def share(self) -> Decimal | None:
        """The figure in percent of the path; None where that is 0."""
        if self.value is None or not self.aim.value:
            return None
        share = EXACT.divide(self.value * HUNDRED, self.aim.value)
        return share.quantize(QUANTUM, ROUND_HALF_EVEN)

    @property
    def complete(self) -> bool:
        """Whether all units are in the figure."""
        return self.total is None or self.total.reported == self.total.expected

    @property
    def standing(self) -> Standing:
        """On the path within half a hundredth; better or worse by the target's word.

        A sum that lacks units can only grow: it is judged where growth changes nothing. A
        rate that lacks units may turn out either way.
        """
        if self.gap is None:
            return Standing.UNKNOWN
        gap = self.gap.quantize(QUANTUM, ROUND_HALF_EVEN, EXACT)
        up = self.aim.better is Better.UP
        good = gap >= 0 if up else gap <= 0
        summed = self.total is not None and self.total.method is Method.SUM
        if not self.complete and not (summed and good is up):
            return Standing.INCOMPLETE
        if self.aim.how is How.LATER:
            return Standing.REACHED if good else Standing.TO_GO
        if not gap:
            return Standing.ON
        return Standing.AHEAD if good else Standing.BEHIND

    @property
    def a_year(self) -> Decimal | None:
        """What has yet to come each year until a target of later; None for others."""
        if self.gap is None or self.standing is not Standing.TO_GO:
            return None
        return EXACT.divide(-self.gap, Decimal(self.aim.year - self.year))


def path_columns(form: Form) -> tuple[Column, ...]:
    """The columns that are held against the path: the year's estimate, the next plan."""
    return tuple(
        column
        for column in form.value_columns
        if (column.period or YEAR) == YEAR
        and (column.version == ESTIMATE or (column.version == PLAN and not column.year))
    )


def point_facts(point: PathPoint) -> dict[str, str | int | None]:
    """A point as plain values, for tables and documents that machines read."""
    total, source = point.total, point.source
    return {
        "province": point.province,
        "form": point.form,
        "indicator": point.indicator.key,
        "column": point.column.key,
        "year": point.year,
        "value": _plain(point.value),
        "unit": point.indicator.unit,
        "target": _plain(point.aim.value),
        "target_year": point.aim.year,
        "target_how": point.aim.how.value,
        "better": point.aim.better.value,
        "gap": _plain(point.gap),
        "share": _plain(point.share),
        "standing": point.standing.value,
        "reported": total.reported if total else None,
        "expected": total.expected if total else None,
        "provisional": total.provisional if total else None,
        "digest": source.digest if source else None,
        "path": source.path if source else None,
        "sheet": source.sheet if source else None,
        "cell": source.cell if source else None,
        "target_source": "; ".join(dict.fromkeys(t.source for t in point.aim.targets)),
        "target_lines": ", ".join(str(target.line) for target in point.aim.targets),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{canonical(value):f}"
