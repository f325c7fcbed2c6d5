"""The rows of a sheet paired with the rows of a form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from pipeline.domain.plan.form import Matched
from pipeline.domain.quick_making import opened, sealed
from pipeline.domain.reading.alignment import FORBIDDEN, align
from pipeline.domain.reading.anchored_rows import hold_anchors
from pipeline.domain.reading.exchanged_rows import put_right
from pipeline.domain.reading.moved_rows import displaced, moved_rows
from pipeline.domain.reading.rivals import Paired, with_rivals
from pipeline.domain.reading.row_label import (
    AskedRow,
    FoundRow,
    same_code,
    similarity,
    vocabulary_of,
)
from pipeline.domain.reading.units import Relation, Units

_LEAST = 0.62
_SURE_LABEL = 0.78
_SURE_MARGIN = 0.12
_SAME_LABEL = 0.95
_CLOSE_LABEL = 0.05
_MOST_CELLS = 60_000
# A label broken over two rows: the row with the figures is the one meant.
_NO_FIGURES = 0.3


def pair_rows(
    asked: Sequence[AskedRow], found: Sequence[FoundRow], units: Units
) -> tuple[Paired, ...]:
    """The best pairing of all rows at once, with moved rows rescued."""
    exact = _in_order(asked, found)
    if exact is not None:
        return exact
    vocabulary = vocabulary_of(asked)
    keys = frozenset(label.key for row in asked for label in row.labels)
    found = [_whole(row, keys) for row in found]
    kept = _promising(asked, found)
    alike = [[similarity(a, found[f], vocabulary) for f in kept] for a in asked]
    absorbed = _absorbed(asked, found, kept, alike)
    scores = [
        [
            FORBIDDEN if f in absorbed else _score(a, found[f], alike[i][j], units)
            for j, f in enumerate(kept)
        ]
        for i, a in enumerate(asked)
    ]
    hold_anchors(scores, asked, found, kept)
    # A row that can be none of the form's costs nothing to pass over.
    places = [j for j in range(len(kept)) if any(row[j] != FORBIDDEN for row in scores)]
    pairs = []
    for pair in align([[row[j] for j in places] for row in scores]):
        like = alike[pair.left][places[pair.right]]
        sure = like >= _SURE_LABEL and pair.margin >= _SURE_MARGIN
        at = kept[places[pair.right]]
        how = _how(asked[pair.left], found[at], like)
        pairs.append(Paired(pair.left, at, like, sure, how, _finite(pair.margin)))
    near = {(i, at): row[j] for i, row in enumerate(alike) for j, at in enumerate(kept)}
    pairs += moved_rows(asked, found, pairs, absorbed, near)
    pairs = list(put_right(asked, found, pairs))
    figured = [at for at in kept if found[at].has_figures]
    doubted = _rivalled(pairs, kept, alike, frozenset(figured)) | displaced(asked, pairs)
    judged = [
        replace(pair, sure=pair.sure and pair.asked not in doubted)
        for pair in sorted(pairs, key=lambda pair: pair.asked)
    ]
    return with_rivals(judged, kept, alike)


def _how(asked: AskedRow, found: FoundRow, alike: float) -> Matched:
    if alike < _LEAST:
        return Matched.CODE
    spelled = found.label.key in {label.key for label in asked.labels}
    return Matched.WORDS if spelled else Matched.ALIKE


def _finite(margin: float) -> float | None:
    """None where there is no other way to pair the rows at all."""
    return round(margin, 3) if isfinite(margin) else None


def _whole(row: FoundRow, keys: Collection[str]) -> FoundRow:
    """A row with its label whole, where that makes it one of the form's.

    The first half may be the label of another row: "Số trẻ em có hoàn cảnh đặc biệt |
    được trợ giúp, chăm sóc".
    """
    if row.joined is None or not row.has_figures or row.joined.key not in keys:
        return row
    return replace(row, label=row.joined, joined=None)


def _absorbed(
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    kept: Sequence[int],
    alike: Sequence[Sequence[float]],
) -> set[int]:
    """Rows whose label is only a part of a neighbour's: they are no rows of their own."""
    keys = {label.key for row in asked for label in row.labels}
    partners = {
        found[f].partner
        for j, f in enumerate(kept)
        if found[f].partner is not None
        and (found[f].joined is None or found[f].label.key not in keys)
        and max(row[j] for row in alike) >= _SAME_LABEL
    }
    return {f for f in kept if found[f].row in partners}


