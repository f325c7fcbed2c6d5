"""What a column header says: years, period, version, and what else tells it apart.

Headers are compared by meaning and not by spelling: "TH 2012", "Thực hiện | Năm 2012"
and "2012 (thực hiện)" say the same, and "TH 6 tháng 2012" says something else.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from pipeline.domain.plan.plan_round import Column, ColumnRole
from pipeline.domain.reading.header_scopes import UNIT_IN_BRACKETS, scopes_of
from pipeline.domain.writing.text import match_key, unmarked

LEAST_FIT = 0.5
_LONGEST_REMEMBERED = 1000
_GLUED = re.compile(r"(?<=[a-z])(?=\d)")
_SHORT = {
    "th": "thuc hien",
    "kh": "ke hoach",
    "uth": "uoc thuc hien",
    "ut": "uoc",
    "dt": "du toan",
    "gn": "giai ngan",
    "nc": "nhu cau",
    "ss": "so sanh",
    "nstw": "ngan sach trung uong",
    "nsdp": "ngan sach dia phuong",
    "tw": "trung uong",
    "dp": "dia phuong",
    "ns": "ngan sach",
    "dvt": "don vi tinh",
    "stt": "tt",
    "6t": "6 thang",
    "9t": "9 thang",
    "3t": "3 thang",
    "06": "6",
    "sau": "6",
    "tp": "thanh pho",
    "tx": "thi xa",
    "tl": "ti le",
}
_VERSIONS = (
    ("estimate", re.compile(r"\buoc(?: tinh)?(?: (?:thuc hien|dat|giai ngan))?\b")),
    ("estimate", re.compile(r"\bdu kien thuc hien\b")),
    ("disbursed", re.compile(r"\bgiai ngan\b")),
    ("budget", re.compile(r"\bdu toan\b")),
    ("request", re.compile(r"\bnhu cau\b")),
    ("plan", re.compile(r"\b(?:du kien )?ke hoach\b")),
    ("actual", re.compile(r"\b(?:thuc hien|ket qua)\b")),
)
# A text with none of these, spelled out or shortened, tells of no year, version or period.
_TELLING = re.compile(
    r"\b(?:uoc|du kien|giai ngan|du toan|nhu cau|ke hoach|thuc hien|ket qua|so sanh|so voi"
    r"|toc do|tang giam|ti trong|cung ki|thang|nua|qui|30 0?6|th|kh|uth|ut|dt|gn|nc|ss"
    r"|[369]t|(?:19|20)\d\d)\b"
)
_COMPARES = re.compile(r"\b(?:so sanh|so voi|toc do|tang giam|ti trong)\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SAME_PERIOD = re.compile(r"\bcung ki\b")
_HALF = re.compile(
    r"\b6 thang\b|\bnua nam\b|\bnua dau nam\b|\bden(?: het)?(?: ngay)? 30 0?6\b"
)
_SECOND = re.compile(r"\bcuoi\b|\bcon lai\b")
_MONTHS = re.compile(r"\b(\d+) thang\b|\bqui (?:i+v?|\d)\b|\bthang \d+\b")
_FILLERS = frozenset(
    ("nam", "ca", "dau", "giao", "tong", "so", "cua", "tinh", "chi", "tieu", "von",
     "duoc", "toan", "den", "het", "thang", "6", "trong", "do", "tren", "dia", "ban",
     "va", "ngay", "30", "31", "01", "ti", "le", "cung", "ki", "luong", "dieu",
     "chinh", "bo", "sung")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """A header's meaning. `period`: Y, H1, H2, other months, or SAME (as last year).

    `versions` in order of mention; `scopes` are words that split a figure.
    """

    text: str
    years: tuple[int, ...]
    period: str
    versions: tuple[str, ...]
    compares: bool
    scopes: frozenset[str]
    rest: frozenset[str]

    @property
    def is_plain(self) -> bool:
        """Whether the header speaks of no year, version or period."""
        return not (self.years or self.versions) and self.period == "Y"

    @property
    def tells_value(self) -> bool:
        """Whether the header looks like one of a column of figures."""
        return bool(self.years or self.versions) or self.period != "Y" or self.compares


def may_head(text: str, starts: frozenset[str]) -> bool:
    """Whether a text may tell of a value or begin with one of the words; quicker to say
    than what it means. In brackets anything may stand.
    """
    key = _GLUED.sub(" ", match_key(text))
    first = key.partition(" ")[0]
    return (
        "(" in text
        or _SHORT.get(first, first).partition(" ")[0] in starts
        or _TELLING.search(key) is not None
    )


def read_header(text: str) -> Signature:
    """The signature of a header path (" | " between its levels)."""
    return _read(text) if len(text) > _LONGEST_REMEMBERED else _remembered(text)


def _read(text: str) -> Signature:
    share = "%" in text
    key = " ".join(
        _SHORT.get(word, word)
        for word in _GLUED.sub(
            " ", match_key(UNIT_IN_BRACKETS.sub(" ", unmarked(text)))
        ).split()
    )
    left, versions = _take_versions(key)
    years = tuple(int(year) for year in _YEAR.findall(left))
    left = _YEAR.sub(" ", left)
    compares = bool(_COMPARES.search(key)) or (
        len(versions) > 1 and (share or "/" in text or ":" in text)
    )
    scopes = scopes_of(text, left, portion=not compares)
    return Signature(
        text=key,
        years=years if compares else tuple(sorted(set(years))),
        period=_period(key),
        versions=tuple(versions) if compares else tuple(dict.fromkeys(versions)),
        compares=compares,
        scopes=scopes,
        rest=frozenset(left.split()) - _FILLERS - {w for s in scopes for w in s.split()},
    )


_remembered = lru_cache(maxsize=4096)(_read)


def _take_versions(key: str) -> tuple[str, list[str]]:
    """The words that name versions, in order of mention, and what is left."""
    found: list[tuple[int, str]] = []
    for name, pattern in _VERSIONS:
        found.extend((match.start(), name) for match in pattern.finditer(key))
        key = pattern.sub(lambda match: " " * len(match.group()), key)
    return key, [name for _, name in sorted(found)]


def _period(key: str) -> str:
    if _SAME_PERIOD.search(key):
        return "SAME"
    if _HALF.search(key):
        return "H2" if _SECOND.search(key) else "H1"
    months = _MONTHS.search(key)
    if months is None or months.group(1) == "12":
        return "Y"
    return f"M{months.group(1) or months.group()}"


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column of a form with the signatures of its title and aliases."""

    column: Column
    year: int
    signatures: tuple[Signature, ...]


