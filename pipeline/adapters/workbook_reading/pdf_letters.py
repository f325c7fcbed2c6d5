"""Whether the letters of a PDF's table stand where they belong.

A row too low for its text is printed with the text running over its neighbours: letters
of two cells fall into one, and whole lines into the wrong row. Nothing of such a table
can be trusted.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Box = tuple[float, float, float, float]
_MOST_ASTRAY = 2
_OUT = 0.25
_OVER = 0.5


class CellGrid:
    """The cells of a table by row and column; `cells` are (left, top, right, bottom)."""

    def __init__(
        self, columns: Sequence[float], tops: Sequence[float], cells: Mapping[Any, Box]
    ) -> None:
        self._columns = columns
        self._tops = tops
        self._cells = cells

    def is_overrun(self, letters: Iterable[Mapping[str, Any]]) -> bool:
        """Whether letters cross the lines between rows, or stand upon each other."""
        lines: defaultdict[tuple[Box, int], list[Mapping[str, Any]]] = defaultdict(list)
        astray = 0
        for letter in letters:
            box = self._box(letter)
            if box is None or not (letter["text"].isascii() and letter["text"].isalnum()):
                continue
            astray += _crosses(letter, box)
            lines[(box, round(letter["top"] / 2))].append(letter)
        astray += sum(_collisions(line) for line in lines.values())
        return astray > _MOST_ASTRAY

    def _box(self, letter: Mapping[str, Any]) -> Box | None:
        middle = (letter["top"] + letter["bottom"]) / 2
        centre = (letter["x0"] + letter["x1"]) / 2
        row = bisect_right(self._tops, middle) - 1
        column = bisect_right(self._columns, centre) - 1
        box = self._cells.get((row, column))
        return box if box and middle <= box[3] and centre <= box[2] else None


def _crosses(letter: Mapping[str, Any], box: Box) -> bool:
    room = _OUT * (letter["bottom"] - letter["top"])
    above = letter["top"] < box[1] - room
    return bool(above or letter["bottom"] > box[3] + room)


def _collisions(line: list[Mapping[str, Any]]) -> int:
    """Pairs of different letters, one upon the other; a letter twice is only bold."""
    line.sort(key=lambda letter: float(letter["x0"]))
    return sum(
        later["x0"] < first["x1"] - _OVER * (first["x1"] - first["x0"])
        and first["text"] != later["text"]
        for first, later in pairwise(line)
    )
