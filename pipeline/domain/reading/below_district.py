"""Cities below a province, and communes: what says that a table is theirs alone.

A province's department has its letterhead above their tables too. An office of theirs, or
their name in the place of the reporting unit, tells whose figures these are.
"""

import re

from pipeline.domain.reading.district_names import is_district
from pipeline.domain.writing.text import compose, match_key

# Cities that are called as a province is, or by an ordinary word; match keys.
CITIES = frozenset(
    ("ha giang", "cao bang", "bac kan", "tuien quang", "lao cai", "lai chau", "son la",
     "ien bai", "hoa binh", "thai nguien", "lang son", "bac giang", "bac ninh",
     "hai duong", "hung ien", "thai binh", "nam dinh", "ninh binh", "thanh hoa",
     "ha tinh", "quang ngai", "kon tum", "tai ninh", "ben tre", "tra vinh", "vinh long",
     "soc trang", "bac lieu", "ca mau", "hue", "vinh", "dien bien phu", "dien bien")
)  # fmt: skip
_CITY = re.compile(r"(?:thanh pho|tp) ")
CITY_OFFICE = re.compile(r"\b(?:ubnd|ui ban nhan dan) (?:thanh pho|tp) ")
TOWN_OFFICE = re.compile(r"^phong (?:lao dong|ld)\b.*(?:thuong binh|\btb)|^phong ldtb")
_CITY_BEHIND = re.compile(r"\b(?:thanh pho|tp) ")
_COMMUNE_OFFICE = re.compile(
    r"(?:\b(?:ubnd|ui ban nhan dan)|^ban (?:ld|lao dong)[\w ]{0,40}?)"
    r" (?:xa|phuong|thi tran) (?!hoi\b|xa\b|phuong\b|thi\b)\w"
)
_TOLD = re.compile(r"(?:tên )?(?:đơn vị|địa phương|địa bàn)(?: báo cáo)?\s*:\s*|")
_NAMED = re.compile(r"(?<!\w)(?:xã|phường|thị trấn)(?::| :)? (\w+)")
_COMMUNE = re.compile(_NAMED.pattern + r"(?: \w+){0,3}")
_DISTRICT = re.compile(r"(?:huyện|quận|thị xã|h\.?|q\.?|tx\.?)(?::| :)? ?([\w' ]{1,30})")
_NUMBERED = re.compile(r"(?:quận|q)\.? ?\d{1,2}")
# Behind "xã" and the like no name; match keys.
_NO_NAME = frozenset(
    ("hoi", "vien", "phuong", "thi", "xa", "ngheo", "dac", "kho", "vung", "bien", "mien",
     "trong", "thuoc", "co", "duoc", "tren", "cua", "dat", "nong", "moi", "an", "toan",
     "diem", "trung", "va", "cac", "huien", "luan", "giao", "luat")
)  # fmt: skip
_OF_ALL = re.compile(r"\b(?:cac|cap|theo|tung|moi|so|toan bo|\d+) (?:xa|phuong|thi tran)\b")


def is_place_below(name: str) -> bool:
    """Whether a text is the name of a district, a city below a province or a commune with
    its rank before it, and nothing else: "TP Huế", "H. Vị Xuyên", "Xã: Tùng Bá".
    """  # fmt: skip
    plain = compose(name).lower()
    if _is_commune(plain) or _NUMBERED.fullmatch(plain) or _is_ranked(plain):
        return True
    return _CITY.match(match_key(plain)) is not None and _is_city(match_key(plain))


def is_office_below(line: str) -> bool:
    """Whether a line is an office of a city or a commune, or tells one as who reports."""
    plain = compose(line).lower()
    told = _TOLD.match(plain)
    place = plain[told.end() :] if told else plain
    if place != plain and is_place_below(place):
        return True
    key = match_key(line)
    if _is_commune(plain) or _is_ranked(plain) or _COMMUNE_OFFICE.search(key):
        return True
    office = CITY_OFFICE.match(key) or TOWN_OFFICE.search(key)
    return bool(office) and names_city(key, _CITY_BEHIND, CITIES)


def names_commune(line: str) -> bool:
    """Whether a text speaks of one commune by its name."""
    plain = compose(line).lower()
    if _OF_ALL.search(match_key(plain)):
        return False
    return any(_is_name(found[1]) for found in _NAMED.finditer(plain))


def names_city(
    key: str, before: re.Pattern[str], more: frozenset[str] = frozenset()
) -> bool:
    """Whether a city of the list of districts, or one of `more`, is named."""
    for found in before.finditer(key):
        words = key[found.end() :].split()
        names = {" ".join(words[:length]) for length in (1, 2, 3)}
        if names & more or any(is_district(name) for name in names):
            return True
    return False


def _is_commune(plain: str) -> bool:
    found = _COMMUNE.fullmatch(plain)
    return found is not None and _is_name(found[1])


def _is_ranked(plain: str) -> bool:
    found = _DISTRICT.fullmatch(plain)
    return found is not None and is_district(found[1])


def _is_name(word: str) -> bool:
    return match_key(word) not in _NO_NAME


def _is_city(key: str) -> bool:
    name = _CITY.sub("", key, count=1)
    return name in CITIES or is_district(name)
