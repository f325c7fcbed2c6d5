"""A tile for each province, about where it lies: the country at a glance.

Our own arrangement: 63 tiles cannot all touch their neighbours, but north is above south
and the coast is to the right.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.domain.senders.province import Province

LAYOUT = """
.. 12 10 02 04 ..
11 15 08 06 20 ..
14 25 26 19 24 22
.. 17 01 27 30 31
.. .. 35 33 34 ..
.. 38 37 36 .. ..
.. 40 .. .. .. ..
.. .. 42 .. .. ..
.. .. 44 .. .. ..
.. .. .. 45 .. ..
.. .. .. 46 48 ..
.. .. .. .. 49 ..
.. .. .. 62 51 ..
.. .. .. 64 52 ..
.. .. .. 66 54 ..
.. .. 67 68 56 ..
.. 72 70 75 58 ..
87 80 74 77 60 ..
89 82 79 .. .. ..
91 92 86 83 .. ..
.. 93 94 84 .. ..
96 95 .. .. .. ..
"""
WIDE, HIGH, GAP = 86, 32, 2
LONG_NAME = 13
PLACES = {
    code: (column, row)
    for row, line in enumerate(LAYOUT.split("\n")[1:-1])
    for column, code in enumerate(line.split())
    if code != ".."
}


def tiles_of(
    provinces: Iterable[Province], cells: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """The drawing: its size, and a tile for each province with the state of its forms.

    `cells` are those of the heat map by province.
    """
    rows = max(row for _, row in PLACES.values()) + 1
    columns = max(column for column, _ in PLACES.values()) + 1
    tiles = [_tile(each, cells[each.code]) for each in provinces if each.code in PLACES]
    return {"width": columns * WIDE, "height": rows * HIGH, "tiles": tiles}


def _tile(province: Province, cells: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    column, row = PLACES[province.code]
    count = {
        state: sum(cell["state"] == state for cell in cells)
        for state in ("accepted", "deficient", "missing")
    }
    state = next(
        (s for s in ("deficient", "missing") if count[s]),
        "accepted",
    )
    if not count["accepted"] and not count["deficient"]:
        state = "missing"
    elif state == "missing":
        state = "partial"
    return {
        "province": province,
        "count": count,
        "whole": len(cells),
        "state": state,
        "sign": {"accepted": "✓", "deficient": "!", "partial": "…"}.get(state, "·"),
        "left": column * WIDE,
        "top": row * HIGH,
        "width": WIDE - GAP,
        "height": HIGH - GAP,
        "long": WIDE - 8 if len(province.name) > LONG_NAME else 0,
    }
