"""What a number format says of the figures that it shows: percent, date, size."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from pipeline.domain.writing.text import match_key

_LITERAL = re.compile(r'(?:"[^"]*"|\\.)+')
_UNQUOTED = re.compile(r'"|\\(?=.)')
_PIECES = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|.', re.DOTALL)
_TEST = re.compile(r"\[(<=|>=|<>|<|>|=)\s?(-?\d{1,15}(?:\.\d{1,9})?)\]")
_SCALES = frozenset(
    ("nghin", "ngan", "ngin", "trieu", "tr", "trd", "ti", "van", "tram", "chuc", "k")
)
# A comma behind the last digit of the whole part: a thousandth is shown.
_THOUSANDTHS = re.compile(r"[0#?](,+)(?![0#?,])")
_DIGIT_SIGNS = re.compile(r"[0#?]")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|_.')
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))
_MOST_OF_FIGURES = 3
_LONGEST = 1000  # Excel has none of more than 255 characters
_TESTS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne,
}  # fmt: skip


class Section(NamedTuple):
    """A part of a number format: the figures that it shows, and how it scales them.

    Without a `test` it shows all that the sections before it do not.
    """

    scale: str
    test: str = ""
    bound: Decimal = Decimal(0)

    def shows(self, number: Decimal) -> bool:
        """Whether a figure is shown in this way."""
        return not self.test or _TESTS[self.test](number, self.bound)


Scale = str | tuple[Section, ...]
"""What a number format writes behind the digits when it speaks of their size, after a
comma for each thousandth that it shows them as; by sections where these differ."""


def look_of(number: int, code: str) -> tuple[bool, bool, Scale]:
    """Whether a number format shows percentages or dates, and its scale."""
    return is_percent(number, code), is_date(number, code), scale_of(code)


def is_percent(number: int, code: str) -> bool:
    """Whether a number format shows the value times 100."""
    return "%" in _QUOTED.sub("", code) if code else number in _PERCENT_FORMATS


def scale_of(code: str) -> Scale:
    """The scale of a number format.

    `#,##0" nghìn"` shows 12 as "12 nghìn": who reads the sheet sees twelve thousand.
    `#,##0,` shows 12000 as "12", and `[>=1000]#,##0,;0` shows 500 as "500" beside it.
    """
    return _scale_of(code[:_LONGEST])


@lru_cache(maxsize=512)
def _scale_of(code: str) -> Scale:
    return chosen_by(_sections(_parts(code)[:_MOST_OF_FIGURES])) if code else ""


def _parts(code: str) -> list[str]:
    """A format taken apart at its semicolons, but for quoted ones."""
    parts = [""]
    for piece in _PIECES.findall(code):
        if piece == ";":
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def chosen_by(sections: Sequence[Section]) -> Scale:
    """The scale of sections: one of them where all are alike."""
    scales = {section.scale for section in sections}
    return tuple(sections) if len(scales) > 1 else sections[0].scale


def shown_scale(scale: Scale, number: Decimal) -> str:
    """The scale that a figure is shown in."""
    if isinstance(scale, str):
        return scale
    return next((each.scale for each in scale if each.shows(number)), "")


def _sections(written: Sequence[str]) -> list[Section]:
    """The sections of a format in the order in which they are tried.

    Without conditions they are for figures from 0 up and for those below, or for figures
    above 0, below 0 and for 0 itself; the fourth is for texts.
    """
    tests = [_TEST.search(section) for section in written]
    scales = [_scale_in(section) for section in written]
    if not any(tests):
        usual = ((), ((">=", 0),), ((">", 0), ("<", 0)))[len(written) - 1]
        bounds = [*((sign, Decimal(at)) for sign, at in usual), ("", Decimal(0))]
        return [Section(scale, *bound) for scale, bound in zip(scales, bounds, strict=True)]
    conditional = [
        Section(scale, test[1], Decimal(test[2]))
        for scale, test in zip(scales, tests, strict=True)
        if test
    ]
    free = [scale for scale, test in zip(scales, tests, strict=True) if not test]
    return [*conditional, *(Section(scale) for scale in free[:1])]


def _scale_in(section: str) -> str:
    """The commas and the word of one section."""
    parted = _THOUSANDTHS.search(_QUOTED.sub("", section)) if "," in section else None
    commas: str = parted[1] if parted else ""
    for found in _LITERAL.finditer(section):
        literal: str = _UNQUOTED.sub("", found[0])
        if is_size(literal):
            return commas + literal.strip()
        behind = _DIGIT_SIGNS.search(_QUOTED.sub("", section[: found.start()]))
        if behind and any(letter.isdigit() for letter in literal):
            return commas + literal.strip()
    return commas


def is_size(literal: str) -> bool:
    """Whether a text beside a figure speaks of its size."""
    return not _SCALES.isdisjoint(match_key(literal).split())


def is_date(number: int, code: str) -> bool:
    """Whether a number format shows a date or a time."""
    if not code:
        return number in _DATE_FORMATS
    bare = _QUOTED.sub("", code.partition(";")[0]).lower().replace("general", "")
    return any(letter in bare for letter in "ymdhs") and not set("0#?") & set(
        bare.replace(".0", "")
    )
