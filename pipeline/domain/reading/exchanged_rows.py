"""Rows that were taken for each other although each bears the other's very label."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from pipeline.domain.plan.form import Matched
from pipeline.domain.reading.rivals import Paired
from pipeline.domain.reading.row_label import AskedRow, FoundRow

_NOBODY: Collection[int] = ()


def put_right(
    asked: Sequence[AskedRow], found: Sequence[FoundRow], pairs: Sequence[Paired]
) -> Iterator[Paired]:
    """The pairs; two rows that changed places below one row are each its own again.

    "Nghề phi nông nghiệp" is all but "Nghề nông nghiệp", and the order speaks for it. A
    row that bears another's very label otherwise is asked about.
    """
    bearers = _Bearers(asked, found, pairs)
    for pair in pairs:
        if bearers.is_own(pair):
            yield pair  # nearly always
            continue
        other = bearers.exchanged(pair)
        if other is None or bearers.exchanged(other) is not pair:
            yield replace(pair, sure=False)
            continue
        beside = asked[pair.asked].parent == asked[other.asked].parent
        beside = beside and found[pair.found].parent == found[other.found].parent
        yield Paired(pair.asked, other.found, 1.0, sure=beside, how=Matched.MOVED)


class _Bearers:
    """Which rows of the form bear the label of a row of the sheet."""

    def __init__(
        self,
        asked: Sequence[AskedRow],
        found: Sequence[FoundRow],
        pairs: Sequence[Paired],
    ) -> None:
        self._found = found
        self._pairs = {pair.asked: pair for pair in pairs}
        self._bearers: dict[str, set[int]] = defaultdict(set)
        for i, row in enumerate(asked):
            for label in row.labels:
                self._bearers[label.key].add(i)

    def _named(self, pair: Paired) -> Collection[int]:
        return self._bearers.get(self._found[pair.found].label.key, _NOBODY)

    def is_own(self, pair: Paired) -> bool:
        """Whether the row of the sheet bears no label, or its own, of the form's."""
        named = self._named(pair)
        return not named or pair.asked in named

    def exchanged(self, pair: Paired) -> Paired | None:
        """The one other pair in which the row of the sheet bears this one's label."""
        fitting = [
            other
            for i in self._named(pair)
            if (other := self._pairs.get(i)) is not None
            and not self.is_own(other)
            and pair.asked in self._named(other)
        ]
        return fitting[0] if len(fitting) == 1 else None
