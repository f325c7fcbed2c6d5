"""Rows of a form and of a sheet that go together by their labels, wherever they stand."""

from collections import Counter
from collections.abc import Sequence

from pipeline.domain.reading.alignment import FORBIDDEN
from pipeline.domain.reading.row_label import AskedRow, FoundRow


def _anchors(
    asked: Sequence[AskedRow], found: Sequence[FoundRow], kept: Sequence[int]
) -> dict[int, int]:
    """Form rows whose very label one row with figures has, and no other (by `kept`).

    Rows that changed places are not taken for each other because it keeps the order. A
    label that leans on the row above it must stand under the same one.
    """
    spelled = Counter(key for row in asked for key in {label.key for label in row.labels})
    written = Counter(row.label.key for row in found)
    places = {found[at].label.key: j for j, at in enumerate(kept) if found[at].has_figures}
    anchors = {}
    for i, row in enumerate(asked):
        for key in {label.key for label in row.labels}:
            place = places.get(key)
            if place is None or spelled[key] > 1 or written[key] > 1:
                continue
            there = found[kept[place]]
            if row.may_stand(there.parent):
                anchors[i] = place
    return anchors


def hold_anchors(
    scores: list[list[float]],
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    kept: Sequence[int],
) -> None:
    """Let anchored rows go with each other or with none."""
    anchors = _anchors(asked, found, kept)
    taken = set(anchors.values())
    for i, row in enumerate(scores):
        own = anchors.get(i)
        for j in range(len(row)):
            if j != own and (own is not None or j in taken):
                row[j] = FORBIDDEN
