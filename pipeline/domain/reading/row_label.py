"""Rows of a form and rows of a sheet made comparable: label, code, unit, parent."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.quick_making import opened
from pipeline.domain.reading.contrast import opposed, senses_of
from pipeline.domain.reading.label_note import note_words
from pipeline.domain.writing.text import compose, match_key

_LEADING_CODE = re.compile(
    r"\s*(?P<code>(?:[IVX]{1,5}|[A-Z]|\d{1,2})(?:\.\d{1,2})*)"
    r"(?:(?<=\.\d)|(?<=\.\d\d)|\s*[.):/-])\s+(?=\S)"
)
_BRACKETED = re.compile(r"\([^()]*\)")
_FILLERS = re.compile(
    r"\b(?:tren dia ban(?: tinh| toan tinh)?|toan tinh|cua tinh|trong nam)\b"
)
_MOST_OPPOSED = 0.74
# just below what is sure: the row is taken, and asked about
_MOST_NARROWED = 0.77
_NARROWING = 2
# Words that leave the figure what it is, as do units and the province's own name for it.
_EMPTY_WORDS = frozenset(
    match_key(
        "tổng số lượng mức tỷ lệ chỉ tiêu gồm trong đó và các của tại ở là theo từ đến trên"
        " địa bàn phương tỉnh thành phố toàn năm kỳ nay đầu cuối kế hoạch ước thực"
        " hiện có loại báo cáo giao đã được bị người lượt hộ triệu đồng nghìn ngàn tỷ phần"
        " trăm cơ sở quyết định số liệu tính chung nói riêng nếu khác v"
    ).split()
)
PART = "trong do "
"""What the key of a row begins with that is a part of the one above it."""
_YEAR = re.compile(r"\b20\d\d\b")
_ENOUGH_WORDS, _ENOUGH_BELOW_NONE = 4, 3
_SUB = re.compile(r"\s*\++")
_DASH = re.compile(r"\s*(?:[-–—•*o·]\s|[-–—•*])")
_CODE_KEY = re.compile(r"[^0-9a-z.]+")
# What people shorten in capitals; spelled out before the case is lost ("TE" is no "tệ").
_SHORT = {
    "LĐ": "lao động", "XKLĐ": "xuất khẩu lao động", "NCC": "người có công",
    "TE": "trẻ em", "DN": "dạy nghề", "ĐTN": "đào tạo nghề", "GQVL": "giải quyết việc làm",
    "BTXH": "bảo trợ xã hội", "TNXH": "tệ nạn xã hội", "TBLS": "thương binh, liệt sĩ",
    "BHTN": "bảo hiểm thất nghiệp", "HN": "hộ nghèo", "SL": "số lượng", "TL": "tỷ lệ",
    "VL": "việc làm", "KT-XH": "kinh tế - xã hội", "HCĐB": "hoàn cảnh đặc biệt",
    "DTTS": "dân tộc thiểu số", "CĐN": "cao đẳng nghề", "TCN": "trung cấp nghề",
    "SCN": "sơ cấp nghề", "LĐNT": "lao động nông thôn",
    "CTMTQG": "chương trình mục tiêu quốc gia",
    "NKT": "người khuyết tật", "NCT": "người cao tuổi", "BĐG": "bình đẳng giới",
    "XH": "xã hội", "HĐ": "hợp đồng", "TT": "trung tâm", "CSBTXH": "cơ sở bảo trợ xã hội",
    "KP": "kinh phí",
}  # fmt: skip
_SHORTENED = re.compile(
    r"(?<!\w)(?:"
    + "|".join(sorted(map(re.escape, _SHORT), key=len, reverse=True))
    + r")(?!\w)"
)
_MOST_REMEMBERED = 300


@dataclass(frozen=True, slots=True)
class Label:
    """A label split up. `level`: 1 numbered, 2 below it, 3 below that. `senses` are words
    that make another figure of one that is called alike (`contrast.py`); `notes` those of
    its brackets that may (`label_note.py`).
    """

    key: str
    bare: str
    words: frozenset[str]
    code: str
    level: int
    senses: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()


def read_label(text: str, code: str = "") -> Label:
    """A row's label and code; a code written before the label counts as one."""
    long = len(text) + len(code) > _MOST_REMEMBERED
    return _read_label(text, code) if long else _remembered(text, code)


def _read_label(text: str, code: str) -> Label:
    found = None if code else _LEADING_CODE.match(text)
    if found is not None:
        code, text = found["code"], text[found.end() :]
    spelled = _SHORTENED.sub(lambda short: _SHORT[short.group()], compose(text))
    key = match_key(spelled)
    number = code_key(code)
    return Label(
        key=key,
        bare=_bare(spelled) or key,
        words=frozenset(key.split()),
        code=number,
        level=_level(text, number, key),
        senses=senses_of(key),
        notes=note_words(spelled, _EMPTY_WORDS),
    )


_remembered = lru_cache(maxsize=4096)(_read_label)


def _bare(spelled: str) -> str:
    """The key without what stands in brackets and what says nothing."""
    return " ".join(_FILLERS.sub(" ", match_key(_BRACKETED.sub(" ", spelled))).split())


def code_key(code: str) -> str:
    """A code without brackets and final dots; "3.10" as a number is "3.1" too."""
    return _CODE_KEY.sub("", code.lower()).strip(".")


def same_code(asked: str, found: str) -> bool:
    """Whether two codes agree, a trailing zero lost to a number cell aside."""
    return bool(found) and (asked == found or ("." in asked and asked.rstrip("0") == found))


