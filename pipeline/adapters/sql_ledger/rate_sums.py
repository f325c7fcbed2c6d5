"""Rates weighed and added up by PostgreSQL: only its numbers are exact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from pipeline.adapters.sql_ledger.version_marks import (
    MARK,
    MARKED,
    PlacedVersion,
    VersionMarks,
    listed,
    planned,
)
from pipeline.domain.figure_sums import RateSum, RowsApart
from pipeline.domain.total import FALLBACK_COLUMN

AT_ONCE = 200
"""Rates of one statement, which has six columns for each; the server allows 1,664."""

# One pass over the figures lays what a rate needs side by side by unit and column: `v` of
# each row, which may stand in any form of the unit. Where the rate's own column has no
# weight the fallback's is taken; `f` are facts of the registry, `c` clean forms. Rows are
# told apart by their number, which is found once for each figure.
_RATES = """
WITH p AS MATERIALIZED (
    SELECT {mark} / :forms AS place, f.column_key, {values}
    FROM figure f
    JOIN unnest(CAST(:form_of AS integer[]), :row_of) WITH ORDINALITY AS k(form, row, n)
        ON f.indicator = k.row AND {mark} % :forms = k.form
    WHERE {marked} AND f.indicator = ANY(:row_of)
        AND (f.missing = 'n' OR f.value IS NOT NULL)
    GROUP BY place, f.column_key),
w AS MATERIALIZED (
    SELECT u.alike, p.column_key, {weighed}
    FROM p
    JOIN unnest({arrays}) WITH ORDINALITY AS u({names}, n) ON u.n = p.place + 1
    LEFT JOIN p o ON o.place = p.place AND o.column_key = :fallback)
SELECT alike, column_key, {sums} FROM w GROUP BY alike, column_key
"""
_VALUE = """
max(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END)
    FILTER (WHERE k.n = {0} + 1) AS v{0}"""
_WEIGHED = """
p.v{1} * {2} AS a{0}, CASE WHEN p.v{1} IS NOT NULL THEN {2} END AS b{0}, {3} AS s{0}"""
_SUMS = """
sum(a{0}), sum(b{0}), COALESCE(sum(a{0}) FILTER (WHERE s{0}), 0),
COALESCE(sum(b{0}) FILTER (WHERE s{0}), 0), count(a{0}), count(a{0}) FILTER (WHERE s{0})"""
_SUMS_OF_A_RATE = 6
_SETTINGS = ("SET LOCAL work_mem = '256MB'", "SET LOCAL enable_sort = off")

_Row = tuple[str, str]
_Thing = TypeVar("_Thing")


def rates_there(
    connection: Connection, versions: Sequence[PlacedVersion], apart: RowsApart
) -> Sequence[RateSum]:
    """For each rate its sums by unit alike."""
    rates = [*apart.weighed, *sorted(apart.others)]
    found: list[RateSum] = []
    for start in range(0, len(rates), AT_ONCE):
        asked = _Asked(rates[start : start + AT_ONCE], apart)
        wanted = [v for v in versions if v.counted.form in asked.forms]
        if wanted:
            found.extend(asked.sums(connection, wanted))
    return found


class _Asked:
    """Some rates, and the numbers that a statement knows them and their weights by."""

    def __init__(self, rates: Sequence[_Row], apart: RowsApart) -> None:
        self._rates, self._apart = rates, apart
        weights = [apart.weighed[rate] for rate in rates if rate in apart.weighed]
        self._rows = _numbered([*rates, *weights])
        self.forms = _numbered(form for form, _ in self._rows)
        cells = [cell for cell in apart.registered if cell[:2] in rates]
        self._facts = _numbered(apart.registered[cell] for cell in cells)
        self._columns = _numbered(column for *_, column in cells)

    def sums(
        self, connection: Connection, versions: Sequence[PlacedVersion]
    ) -> Iterator[RateSum]:
        units = _numbered(v.counted.province for v in versions)
        alike = _numbered(v.alike for v in versions)
        marks = {
            v.number: units[v.counted.province] * len(self.forms)
            + self.forms[v.counted.form]
            for v in versions
        }
        known = self._of_units(versions, units, alike)
        query = text(self._written(tuple(known))).bindparams(
            *(*VersionMarks(marks).bound(), *self._bound()),
            *(bindparam(name, listed(values)) for name, values in known.items()),
        )
        with planned(connection, *_SETTINGS):
            rows = connection.execute(query).all()
        names = tuple(alike)
        for unit, column, *sums in rows:
            for n, rate in enumerate(self._rates):
                told = sums[n * _SUMS_OF_A_RATE :][:_SUMS_OF_A_RATE]
                if told[-2]:
                    yield RateSum(names[int(unit)], *rate, column, *told)

    def _of_units(
        self,
        versions: Sequence[PlacedVersion],
        units: Mapping[str, int],
        alike: Mapping[str, int],
    ) -> Mapping[str, Sequence[int | None]]:
        """What is known of each unit, in the order of their numbers."""
        first = [0] * len(units)
        clean = [[0] * len(units) for _ in self.forms]
        for v in versions:
            first[units[v.counted.province]] = alike[v.alike]
            clean[self.forms[v.counted.form]][units[v.counted.province]] = int(v.clean)
        facts = [[self._apart.facts[fact].get(u) for u in units] for fact in self._facts]
        return {
            "alike": first,
            **{f"c{n}": each for n, each in enumerate(clean)},
            **{f"f{n}": each for n, each in enumerate(facts)},
        }

    def _written(self, known: Sequence[str]) -> str:
        values = (_VALUE.format(n) for n in self._rows.values())
        return _RATES.format(
            mark=MARK,
            marked=MARKED,
            values=", ".join(values),
            weighed=",".join(self._weighed(n, rate) for n, rate in enumerate(self._rates)),
            arrays=", ".join(f"CAST(:{name} AS numeric[])" for name in known),
            names=", ".join(known),
            sums=",".join(_SUMS.format(n) for n in range(len(self._rates))),
        )

    def _weighed(self, n: int, rate: _Row) -> str:
        clean, weight = f"u.c{self.forms[rate[0]]} = 1", self._apart.weighed.get(rate)
        if weight is not None:
            clean += f" AND u.c{self.forms[weight[0]]} = 1"
            number = self._rows[weight]
            told = f"COALESCE(p.v{number}, o.v{number})"
        else:
            facts = " ".join(
                f"WHEN :column_{self._columns[column]} THEN u.f{self._facts[fact]}"
                for (*row, column), fact in self._apart.registered.items()
                if tuple(row) == rate
            )
            told = f"CASE p.column_key {facts} END"
        return _WEIGHED.format(n, self._rows[rate], told, clean)

    def _bound(self) -> Iterator[BindParameter[Any]]:
        """What is asked of any units."""
        yield bindparam("forms", len(self.forms))
        yield bindparam("fallback", FALLBACK_COLUMN)
        yield bindparam("form_of", listed(self.forms[form] for form, _ in self._rows))
        yield bindparam("row_of", [row for _, row in self._rows], type_=ARRAY(Text))
        for column, n in self._columns.items():
            yield bindparam(f"column_{n}", column)


def _numbered(things: Iterable[_Thing]) -> dict[_Thing, int]:
    """Each of them once, numbered as they come."""
    numbers: dict[_Thing, int] = {}
    for thing in things:
        numbers.setdefault(thing, len(numbers))
    return numbers
