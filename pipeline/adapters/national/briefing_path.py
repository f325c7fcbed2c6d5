"""What the briefing says of the five-year plan: the country's path, who is behind."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.adapters.national.national_shortfalls import full_label
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.path_words import (
    HUNDREDTH,
    path_texts,
    standing_told,
)
from pipeline.domain.five_year_path import PathPoint, Standing
from pipeline.domain.plan.five_year import FIVE_YEAR_FILE
from pipeline.domain.writing.vietnamese import lower_first, write_number

NAMED = 5
GOOD = (Standing.AHEAD, Standing.ON)
LATER = (Standing.REACHED, Standing.TO_GO)
WANTING = (Standing.BEHIND, Standing.TO_GO)


@dataclass(frozen=True, slots=True)
class PathSection:
    """The section's sentences, its table (head first; empty: none) and what follows it."""

    title: str
    text: str
    rows: tuple[tuple[str, ...], ...] = ()
    after: tuple[str, ...] = ()


def path_section(view: NationalView) -> PathSection:
    """The section, whether or not targets are on record."""
    texts, plan_round = path_texts(), view.tables.plan_round
    points, title = view.tables.five_year, texts.say("section")
    if not points:
        place = {"file": FIVE_YEAR_FILE, "round": plan_round.id}
        return PathSection(
            title, texts.say("over" if plan_round.targets else "none", **place)
        )
    country = [point for point in points if point.province is None]
    units = [point for point in points if point.province is not None]
    counted = Counter(point.standing for point in country)
    text = texts.say(
        "text",
        year=plan_round.plan_year - 1,
        next=plan_round.plan_year,
        count=len(country),
        good=sum(counted[each] for each in GOOD),
        behind=counted[Standing.BEHIND],
        later=sum(counted[each] for each in LATER),
        unknown=counted[Standing.UNKNOWN] + counted[Standing.INCOMPLETE],
        expected=view.expected,
    )
    rows = [texts.lines("table_head"), *(_row(view, point) for point in country)]
    sources = dict.fromkeys(t.source for point in country for t in point.aim.targets)
    basis = [texts.say("basis", sources="; ".join(sources))] if country else []
    return PathSection(
        title, text, tuple(rows) if country else (), (*basis, *_of_units(view, units))
    )


def _row(view: NationalView, point: PathPoint) -> tuple[str, ...]:
    mark = "" if point.complete or point.value is None else "*"
    return (
        _label(view, point),
        point.indicator.unit,
        point.column.title,
        _amount(point.value) + mark,
        _amount(point.aim.value),
        _signed(point.gap),
        standing_told(point),
    )


def _of_units(view: NationalView, points: Sequence[PathPoint]) -> Iterator[str]:
    """One line a row and column: how many of the units with a target are behind."""
    if not points:
        return
    texts = path_texts()
    yield texts.say("units_text", count=len({point.province for point in points}))
    cells: dict[tuple[str, str, str], list[PathPoint]] = {}
    for point in points:
        cell = (point.form, point.indicator.key, point.column.key)
        cells.setdefault(cell, []).append(point)
    for found in cells.values():
        behind = [point for point in found if point.standing in WANTING]
        behind.sort(key=_distance, reverse=True)
        unknown = sum(point.standing is Standing.UNKNOWN for point in found)
        yield texts.say(
            "units_behind" if behind else "units_good",
            label=_label(view, found[0]),
            column=lower_first(found[0].column.title),
            behind=len(behind),
            count=len(found),
            names=_names(view, behind),
            unknown=texts.say("units_unknown", count=unknown) if unknown else "",
        )


def _names(view: NationalView, points: Sequence[PathPoint]) -> str:
    texts = path_texts()
    told = ", ".join(
        texts.say(
            "unit_gap",
            name=view.tables.gazetteer.by_code(point.province or "").name,
            gap=_signed(point.gap),
        )
        for point in points[:NAMED]
    )
    more = len(points) - NAMED
    return texts.say("more", names=told, count=more) if more > 0 else told


def _distance(point: PathPoint) -> Decimal:
    """How far from the path, in shares of it: units of any size are alike."""
    share = point.share
    return abs(share - 100) if share is not None else abs(point.gap or Decimal(0))


def _label(view: NationalView, point: PathPoint) -> str:
    return full_label(view.tables.plan_round.form(point.form), point.indicator)


def _amount(value: Decimal | None) -> str:
    if value is None:
        return ""
    return write_number(value.quantize(HUNDREDTH, ROUND_HALF_EVEN))


def _signed(value: Decimal | None) -> str:
    told = _amount(value)
    return f"+{told}" if value is not None and value > 0 and told != "0" else told
