"""A cheap guess which forms a table may be, before any is laid over it."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from pipeline.domain.reading.candidate import KnownForm, title_scores
from pipeline.domain.reading.cell_words import reads_as_figure
from pipeline.domain.reading.form_match import Table
from pipeline.domain.reading.layout import header_text
from pipeline.domain.reading.row_label import read_label
from pipeline.domain.reading.sheet import CellKind

_LONGEST_REMEMBERED = 300
_NOTHING = "\0"  # no match key
_TEXT = CellKind.TEXT


class FirstLook:
    """The forms of the open rounds, found by the labels that they hold."""

    def __init__(self, known: Sequence[KnownForm]) -> None:
        self._known = tuple(known)
        self._titles = tuple(each.title for each in known)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(self._known):
            for key in each.keys:
                self._holders[key].append(at)
        self._years = any(map(str.isdigit, self._holders))

    def ranked(self, table: Table) -> list[tuple[float, KnownForm]]:
        """The forms by how many of their labels stand in a table word for word, and by
        its title, the likeliest first.
        """
        hits = [0] * len(self._known)
        for key in self._holders.keys() & self._keys(table):
            for at in self._holders[key]:
                hits[at] += 1
        named = title_scores(table, self._titles) if self._known else ()
        looks = [
            (found / max(len(each.rows), 1) + score / 2, each)
            for found, score, each in zip(hits, named, self._known, strict=True)
        ]
        return sorted(looks, key=lambda look: -look[0])

    def _keys(self, table: Table) -> set[str]:
        """The match keys of all that stands in a table's body and is no figure."""
        top, bottom = table.body_top, table.body_bottom
        body = [cells for row, cells in table.rows.items() if top <= row <= bottom]
        texts = {cell[1] for cells in body for _, cell in cells if cell[0] is _TEXT}
        keys = {_remembered(t) if len(t) <= _LONGEST_REMEMBERED else _key(t) for t in texts}
        if self._years:  # a number that is no figure is a year
            others = (cell for cells in body for _, cell in cells if cell[0] is not _TEXT)
            keys.update(header_text(cell) or _NOTHING for cell in others)
        return keys


def _key(text: str) -> str:
    return _NOTHING if reads_as_figure(text) else read_label(text).key


_remembered = lru_cache(maxsize=8192)(_key)
