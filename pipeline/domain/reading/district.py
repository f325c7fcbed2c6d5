"""Tables of one district: laid out like a form, but not the province's figures."""

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.reading.below_district import (
    CITIES,
    CITY_OFFICE,
    TOWN_OFFICE,
    is_office_below,
    is_place_below,
    names_city,
    names_commune,
)
from pipeline.domain.reading.district_names import is_district
from pipeline.domain.reading.form_match import Table
from pipeline.domain.writing.text import compose, match_key, unmarked

_LONGEST = 160
# With tone marks only: without them "quận" is "quan", a word of everything.
_NAMED = re.compile(r"(?<!\w)(?:huyện|quận|thị xã) (?!xã\b|thị\b|huyện\b)(\w+)")
# "UBND H. Vị Xuyên", "UBND TX Gia Nghĩa": nobody shortens these words elsewhere.
_SHORTENED = re.compile(r"\bu(?:bnd|i ban nhan dan) (?:h|tx|q) \w")
_CITY = re.compile(r"\b(?:thanh pho|tp) ")
# A province with two towns of the list in its name.
_OF_TWO_TOWNS = re.compile(r"\bb(?:à rịa|a ria)\W+v(?:ũng tàu|ung tau)\b", re.IGNORECASE)
_PARTS = re.compile(r"\s[-–—]\s|[:(),;]")
_BARE = re.compile(r"(?<!\w)(?:huyen|thi xa) (?!xa\b|thi\b|thanh\b)(\w+)")
# "các huyện nghèo", "cấp huyện", "theo huyện, thị xã" mean no district of a name. These
# and the next are match keys, with "y" as "i".
_NO_NAME = frozenset(
    ("ngheo", "mien", "bien", "kho", "va", "dac", "vung", "nong", "trong", "thuoc", "co",
     "dao", "moi", "nam", "con", "diem", "thanh", "da", "duoc", "trung", "tren")
)  # fmt: skip
_OF_ALL = re.compile(r"(?:cac|cap|theo|tung|moi|so|toan bo) (?:huien|quan|thi xa)\b")
# "Sở" and "số" are one word without tone marks: "số lao động" is a number of workers.
_DEPARTMENT = re.compile(r"(?<!\w)sở (?:lao động|lđ)")
_PROVINCE = re.compile(
    r"\bso (?:lao dong|ld) ?(?:va )?(?:tb|thuong binh)|\b(?:ubnd|ui ban nhan dan) "
    r"(?:tinh|(?:tp ?|thanh pho )(?:hcm|hn|hp|dn|ct|ho chi minh|ha noi|hai phong|da nang"
    r"|can tho))\b"
)
# Who is written to, or whose letter is answered, is not who speaks.
_OF_OTHERS = re.compile(r"\b(?:kinh gui|noi nhan|kem theo|theo cong van)\b|^don vi tinh\b")
_UNIT = re.compile(r"don vi tinh\b|noi nhan\b")
_DATED = re.compile(r"[^,]{2,50},\s*ngay\b")
_STREET = re.compile(
    r"(?:^|[,;:–-])\s*(?:số \S+ |so \S+ )?(?:đường|duong(?! minh| kinh)|địa chỉ|dia chi)\b"
)
# "Phòng KHTC, 12 Trần Phú, thị xã Gia Nghĩa": where an office sits, not whose it is.
_SEAT = re.compile(r",\s*(?:huyện|quận|thị xã|huyen|quan|thi xa)\b")
_HOUSE = re.compile(r"(?:số |so )?\d|(?:phòng|phong)\b")
_OWN_OFFICE = re.compile(
    r"\b(?:ubnd|ui ban nhan dan|phong (?:lao dong|ld)\w*(?: va| tb| xh| tbxh| thuong| binh"
    r"| xa| hoi)*) (?:huien|quan|thi xa) \w"
)
_OFFICE = re.compile(r"(?:ubnd|ui ban nhan dan|phong|don vi|huien|quan|thi xa)\b")


