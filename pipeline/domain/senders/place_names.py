"""Province names in text: whole words, longest first, with what stands before them.

Folded names are everyday words ("cao bằng", "thái bình"; "hue" is in "thuế"), so a
mention says how it stands: behind `tỉnh` or `Sở`, alone between form words, or plain.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.domain.quick_making import quickly
from pipeline.domain.senders.province import Province
from pipeline.domain.writing.text import match_key

MAX_TOKENS = 2000
_MOST_REMEMBERED = 160
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_TYPES = (("tinh",), ("thanh", "pho"), ("tp",), ("t",), ("thu", "do"))
# Units of before 1997 and a sea: they hold the names of provinces and are none.
_DECOYS = (
    "Hà Nam Ninh",
    "Hà Sơn Bình",
    "Quảng Nam Đà Nẵng",
    "Gia Lai Kon Tum",
    "Thái Bình Dương",
    "Bình Trị Thiên",
    "Hà Nam Hà",
    "An Giang Long",
)
# A district, a street or a river may bear a province's name.
_SMALLER = frozenset(
    _TOKEN.findall(
        "huien xa phuong quan duong tran thon ban nui song cau cho khach san ben dao"
    )
)
_DEPARTMENT = frozenset(
    _TOKEN.findall(
        "so ldtbxh ldtb ldxh tbxh tb xh lao dong thuong binh va xa hoi sldtbxh "
        "soldtbxh sld sldtb sldtbvxh ldtbvxh phong khtc ke hoach tai chinh"
    )
)
_DEPARTMENT_SIGNS = frozenset(
    _TOKEN.findall("so ldtbxh sldtbxh soldtbxh sld sldtb ldtbvxh sldtbvxh tbxh ldtb hoi xh")
)
_FORM_WORDS = frozenset(
    _TOKEN.findall(
        "phu luc pl bieu mau bm bao cao bc ke hoach kh so lieu sl tong hop th nam gui "
        "bo sung sua lai ban cuoi chinh thuc final copi of moi ldtbxh khtc ktxh kt xh "
        "thang dau cua don vi dia phuong kem theo cv cong van thuiet minh re fw fwd "
        "tl ct file tep v v1 v2 dieu dinh kem gd giai doan ngai qui uoc tinh so "
        "sldtbxh excel"
    )
)
_SEPARATOR = re.compile(r"[()\[\]{}_;:|,+/–—-]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A province named in a text.

    `full`: by its name, not by an abbreviation; `marked`: behind `tỉnh`, `Sở`, `UBND`;
    `alone`: nothing but form words and signs beside it; `whole`: the text is the name.
    """

    province: str
    value: str
    full: bool
    marked: bool
    alone: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    key: str
    start: int
    end: int


_token = quickly(_Token)


@dataclass(frozen=True, slots=True)
class _Name:
    province: str
    marks: tuple[frozenset[str], ...]
    full: bool
    weak: bool = False


