"""A form laid over a table, to see whether the table is that form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.domain.plan.form import OwnRow, Rival, RowMatch
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.quick_making import opened, sealed
from pipeline.domain.reading.alias import NO_ALIASES, Alias, Aliases
from pipeline.domain.reading.form_match import FormTable, Layout, Table
from pipeline.domain.reading.header import FormColumns
from pipeline.domain.reading.labelled_rows import found_rows
from pipeline.domain.reading.rivals import Paired, likely_rows
from pipeline.domain.reading.row_label import AskedRow, FoundRow, asked_rows
from pipeline.domain.reading.row_match import repeated
from pipeline.domain.reading.table_rows import columns_of, lay_out
from pipeline.domain.reading.told_rows import pair_as_told
from pipeline.domain.reading.units import Units, units_of
from pipeline.domain.writing.text import match_key

_ENOUGH_ROWS = 0.45
_ENOUGH_WITH_TITLE = 0.1
TITLE = 0.85
_SHORTEST_TITLE, _LONGEST_TITLE = 6, 300
_LONGEST_REMEMBERED = 2000
# a part of a form (it goes on elsewhere): few of its rows, but hardly any others
_PART_ROWS = 3
_PART_FITTING = 0.8
_SURE_ROW = 0.9
_SHIFTS = (-1, 1, -2, 2, -3, 3)


@dataclass(frozen=True, slots=True)
class KnownForm:
    """A form of a round with everything that is compared prepared once."""

    round: PlanRound
    form: Form
    title: str
    rows: tuple[AskedRow, ...]
    keys: frozenset[str]
    columns: FormColumns
    units: Units


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form tried on a table. `covered` is the share of its rows that were found."""

    known: KnownForm
    found: FormTable
    covered: float
    titled: bool
    shift: int = 0

    @property
    def score(self) -> float:
        """Rows first; the title tells forms with like rows apart."""
        return self.covered + (0.25 if self.titled else 0.0)

    @property
    def is_plain(self) -> bool:
        """Whether every row and column of the form stands there, word for word."""
        columns = len(self.found.layout.values) == len(self.known.form.value_columns)
        return self.titled and columns and self.covered >= 1 and not self.shift

    @property
    def is_enough(self) -> bool:
        """Whether the table is this form at all."""
        least = _ENOUGH_WITH_TITLE if self.titled else _ENOUGH_ROWS
        enough = self.covered >= least or self._is_part
        return enough and bool(self.found.layout.values)

    @property
    def _is_part(self) -> bool:
        """Whether nearly every row of the table is one of the form, word for word."""
        sure = sum(1 for row in self.found.rows if row.score >= _SURE_ROW)
        others = len(self.found.rows) - sure + len(self.found.extra)
        columns = 2 * len(self.found.layout.values) > len(self.known.form.value_columns)
        fitting = sure >= _PART_FITTING * (sure + others)
        return columns and sure >= _PART_ROWS and fitting


@lru_cache(maxsize=8)
def known_forms(plan_round: PlanRound) -> tuple[KnownForm, ...]:
    """The forms of a round, prepared once."""
    return tuple(prepare(plan_round, form) for form in plan_round.forms)


def prepare(plan_round: PlanRound, form: Form) -> KnownForm:
    rows = asked_rows(form)
    return KnownForm(
        round=plan_round,
        form=form,
        title=match_key(form.title),
        rows=rows,
        keys=frozenset(label.key for row in rows for label in row.labels),
        columns=columns_of(form, plan_round.plan_year),
        units=units_of(plan_round),
    )


def title_score(table: Table, known: KnownForm) -> float:
    """How well the text above a table names the form; a sheet's name counts less."""
    return title_scores(table, (known.title,))[0]


def title_scores(table: Table, titles: tuple[str, ...]) -> list[float]:
    """The same for the titles of several forms."""
    short = len(table.title) <= _LONGEST_REMEMBERED
    lines = (_title_lines if short else _title_lines.__wrapped__)(table.title)
    named = [_named_by_sheet(titles, table.sheet.name), *(_named(titles, n) for n in lines)]
    return [score / 100 for score in map(max, *named, named[0])]