def district_of(table: Table, title: str, columns: Sequence[ColumnMatch]) -> str | None:
    """The text that says a table is one district's: above it, its sheet or its columns.

    `title` is the match key of the form's own title. Columns say so when every one of
    the form's figures stands under the same district.
    """
    line = _line_of_one(table, title)
    if line is not None:
        return line
    if _is_called(table.sheet.name):
        return table.sheet.name
    groups = {match.header.partition(" | ")[0] for match in columns}
    if len(groups) == 1 and len(columns) > 1:
        return next((group for group in groups if _is_called(group)), None)
    return None


def _is_called(name: str) -> bool:
    """Whether a sheet, or all columns of a form, are called by a district or below."""
    return _names_one(name) or is_place_below(name)


def _line_of_one(table: Table, title: str) -> str | None:
    last = table.title.rpartition("\n")[2]
    if is_place_below(last):  # right above the header, it heads the columns
        return last
    province = any(_is_province(line) for line in table.title.split("\n"))
    return next(
        (
            line
            for line in table.title.split("\n")
            if len(line) <= _LONGEST and _tells_one(line, title, province=province)
        ),
        None,
    )


@lru_cache(maxsize=4096)
def _tells_one(line: str, title: str, *, province: bool) -> bool:
    """Whether a line that is not too long says whose table stands below it."""
    if _is_address(line):
        return False
    return (
        (_names_one(line) and _is_heading(line, title, province=province))
        or _is_signed(line, title, province=province)
        or (not province and _is_town(line))
        or is_office_below(line)
    )


def _names_one(text: str) -> bool:
    return names_district(text) or is_district(text)


def _is_signed(line: str, title: str, *, province: bool) -> bool:
    """Whether a line is the name of a district, an office of one in short, or the form's
    title with one behind it. Under a province's letterhead a city is only a place.
    """
    key = match_key(line)
    if _SHORTENED.search(key) or _is_own_name(line, province=province):
        return True
    if title not in key:
        return False
    if names_commune(line):
        return True
    plain = _OF_TWO_TOWNS.sub(" ", compose(line))
    if not province and names_city(match_key(plain), _CITY):
        return True
    return any(_is_own_name(part, province=province) for part in _PARTS.split(plain))


def _is_own_name(text: str, *, province: bool) -> bool:
    return is_district(text) and not (province and _CITY.search(match_key(text)))


def _is_town(line: str) -> bool:
    """Whether a line names an office of a city below a province, or one that only
    districts have.
    """
    key = match_key(line)
    return bool(TOWN_OFFICE.search(key)) or names_city(key, CITY_OFFICE, CITIES)


def _is_province(line: str) -> bool:
    """Whether a department of a province speaks in a line: it has sections too."""
    return _is_department(line) if len(line) <= _LONGEST else _speaks(line)


def _speaks(line: str) -> bool:
    key = match_key(line)
    if _OF_OTHERS.search(key):
        return False
    return bool(_DEPARTMENT.search(compose(line).lower()) or _PROVINCE.search(key))


_is_department = lru_cache(maxsize=4096)(_speaks)


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


def _is_address(line: str) -> bool:
    """Whether a line is an address, a date or a unit, which names no owner."""
    plain = compose(line).lower()
    return bool(
        _STREET.search(plain)
        or _DATED.match(unmarked(plain))
        or _UNIT.match(match_key(line))
    )


def _is_heading(line: str, title: str, *, province: bool) -> bool:
    """Whether a line heads a table: an office, capitals, or the form's title and more."""
    key = match_key(line)
    if _OWN_OFFICE.search(key):
        return True
    if province and is_district(line) and _CITY.search(key):
        return False
    if title in key:
        return True
    lowered = compose(line).lower()
    if _SEAT.search(lowered) and (_is_province(line) or _HOUSE.match(lowered)):
        return False
    return line.isupper() or _OFFICE.match(key) is not None
