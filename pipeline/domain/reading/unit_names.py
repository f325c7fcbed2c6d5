"""Units in the name of a file or of a sheet."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.unit_beside import BRACKETS
from pipeline.domain.reading.unit_spelling import LONGEST_REMEMBERED, sized
from pipeline.domain.reading.units import Units
from pipeline.domain.writing.text import compose

_PLACE = re.compile(r"(?:trieu|triều)\s(?!đ|d(?:ong)?$|vn)", re.IGNORECASE)
_APART = re.compile(r"[\s_.,;()\[\]+-]+")
# in a name: "1000nguoi", "nghin-nguoi", "x1000"
_GLUED = re.compile(
    r"(?<!\d)(1000000|1000|000|nghìn|nghin)(?=[^\W\d_])|(?<=\d)(?=ngh[iì]n)", re.IGNORECASE
)
_IN_NAMES = frozenset(("1000", "1000000", "000"))
_ALONE = re.compile(r"x ?1[., ]?000|ngh?[iì]n|ngàn", re.IGNORECASE)
_LEAST_SIZE = 1000


def stem_of(path: str) -> str:
    """The name of a file without its folders and its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]


@lru_cache(maxsize=512)
def sizes_in(name: str) -> tuple[str, ...]:
    """Each word of size in a name, with the word behind it, or alone."""
    if len(name) > LONGEST_REMEMBERED:
        return ()
    name = compose(name)
    words = [word for word in _APART.split(_GLUED.sub(r"\g<0> ", name)) if word]
    pairs = [f"{size} {counted}" for size, counted in pairwise(words)]
    between = (said for said in BRACKETS.findall(name) if sized(said))
    alone = (word for word in words if _ALONE.fullmatch(word))
    return (*(pair for pair in pairs if _is_unit(pair)), *between, *alone)


def _is_unit(pair: str) -> bool:
    """Whether a size is meant: not the "Triều" of Đông Triều, whose name is also a word."""
    found = sized(pair)
    if found is None or not found.counted:
        return False
    if not found.is_plain and found.scales[0] not in _IN_NAMES:
        return False
    return not _PLACE.match(compose(pair))


def told_by_name(units: Units, name: str) -> Iterator[Unit]:
    """The units in a name: "PL03_nghin_nguoi"."""
    found = map(units.find, sizes_in(name))
    return (unit for unit in found if unit is not None)


def size_by_name(units: Units, name: str) -> Iterator[str]:
    """A size in a name that does not say of what: "PL01 (1000)", "PL01 nghin"."""
    if any(told_by_name(units, name)):
        return
    for said in sizes_in(name):
        found = sized(said)
        if found is not None and not found.counted and found.factor >= _LEAST_SIZE:
            yield said
