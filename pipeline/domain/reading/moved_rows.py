"""Form rows that the form's order did not find: they left it, or lean on another row."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from pipeline.domain.plan.form import Matched
from pipeline.domain.reading.rivals import Paired
from pipeline.domain.reading.row_label import PART, AskedRow, FoundRow, Label

_NEARLY = 0.9
# the code of a part of a form, and those of rows that begin anew in each part
_OF_PART = re.compile(r"[ivx]{1,5}")
_WITHIN = re.compile(r"\d{1,2}")
_ENOUGH_WORDS = 4
_Alike = Mapping[tuple[int, int], float]


def moved_rows(
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    pairs: Sequence[Paired],
    absorbed: Collection[int],
    alike: _Alike,
) -> list[Paired]:
    """Rows that left the order: the label says enough when only one row has it.

    A label that leans on the row above it ("Trong đó: nữ") must stand under the row
    that the form's own stands under. `alike` tells how alike a form row and a sheet row
    are; one that is merely nearly spelled as the form's is asked about, and so is one in
    another part of the form.
    """
    moved = _Moved(asked, found, pairs, absorbed)
    spelled = list(moved.spelled())
    return [*spelled, *moved.nearly(alike)]


def displaced(asked: Sequence[AskedRow], pairs: Sequence[Paired]) -> frozenset[int]:
    """Form rows that stand in another part of the form than their own, which is there."""
    begin = {p.asked: p.found for p in pairs if _begins_part(asked[p.asked].labels[0])}
    parts = sorted((found, i) for i, found in begin.items())
    gone = set()
    for pair in pairs:
        own = _part_of(asked, pair.asked)
        before = bisect_left(parts, (pair.found, -1))
        if own in begin and before and parts[before - 1][1] != own:
            gone.add(pair.asked)
    return frozenset(gone)


class _Moved:
    """Form rows that are paired with none, and sheet rows that are free."""

    def __init__(
        self,
        asked: Sequence[AskedRow],
        found: Sequence[FoundRow],
        pairs: Sequence[Paired],
        absorbed: Collection[int],
    ) -> None:
        self._asked = asked
        self._found = found
        self._partners = {pair.found: asked[pair.asked] for pair in pairs}
        done = {pair.asked for pair in pairs}
        taken = self._partners.keys() | set(absorbed)
        self._lacking = [i for i in range(len(asked)) if i not in done]
        self._free = [
            at for at in range(len(found)) if at not in taken and found[at].label.key
        ]
        self._asked_keys = Counter(row.labels[0].key for row in asked)

    @cached_property
    def _parts(self) -> list[int]:
        """Where the parts of the form, or of the province's own, begin."""
        known = self._partners
        return [
            at
            for at, row in enumerate(self._found)
            if _begins_part(known[at].labels[0] if at in known else row.label)
        ]

    def spelled(self) -> Iterator[Paired]:
        """Form rows whose very label stands somewhere else."""
        free_keys = Counter(self._found[at].label.key for at in self._free)
        for i in tuple(self._lacking):
            keys = {label.key for label in self._asked[i].labels}
            for at in self._free:
                key = self._found[at].label.key
                if key in keys and free_keys[key] == 1 and self._may_be(i, at):
                    sure = self._is_in_its_part(i, at)
                    yield self._take(i, at, 1.0, sure=sure)
                    break

    def nearly(self, alike: _Alike) -> Iterator[Paired]:
        """Form rows that are nearly spelled so in one row with figures, and in no other."""
        likely: dict[int, list[int]] = {
            i: [at for at in self._free if self._is_like(i, at, alike)]
            for i in self._lacking
        }
        often = Counter(at for places in likely.values() for at in places)
        for i, places in likely.items():
            if len(places) == 1 and often[places[0]] == 1:
                yield self._take(i, places[0], alike.get((i, places[0]), 0.0), sure=False)

    def _is_like(self, i: int, at: int, alike: _Alike) -> bool:
        row, there = self._asked[i], self._found[at]
        if not there.has_figures:
            return False
        if alike.get((i, at), 0.0) >= _NEARLY:
            return self._may_be(i, at)
        key = there.label.key  # "- nữ" for "Trong đó: nữ"
        part = any(label.key == PART + key for label in row.labels)
        return part and self._is_below_its_own(i, at)

    def _may_be(self, i: int, at: int) -> bool:
        """Whether a row stands where the form's row may stand."""
        row, under = self._asked[i], self._found[at].parent
        if len(row.labels[0].words) < _ENOUGH_WORDS and not self._is_in_its_part(i, at):
            return False
        if row.parent == under or self._is_below_its_own(i, at):
            return True
        return self._asked_keys[row.labels[0].key] == 1 and row.may_stand(under)

    def _is_in_its_part(self, i: int, at: int) -> bool:
        """Whether a row stands in no other part than the form's own: "1. Cao đẳng nghề" of
        those who came is not that of those who left.
        """
        own, before = _part_of(self._asked, i), bisect_left(self._parts, at)
        if own is None or not before:
            return True
        return self._partners.get(self._parts[before - 1]) is self._asked[own]

    def _is_below_its_own(self, i: int, at: int) -> bool:
        """Whether nothing but other parts of the same row stands between it and a row,
        whatever its codes say.
        """
        row = self._asked[i]
        if row.labels[0].level == 1:
            return False
        for above in range(at - 1, -1, -1):
            there = self._partners.get(above)
            if there is None:
                return False
            if there.parent != row.parent or there.labels[0].level == 1:
                return row.parent in {label.key for label in there.labels}
        return False

    def _take(self, i: int, at: int, score: float, *, sure: bool) -> Paired:
        self._lacking.remove(i)
        self._free.remove(at)
        self._partners[at] = self._asked[i]
        if _begins_part(self._asked[i].labels[0]) and at not in self._parts:
            insort(self._parts, at)
        return Paired(i, at, score, sure=sure, how=Matched.MOVED)


def _begins_part(label: Label) -> bool:
    return _OF_PART.fullmatch(label.code) is not None


def _part_of(asked: Sequence[AskedRow], i: int) -> int | None:
    """The row that begins the part of a row which is numbered anew in each."""
    if not _WITHIN.fullmatch(asked[i].labels[0].code):
        return None
    rows = (at for at in range(i - 1, -1, -1) if _begins_part(asked[at].labels[0]))
    return next(rows, None)
