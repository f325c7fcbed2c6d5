"""Words under or beside a year in a header that make its figure a part of the year's."""

import re
from collections.abc import Iterator

UNIT_IN_BRACKETS = re.compile(
    r"\([^()]*(?:%|\b(?:dvt|don vi|nguoi|ng|dong|tr ?\.? ?d|trd|ho|luot|1\.?000)\b)"
    r"[^()]*\)"
)
_SCOPES = frozenset(
    ("trung uong", "dia phuong", "nu", "nam gioi", "khac", "ngoai nuoc", "von vai", "oda",
     "huyen", "xa hoi hoa", "dan toc", "lan", "cap tinh", "nong thon", "thanh thi",
     "thi xa", "cong lap", "tu nhan")
)  # fmt: skip
# a city of the province's; "toàn thành phố" is all of a province that is a city
_CITY = re.compile(r"(?<!toan )(?<!cua )(?<!ban )\bthanh pho\b(?! giao)")
# another figure of the same year: what is added, left, summed up over years, the nation's
_OTHER = re.compile(
    r"\b(?:tang them|binh quan|con lai|toan quoc|ca nuoc|chenh lech"
    r"|lui ke\s+den(?: het)? nam|(?<!chinh )(?<!da )bo sung)\b"
)
# how much of something, where the column of the form asks for how many
_PORTION = re.compile(r"\b(?:ti le|co cau)\b")
_MALE = re.compile(r"\|\s*nam\s*$", re.IGNORECASE)  # "năm" has its mark
_PERCENT_ALONE = re.compile(r"\|[\s(]*%[\s)]*$")


def scopes_of(text: str, left: str, *, portion: bool) -> frozenset[str]:
    """The words of a header that split a figure, or make a portion of it.

    `left` is the key of its text without versions and years.
    """
    return frozenset(_scopes(text, left, portion=portion))


def _scopes(text: str, left: str, *, portion: bool) -> Iterator[str]:
    yield from (scope for scope in _SCOPES if re.search(rf"\b{scope}\b", left))
    if _CITY.search(left):
        yield "thanh pho"
    if _OTHER.search(" ".join(left.split())):
        yield "other"
    if _MALE.search(text):
        yield "nam gioi"
    percent = "%" in UNIT_IN_BRACKETS.sub(" ", text) or _PERCENT_ALONE.search(text)
    if portion and (percent or _PORTION.search(left)):
        yield "ti le"
