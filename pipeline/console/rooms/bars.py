"""Bars beside each other, drawn on the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LABEL, BAR, FIGURE, HIGH = 220, 200, 110, 22
LONGEST_LABEL = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its words: `value` as stored, None where there is no figure."""

    name: str
    short: str
    value: str | None
    top: int
    width: float


@dataclass(frozen=True, slots=True)
class Bars:
    """The drawing with its measures in pixels."""

    bars: Sequence[Bar]
    width: int
    height: int
    left: int = LABEL
    longest: int = BAR


def bars_of(names: Sequence[str], rows: Sequence[Mapping[str, Any] | None]) -> Bars | None:
    """A bar for each name, from zero; None when there is nothing to draw."""
    values = [None if row is None else row["value"] for row in rows]
    sizes = [max(Decimal(value or 0), Decimal(0)) for value in values]
    largest = max(sizes, default=Decimal(0))
    if not largest:
        return None
    bars = [
        Bar(name, _short(name), value, n * HIGH, round(float(size / largest) * BAR, 1))
        for n, (name, value, size) in enumerate(zip(names, values, sizes, strict=True))
    ]
    return Bars(bars, LABEL + BAR + FIGURE, len(bars) * HIGH)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1].rstrip() + "…"
