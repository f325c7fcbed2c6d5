"""What a header, a label or a title says of its unit behind its words."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.header_paths import LEVELS
from pipeline.domain.reading.unit_spelling import (
    ALONE,
    LONGEST_REMEMBERED,
    NAMED,
    POWERS,
    Sized,
    as_written,
    may_be_amount,
    sized,
    told_apart,
    unit_key,
)
from pipeline.domain.reading.units import Units
from pipeline.domain.writing.text import compose, unmarked

BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
# a size behind a header or a label that does not say of what: "KH 2014 (x1000)"
_TIMES = re.compile(
    r"(?<![a-z0-9])[x×*/] ?(1[., ]?000(?:[., ]?000)*)$|[-–,:;/] ?(nghin|ngan|trieu|t[yi])$"
)
# without its marks "tư vấn hộ" ends in ten thousand of them, and so does "Vân Hồ"
_UNCLEAR, _UNCLEAR_OF = "van", frozenset(("dong", "ho", "nguoi"))
_YEAR = re.compile(r"(?:19|20)\d\d")
_APART = re.compile(
    r".*(?:[-–—:;,/|]|\b(?:19|20)\d\d|\b(?:theo|bang|tinh|dvt|vi))(?P<unit>[^-–—:;,/|]{1,24})$"
)
_LEAST_SIZE = 1000
_LONGEST_SIZE = 20
_COUNTING = frozenset(("chuc", "muoi", "tram"))
_PREFIX = re.compile(rf"^\s*(?:{NAMED}|tinh\s+bang\b)\s*[:.]?\s*")


def in_brackets(units: Units, text: str) -> Unit | None:
    """The unit in the brackets of a header or label."""
    if "(" not in text and "[" not in text:
        return None
    return bracketed(units, text)[0]


def bracketed(units: Units, text: str) -> tuple[Unit | None, str]:
    """The unit in the brackets of a text and how it is written there."""
    known = len(text) <= LONGEST_REMEMBERED
    return (_in_brackets if known else _in_brackets.__wrapped__)(units, text)


@lru_cache(maxsize=2048)
def _in_brackets(units: Units, text: str) -> tuple[Unit | None, str]:
    for inside in BRACKETS.findall(told_apart(text)):
        said = _PREFIX.sub("", unmarked(inside))
        unit = units.find(said)
        if unit is not None:
            return unit, said
    return None, ""


class Beside(NamedTuple):
    """What a header or a label says of its unit: one, or a `size` but not of what.

    One that is not `sure` may as well be how many there are: "(100 người)"; one that is
    not set `apart` may be of the sentence: "cho cả nghìn người".
    """

    unit: Unit | None = None
    size: str = ""
    sure: bool = True
    apart: bool = True


def told_beside(units: Units, text: str) -> Beside | None:
    """The unit in the brackets of a header or label, or that it ends in, if any."""
    if len(text) > LONGEST_REMEMBERED:
        unit, said = bracketed(units, text)
        return Beside(unit, sure=not may_be_amount(said)) if unit else None
    return _told_beside(units, text)


@lru_cache(maxsize=4096)
def _told_beside(units: Units, text: str) -> Beside | None:
    unclear = _unclear(text)
    if not unclear:
        unit, said = bracketed(units, text)
        if unit is not None:
            return Beside(unit, sure=not may_be_amount(said))
        unit = units.at_end(text)
        if unit is not None:
            sure, apart = not _ends_in_amount(text), _sets_apart(units, text)
            return Beside(unit, sure=sure, apart=apart)
    size = unclear or _size_beside(units, text)
    return Beside(size=size) if size else None


def told_in_header(units: Units, header: str) -> Beside | None:
    """What a header of one or several levels ("Năm 2013 x1000 | TH") says of its unit."""
    levels = header.split(LEVELS)
    texts = (header, *reversed(levels)) if len(levels) > 1 else (header,)
    return next((told for text in texts if (told := told_beside(units, text))), None)


def size_alone(text: str) -> Iterator[str]:
    """A text that is a size and no more: "(1000)", "x1000", "nghìn"; a number is none."""
    bare = unmarked(compose(text)).strip(" .:;")
    found = sized(bare) if len(bare) <= _LONGEST_SIZE and not bare[:1].isdigit() else None
    if found and not found.counted and found.factor >= _LEAST_SIZE:
        yield as_written(text, bare.strip("()[] "))


def _ends_in_amount(text: str) -> bool:
    """Whether a text may end in how many there are: "cho 1.000 người", not "KH 2014 1000
    người".
    """
    words = unit_key(text).split()
    counts = words[-2] in POWERS or words[-2] in _COUNTING
    return counts and not (len(words) > 2 and _YEAR.fullmatch(words[-3]))


def _sets_apart(units: Units, text: str) -> bool:
    """Whether a sign, a year or a word stands between a text and the unit it ends in."""
    found = _APART.match(unmarked(told_apart(text)).rstrip(" .:;"))
    return found is not None and units.find(found["unit"]) is not None


def _unclear(text: str) -> str:
    """The end of a text that is typed without marks: "em vận động" (raised), or "2013 vạn
    đồng" (ten thousand đồng).
    """
    words = compose(text).lower().rstrip(" .:;").split()
    if len(words) < 3 or words[-2] != _UNCLEAR or words[-1] not in _UNCLEAR_OF:
        return ""
    return " ".join(words[-3:])


def _size_beside(units: Units, text: str) -> str:
    bare = unmarked(compose(text))
    for inside in BRACKETS.findall(bare):
        said = _PREFIX.sub("", inside)
        found = sized(said)
        if found and found.factor >= _LEAST_SIZE and _says_no_more(found):
            return as_written(text, inside)
        if units.cut_short(said):
            return said
    times = _TIMES.search(bare)
    return as_written(text, times[1] or times[2]) if times else ""


def _says_no_more(found: Sized) -> bool:
    """Whether nothing is counted, or something in one word that is no unit: "1000 hé" is
    what a wrong font makes of "1000 hộ".
    """
    sure = ALONE.issuperset(found.scales) and " " not in found.counted
    return not found.counted or sure
