"""Figures of many units added up by PostgreSQL: its numbers are exact."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from pipeline.adapters.sql_ledger.version_marks import (
    MARK,
    MARKED,
    UNMARKED,
    PlacedVersion,
    VersionMarks,
    planned,
)
from pipeline.domain.figure_sums import UnitSum
from pipeline.domain.total import EXACT

# Clean figures are added up apart from the others, both together make the sum: a figure
# is added once. No figure is kept with a zero at its end, so that a sum has as many
# decimals as the longest that is in it.
_SUMS = f"""
SELECT {MARK} AS mark, f.indicator, f.column_key,
       sum(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END), count(*)
FROM figure f WHERE {MARKED} AND (f.missing = 'n' OR f.value IS NOT NULL)
GROUP BY mark, f.indicator, f.column_key
"""  # noqa: S608

# The server takes a table of sums for far larger than it is, and the larger it lays one
# out the slower it finds a sum: it has what the sums of a form need, half a KB each.
_KILOBYTES_A_PLACE = 96
_LEAST, _MOST = 4 * 1024, 256 * 1024
_ENOUGH = "SET LOCAL work_mem = {}"
_NOTHING = (Decimal(0), 0)


def summed_there(
    connection: Connection, versions: Sequence[PlacedVersion]
) -> Sequence[UnitSum]:
    """For each row and column its sums by unit alike."""
    if not versions:
        return ()
    places: dict[tuple[str, str], int] = {}
    marks = {
        v.number: 2 * places.setdefault((v.alike, v.counted.form), len(places)) + v.clean
        for v in versions
    }
    query = text(_SUMS).bindparams(*VersionMarks(marks).bound())
    memory = min(max(_LEAST, len(places) * _KILOBYTES_A_PLACE), _MOST)
    settings = (_ENOUGH.format(memory), "SET LOCAL hash_mem_multiplier = 1")
    with planned(connection, *settings):
        rows = connection.execute(query).all()
    return _together(rows, tuple(places))


def _together(rows: Sequence[Any], places: Sequence[tuple[str, str]]) -> Sequence[UnitSum]:
    """Sums of clean figures and of the others as one each."""
    sure: dict[tuple[int, str, str], tuple[Decimal, int]] = {}
    others: dict[tuple[int, str, str], tuple[Decimal, int]] = {}
    for mark, indicator, column, amount, used in rows:
        if mark != UNMARKED:
            found = sure if mark % 2 else others
            found[mark // 2, indicator, column] = (amount, used)
    made = []
    for key in sure | others:
        place, indicator, column = key
        strict, clean = sure.get(key, _NOTHING)
        rest, more = others.get(key, _NOTHING)
        amount = EXACT.add(strict, rest)
        made.append(
            UnitSum(
                *(*places[place], indicator, column, amount, strict),
                *(clean + more, clean, -int(amount.as_tuple().exponent)),
            )
        )
    return made
