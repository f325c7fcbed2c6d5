"""Tables of one district: laid out like a form, but not the province's figures."""

import re
from collections.abc import Iterator, Sequence

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.reading.district_names import is_district
from pipeline.domain.reading.form_match import Table
from pipeline.domain.writing.text import compose, match_key

_LONGEST = 160
# With tone marks only: without them "quận" is "quan", a word of everything.
_NAMED = re.compile(r"(?<!\w)(?:huyện|quận|thị xã) (?!xã\b|thị\b)(\w+)")
# "UBND H. Vị Xuyên", "UBND TX Gia Nghĩa": nobody shortens these words elsewhere.
_SHORTENED = re.compile(r"\bu(?:bnd|i ban nhan dan) (?:h|tx|q) \w")
_CITY = re.compile(r"\b(?:thanh pho|tp) (?!truc|thuoc|va\b|da\b|lon)(\w+ \w+)")
_GREAT_CITIES = frozenset(
    ("ha noi", "ho chi", "hai phong", "da nang", "can tho")
)  # of a province's rank
_TOWN_OFFICE = re.compile(r"^phong (?:lao dong|ld)\b.*(?:thuong binh|\btb)|^phong ldtb")
_PARTS = re.compile(r"\s[-–—]\s|[:(),;]")
_BARE = re.compile(r"(?<!\w)(?:huyen|thi xa) (?!xa\b|thi\b|thanh\b)(\w+)")
# "các huyện nghèo", "cấp huyện", "theo huyện, thị xã" mean no district of a name. These
# and the next are match keys, with "y" as "i".
_NO_NAME = frozenset(
    ("ngheo", "mien", "bien", "kho", "va", "dac", "vung", "nong", "trong", "thuoc", "co",
     "dao", "moi", "nam", "con", "diem", "thanh", "da", "duoc", "trung", "tren")
)  # fmt: skip
_OF_ALL = re.compile(r"(?:cac|cap|theo|tung|moi|so|toan bo|tai) (?:huien|quan|thi xa)\b")
_PROVINCE = re.compile(r"(?:so (?:lao dong|ld)|ubnd tinh|ui ban nhan dan tinh)\b")
_OFFICE = re.compile(r"(?:ubnd|ui ban nhan dan|phong|don vi|huien|quan|thi xa)\b")


def district_of(table: Table, title: str, columns: Sequence[ColumnMatch]) -> str | None:
    """The text that says a table is one district's: above it, its sheet or its columns.

    `title` is the match key of the form's own title. Columns say so when every one of
    the form's figures stands under the same district.
    """
    lines = list(_lines(table))
    for line in lines:
        if _names_one(line) and _is_heading(line, title):
            return line
        if _is_signed(line, title) or (_is_town(line) and not _of_province(lines)):
            return line
    if _names_one(table.sheet.name):
        return table.sheet.name
    groups = {match.header.partition(" | ")[0] for match in columns}
    if len(groups) == 1 and len(columns) > 1:
        return next((group for group in groups if _names_one(group)), None)
    return None


def _names_one(text: str) -> bool:
    return names_district(text) or is_district(text)


def _is_signed(line: str, title: str) -> bool:
    """Whether a line is the name of a district, an office of one in short, or the form's
    title with one behind it.
    """
    key = match_key(line)
    if is_district(line) or _SHORTENED.search(key):
        return True
    parts = _PARTS.split(line)
    return title in key and (_city(key) or any(is_district(part) for part in parts))


def _is_town(line: str) -> bool:
    """Whether a line names an office of a city below a province, or one that only
    districts have.
    """
    key = match_key(line)
    return bool(_TOWN_OFFICE.search(key) or (_OFFICE.match(key) and _city(key)))


def _city(key: str) -> bool:
    found = _CITY.search(key)
    return found is not None and found[1] not in _GREAT_CITIES


def _of_province(lines: Sequence[str]) -> bool:
    """Whether a department of a province speaks above the table: it has sections too."""
    return any(_PROVINCE.match(match_key(line)) for line in lines)


def names_district(text: str) -> bool:
    """Whether a text speaks of one district by its name."""
    plain = compose(text).lower()
    found = (_BARE if plain.isascii() else _NAMED).search(plain)
    key = match_key(text)
    return (
        found is not None
        and match_key(found[1]) not in _NO_NAME
        and _OF_ALL.search(key) is None
    )


def _lines(table: Table) -> Iterator[str]:
    return (line for line in table.title.split("\n") if len(line) <= _LONGEST)


def _is_heading(line: str, title: str) -> bool:
    """Whether a line heads a table: an office, capitals, or the form's title and more."""
    key = match_key(line)
    return line.isupper() or _OFFICE.match(key) is not None or title in key