def column_words(column: Column, plan_year: int) -> ColumnWords:
    """What headers of a column may say."""
    spellings = (column.title, *column.aliases)
    signatures = tuple(read_header(_paths(spelling)) for spelling in spellings)
    return ColumnWords(column, plan_year + (column.year or 0), signatures)


class FormColumns:
    """The columns of a form, and how well headers fit them.

    `laid_out` is what was made of the headers of tables that came before.
    """

    def __init__(self, words: Sequence[ColumnWords]) -> None:
        self._words = tuple(words)
        self.laid_out: dict[Hashable, Any] = {}
        self._remembered = lru_cache(maxsize=1024)(self._fits)

    def __iter__(self) -> Iterator[ColumnWords]:
        return iter(self._words)

    def fits(self, text: str, shift: int) -> tuple[tuple[float, ColumnWords], ...]:
        """The columns that a header path fits at least half, each with its score."""
        known = len(text) <= _LONGEST_REMEMBERED
        return self._remembered(text, shift) if known else self._fits(text, shift)

    def _fits(self, text: str, shift: int) -> tuple[tuple[float, ColumnWords], ...]:
        header = read_header(text)
        scores = ((header_score(header, words, shift), words) for words in self)
        return tuple((score, words) for score, words in scores if score >= LEAST_FIT)


def _paths(title: str) -> str:
    return title.replace(" - ", " | ")


def header_score(header: Signature, words: ColumnWords, shift: int = 0) -> float:
    """How well a header fits a column, 0 to 1; years and period must agree.

    `shift` asks as if the round were that many years later.
    """
    if words.column.role not in (ColumnRole.VALUE, ColumnRole.DERIVED):
        return _plain_score(header, words)
    scores = (
        _figure_score(header, asked, words.year, shift)
        if not asked.is_plain
        else _alias_score(header, asked, words.year + shift)
        for asked in words.signatures
    )
    return max(scores, default=0.0)


def _plain_score(header: Signature, words: ColumnWords) -> float:
    """Code, label, unit and note columns: by their words alone."""
    if not header.text or header.tells_value:
        return 0.0
    best = max(fuzz.ratio(header.text, asked.text) for asked in words.signatures) / 100
    if best < 0.85 and any(
        f" {asked.text} " in f" {header.text} " for asked in words.signatures
    ):
        return 0.8
    return best if best >= 0.75 else 0.0


def _alias_score(header: Signature, asked: Signature, year: int) -> float:
    """An alias without year and version ("NSTW"), against the end of a path."""
    if header.versions or header.compares or header.period != "Y":
        return 0.0
    if any(found != year for found in header.years) or header.scopes != asked.scopes:
        return 0.0
    bare = _YEAR.sub("", header.text).replace(" nam ", " ").strip()
    bare = bare.removeprefix("trong do ").removesuffix(" so luong")
    score = fuzz.ratio(bare, asked.text) / 100
    return 0.95 * score if score >= 0.8 else 0.0


def _figure_score(header: Signature, asked: Signature, year: int, shift: int) -> float:
    if header.compares != asked.compares or header.period != asked.period:
        return 0.0
    wanted = tuple(found + shift for found in asked.years)
    if header.compares:
        return _comparison_score(header, asked.versions, wanted)
    if header.is_plain:
        return 0.0
    factor = _year_factor(header.years, wanted or (year + shift,), named=bool(wanted))
    factor *= _version_factor(header, asked.versions)
    if header.scopes != asked.scopes:
        factor *= 0.4
    extra = len(header.rest - asked.rest)
    lacking = len(asked.rest - header.rest)
    return factor * max(1 - 0.12 * extra - 0.05 * lacking, 0.3)


def _comparison_score(
    header: Signature, versions: tuple[str, ...], years: tuple[int, ...]
) -> float:
    """Two versions compared, in order; one year may stand for both."""
    if header.versions != versions:
        return 0.0
    if header.years == years:
        return 1.0
    return (
        0.9 if len(header.years) < len(years) and set(header.years) == set(years) else 0.0
    )


def _year_factor(header: tuple[int, ...], wanted: tuple[int, ...], *, named: bool) -> float:
    if not header:
        return 0.7 if named else 0.95
    return 1.0 if set(header) == set(wanted) else 0.0


def _version_factor(header: Signature, asked: tuple[str, ...]) -> float:
    if header.versions == asked:
        return 1.0
    if not header.versions:
        # Nobody plans a half year: its figures are what was done.
        return 0.8 if header.period == "H1" else 0.6
    if not asked:
        return 0.8
    return 0.85 if set(header.versions) & set(asked) else 0.0
