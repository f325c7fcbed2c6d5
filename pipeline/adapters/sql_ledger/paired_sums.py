"""The same on PostgreSQL: of each row the heaviest units one by one, the rest added up.

A few units, taken evenly, are read first: whoever lacks less than the least of the heaviest
among them is none of the heaviest of all. Three times as many are read each time after, and
only sums leave the database of units that cannot be heavy any more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal, localcontext
from itertools import accumulate, chain
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Numeric, Text

from pipeline.adapters.sql_ledger.paired_rows import Counted
from pipeline.domain.figure_sums import PairedRows, UnitRow, UnitsTogether
from pipeline.domain.shortfall import Measure
from pipeline.domain.total import EXACT

FIRST = 4
"""So many times the wanted units are read first, at least."""
EACH = 3
"""So many times more units are read each time."""
FEW = 8
"""So many rows of a form are looked up one by one, at most."""
_NOTHING = Decimal(0)
_Cell = tuple[str, int]
"""A row of a form, and which of the measures."""
_Heavy = tuple[Decimal, int]
"""How far a unit is ahead (less than nothing), and its place or its version."""
_NOBODY: _Heavy = (_NOTHING, 0)

# Every version is looked up by its number, and the figures of a row come one after the
# other; whole parts are worked on side by side. The planner, which knows nothing of an
# array, would rather read all figures that there are for each part, and sort them.
_OFF = (
    *("jit", "enable_seqscan", "enable_bitmapscan", "enable_nestloop"),
    *("enable_mergejoin", "enable_sort", "enable_gathermerge"),
)
_PLAN = {
    **dict.fromkeys(_OFF, "off"),
    "work_mem": "'128MB'",
    "min_parallel_index_scan_size": "'1TB'",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
}

# "C": plain bytes are compared twice as quickly as the words of a language. A few rows of
# a form are found by the index, which keeps them in the order of the language.
_PLAIN, _INDEXED = 'f.indicator COLLATE "C"', "f.indicator"
_PART = """
SELECT {part}, x.indicator, CASE WHEN {heavy} THEN x.version_id END, {sums}
FROM (SELECT f.version_id, f.indicator, {pairs}
      FROM figure f
      WHERE f.version_id = ANY(CAST(:versions_{part} AS integer[]))
        AND f.column_key COLLATE "C" = ANY(:columns_{part})
        AND {indicator} = ANY(:rows_{part})
        AND (f.missing = 'n' OR f.value IS NOT NULL)
      GROUP BY f.version_id, f.indicator) x
JOIN unnest(:rows_{part}, {bounds}) AS k(indicator, {names}) ON k.indicator = x.indicator
GROUP BY x.indicator, 3
"""
_VALUE = """
max(CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END)
    FILTER (WHERE f.column_key COLLATE "C" = :{column}_{part}_{n})
"""
_DONE, _WHOLE = _VALUE.replace("{column}", "done"), _VALUE.replace("{column}", "whole")
_PAIR = f"""
CASE WHEN {_WHOLE} > 0 THEN {_DONE} END AS done_{{n}},
CASE WHEN {_WHOLE} > 0 AND {_DONE} IS NOT NULL THEN {_WHOLE} END AS whole_{{n}}
"""
# Whoever planned little cannot lack much: that is seen without reckoning. Of those that
# lack as much as the least, some are known to come behind it.
_HEAVY = """
(x.whole_{n} >= k.large_{n} OR x.done_{n} < 0)
    AND ROW(x.done_{n} * 100 - x.whole_{n} * :due_{part}_{n}, x.version_id)
        <= ROW(k.least_{n}, k.last_{n})
