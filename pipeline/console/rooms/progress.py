"""Progress towards the deadline: forms received and clean, day by day, as a drawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.stages.report import VIETNAM

MOST_DAYS = 45
WIDTH, HEIGHT, FOOT = 460, 200, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: what had come and what was clean by its end, and where it is drawn."""

    day: str
    received: int
    clean: int
    left: float
    width: float
    received_height: float
    clean_height: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The drawing's bars, and where the deadline stands among them."""

    bars: Sequence[Bar]
    due_at: float
    whole: int


def progress_of(
    plan_round: PlanRound, coverage: Iterable[Mapping[str, Any]]
) -> Progress | None:
    """How far a round has come; None before its first form."""
    cells = list(coverage)
    received = _days(cells, "first_received_at")
    clean = _days(cells, "first_clean_at")
    if not received:
        return None
    due = plan_round.due.astimezone(VIETNAM).date()
    last = max(*received, due)
    first = max(min(received), last - timedelta(days=MOST_DAYS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    width = WIDTH / len(days)
    bars = [
        _bar(day, (_by(received, day), _by(clean, day)), n * width, width, len(cells))
        for n, day in enumerate(days)
    ]
    due_at = width * ((due - first).days + 1)
    return Progress(bars, round(due_at, 1), len(cells))


def _bar(day: date, counts: tuple[int, int], left: float, width: float, whole: int) -> Bar:
    received, clean = counts
    scale = (HEIGHT - FOOT) / max(whole, 1)
    return Bar(
        day=f"{day.day:02}/{day.month:02}",
        received=received,
        clean=clean,
        left=round(left, 1),
        width=round(width * 0.8, 1),
        received_height=round(received * scale, 1),
        clean_height=round(clean * scale, 1),
    )


def _days(cells: Iterable[Mapping[str, Any]], name: str) -> list[date]:
    return [datetime.fromisoformat(cell[name]).date() for cell in cells if cell[name]]


def _by(days: Iterable[date], day: date) -> int:
    return sum(each <= day for each in days)
