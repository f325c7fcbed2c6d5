"""What moved between two consolidations: totals, and the returns that moved them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipeline.domain.total import Level, ObservedFigure, Total

Cell = tuple[str, str, str]
"""Form, indicator and value column."""
Pair = tuple[Decimal | None, Decimal | None]
"""A total's value and its strict value."""


class CountedVersion(NamedTuple):
    """A form of a province that a consolidation counted, and the mail it came with.

    A tuple: a round of many units has a hundred thousand, to be sorted and compared.
    """

    province: str
    form: str
    digest: str
    status: str
    verified: bool


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What an earlier consolidation came to: the country's totals, what it counted."""

    number: int
    as_of: datetime
    totals: Mapping[Cell, Pair]
    versions: Sequence[CountedVersion]


class VersionStep(StrEnum):
    """What became of a province's form between two consolidations."""

    CAME = "came"
    REPLACED = "replaced"
    CLEARED = "cleared"
    DOUBTED = "doubted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A province's form that is counted otherwise than before."""

    province: str
    form: str
    step: VersionStep
    before: CountedVersion | None
    now: CountedVersion | None


@dataclass(frozen=True, slots=True)
class TotalChange:
    """A total of the country that is another than before."""

    cell: Cell
    before: Pair
    now: Pair


@dataclass(frozen=True, slots=True)
class RunChanges:
    """All that moved since the consolidation of `since`; None: there was none."""

    since: datetime | None = None
    totals: Sequence[TotalChange] = ()
    versions: Sequence[VersionChange] = ()


FIRST_RUN = RunChanges()


def versions_of(figures: Iterable[ObservedFigure]) -> Sequence[CountedVersion]:
    """The province's forms that figures come from, in their order."""
    found: dict[tuple[str, str], CountedVersion] = {}
    for figure in figures:
        place = (figure.province, figure.form)
        if place not in found:
            found[place] = CountedVersion(
                *place, figure.digest, figure.status, figure.verified
            )
    return tuple(found.values())


def changes_since(
    earlier: EarlierRun | None, totals: Iterable[Total], versions: Sequence[CountedVersion]
) -> RunChanges:
    """What moved in the country since an earlier run, in the order of the totals."""
    if earlier is None:
        return FIRST_RUN
    now = {
        (total.form, total.indicator, total.column): (total.value, total.value_strict)
        for total in totals
        if total.level is Level.NATIONAL
    }
    return _moved(earlier, now, versions)


def changes_between(earlier: EarlierRun | None, later: EarlierRun) -> RunChanges:
    """What moved between two runs that were kept."""
    if earlier is None:
        return FIRST_RUN
    return _moved(earlier, later.totals, later.versions)


def _moved(
    earlier: EarlierRun, now: Mapping[Cell, Pair], versions: Sequence[CountedVersion]
) -> RunChanges:
    nothing: Pair = (None, None)
    moved = tuple(
        TotalChange(cell, earlier.totals.get(cell, nothing), now.get(cell, nothing))
        for cell in (*now, *(cell for cell in earlier.totals if cell not in now))
        if earlier.totals.get(cell, nothing) != now.get(cell, nothing)
    )
    return RunChanges(earlier.as_of, moved, _versions(earlier.versions, versions))


def _versions(
    before: Sequence[CountedVersion], now: Sequence[CountedVersion]
) -> Sequence[VersionChange]:
    old = {version[:2]: version for version in {*before}.difference(now)}
    new = {version[:2]: version for version in {*now}.difference(before)}
    return tuple(
        VersionChange(*place, _step(old.get(place), new.get(place)), *pair)
        for place in sorted({*old, *new})
        for pair in ((old.get(place), new.get(place)),)
    )


def _step(before: CountedVersion | None, now: CountedVersion | None) -> VersionStep:
    if now is None:
        return VersionStep.GONE
    if before is None:
        return VersionStep.CAME
    if before.digest != now.digest:
        return VersionStep.REPLACED
    return VersionStep.CLEARED if _clean(now) else VersionStep.DOUBTED


def _clean(version: CountedVersion) -> bool:
    return version.verified and version.status == "accepted"