@lru_cache(maxsize=256)
def _title_lines(title: str) -> tuple[str, ...]:
    """The lines above a table that are long enough to name a form, as match keys."""
    keys = (match_key(line) for line in title.split("\n"))
    return tuple(key for key in keys if len(key) >= _SHORTEST_TITLE)


def _named(titles: tuple[str, ...], line: str) -> Sequence[float]:
    known = len(line) <= _LONGEST_TITLE
    return (_named_by_title if known else _named_by_title.__wrapped__)(titles, line)


@lru_cache(maxsize=4096)
def _named_by_title(titles: tuple[str, ...], line: str) -> Sequence[float]:
    return [fuzz.partial_ratio(title, line) for title in titles]


@lru_cache(maxsize=1024)
def _named_by_sheet(titles: tuple[str, ...], name: str) -> Sequence[float]:
    key = match_key(name)
    return [0.8 * fuzz.ratio(title, key) for title in titles]


def try_form(table: Table, known: KnownForm, said: Aliases = NO_ALIASES) -> Candidate:
    """The form laid over the table: columns with the years that fit best, then rows.

    `said` are the aliases of the province that the table comes from.
    """
    shift, layout = _fitting_years(table, known, said.columns_of(known.form.id))
    rows = found_rows(table, layout)
    pairs = pair_as_told(known.rows, rows, known.units, said.rows_of(known.form.id))
    covered = sum(pair.score for pair in pairs) / max(len(known.rows), 1)
    return Candidate(
        known=known,
        found=_form_table(table, layout, known, rows, pairs),
        covered=covered,
        titled=title_score(table, known) >= TITLE,
        shift=shift,
    )


def _fitting_years(
    table: Table, known: KnownForm, said: Mapping[str, Alias]
) -> tuple[int, Layout]:
    """The layout under the round's own years, or under others that clearly fit better."""
    own = lay_out(table, known.columns, said=said)
    wanted = len(known.form.value_columns)
    if 2 * len(own.values) > wanted:
        return 0, own
    shifted = [(lay_out(table, known.columns, shift), shift) for shift in _SHIFTS]
    other, shift = max(shifted, key=lambda item: len(item[0].values))
    if len(other.values) >= len(own.values) + 2 and 2 * len(other.values) > wanted:
        return shift, other
    return 0, own


_row_match = opened(RowMatch)


def _form_table(
    table: Table,
    layout: Layout,
    known: KnownForm,
    rows: Sequence[FoundRow],
    pairs: Sequence[Paired],
) -> FormTable:
    keys = [row.indicator.key for row in known.rows]
    taken = {pair.found for pair in pairs}
    again = repeated(known.rows, rows, pairs)
    twice = {at for _, at in again}
    extra = [
        at
        for at, row in enumerate(rows)
        if row.has_figures and at not in taken and at not in twice
    ]
    likely = likely_rows(known.rows, rows, pairs, extra)

    def rival(i: int, at: int, score: float) -> Rival:
        return Rival(keys[i], rows[at].row, rows[at].text, round(score, 3))

    matches = [
        _row_match(
            keys[pair.asked],
            rows[pair.found].row,
            rows[pair.found].text,
            round(pair.score, 3),
            pair.how,
            pair.margin,
            pair.sure,
            "" if pair.sure else rows[pair.found].label.key,
            "" if pair.sure else rows[pair.found].parent,
            tuple([rival(*other) for other in pair.rivals]) if pair.rivals else (),
        )
        for pair in pairs
    ]
    return FormTable(
        table=table,
        layout=layout,
        rows=tuple(sealed(RowMatch, matches)),
        own=tuple(
            OwnRow(
                rows[at].row,
                rows[at].text,
                rows[at].label.key,
                rows[at].parent,
                tuple(rival(i, at, score) for i, score in likely.get(at, ())),
            )
            for at in extra
        ),
        duplicates=tuple((keys[asked], rows[at].row) for asked, at in again),
    )
