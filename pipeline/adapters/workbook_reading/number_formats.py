"""What a number format says of the figures that it shows: percent, date, size."""

import re

from pipeline.domain.writing.text import match_key

_LITERAL = re.compile(r'"([^"]*)"')
_SCALES = frozenset(("nghin", "ngan", "trieu", "tr", "trd", "ti", "van"))
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|_.')
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))


def is_percent(number: int, code: str) -> bool:
    """Whether a number format shows the value times 100."""
    return "%" in _QUOTED.sub("", code) if code else number in _PERCENT_FORMATS


def scale_of(code: str) -> str:
    """What a number format writes behind the digits when it speaks of their size.

    `#,##0" nghìn"` shows 12 as "12 nghìn": who reads the sheet sees twelve thousand.
    """
    for found in _LITERAL.finditer(code.partition(";")[0]):
        literal: str = found[1]
        if _SCALES & set(match_key(literal).split()):
            return literal.strip()
    return ""


def is_date(number: int, code: str) -> bool:
    """Whether a number format shows a date or a time."""
    if not code:
        return number in _DATE_FORMATS
    bare = _QUOTED.sub("", code.partition(";")[0]).lower().replace("general", "")
    return any(letter in bare for letter in "ymdhs") and not set("0#?") & set(
        bare.replace(".0", "")
    )
