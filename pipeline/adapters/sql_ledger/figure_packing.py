"""What counts of a version's figures, as one row of whole numbers.

Each is times ten to as many decimals as the version has at most, 64 bits, the highest
first, in the place that a layout gives to its row and column: `NO_FIGURE` where there is
none, 0 for a nil. Figures that do not fit are not packed: they are read one by one.
"""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

Key = tuple[str, str]
"""Row and column of a figure in its form."""

NO_FIGURE = -(2**63)
BYTES_A_NUMBER = 8
_MOST_DECIMALS = 18
_NIL = "n"


@dataclass(frozen=True)
class Layout:
    """Which figure of a form stands in which place."""

    number: int
    places: Mapping[Key, int]

    @cached_property
    def keys(self) -> Sequence[Key]:
        """The figures in their places."""
        return list(self.places)

    def covers(self, keys: Sequence[Key]) -> bool:
        """Whether each of these figures has its place."""
        # one return is like the other, figure by figure: that is seen sooner
        return keys == self.keys or self.places.keys() >= set(keys)


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

    Nor does one that was written into the ledger by hand, as "1.0e+20". Every key has its
    place in the layout.
    """
    try:
        found = _whole([text for text in counted if text is not None])
    except ValueError:
        return None
    if found is None:
        return None
    decimals, numbers = found
    if len(numbers) < len(counted):
        rest = iter(numbers)
        numbers = [NO_FIGURE if text is None else next(rest) for text in counted]
    if keys != layout.keys:
        numbers = _placed(layout, keys, numbers)
    try:
        return decimals, struct.pack(f">{len(numbers)}q", *numbers)
    except struct.error:
        return None


def _placed(layout: Layout, keys: Sequence[Key], numbers: Sequence[int]) -> Sequence[int]:
    places = layout.places
    placed = [NO_FIGURE] * len(places)
    for key, number in zip(keys, numbers, strict=True):
        placed[places[key]] = number
    return placed


def _whole(texts: Sequence[str]) -> tuple[int, Sequence[int]] | None:
    """Decimals, and every number times ten to them."""
    exact = [text for text in texts if "." in text]
    decimals = max((len(text) - text.index(".") - 1 for text in exact), default=0)
    if not decimals:
        numbers = list(map(int, texts))
    elif decimals > _MOST_DECIMALS:
        return None
    else:
        times = 10**decimals
        numbers = [
            _scaled(text, decimals) if "." in text else int(text) * times for text in texts
        ]
    return None if NO_FIGURE in numbers else (decimals, numbers)


def _scaled(text: str, decimals: int) -> int:
    whole, _, rest = text.partition(".")
    return int(whole + rest.ljust(decimals, "0"))


def unpacked(layout: Layout, decimals: int, data: bytes) -> Mapping[Key, Decimal] | None:
    """The figures of one row; None where it is not of this layout."""
    if len(data) != len(layout.places) * BYTES_A_NUMBER:
        return None
    numbers = struct.unpack(f">{len(layout.places)}q", data)
    return {
        key: Decimal(number).scaleb(-decimals)
        for key, number in zip(layout.keys, numbers, strict=True)
        if number != NO_FIGURE
    }
