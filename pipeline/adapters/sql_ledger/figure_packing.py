"""What counts of a version's figures, as one row of whole numbers.

Each is times ten to as many decimals as the version has at most, 64 bits, the highest
first, in the place that a layout gives to its row and column: `NO_FIGURE` where there is
none, 0 for a nil. Figures that do not fit are not packed: they are read one by one.
"""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Key = tuple[str, str]
"""Row and column of a figure in its form."""

NO_FIGURE = -(2**63)
BYTES_A_NUMBER = 8
_MOST_DECIMALS = 18
_NIL = "n"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which figure of a form stands in which place."""

    number: int
    places: Mapping[Key, int]

    def covers(self, keys: Iterable[Key]) -> bool:
        """Whether each of these figures has its place."""
        return self.places.keys() >= set(keys)


def written_places(keys: Iterable[Key]) -> str:
    """Keys in their places as the ledger keeps them."""
    return json.dumps([list(key) for key in keys])


def read_places(written: str) -> Mapping[Key, int]:
    """What `written_places` wrote."""
    return {(row, column): n for n, (row, column) in enumerate(json.loads(written))}


def counting(
    values: Sequence[str | None], missing: Sequence[str | None]
) -> Sequence[str | None]:
    """What counts of figures in canonical text: a nil is 0."""
    if _NIL not in missing:
        return values
    return [
        "0" if mark == _NIL else value for value, mark in zip(values, missing, strict=True)
    ]


def packed(
    layout: Layout, keys: Sequence[Key], counted: Sequence[str | None]
) -> tuple[int, bytes] | None:
    """Decimals and numbers of figures in canonical text; None where one does not fit.

    Every key has its place in the layout.
    """
    found = _whole([text for text in counted if text is not None])
    if found is None:
        return None
    decimals, numbers = found
    rest = iter(numbers)
    placed = [NO_FIGURE] * len(layout.places)
    for key, text in zip(keys, counted, strict=True):
        if text is not None:
            placed[layout.places[key]] = next(rest)
    try:
        return decimals, struct.pack(f">{len(placed)}q", *placed)
    except struct.error:
        return None


def _whole(texts: Sequence[str]) -> tuple[int, Sequence[int]] | None:
    """Decimals, and every number times ten to them."""
    parts = [text.partition(".") for text in texts]
    decimals = max((len(rest) for _, _, rest in parts), default=0)
    if not decimals:
        numbers = list(map(int, texts))
    elif decimals > _MOST_DECIMALS:
        return None
    else:
        numbers = [int(whole + rest.ljust(decimals, "0")) for whole, _, rest in parts]
    return None if NO_FIGURE in numbers else (decimals, numbers)
