"""Tables of one district: laid out like a form, but not the province's figures."""

import re
from collections.abc import Iterator, Sequence

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.reading.form_match import Table
from pipeline.domain.writing.text import compose, match_key

_LONGEST = 160
# With tone marks only: without them "quận" is "quan", a word of everything.
_NAMED = re.compile(r"(?<!\w)(?:huyện|quận|thị xã) (?!xã\b|thị\b)(\w+)")
_BARE = re.compile(r"(?<!\w)(?:huyen|thi xa) (?!xa\b|thi\b|thanh\b)(\w+)")
# "các huyện nghèo", "cấp huyện", "theo huyện, thị xã" mean no district of a name. These
# and the next are match keys, with "y" as "i".
_NO_NAME = frozenset(
    ("ngheo", "mien", "bien", "kho", "va", "dac", "vung", "nong", "trong", "thuoc", "co",
     "dao", "moi", "nam", "con", "diem", "thanh", "da", "duoc", "trung", "tren")
)  # fmt: skip
_OF_ALL = re.compile(r"(?:cac|cap|theo|tung|moi|so|toan bo|tai) (?:huien|quan|thi xa)\b")
_OFFICE = re.compile(r"(?:ubnd|ui ban nhan dan|phong|don vi|huien|quan|thi xa)\b")


def district_of(table: Table, title: str, columns: Sequence[ColumnMatch]) -> str | None:
    """The text that says a table is one district's: above it, its sheet or its columns.

    `title` is the match key of the form's own title. Columns say so when every one of
    the form's figures stands under the same district.
    """
    for line in _lines(table):
        if names_district(line) and _is_heading(line, title):
            return line
    if names_district(table.sheet.name):
        return table.sheet.name
    groups = {match.header.partition(" | ")[0] for match in columns}
    if len(groups) == 1 and len(columns) > 1:
        return next((group for group in groups if names_district(group)), None)
    return None


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
