"""Bars as SVG files beside the results page, without a library for plots."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

_WIDTH, _ROW, _LEFT, _ROOM = 880, 30, 420, 130
"""Pixels: the picture, a bar with its gap, the names, the figure at the end."""
_STYLE = "font-family='sans-serif' font-size='14'"


def bars(path: Path, title: str, values: Mapping[str, float], unit: str) -> str:
    """Write one horizontal bar for each name; the Markdown that shows the picture."""
    longest = max(values.values(), default=0.0) or 1.0
    height = _ROW * (len(values) + 1) + 10
    size = f"width='{_WIDTH}' height='{height}'"
    drawn = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} {_STYLE}>",
        "<rect width='100%' height='100%' fill='white'/>",
        f"<text x='10' y='20' font-weight='bold'>{escape(title)}</text>",
    ]
    for number, (name, value) in enumerate(values.items(), start=1):
        top, line = _ROW * number + 5, _ROW * number + 20
        length = (_WIDTH - _LEFT - _ROOM) * value / longest
        bar = f"x='{_LEFT}' y='{top}' width='{length:.1f}' height='20' fill='#3b6ea5'"
        end = f"x='{_LEFT + length + 8:.1f}' y='{line}'"
        drawn += [
            f"<text x='{_LEFT - 10}' y='{line}' text-anchor='end'>{escape(name)}</text>",
            f"<rect {bar}/>",
            f"<text {end}>{value:.4g} {unit}</text>",
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*drawn, "</svg>"]) + "\n", encoding="utf-8")
    return f"![{title}]({path.parent.name}/{path.name})"
