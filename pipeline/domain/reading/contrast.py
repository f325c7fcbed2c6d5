"""Words of labels that turn one figure into another: women and men, town and country.

"Tỷ lệ nữ ..." and "Tỷ lệ nam ..." differ in two letters, which is less than people
misspell. Such words are compared for themselves.
"""

import re

# Either both labels have it, or they mean different things.
_SAME = {
    "khong": r"\bkhong\b",
    "can ngheo": r"\bcan ngheo\b",
    "nu": r"\bnu\b",
}
# The form's label may leave it unsaid, but the sheet's may not add it.
_ADDED = {
    "huien": r"\b(?:cap |so )?huien(?! ngheo)\b",
    "qui": r"\b(?:dau|cuoi|trong) qui\b|\bqui (?:[1-4]|i{1,3}|iv)\b",
    "thang": r"\b\d{1,2} thang\b",
    "nam truoc": r"\b(?:nam|ki) truoc\b|\bcung ki\b",
    "lui ke": r"\blui ke\b(?! (?:tu dau|trong|ca) nam\b)",
    "cu": r"\bcu$",
    "tang giam": r"^(?:muc |so )?(?:tang|giam)\b",
    "ti le": r"^(?:ti le|ti trong|co cau)\b",
}
# Of each of these a figure has one.
_ONE_OF = (
    ("dau nam", "cuoi nam"),
    ("thanh thi", "nong thon"),
    ("tang", "giam"),
    ("trong nuoc", "ngoai nuoc"),
    ("bat buoc", "tu nguien"),
    ("dai han", "ngan han"),
    ("trung uong", "dia phuong"),
    ("cao dang", "trung cap", "so cap"),
)
_SENSES = {
    **{name: re.compile(pattern) for name, pattern in (_SAME | _ADDED).items()},
    **{name: re.compile(rf"\b{name}\b") for names in _ONE_OF for name in names},
}
_BOTH = frozenset(_SAME)
_ONE_SIDED = frozenset(_ADDED)
_YEAR = re.compile(r"\b((?:19|20)\d\d)$")
# The end of a span ("2011-2015"), or the year of a poverty line or of a decision.
_NO_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|chuan(?: \w+){0,4}|(?:qd|nd|nq|ct|tt)(?: \w+){1,3})"
    r" (?:nam )?\d{4}$"
)
_GROUPS = tuple(frozenset(names) for names in _ONE_OF)


def senses_of(key: str) -> frozenset[str]:
    """Which of the words a label's key holds; a year at its end as itself, "2011"."""
    senses = frozenset(name for name, pattern in _SENSES.items() if pattern.search(key))
    year = _YEAR.search(key)
    if year is None or _NO_TIME.search(key):
        return senses
    return senses | {year[1]}


def opposed(
    asked: frozenset[str], found: frozenset[str], own_years: frozenset[str] = frozenset()
) -> bool:
    """Whether a sheet's label speaks of another figure than the form's, by such a word.

    `own_years` are those that the form itself asks about: no other figure.
    """
    added = found - asked - own_years
    if not added and not asked - found:
        return False
    if (asked ^ found) & _BOTH or added & _ONE_SIDED or any(map(str.isdigit, added)):
        return True
    return any(
        asked & group and found & group and not asked & found & group for group in _GROUPS
    )
