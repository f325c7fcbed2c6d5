"""Stage take apart: a total back into the cells it is made of, added up once more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from difflib import get_close_matches

from pipeline.domain.errors import PermanentError
from pipeline.domain.lineage import (
    AreaAsked,
    Change,
    Gap,
    Makeup,
    MissingUnit,
    Part,
    PartChange,
    S,
    SourcedFigure,
    Weight,
)
from pipeline.domain.plan.plan_round import Form, Indicator, PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import (
    EXACT,
    FALLBACK_COLUMN,
    REGISTRY,
    Level,
    Method,
    Total,
    area_of,
    canonical,
    mean_rate,
    weight_of,
)
from pipeline.domain.writing.text import match_key

PROVINCE = "province"
ONE_LINE = 300
_Place = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The cell of the national tables that is asked about."""

    form: Form
    indicator: Indicator
    column: str
    year: int

    @property
    def weight(self) -> tuple[str, str] | None:
        """The row that weighs it, where it is a rate."""
        return weight_of(self.indicator, self.form.id)

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The (form, row) pairs whose figures matter."""
        own = (self.form.id, self.indicator.key)
        weight = self.weight
        return (own,) if weight is None or weight[0] == REGISTRY else (own, weight)

    def a_year_before(self) -> "Asked":
        """The same cell of the round before."""
        return replace(self, year=self.year - 1)


def ask(plan_round: PlanRound, form: str, indicator: str, column: str) -> Asked:
    """What form, row and value column mean; PermanentError names those that exist."""
    try:
        found = plan_round.form(form)
    except KeyError:
        raise _unknown(form, "form", (f.id for f in plan_round.forms)) from None
    try:
        row = found.indicator(indicator)
    except KeyError:
        keys = (i.key for i in found.indicators)
        raise _unknown(indicator, f"row of {form}", keys) from None
    for known in found.value_columns:
        if known.key == column:
            return Asked(found, row, column, plan_round.year_of(known))
    keys = (known.key for known in found.value_columns)
    raise _unknown(column, f"value column of {form}", keys)


def _unknown(name: str, what: str, known: Iterable[str]) -> PermanentError:
    """Names what there is; where that is too much for one line, the likest first."""
    names = list(known)
    if len(", ".join(names)) > ONE_LINE:
        names = get_close_matches(name, names, len(names), cutoff=0)
    return PermanentError(f"{name}: no {what}; there are: {', '.join(names)}")


def find_area(name: str | None, gazetteer: Gazetteer) -> AreaAsked:
    """The area of a name; "region8:..." names its level where areas share a name.

    Levels: national, region6, region8, unit2025, province (by code too). Areas of one
    name and the same provinces are one. PermanentError for no area or several.
    """
    areas = _areas(gazetteer)
    if name is None:
        return areas[0][0]
    level, colon, rest = name.partition(":")
    wanted = match_key(rest if colon else name)
    found = [
        area
        for area, names in areas
        if (not colon or area.level == level.strip()) and wanted in names
    ]
    if not found:
        raise _unknown(name, "area", (f"{a.level}:{a.name}" for a, _ in areas))
    if len({area.members for area in found}) > 1:
        ways = ", ".join(f"{area.level}:{area.name}" for area in found)
        raise PermanentError(f"{name}: several areas have this name; say which: {ways}")
    return found[0]


def _areas(gazetteer: Gazetteer) -> list[tuple[AreaAsked, frozenset[str]]]:
    """Every area with the names it goes by, the country first."""
    members: dict[tuple[str, str], list[str]] = {}
    for level in Level:
        for province in gazetteer.provinces:
            area = (str(level), area_of(province, level))
            members.setdefault(area, []).append(province.code)
    areas = [
        (AreaAsked(level, name, tuple(codes)), _names(name, *_more_names(level)))
        for (level, name), codes in members.items()
    ]
    for province in gazetteer.provinces:
        names = _names(province.code, province.name, *province.aliases)
        areas.append((AreaAsked(PROVINCE, province.name, (province.code,)), names))
    return areas


def _more_names(level: str) -> tuple[str, ...]:
    return ("nation", "national") if level == Level.NATIONAL else ()


def _names(*names: str) -> frozenset[str]:
    return frozenset(match_key(name) for name in names)


def take_apart(
    asked: Asked,
    area: AreaAsked,
    figures: Iterable[S],
    gazetteer: Gazetteer,
) -> Makeup[S]:
    """The parts of a total, the units that give none, and what the parts add up to.

    Nothing of a run is used: the same rules, worked out anew (`consolidate`).
    """
    cells = {
        (f.figure.province, f.figure.form, f.figure.indicator, f.figure.column): f
        for f in figures
    }
    parts: list[Part[S]] = []
    missing: list[MissingUnit[S]] = []
    for code in area.members:
        found = _part(asked, code, cells, gazetteer)
        if isinstance(found, Part):
            parts.append(found)
        else:
            missing.append(found)
    weight = asked.weight
    return Makeup(
        area=area,
        total=_total(asked, area, parts),
        weighed_by=None if weight is None else ":".join(weight),
        parts=tuple(parts),
        missing=tuple(missing),
    )


def _part(
    asked: Asked, code: str, cells: Mapping[_Place, S], gazetteer: Gazetteer
) -> Part[S] | MissingUnit[S]:
    source = cells.get((code, asked.form.id, asked.indicator.key, asked.column))
    if source is None:
        return MissingUnit(code, Gap.SILENT)
    value = source.figure.counted
    if value is None:
        return MissingUnit(code, Gap.UNCOUNTED, source)
    part = Part(code, source, value)
    if Method(asked.indicator.aggregate.value) is not Method.WEIGHTED:
        return part
    weights = _weights(asked, code, cells, gazetteer)
    if not weights:
        return MissingUnit(code, Gap.WEIGHTLESS, source)
    strict = next((w for w in weights if w.clean and source.figure.clean), None)
    return replace(part, weight=weights[0], strict_weight=strict)


def _weights(
    asked: Asked, code: str, cells: Mapping[_Place, S], gazetteer: Gazetteer
) -> tuple[Weight[S], ...]:
    """The weights a rate could take, the one to prefer first."""
    if asked.weight is None:
        return ()
    form, row = asked.weight
    if form == REGISTRY:
        fact = gazetteer.fact(row, code, asked.year)
        origin = f"{REGISTRY}:{row} {asked.year}"
        return () if fact is None else (Weight(Decimal(fact), origin, None),)
    found = []
    for column in (asked.column, FALLBACK_COLUMN):
        source = cells.get((code, form, row, column))
        value = None if source is None else source.figure.counted
        if source is not None and value is not None:
            found.append(Weight(value, f"{form}:{row} {column}", source))
    return tuple(found)


def _total(asked: Asked, area: AreaAsked, parts: list[Part[S]]) -> Total:
    method = Method(asked.indicator.aggregate.value)
    with localcontext(EXACT):
        value, strict = _values(method, parts)
    return Total(
        level=Level.NATIONAL if area.level == PROVINCE else Level(area.level),
        area=area.name,
        form=asked.form.id,
        indicator=asked.indicator.key,
        column=asked.column,
        value=value,
        value_strict=strict,
        unit=asked.indicator.unit,
        reported=len(parts),
        expected=len(area.members),
        provisional=sum(not part.clean for part in parts),
        method=method,
    )


def _values(method: Method, parts: list[Part[S]]) -> tuple[Decimal | None, Decimal | None]:
    if method is Method.NONE:
        return None, None
    if method is Method.WEIGHTED:
        return (
            _mean((part.value, part.weight) for part in parts),
            _mean((part.value, part.strict_weight) for part in parts),
        )
    return (
        _sum([part.value for part in parts]),
        _sum([part.value for part in parts if part.clean]),
    )


def _mean(rates: Iterable[tuple[Decimal, Weight[S] | None]]) -> Decimal | None:
    amount = whole = Decimal(0)
    for rate, weight in rates:
        if weight is not None:
            amount += rate * weight.value
            whole += weight.value
    return mean_rate(amount, whole)


def _sum(values: list[Decimal]) -> Decimal | None:
    return canonical(sum(values, Decimal(0))) if values else None


def part_changes(
    before: Makeup[SourcedFigure], now: Makeup[SourcedFigure]
) -> tuple[PartChange, ...]:
    """What became of the provinces' parts; unaltered ones are left out."""
    then = {part.province: part for part in before.parts}
    today = {part.province: part for part in now.parts}
    changes = []
    for code in now.area.members:
        old, new = then.get(code), today.get(code)
        change = _change(old, new)
        if change is not None:
            changes.append(PartChange(code, change, old, new))
    return tuple(changes)


def _change(
    old: Part[SourcedFigure] | None, new: Part[SourcedFigure] | None
) -> Change | None:
    if old is None or new is None:
        return None if old is new else (Change.ADDED if old is None else Change.GONE)
    if (old.value, _weight(old)) != (new.value, _weight(new)):
        return Change.ALTERED
    return None if old == new else Change.RESTATED


def _weight(part: Part[SourcedFigure]) -> Decimal | None:
    return None if part.weight is None else part.weight.value
