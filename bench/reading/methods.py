"""Four ways to tell which row is which, compared on rows that people edited."""

import random
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from bench.reading import lines as line_making
from bench.reading.cases import World
from bench.reading.lines import Line
from pipeline.domain.plan.plan_round import Form
from pipeline.domain.reading.row_label import FoundRow, asked_rows, parents_of, read_label
from pipeline.domain.reading.row_match import pair_rows
from pipeline.domain.reading.units import Units
from pipeline.domain.writing.text import match_key

_ROUNDS = 40
_FUZZY = 70
Paired = dict[str, int]


def compare_methods(world: World, seed: int) -> list[tuple[str, float, float]]:
    """(method, right %, wrong %) of all rows under medium damage."""
    methods: dict[str, Callable[[World, Form, Sequence[Line]], Paired]] = {
        "fixed position": _by_position,
        "exact label": _by_label,
        "best fuzzy match for each row on its own": _by_fuzzy,
        "greedy one-to-one fuzzy": _greedy,
        "alignment (ours)": _aligned,
    }
    counts = {name: [0, 0, 0] for name in methods}
    for number in range(_ROUNDS):
        dice = random.Random(f"methods/{seed}/{number}")
        province = dice.choice(world.provinces)
        figures = world.figures(province.code, dice.randrange(10_000))
        for form in world.plan_round.forms:
            lines = _damaged(line_making.make_lines(form, figures), dice)
            truth = {line.key: at for at, line in enumerate(lines) if line.key}
            for name, method in methods.items():
                _count(counts[name], truth, method(world, form, lines), form)
    return [
        (name, 100 * right / rows, 100 * wrong / rows)
        for name, (rows, right, wrong) in counts.items()
    ]


def _damaged(lines: list[Line], dice: random.Random) -> list[Line]:
    """5 % inserted, 5 % deleted, 25 % of the labels edited, some blocks moved."""
    lines = line_making.delete_rows(lines, 0.05, dice)
    lines = line_making.edit_labels(lines, 0.25, dice)
    if dice.random() < 0.15:
        lines = line_making.move_block(lines, dice)
    return line_making.insert_rows(lines, 0.05, dice)


def _count(counts: list[int], truth: Paired, found: Paired, form: Form) -> None:
    for row in form.indicators:
        counts[0] += 1
        right = truth.get(row.key) == found.get(row.key)
        counts[1] += right
        counts[2] += not right and row.key in found


def _by_position(world: World, form: Form, lines: Sequence[Line]) -> Paired:
    return {row.key: at for at, row in enumerate(form.indicators) if at < len(lines)}


def _by_label(world: World, form: Form, lines: Sequence[Line]) -> Paired:
    places: dict[str, int] = {}
    for at, line in enumerate(lines):
        places.setdefault(" ".join(line.label.lower().split()), at)
    found = {}
    for row in form.indicators:
        at = places.get(" ".join(row.label.lower().split()))
        if at is not None:
            found[row.key] = at
    return found


def _likeness(form: Form, lines: Sequence[Line]) -> list[tuple[float, str, int]]:
    return [
        (fuzz.ratio(match_key(row.label), match_key(line.label)), row.key, at)
        for row in form.indicators
        for at, line in enumerate(lines)
    ]


def _by_fuzzy(world: World, form: Form, lines: Sequence[Line]) -> Paired:
    best: dict[str, tuple[float, int]] = {}
    for score, key, at in _likeness(form, lines):
        if score >= _FUZZY and score > best.get(key, (0.0, 0))[0]:
            best[key] = (score, at)
    return {key: at for key, (_, at) in best.items()}


def _greedy(world: World, form: Form, lines: Sequence[Line]) -> Paired:
    found: Paired = {}
    taken: set[int] = set()
    for score, key, at in sorted(_likeness(form, lines), key=lambda item: -item[0]):
        if score >= _FUZZY and key not in found and at not in taken:
            found[key] = at
            taken.add(at)
    return found


def _aligned(world: World, form: Form, lines: Sequence[Line]) -> Paired:
    labels = [read_label(line.label, line.code) for line in lines]
    rows = [
        FoundRow(at, line.label, label, None, line.unit, parent, bool(line.figures))
        for at, (line, label, parent) in enumerate(
            zip(lines, labels, parents_of(labels), strict=True)
        )
    ]
    asked = asked_rows(form)
    pairs = pair_rows(asked, rows, Units(world.plan_round.units))
    return {asked[pair.asked].indicator.key: pair.found for pair in pairs}