def _rivalled(
    pairs: Sequence[Paired],
    kept: Sequence[int],
    alike: Sequence[Sequence[float]],
    figured: frozenset[int],
) -> set[int]:
    """Form rows whose label is about as like another row that stayed alone.

    The very label, right below the row that it stands below in the form, is no doubt.
    """
    together = {(pair.asked, pair.found) for pair in pairs}
    asked = {pair.asked for pair in pairs}
    found = {pair.found for pair in pairs}
    free_rows = [i for i in range(len(alike)) if i not in asked]
    free_columns = [j for j, at in enumerate(kept) if at in figured - found]
    places = {at: j for j, at in enumerate(kept)}
    doubted = set()
    for pair in pairs:
        if pair.found not in places:
            continue
        column, least = places[pair.found], pair.score - _CLOSE_LABEL
        twins = [i for i in free_rows if alike[i][column] >= least]
        close = bool(twins) or any(alike[pair.asked][j] >= least for j in free_columns)
        # a twin that is gone with the row above it may have left its own row behind
        follows = (pair.asked - 1, pair.found - 1) in together
        follows = follows and all(i - 1 in asked for i in twins)
        sure = follows and pair.score >= _SAME_LABEL
        if (close and not sure) or _has_twin(pair, pairs, places, alike):
            doubted.add(pair.asked)
    return doubted


def _has_twin(
    pair: Paired,
    pairs: Sequence[Paired],
    places: Mapping[int, int],
    alike: Sequence[Sequence[float]],
) -> bool:
    """Whether a row taken for another one looks as much like this form row."""
    return any(
        other.score < _SURE_LABEL
        and other.found in places
        and alike[pair.asked][places[other.found]] >= pair.score - _CLOSE_LABEL
        for other in pairs
        if other is not pair
    )


def _in_order(
    asked: Sequence[AskedRow], found: Sequence[FoundRow]
) -> tuple[Paired, ...] | None:
    """The pairing of a sheet that holds the form's very labels in the form's order."""
    keys = [row.labels[0].key for row in asked]
    known = frozenset(keys)
    places = [at for at, row in enumerate(found) if row.label.key in known]
    if [found[at].label.key for at in places] != keys:
        return None
    made = [_paired(i, at, 1.0, True) for i, at in enumerate(places)]  # noqa: FBT003
    return tuple(sealed(Paired, made))


_paired = opened(Paired)


def _promising(asked: Sequence[AskedRow], found: Sequence[FoundRow]) -> list[int]:
    """The sheet rows worth weighing: all, or those with words of the form when many."""
    if len(asked) * len(found) <= _MOST_CELLS:
        return list(range(len(found)))
    vocabulary = vocabulary_of(asked)
    likely = [
        at
        for at, row in enumerate(found)
        if 2 * len(row.label.words & vocabulary) >= len(row.label.words)
    ]
    return likely[: _MOST_CELLS // len(asked)]


def _score(asked: AskedRow, found: FoundRow, alike: float, units: Units) -> float:
    """What pairing two rows is worth: label first; code, unit and parent tip it."""
    first = asked.labels[0]
    code = same_code(first.code, found.label.code)
    if alike < (0.5 if code else _LEAST):
        return FORBIDDEN
    score = 2 * alike - 1
    if code:
        score += 0.25
    elif first.code and found.label.code:
        score -= 0.08
    score += _unit_score(asked.indicator.unit, found.unit, units)
    if not found.has_figures:
        score -= _NO_FIGURES
    return score + _parent_score(asked, found)


def _unit_score(asked: str, found: str, units: Units) -> float:
    if not found:
        return 0.0
    relation = units.relate(found, asked).relation
    if relation in (Relation.SAME, Relation.SCALED):
        return 0.1
    return -0.4 if relation is Relation.UNKNOWN and units.find(found) else 0.0


def _parent_score(asked: AskedRow, found: FoundRow) -> float:
    if not asked.parent or not found.parent or asked.labels[0].level == 1:
        return 0.0
    if asked.parent == found.parent:
        return 0.15
    shared = set(asked.parent.split()) & set(found.parent.split())
    fewer = min(len(asked.parent.split()), len(found.parent.split()))
    return -0.3 if 2 * len(shared) < fewer else 0.0


def repeated(
    asked: Sequence[AskedRow], found: Sequence[FoundRow], pairs: Sequence[Paired]
) -> list[tuple[int, int]]:
    """(form row, sheet row) where a second row says the same as a paired one."""
    by_key = {
        found[pair.found].label.key: pair for pair in pairs if pair.score >= _SAME_LABEL
    }
    taken = {pair.found for pair in pairs}
    again = []
    for at, row in enumerate(found):
        pair = by_key.get(row.label.key)
        if at in taken or not row.has_figures or pair is None or not row.label.key:
            continue
        numbered = asked[pair.asked].labels[0].level == 1
        if numbered or row.parent == found[pair.found].parent:
            again.append((pair.asked, at))
    return again
