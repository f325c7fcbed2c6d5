"""Rows and forms written in another unit throughout, and sound rows spread wide.

A slip alike in every column contradicts nothing beside it. Every row and every form of a
return is slipped in turn, in whole figures, and judged alone without a round before it.
The other half is what that costs: every row of a clean return times a random factor.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from bench.rules.faults import Figures
from bench.rules.laboratory import LOUD, Laboratory
from pipeline.domain.plan.plan_round import Indicator, IndicatorKind

ONE = Decimal(1)
THOUSANDTH = Decimal("0.001")
# what is counted, the unit written instead: the factor, and the grain it is rounded to
SLIPS: tuple[tuple[frozenset[str], str, Decimal, Decimal | None], ...] = (
    (
        frozenset({"Người", "Lượt người", "Hộ", "Lượt hộ"}),
        "persons or households in thousands",
        THOUSANDTH,
        ONE,
    ),
    (frozenset({"1000 người"}), "thousands of persons in persons", Decimal(1000), None),
    (frozenset({"Triệu đồng"}), "millions in billions", THOUSANDTH, THOUSANDTH),
    (frozenset({"Triệu đồng"}), "millions in whole billions", THOUSANDTH, ONE),
    (frozenset({"Triệu đồng"}), "millions in thousands", Decimal(1000), None),
    (frozenset({"Triệu đồng"}), "millions in đồng", Decimal(1_000_000), None),
    (frozenset({"Tấn"}), "tons in kilograms", Decimal(1000), None),
)
SPREADS = (0.3, 0.5, 0.8, 1.2)
WRITTEN = ("row", "form")


class Slips:
    """Counts of cells by what was written (a row, a form) and by unit."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.cells: Counter[tuple[str, str]] = Counter()
        self.silent: Counter[tuple[str, str]] = Counter()
        self._laboratory = laboratory

    def take(self, province: str, seed: int) -> None:
        """Slip every row and every form of one return."""
        clean = self._laboratory.clean(province, seed)
        forms: defaultdict[tuple[str, str], Figures] = defaultdict(dict)
        for form, row in _counted_rows(self._laboratory):
            own = {k: v for k, v in clean.items() if k[:2] == (form, row.key)}
            for name, slipped in _slipped(row, own):
                self._judge(province, clean, slipped, ("row", name))
                forms[form, name].update(slipped)
        for (_, name), slipped in forms.items():
            self._judge(province, clean, slipped, ("form", name))

    def lines(self) -> Iterator[str]:
        """The table."""
        yield "| unit | cells of rows | silent | cells of forms | silent |"
        yield "|---|---|---|---|---|"
        for name in dict.fromkeys(name for _, name in self.cells):
            counts = [
                str(count[written, name])
                for written in WRITTEN
                for count in (self.cells, self.silent)
            ]
            yield f"| {name} | {' | '.join(counts)} |"

    def _judge(
        self, province: str, clean: Figures, slipped: Figures, kind: tuple[str, str]
    ) -> None:
        found = self._laboratory.findings(province, {**clean, **slipped})
        told = {(f.form, f.indicator, f.column) for f in found if f.severity in LOUD}
        for cell, value in slipped.items():
            if value and value != clean[cell]:
                self.cells[kind] += 1
                self.silent[kind] += cell not in told


def slip_lines(laboratory: Laboratory, returns: int, seed: int) -> list[str]:
    """The tables of slips and of sound rows spread wide."""
    slips = Slips(laboratory)
    for n, province in enumerate(random.Random(seed).sample(laboratory.provinces, returns)):
        slips.take(province, seed + n)
    return [
        "Rows and forms written in another unit in every column, each return judged alone",
        f"({returns} returns). Silent: no finding on the cell; what became 0 is left out.",
        "",
        *slips.lines(),
        "",
        "Clean returns of all provinces, every row times a random factor of its own (whose",
        "power of ten has this standard deviation), and rows asked about their unit for",
        "each return. Some are no longer sound, as a part of twenty times its whole: other",
        "rules speak against those as well.",
        "",
        "| spread | rows asked | without another finding on the row |",
        "|---|---|---|",
        *(_spread_line(laboratory, spread, seed) for spread in SPREADS),
    ]


def _spread_line(laboratory: Laboratory, spread: float, seed: int) -> str:
    dice = random.Random(f"{seed}/{spread}")
    asked = alone = 0
    for n, province in enumerate(laboratory.provinces):
        figures = _spread(laboratory, laboratory.clean(province, seed + n), spread, dice)
        found = [f for f in laboratory.findings(province, figures) if f.severity in LOUD]
        rows = {(f.form, f.indicator) for f in found if f.code == "unit-scale"}
        others = {(f.form, f.indicator) for f in found if f.code != "unit-scale"}
        asked += len(rows)
        alone += len(rows - others)
    count = len(laboratory.provinces)
    return f"| {spread} | {asked / count:.2f} | {alone / count:.2f} |"


def _spread(
    laboratory: Laboratory, clean: Figures, spread: float, dice: random.Random
) -> Figures:
    changed = dict(clean)
    for form, row in _counted_rows(laboratory):
        factor = Decimal(10 ** dice.gauss(0, spread))
        for cell in (c for c in clean if c[:2] == (form, row.key)):
            changed[cell] = (clean[cell] * factor).quantize(ONE)
    return changed


def _counted_rows(laboratory: Laboratory) -> Iterator[tuple[str, Indicator]]:
    for form in laboratory.plan_round.forms:
        for row in form.indicators:
            if row.kind is not IndicatorKind.RATE:
                yield form.id, row


def _slipped(row: Indicator, own: Figures) -> Iterator[tuple[str, Figures]]:
    """The row in each unit that it is written in by mistake."""
    for units, name, factor, grain in SLIPS:
        if row.unit in units:
            yield name, {cell: _written(own[cell] * factor, grain) for cell in own}


def _written(value: Decimal, grain: Decimal | None) -> Decimal:
    return value if grain is None else value.quantize(grain)
