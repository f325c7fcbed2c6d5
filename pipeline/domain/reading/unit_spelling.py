"""How sizes of units are spelled: in words, in figures, as powers, and cut short."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pipeline.domain.writing.text import compose, match_key, unmarked

_TEN = Decimal(10)
SCALE_WORDS = {
    "chuc": _TEN,
    "muoi": _TEN,
    "tram": _TEN**2,
    "nghin": _TEN**3,
    "ngan": _TEN**3,
    "ngin": _TEN**3,
    "000": _TEN**3,
    "van": _TEN**4,
    "trieu": _TEN**6,
    "tr": _TEN**6,
    "ti": _TEN**9,
    **{str(10**n): _TEN**n for n in range(1, 10)},
}
POWERS = frozenset(str(10**n) for n in range(1, 10))
"""Powers of ten, typed as numbers where a unit is to be told."""
# those that units are counted in; "100 người" may as well be how many there are
_USUAL_POWERS = frozenset(("1000", "1000000", "1000000000"))
# words cut so short that they are a size only before what is counted: "ng. người"
_CUT_SHORT = {"ng": _TEN**3, "ngh": _TEN**3}
# shorter still: nobody can be sure of them
_TOO_SHORT = frozenset(("n", "k"))
_SHORT = re.compile(r"[nk] (?P<counted>.+)|k(?P<money>d|dong|vnd)")
# scales that may stand alone; the others are words as well ("trạm", "tr." for "trường")
ALONE = frozenset(("nghin", "ngan", "ngin", "trieu", "000", "1000", "1000000"))
_SURE_OF_ITSELF = frozenset(("nghin", "ngan", "ngin", "trieu"))
# "chục nghìn tỷ" and a little more; what names a hundred is no size
_MOST_SCALES = 6
LONGEST_REMEMBERED = 300
_LONGEST_SIZE = 20
# what says that a unit is told; without diacritics: a whole sheet may be typed so
NAMED = r"(?<![a-z])(?:don\s+vi(?:\s+tinh)?|dvt|d/?v(?:\s+tinh)?)"
_GROUPED = re.compile(r"(?<=\d)[.,\s](?=\d{3}(?!\d))")
_POWER = re.compile(r"(?<!\d)10\s?(?:(?:\^|mũ|mu)\s?([1-9])|([²³⁴-⁹]))")
_TIMES = re.compile(r"(?<![^\W\d_])[x×*]\s?(?=\d|ngh[iì]n|ng[aà]n)")
_GLUED = re.compile(r"(?<=\d)(?=[a-z])|(?<=\btr|\bti|\bng)(?=(?:d|dong|vnd)\b)")
# words that without their marks are a size: "tư vấn", "Vân Hồ", "trạm", "tổ chức"
_A, _U, _O = "aàáảãạăằắẳẵặâầấẩẫậ", "uùúủũụưừứửữự", "oòóỏõọôồốổỗộơờớởỡợ"
_MAY_BE_SIZE = re.compile(
    rf"(?<!\w)(?:v[{_A}]n|tr[{_A}]m|ch[{_U}]c|m[{_U}][{_O}]i)(?!\w)", re.IGNORECASE
)
_SIZES_WITH_MARKS = frozenset(("vạn", "trăm", "chục", "mươi", "mười"))
_ONE_BEFORE = re.compile(r"^mot (?=nghin|ngan|tram|chuc|van|trieu|ti\b)")


class Sized(NamedTuple):
    """A spelling taken apart: the words of its size, and what is counted."""

    scales: tuple[str, ...]
    counted: str

    @property
    def factor(self) -> Decimal:
        """How many of what is counted are one."""
        factor = Decimal(1)
        for word in self.scales:
            factor *= SCALE_WORDS.get(word) or _CUT_SHORT[word]
        return factor

    @property
    def is_plain(self) -> bool:
        """Whether the size is no other word: "Trạm Y tế" and "Văn phòng" begin like one."""
        return self.scales[0] in _SURE_OF_ITSELF


def unit_key(written: str) -> str:
    """A unit's spelling without marks, dots and brackets: "1.000 Người" is "1000 nguoi",
    and so is "10³ người".
    """  # fmt: skip
    return _key(written) if len(written) > LONGEST_REMEMBERED else _remembered_key(written)


def told_apart(text: str) -> str:
    """Text in which words are other ones that without their marks would be a size.

    "vận động" (to raise money) would be "vạn đồng" (ten thousand đồng), "Vân Hồ" (a
    district) "vạn hộ".
    """
    return _MAY_BE_SIZE.sub(_set_apart, compose(text))


def _set_apart(found: re.Match[str]) -> str:
    word = found.group()
    return word if word.isascii() or word.lower() in _SIZES_WITH_MARKS else f"w{word}"


def _key(written: str) -> str:
    text = _POWER.sub(_in_figures, _GROUPED.sub("", told_apart(written)))
    text = _TIMES.sub("", text).replace("%", " phantram ")
    return match_key(text).replace("phantram", "%").replace("phan tram", "%")


_remembered_key = lru_cache(maxsize=2048)(_key)


def _in_figures(found: re.Match[str]) -> str:
    zeros: int = int(found[1]) if found[1] else unicodedata.digit(found[2])
    return "1" + "0" * zeros


def sized(written: str) -> Sized | None:
    """The size that a spelling begins or ends with; None where it has none."""
    words = _ONE_BEFORE.sub("", _GLUED.sub(" ", unit_key(written))).split()
    before = 0
    while before < len(words) and _is_scale(words, before):
        before += 1
    if before > _MOST_SCALES:
        return None
    if before:
        return Sized(tuple(words[:before]), " ".join(words[before:]))
    if len(words) > 1 and words[-1] in ALONE:
        return Sized((words[-1],), " ".join(words[:-1]))
    return None


def as_written(text: str, part: str) -> str:
    """A part of a text that was told without marks, with those that it has there."""
    whole = compose(text)
    bare, part = unmarked(whole), part.strip()
    at = bare.find(part) if len(bare) == len(whole) else -1
    return part if at < 0 else whole[at : at + len(part)]


def is_size_alone(text: str) -> bool:
    """Whether a text is no more than a power of ten, typed or in brackets: "(1.000)"."""
    if text in POWERS:
        return True
    return (
        text.lstrip()[:1] == "(" and len(text) <= _LONGEST_SIZE and unit_key(text) in POWERS
    )


def may_be_amount(written: str) -> bool:
    """Whether a spelling may as well be how many there are: "(100 người)", "10.000 hộ"."""
    first = unit_key(written).partition(" ")[0]
    return first in POWERS and first not in _USUAL_POWERS


def split_short(written: str) -> tuple[Decimal, str]:
    """The size that a letter may stand for, and what is counted; nothing where none is."""
    found = _SHORT.fullmatch(unit_key(written))
    return _TEN**3, (found["counted"] or found["money"]) if found else ""


def _is_scale(words: Sequence[str], at: int) -> bool:
    return words[at] in SCALE_WORDS or (words[at] in _CUT_SHORT and at + 1 < len(words))


def scales_in(words: frozenset[str] | set[str]) -> bool:
    """Whether any of these words may speak of a size, also of one that was set apart."""
    return any(
        word in _TOO_SHORT or word.isdigit() or word.removeprefix("w") in SCALE_WORDS
        for word in words
    )
