"""What each version of a round is marked with, for PostgreSQL to read without a join.

The marks stand in one array by the version's number: a figure's is found at once, where
a join would look it up in a table of all versions, a third of the time of a sum.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, text

from pipeline.domain.run_changes import CountedVersion

UNMARKED = -1
"""Of versions between the first and the last that are not asked for."""

MARK = "((SELECT CAST(:marks AS integer[]))[f.version_id - :before])"
"""The mark of the version of the figure `f`."""
MARKED = "f.version_id BETWEEN :first AND :last"
"""Whether a figure can have one; those of `UNMARKED` versions have it, too."""

# A compiler of queries costs more than it saves, and what the workers hand over is little.
_AT_ONCE = (
    "SET LOCAL jit = off",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL parallel_tuple_cost = 0",
)


@dataclass(frozen=True, slots=True)
class PlacedVersion:
    """A version that counts, by its number, and the unit that it is added to."""

    number: int
    counted: CountedVersion
    alike: str

    @property
    def clean(self) -> bool:
        """Whether a planner can stand by its figures."""
        return self.counted.verified and self.counted.status == "accepted"


@dataclass(frozen=True, slots=True)
class VersionMarks:
    """The marks of some versions, one at least."""

    marks: Mapping[int, int]

    def bound(self) -> tuple[BindParameter[Any], ...]:
        """What `MARK` and `MARKED` ask for."""
        first, last = min(self.marks), max(self.marks)
        told = [self.marks.get(number, UNMARKED) for number in range(first, last + 1)]
        return (
            bindparam("marks", listed(told)),
            bindparam("before", first - 1),
            bindparam("first", first),
            bindparam("last", last),
        )


def listed(values: Iterable[int | None]) -> str:
    """Numbers as PostgreSQL writes an array of them."""
    told = ",".join("NULL" if value is None else str(value) for value in values)
    return f"{{{told}}}"


@contextmanager
def planned(connection: Connection, *settings: str) -> Iterator[None]:
    """With settings for one pass over many figures, which hold within alone."""
    with connection.begin_nested() as inner:
        for setting in (*_AT_ONCE, *settings):
            connection.execute(text(setting))
        yield
        inner.rollback()