"""
_SUMS = "count(x.done_{n}), sum(x.done_{n}), sum(x.whole_{n})"
_NO_SUMS = "CAST(0 AS bigint), CAST(NULL AS numeric), CAST(NULL AS numeric)"
_BOUNDS = ":large_{part}_{n}, :least_{part}_{n}, :last_{part}_{n}"
_NAMES = "large_{n}, least_{n}, last_{n}"


def paired_there(
    connection: Connection, versions: Sequence[Counted], wanted: PairedRows
) -> Iterator[UnitRow | UnitsTogether]:
    """The heaviest units of each row and measure, and some more; the sums of all others.

    Versions come in the order of their units.
    """
    numbers = _by_form(versions)
    parts = _parts(wanted, numbers)
    if not parts:
        return
    units = {number: counted.province for number, counted in versions}
    with _planned(connection):
        for some in _stages(versions, wanted.most):
            asked = [each for part in parts for each in part.asked(some)]
            query = text(_statement(parts)).bindparams(*asked)
            for number, indicator, version, *sums in connection.execute(query):
                part = parts[number]
                if version is None:
                    yield from part.together(indicator, sums)
                else:
                    part.weigh(version, indicator, sums)
                    yield part.heavy(units[version], indicator, sums)
            for part in parts:
                part.settle(wanted.most)


@contextmanager
def _planned(connection: Connection) -> Iterator[None]:
    for setting, value in _PLAN.items():
        connection.execute(text(f"SET LOCAL {setting} = {value}"))
    yield
    for setting in _PLAN:
        connection.execute(text(f"SET LOCAL {setting} TO DEFAULT"))


def _stages(
    versions: Sequence[Counted], most: int
) -> Iterator[Mapping[str, Sequence[int]]]:
    """Versions by form: of few units first, of three times as many each time."""
    units: dict[str, list[Counted]] = {}
    for version in versions:
        units.setdefault(version[1].province, []).append(version)
    every, step = list(units.values()), 1
    while len(every) >= FIRST * most * step * EACH:
        step *= EACH
    yield _by_form(chain.from_iterable(every[::step]))
    while step > 1:
        step //= EACH
        fresh = (unit for n, unit in enumerate(every[::step]) if n % EACH)
        yield _by_form(chain.from_iterable(fresh))


def _by_form(versions: Iterable[Counted]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for number, counted in versions:
        found.setdefault(counted.form, []).append(number)
    return found


@dataclass
class _Part:
    """Rows of a form that are held to the same measures.

    `places` are those of its versions, and `newest` is the highest number up to each
    place. `kept` says how far the heaviest that came are ahead, and where they stand.
    """

    number: int
    form: str
    measures: tuple[Measure, ...]
    places: Mapping[int, int]
    newest: Sequence[int]
    rows: list[str] = field(default_factory=list)
    kept: dict[_Cell, list[_Heavy]] = field(default_factory=dict)
    least: dict[_Cell, _Heavy] = field(default_factory=dict)

    def statement(self, width: int) -> str:
        """The SELECT of the part, with the sums of so many measures side by side."""
        measures = range(len(self.measures))

        def each(words: str, between: str = ", ") -> str:
            return between.join(words.format(part=self.number, n=n) for n in measures)

        padding = [_NO_SUMS] * (width - len(measures))
        return _PART.format(
            part=self.number,
            indicator=_INDEXED if len(self.rows) <= FEW else _PLAIN,
            heavy=each(_HEAVY, " OR "),
            sums=", ".join([each(_SUMS), *padding]),
            pairs=each(_PAIR),
            bounds=each(_BOUNDS),
            names=each(_NAMES),
        )

    def asked(self, numbers: Mapping[str, Sequence[int]]) -> Iterator[BindParameter[Any]]:
        """The parameters of the part, for some versions by form."""
        part, columns = self.number, {c for m in self.measures for c in (m.done, m.whole)}
        # as text: a list is written out number by number, ten times as long
        listed = ",".join(map(str, numbers.get(self.form, ())))
        yield bindparam(f"versions_{part}", f"{{{listed}}}")
        yield bindparam(f"columns_{part}", sorted(columns), type_=ARRAY(Text))
        yield bindparam(f"rows_{part}", self.rows, type_=ARRAY(Text))
        for n, measure in enumerate(self.measures):
            least = [self.least.get((row, n), _NOBODY) for row in self.rows]
            large = [_large(ahead, measure.due) for ahead, _ in least]
            yield bindparam(f"done_{part}_{n}", measure.done)
            yield bindparam(f"whole_{part}_{n}", measure.whole)
            yield bindparam(f"due_{part}_{n}", measure.due, type_=Numeric)
            yield bindparam(f"large_{part}_{n}", large, type_=ARRAY(Numeric))
            yield bindparam(
                f"least_{part}_{n}", [a for a, _ in least], type_=ARRAY(Numeric)
            )
            yield bindparam(f"last_{part}_{n}", [v for _, v in least], type_=ARRAY(Integer))

    def heavy(self, province: str, indicator: str, sums: Sequence[Any]) -> UnitRow:
        """One unit of a row, by the measures whose figures it gave."""
        values: dict[str, Decimal] = {}
        for _, measure, _, done, whole in self._given(sums):
            values[measure.done], values[measure.whole] = done, whole
        return UnitRow(province, self.form, indicator, values)

    def together(self, indicator: str, sums: Sequence[Any]) -> Iterator[UnitsTogether]:
        """All other units of a row, by each measure."""
        for _, measure, units, done, whole in self._given(sums):
            row = (measure.name, self.form, indicator)
            yield UnitsTogether(*row, done, whole, units)

    def weigh(self, version: int, indicator: str, sums: Sequence[Any]) -> None:
        """Take note how much one unit of a row lacks."""
        for n, measure, _, done, whole in self._given(sums):
            with localcontext(EXACT):
                ahead = measure.ahead(done, whole)
            if ahead < 0:
                kept = self.kept.setdefault((indicator, n), [])
                kept.append((ahead, self.places[version]))

    def settle(self, most: int) -> None:
        """Keep the heaviest of all that came."""
        for cell, kept in self.kept.items():
            kept.sort()
            del kept[most:]
            if len(kept) == most:
                ahead, place = kept[-1]
                self.least[cell] = ahead, self.newest[place]

    def _given(
        self, sums: Sequence[Any]
    ) -> Iterator[tuple[int, Measure, int, Decimal, Decimal]]:
        for n, measure in enumerate(self.measures):
            units, done, whole = sums[3 * n : 3 * n + 3]
            if units:
                yield n, measure, units, done, whole


def _large(least: Decimal, due: Decimal) -> Decimal:
    """What a unit must have planned to lack so much, having done nothing yet."""
    if due <= 0:
        return _NOTHING
    return (-least / due).quantize(Decimal(1), ROUND_FLOOR, EXACT)


def _parts(wanted: PairedRows, numbers: Mapping[str, Sequence[int]]) -> list[_Part]:
    found: dict[tuple[str, tuple[Measure, ...]], _Part] = {}
    for (form, indicator), measures in wanted.rows.items():
        if (form, measures) not in found:
            own = numbers.get(form, ())
            places = {version: place for place, version in enumerate(own)}
            new = _Part(len(found), form, measures, places, list(accumulate(own, max)))
            found[form, measures] = new
        found[form, measures].rows.append(indicator)
    return list(found.values())


def _statement(parts: Sequence[_Part]) -> str:
    width = max(len(part.measures) for part in parts)
    return " UNION ALL ".join(part.statement(width) for part in parts)