class PlaceNames:
    """The names of all reporting units, ready to be looked for."""

    def __init__(self, provinces: Iterable[Province]) -> None:
        self._names: dict[tuple[str, ...], list[_Name]] = {}
        self._joined: dict[str, str] = {}
        self._weak: dict[str, str] = {}
        for province in provinces:
            own, capital = match_key(province.name), match_key(province.capital)
            for alias in (province.name, *province.aliases):
                # A capital with a name of its own counts in datelines only.
                if match_key(alias) != capital or capital in own:
                    self._add(alias, province.code)
            for abbreviation in province.weak_abbr:
                self._weak.setdefault(abbreviation, province.code)
        for decoy in _DECOYS:
            self._add(decoy, "")
        self._longest: dict[str, int] = {}
        for keys in self._names:
            self._longest[keys[0]] = max(len(keys), self._longest.get(keys[0], 0))
        self._remembered = lru_cache(maxsize=4096)(self._mentions)

    def _add(self, alias: str, code: str) -> None:
        tokens = _without_type(_tokens(alias))
        keys = tuple(token.key for token in tokens)
        if not keys:
            return
        full = _is_full([token.text for token in tokens])
        marks = tuple(_marks(token.text) for token in tokens)
        self._names.setdefault(keys, []).append(_Name(code, marks, full))
        if full and code:
            self._joined.setdefault("".join(keys), code)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every province that a text names, in order; overlapping names are none."""
        short = len(text) <= _MOST_REMEMBERED
        return self._remembered(text) if short else self._mentions(text)

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        tokens = _tokens(text)
        found = _settled(self._candidates(tokens))
        return tuple(
            _mention(text, tokens, start, end, name)
            for start, end, name in found
            if name.province and not _is_smaller(tokens, start)
        )

    def _candidates(self, tokens: list[_Token]) -> list[tuple[int, int, _Name]]:
        found = []
        for start, token in enumerate(tokens):
            longest = self._longest.get(token.key, 0)
            for end in range(start + 1, min(start + longest, len(tokens)) + 1):
                keys = tuple(token.key for token in tokens[start:end])
                name = _fitting(self._names.get(keys, ()), tokens[start:end])
                if name is not None:
                    found.append((start, end, name))
        return found

    def joined(self, word: str) -> str | None:
        """The province of a name written in one word, "hagiang"."""
        return self._joined.get(match_key(word))

    def weak(self, text: str) -> Iterable[tuple[str, str]]:
        """(abbreviation, province) of words that may stand for a province: in capitals."""
        for token in _tokens(text):
            code = self._weak.get(token.text)
            if code is not None:
                yield token.text, code


def _tokens(text: str) -> list[_Token]:
    composed = unicodedata.normalize("NFC", text)
    found = []
    for word in _TOKEN.finditer(composed):
        key = match_key(word[0]).replace(" ", "")
        if key:
            found.append(_token(word[0], key, word.start(), word.end()))
        if len(found) >= MAX_TOKENS:
            break
    return found


def _without_type(tokens: list[_Token]) -> list[_Token]:
    keys = tuple(token.key for token in tokens)
    for kind in _TYPES:
        if keys[: len(kind)] == kind and len(keys) > len(kind):
            return tokens[len(kind) :]
    return tokens


def _is_full(words: list[str]) -> bool:
    """Whether an alias is a name and not an abbreviation: no word in capitals only."""
    if len(words) == 1:
        return len(words[0]) >= 5 and not words[0][:2].isupper()
    return all(len(word) >= 2 and not word.isupper() for word in words)


@lru_cache(maxsize=8192)
def _marks(word: str) -> frozenset[str]:
    """The diacritics of a word, wherever they stand in it."""
    parts = unicodedata.normalize("NFD", word.lower().replace("ð", "đ"))
    return frozenset(sign for sign in parts if sign == "đ" or unicodedata.combining(sign))


def _fitting(names: Iterable[_Name], tokens: list[_Token]) -> _Name | None:
    """The name whose diacritics allow the written ones: half-typed ones are met."""
    for name in names:
        pairs = zip(tokens, name.marks, strict=True)
        if all(_marks(token.text) <= marks for token, marks in pairs):
            return name
    return None


def _settled(
    candidates: list[tuple[int, int, _Name]],
) -> list[tuple[int, int, _Name]]:
    """The longest names; two that overlap and are not nested are no name at all."""
    kept = []
    for start, end, name in candidates:
        rivals = [
            (a, b)
            for a, b, other in candidates
            if a < end and start < b and other.province != name.province
        ]
        same = any(
            a <= start and end <= b and b - a > end - start for a, b, _ in candidates
        )
        if not same and all(start <= a and b <= end for a, b in rivals):
            kept.append((start, end, name))
    return kept


def _is_smaller(tokens: list[_Token], start: int) -> bool:
    """Whether a district, commune or street of that name is meant."""
    before = tokens[start - 1].key if start else ""
    if before == "pho":
        return start < 2 or tokens[start - 2].key != "thanh"
    return before in _SMALLER


def _mention(text: str, tokens: list[_Token], start: int, end: int, name: _Name) -> Mention:
    composed = unicodedata.normalize("NFC", text)
    return Mention(
        name.province,
        composed[tokens[start].start : tokens[end - 1].end],
        name.full,
        _is_marked(tokens, start),
        _stands_alone(composed, tokens, start, end),
        whole=start == 0 and end == len(tokens),
    )


def _is_marked(tokens: list[_Token], start: int) -> bool:
    before = tokens[max(0, start - 12) : start]
    if not before:
        return False
    last = before[-1]
    if last.key == "tinh":
        return _marks(last.text) in (frozenset(), _marks("tỉnh"))
    if last.key in ("ubnd", "tp", "tpho") or last.text == "T":
        return True
    if [token.key for token in before[-2:]] in (["thanh", "pho"], ["thu", "do"]):
        return True
    return _is_department([token for token in before if token.text])


def _is_department(before: list[_Token]) -> bool:
    """Whether the words just before are the department's name, not the ministry's."""
    run = 0
    while run < len(before) and before[-1 - run].key in _DEPARTMENT:
        run += 1
    words = before[len(before) - run :]
    outer = before[len(before) - run - 1].key if run < len(before) else ""
    if not words or outer == "bo" or words[-1].key not in _DEPARTMENT_SIGNS:
        return False
    if words[-1].key == "so":
        return _marks(words[-1].text) == _marks("sở")
    return any(word.key.startswith(("so", "sld", "ldtb", "ldxh")) for word in words)


def _stands_alone(text: str, tokens: list[_Token], start: int, end: int) -> bool:
    left = text[tokens[start - 1].end : tokens[start].start] if start else "-"
    right = text[tokens[end - 1].end : tokens[end].start] if end < len(tokens) else "-"
    return (_SEPARATOR.search(left) is not None or _is_form_word(tokens[start - 1])) and (
        _SEPARATOR.search(right) is not None or _is_form_word(tokens[end])
    )


def _is_form_word(token: _Token) -> bool:
    return token.key in _FORM_WORDS or token.key.isdigit()


Capitals = Mapping[str, str]


def capitals(provinces: Iterable[Province]) -> Capitals:
    """Match key of each capital to its province; Hanoi is every ministry's dateline."""
    found = {match_key(one.capital): one.code for one in provinces}
    found.pop("ha noi", None)
    return found
