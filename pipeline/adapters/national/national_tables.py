"""National, regional and 2025-unit totals: the only door to pandas.

Every sum is a sum of `Decimal` objects (object columns), so no figure is rounded on its
way; a rate is sum(rate x weight) / sum(weight), rounded once, to 12 decimals.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.total import (
    EXACT,
    FALLBACK_COLUMN,
    REGISTRY,
    Level,
    Method,
    ObservedFigure,
    Total,
    canonical,
    mean_rate,
    members_by_area,
    weight_of,
)

if TYPE_CHECKING:
    from pandas import DataFrame

CHUNK = 50_000
_NOTHING = Decimal(0)
_SUMS = ("amount", "weight", "amount_strict", "weight_strict", "used", "clean")


@dataclass(frozen=True, slots=True)
class Key:
    """What a total is about; `weight` only where the row is a weighted rate."""

    form: str
    indicator: str
    column: str
    unit: str
    method: Method
    year: int
    weight: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Sums:
    """One accumulated total; for a sum row the weights stay 0."""

    amount: Decimal
    weight: Decimal
    amount_strict: Decimal
    weight_strict: Decimal
    used: int
    clean: int


# Usable figures of one province (or of those alike): key number, amount, weight, their
# strict twins, how many, how many of them clean.
Entry = tuple[str, int, Decimal, Decimal, Decimal, Decimal, int, int]
_Cell = tuple[Decimal, bool]


def consolidate_figures(
    figures: Iterable[ObservedFigure], plan_round: PlanRound, gazetteer: Gazetteer
) -> tuple[Total, ...]:
    """Every total of a round: form x row x value column x area.

    Areas are the country, 6 and 8 regions by name and the units of 2025 by name. A nil
    (`n`) counts as 0; `x`, `m` and unreadable figures are left out, and a total without
    any figure is None. A rate needs a weight: the weight row in the same column, where
    that is blank the same row in `uoc_n1`, else the unit is left out. `value_strict` is
    the same computation on accepted and verified figures alone, weights included; a
    unit is provisional when its figure, or the weight used with it, is not one of these.
    Figures of rows or units that the round does not know are ignored.
    """
    keys = keys_of(plan_round)
    areas = members_by_area(gazetteer)
    with localcontext(EXACT):
        sums = _accumulate(usable(figures, keys, gazetteer), areas)
        return tuple(totals_of(keys, areas, sums))


def keys_of(plan_round: PlanRound) -> tuple[Key, ...]:
    """Every form x row x value column of a round."""
    return tuple(
        Key(
            form.id,
            indicator.key,
            column.key,
            indicator.unit,
            Method(indicator.aggregate.value),
            plan_round.year_of(column),
            weight_of(indicator, form.id),
        )
        for form in plan_round.forms
        for indicator in form.indicators
        for column in form.value_columns
    )


def usable(
    figures: Iterable[ObservedFigure], keys: tuple[Key, ...], gazetteer: Gazetteer
) -> Iterator[Entry]:
    """Figures that count, the rates (few) at the end, when every weight is known."""
    numbers = {(k.form, k.indicator, k.column): n for n, k in enumerate(keys)}
    known = frozenset(province.code for province in gazetteer.provinces)
    weight_rows = frozenset(key.weight for key in keys if key.weight)
    weights: dict[tuple[str, str, str, str], _Cell] = {}
    rates: list[tuple[str, int, Decimal, bool]] = []
    for figure in figures:
        number = numbers.get((figure.form, figure.indicator, figure.column))
        value = figure.counted
        if number is None or value is None or figure.province not in known:
            continue
        clean = figure.verified and figure.status == "accepted"
        if (figure.form, figure.indicator) in weight_rows:
            weights[figure.province, figure.form, figure.indicator, figure.column] = (
                value,
                clean,
            )
        if keys[number].method is Method.WEIGHTED:
            rates.append((figure.province, number, value, clean))
        else:
            strict = value if clean else _NOTHING
            yield (
                *(figure.province, number, value, _NOTHING),
                *(strict, _NOTHING, 1, int(clean)),
            )
    for province, number, rate, clean in rates:
        found = _weights_for(keys[number], province, weights, gazetteer)
        if found:
            yield _weighted_entry((province, number), (rate, clean), found)


def _weights_for(
    key: Key,
    province: str,
    weights: Mapping[tuple[str, str, str, str], _Cell],
    gazetteer: Gazetteer,
) -> tuple[_Cell, ...]:
    """The weights a rate could take, the one to prefer first."""
    if key.weight is None:
        return ()
    form, row = key.weight
    if form == REGISTRY:
        fact = gazetteer.fact(row, province, key.year)
        return () if fact is None else ((Decimal(fact), True),)
    cells = (
        weights.get((province, form, row, column))
        for column in (key.column, FALLBACK_COLUMN)
    )
    return tuple(cell for cell in cells if cell is not None)


def _weighted_entry(
    where: tuple[str, int], rate: _Cell, weights: tuple[_Cell, ...]
) -> Entry:
    value, rate_clean = rate
    weight, weight_clean = weights[0]
    strict = next((w for w, clean in weights if clean and rate_clean), _NOTHING)
    clean = int(rate_clean and weight_clean)
    return (*where, value * weight, weight, value * strict, strict, 1, clean)


def _accumulate(
    entries: Iterator[Entry], areas: Mapping[tuple[Level, str], tuple[str, ...]]
) -> Mapping[tuple[int, int], Sums]:
    """Sums by (area number, key number), taken up in chunks so that memory stays flat."""
    import pandas as pd

    memberships = pd.DataFrame(
        [(code, n) for n, codes in enumerate(areas.values()) for code in codes],
        columns=["province", "area"],
    )
    sums: DataFrame | None = None
    while chunk := list(islice(entries, CHUNK)):
        frame = pd.DataFrame(chunk, columns=["province", "key", *_SUMS])
        part = _sum_areas(frame, memberships)
        sums = part if sums is None else pd.concat([sums, part])
        sums = sums.groupby(level=["area", "key"], sort=False).sum()
    if sums is None:
        return {}
    return {
        index: Sums(*row)
        for index, row in zip(
            sums.index.to_list(), sums.itertuples(index=False, name=None), strict=True
        )
    }


def _sum_areas(frame: "DataFrame", memberships: "DataFrame") -> "DataFrame":
    spread = memberships.merge(frame, on="province")
    grouped = spread.groupby(["area", "key"], sort=False)
    return grouped[list(_SUMS)].sum()


def totals_of(
    keys: tuple[Key, ...],
    areas: Mapping[tuple[Level, str], tuple[str, ...]],
    sums: Mapping[tuple[int, int], Sums],
) -> Iterator[Total]:
    """What was summed up by (area number, key number) as totals, every key of each area."""
    nothing = Sums(_NOTHING, _NOTHING, _NOTHING, _NOTHING, 0, 0)
    for area_number, ((level, area), members) in enumerate(areas.items()):
        for number, key in enumerate(keys):
            found = sums.get((area_number, number), nothing)
            value, strict = _values(key.method, found)
            yield Total(
                level=level,
                area=area,
                form=key.form,
                indicator=key.indicator,
                column=key.column,
                value=value,
                value_strict=strict,
                unit=key.unit,
                reported=found.used,
                expected=len(members),
                provisional=found.used - found.clean,
                method=key.method,
            )


def _values(method: Method, sums: Sums) -> tuple[Decimal | None, Decimal | None]:
    if method is Method.NONE:
        return None, None
    if method is Method.WEIGHTED:
        return (
            mean_rate(sums.amount, sums.weight),
            mean_rate(sums.amount_strict, sums.weight_strict),
        )
    return (
        canonical(sums.amount) if sums.used else None,
        canonical(sums.amount_strict) if sums.clean else None,
    )