def _level(text: str, code: str, key: str) -> int:
    if _SUB.match(text):
        return 3
    if _DASH.match(text) or key.startswith("trong do"):
        return 2
    return 1 if code else 2


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row of a form: its spellings, the key of the row it stands under, and the years
    in the form's columns.
    """

    indicator: Indicator
    labels: tuple[Label, ...]
    parent: str
    years: frozenset[str] = frozenset()

    def may_stand(self, under: str) -> bool:
        """Whether its label says what it is under another row than in the form.

        A label that leans on the row above it must have words enough, and no row above
        it that it could lean on: there is none where the codes were left out.
        """
        label = self.labels[0]
        if label.level == 1 or self.parent == under:
            return True
        text = self.indicator.label.lstrip()
        leans = _DASH.match(text) is not None or text.startswith("+")
        least = _ENOUGH_WORDS if under else _ENOUGH_BELOW_NONE
        return (
            len(label.words) >= least and not _is_part(label.key) and not (leans and under)
        )


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row of a sheet that has a label.

    `joined` is its label together with that of row `partner`, which may be a part of it.
    """

    row: int
    text: str
    label: Label
    joined: Label | None
    unit: str
    parent: str
    has_figures: bool
    partner: int | None = None


found_row = opened(FoundRow)


def asked_rows(form: Form) -> tuple[AskedRow, ...]:
    """The rows of a form in order."""
    labels = [
        tuple(read_label(s, i.code) for s in (i.label, *i.aliases)) for i in form.indicators
    ]
    parents = parents_of([spellings[0] for spellings in labels])
    years = frozenset(_YEAR.findall(" ".join(column.title for column in form.columns)))
    return tuple(
        AskedRow(indicator, spellings, parent, years)
        for indicator, spellings, parent in zip(
            form.indicators, labels, parents, strict=True
        )
    )


def parents_of(labels: Iterable[Label]) -> list[str]:
    """For each label the key of the nearest one before it of a higher level, or ""."""
    parents: list[str] = []
    above = {1: "", 2: "", 3: ""}
    for label in labels:
        higher = [above[level] for level in range(label.level - 1, 0, -1) if above[level]]
        parents.append(higher[0] if higher else "")
        above[label.level] = label.key
        for level in range(label.level + 1, 4):
            above[level] = ""
    return parents


def similarity(asked: AskedRow, found: FoundRow, vocabulary: frozenset[str]) -> float:
    """How alike two labels are, 0 to 1, over all spellings of both."""
    best = _most_alike(asked, found.label, vocabulary)
    if found.joined is not None and best < 0.97:
        whole = _most_alike(asked, found.joined, vocabulary)
        best = max(best, 0.98 * whole)
    return best


def _most_alike(asked: AskedRow, found: Label, vocabulary: frozenset[str]) -> float:
    return max(_alike(label, found, vocabulary, asked.years) for label in asked.labels)


def _alike(
    asked: Label, found: Label, vocabulary: frozenset[str], years: frozenset[str]
) -> float:
    if asked.key == found.key:
        return 1.0
    if not asked.key or not found.key:
        return 0.0
    score = max(
        fuzz.ratio(asked.key, found.key),
        0.97 * fuzz.ratio(asked.bare, found.bare),
        0.95 * fuzz.token_sort_ratio(asked.key, found.key),
        _contained(asked, found),
    )
    part = asked.level == 1 and _is_part(found.key) and not _is_part(asked.key)
    most = _MOST_OPPOSED if part or opposed(asked.senses, found.senses, years) else 1.0
    if score / 100 > _MOST_NARROWED and (_noted(asked, found) or _narrowed(asked, found)):
        most = min(most, _MOST_NARROWED)
    return min(score / 100, most, _ceiling(asked.words, found.words, vocabulary))


def _noted(asked: Label, found: Label) -> bool:
    """Whether a note in brackets says something that the form's label does not."""
    if not found.notes:
        return False
    return len(found.notes - asked.words) > len(asked.notes - found.words)


def _narrowed(asked: Label, found: Label) -> bool:
    """Whether a sheet's label says all that the form's does, and of whom: "... của doanh
    nghiệp". That may be a part of the figure; notes in brackets are taken for notes.
    """
    own = Counter(asked.key.split())
    more = [w for w in (Counter(found.bare.split()) - own) if _has_content(w)]
    lost = (own - Counter(found.key.split())).total()
    return len(more) - lost >= _NARROWING


def _has_content(word: str) -> bool:
    return word not in _EMPTY_WORDS and not word.isdigit()


def _is_part(key: str) -> bool:
    """Whether a label is a part of the row above: "Trong đó: ..."."""
    return key.startswith(PART)


def _contained(asked: Label, found: Label) -> float:
    """One label inside the other: the more of it, the better."""
    shorter = min(len(asked.key), len(found.key)) / max(len(asked.key), len(found.key))
    if shorter < 0.2 or min(len(asked.words), len(found.words)) < 3:
        return 0.0
    return float(fuzz.token_set_ratio(asked.key, found.key)) * (0.65 + 0.3 * shorter)


def _ceiling(
    asked: frozenset[str], found: frozenset[str], vocabulary: frozenset[str]
) -> float:
    """What two labels can reach at most when real words of the form part them.

    "đầu năm" and "cuối năm" differ in few letters and mean two rows: a word that the
    form itself uses is no slip of the finger.
    """
    here = {word for word in asked - found if word in vocabulary}
    there = {word for word in found - asked if word in vocabulary}
    if here and there:
        return 0.72
    return 0.9 if there else 1.0


def vocabulary_of(rows: Sequence[AskedRow]) -> frozenset[str]:
    """Every word of the labels of a form."""
    return frozenset(w for row in rows for label in row.labels for w in label.words)
