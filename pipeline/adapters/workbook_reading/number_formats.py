"""What a number format says of the figures that it shows: percent, date, size."""

import re

from pipeline.domain.writing.text import match_key

_LITERAL = re.compile(r'"([^"]*)"')
_SCALES = frozenset(("nghin", "ngan", "trieu", "tr", "trd", "ti", "van"))
# A comma behind the last digit of the whole part: a thousandth is shown.
_THOUSANDTHS = re.compile(r"[0#?](,+)(?![0#?,])")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|_.')
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))


def is_percent(number: int, code: str) -> bool:
    """Whether a number format shows the value times 100."""
    return "%" in _QUOTED.sub("", code) if code else number in _PERCENT_FORMATS


def scale_of(code: str) -> str:
    """What a number format writes behind the digits when it speaks of their size, after
    a comma for each thousandth that it shows them as.

    `#,##0" nghìn"` shows 12 as "12 nghìn": who reads the sheet sees twelve thousand.
    `#,##0,` shows 12000 as "12".
    """  # fmt: skip
    first = code.partition(";")[0]
    parted = _THOUSANDTHS.search(_QUOTED.sub("", first)) if "," in first else None
    commas: str = parted[1] if parted else ""
    for found in _LITERAL.finditer(first):
        literal: str = found[1]
        if _SCALES & set(match_key(literal).split()):
            return commas + literal.strip()
    return commas


def is_date(number: int, code: str) -> bool:
    """Whether a number format shows a date or a time."""
    if not code:
        return number in _DATE_FORMATS
    bare = _QUOTED.sub("", code.partition(";")[0]).lower().replace("general", "")
    return any(letter in bare for letter in "ymdhs") and not set("0#?") & set(
        bare.replace(".0", "")
    )
