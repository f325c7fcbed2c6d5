"""What a consolidated figure is made of, down to the cells of the mails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.total import ObservedFigure, Total


class Sourced(Protocol):
    """A figure that can be led back to somewhere."""

    @property
    def figure(self) -> ObservedFigure:
        """What is added up."""


S = TypeVar("S", bound=Sourced)


@dataclass(frozen=True, slots=True)
class SourcedFigure:
    """A figure that counts, with the mail it came in; `version` of its form, from 1."""

    figure: ObservedFigure
    message: int
    version: int
    received_at: datetime
    sender: str | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """How the units that told of both rounds moved: their sums of now and then."""

    now: Decimal
    was: Decimal
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImputedFigure:
    """A figure that nobody reported: made of one of the round before, by a ratio if any."""

    figure: ObservedFigure
    before: HistoryFigure
    ratio: Ratio | None


@dataclass(frozen=True, slots=True)
class PastFigure:
    """A figure of the round before, as something to add up."""

    figure: ObservedFigure
    history: HistoryFigure


@dataclass(frozen=True, slots=True)
class Weight(Generic[S]):
    """What weighs a rate: a cell of a return, or a fact of the registry (no source)."""

    value: Decimal
    origin: str
    source: S | None

    @property
    def clean(self) -> bool:
        """Whether a planner can stand by it."""
        return self.source is None or self.source.figure.clean


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """One province's share of a total; a rate has a weight, and one for the strict value.

    The strict weight is None where the rate does not count in the strict value.
    """

    province: str
    source: S
    value: Decimal
    weight: Weight[S] | None = None
    strict_weight: Weight[S] | None = None

    @property
    def clean(self) -> bool:
        """Whether neither the figure nor its weight is provisional."""
        own = self.source.figure.clean
        return own and (self.weight is None or self.weight.clean)


class Gap(StrEnum):
    """Why a unit gives nothing to a total."""

    SILENT = "silent"
    UNCOUNTED = "uncounted"
    WEIGHTLESS = "weightless"


@dataclass(frozen=True, slots=True)
class MissingUnit(Generic[S]):
    """A unit that gives nothing: no figure, one that does not count, or no weight."""

    province: str
    gap: Gap
    source: S | None = None


@dataclass(frozen=True, slots=True)
class AreaAsked:
    """What is added up: a level ("province" too), the area's name, its provinces."""

    level: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Makeup(Generic[S]):
    """One total taken apart; `total.level` is of the area's level where runs have one."""

    area: AreaAsked
    total: Total
    weighed_by: str | None
    parts: tuple[Part[S], ...]
    missing: tuple[MissingUnit[S], ...]


def imputed_of(
    makeup: Makeup[SourcedFigure | ImputedFigure],
) -> Iterator[ImputedFigure]:
    """The figures of a total, and the weights, that nobody reported."""
    for part in makeup.parts:
        weights = (part.weight, part.strict_weight)
        sources = [part.source, *(weight.source for weight in weights if weight)]
        yield from (s for s in dict.fromkeys(sources) if isinstance(s, ImputedFigure))


@dataclass(frozen=True, slots=True)
class KeptTotal:
    """A total as a run kept it."""

    run: int
    as_of: datetime
    total: Total


class Change(StrEnum):
    """What became of a province's part since a run."""

    ADDED = "added"
    GONE = "gone"
    ALTERED = "altered"
    RESTATED = "restated"


@dataclass(frozen=True, slots=True)
class PartChange:
    """One province's part, before (as the run stood) and now."""

    province: str
    change: Change
    before: Part[SourcedFigure] | None
    now: Part[SourcedFigure] | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A total taken apart, beside what the newest run kept of it.

    `kept` is None where no run was made or runs have no such area (a province).
    `agrees` says whether the parts of now give the kept total to the last digit;
    `changes` are the parts that differ from those of the run's instant. `filled` is the
    total with what stands for units that gave nothing, None where nothing does; `past`
    that of the round before, None where nothing is known of it.
    """

    makeup: Makeup[SourcedFigure]
    kept: KeptTotal | None
    agrees: bool | None
    changes: tuple[PartChange, ...]
    filled: Makeup[SourcedFigure | ImputedFigure] | None = None
    past: Makeup[PastFigure] | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """A cell of the national tables that a mail's figure stands in.

    `weighs`: the figure is the weight of the province's rate, not the rate.
    """

    form: str
    indicator: str
    column: str
    source: SourcedFigure
    weighs: bool = False


@dataclass(frozen=True, slots=True)
class TouchedTotals:
    """Where a mail's figures stand: its areas (level, name), the smallest last.

    `kept` are the totals of the newest run in the touched cells, by (level, form,
    indicator, column).
    """

    areas: tuple[tuple[str, str], ...] = ()
    touches: tuple[Touch, ...] = ()
    kept: Mapping[tuple[str, str, str, str], KeptTotal] = field(default_factory=dict)
