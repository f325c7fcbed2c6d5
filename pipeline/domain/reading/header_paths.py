"""The header of a column over several rows, from top to bottom, as one text."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pipeline.domain.reading.header import read_header

LEVELS = " | "
"""Between the levels of a header."""


def header_path(levels: Sequence[Mapping[int, str]], column: int) -> str:
    """A column's header from top to bottom; equal neighbours once.

    A group's title that is not merged stands over its first column only: the columns
    to the right take it over when their own words say too little.
    """
    texts = [level.get(column, "") for level in levels]
    if not texts[0] and len(levels) > 1:
        own = read_header(" | ".join(text for text in texts if text))
        if not (own.years and own.versions):
            texts[0] = _group(levels, column)
    path = [text for text in texts if text]
    return LEVELS.join([*path[:1], *(b for a, b in pairwise(path) if a != b)])


def _group(levels: Sequence[Mapping[int, str]], column: int) -> str:
    left = [at for at in levels[0] if at < column]
    if not left:
        return ""
    near = max(left)
    below = any(near in level for level in levels[1:])
    text = levels[0][near]
    return text if below and read_header(text).tells_value else ""
