"""The parts that columns of a table play for a form."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from pipeline.domain.plan.form import ColumnMatch, Matched, Rival
from pipeline.domain.plan.plan_round import ColumnRole, Form
from pipeline.domain.quick_making import quickly
from pipeline.domain.reading.alias import OWN, Alias
from pipeline.domain.reading.correction_headers import is_explanation
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.header import ColumnWords, FormColumns, column_words
from pipeline.domain.reading.layout import is_figure
from pipeline.domain.reading.sheet import CellKind, Span
from pipeline.domain.writing.text import match_key

_COLUMN: Callable[[tuple[int, int]], int] = itemgetter(1)
NOTHING_SAID: Mapping[str, Alias] = {}
_SURE = 0.65
_CLOSE = 0.08
# a header below this says more, or less, than the column's own
_PLAIN = 0.9
_LONGEST_REMEMBERED, _MOST_REMEMBERED = 2000, 256


def columns_of(form: Form, plan_year: int) -> FormColumns:
    """The columns of a form with what their headers may say."""
    return FormColumns([column_words(column, plan_year) for column in form.columns])


def lay_out(
    table: Table,
    columns: FormColumns,
    shift: int = 0,
    said: Mapping[str, Alias] = NOTHING_SAID,
) -> Layout:
    """Which column of a table is which column of a form.

    Best pairs first; a form column whose header fits two sheet columns about equally,
    or fits none well, is doubtful. So is one that has only parts to choose from ("TH 2012
    | TP", "TH 2012 | các xã"). `shift` asks as if for another plan year. What a
    planner `said` of a header is settled first.
    """
    filled = set(map(_COLUMN, table.sheet.cells))
    if said:
        return _with_labels(table, _parts(table, columns, shift, filled, said))
    # workbooks are copies of one another: their headers are the same
    key = _head_of(table, shift, filled)
    known = columns.laid_out.get(key)
    if known is None:
        known = _parts(table, columns, shift, filled, said)
        if _is_short(table, key):
            if len(columns.laid_out) >= _MOST_REMEMBERED:
                columns.laid_out.clear()
            columns.laid_out[key] = known
    return _with_labels(table, known)


def _is_short(table: Table, key: Sequence[Hashable]) -> bool:
    """Whether what is remembered of a head is short."""
    more = len(key) + len(table.sheet.hidden_columns)
    return sum(map(len, table.headers.values())) + more <= _LONGEST_REMEMBERED


def _head_of(table: Table, shift: int, filled: set[int]) -> tuple[Hashable, ...]:
    """All of a table that says which column is which."""
    headers = table.headers
    twice = len(set(headers.values())) < len(headers)
    merged = [span for span in table.sheet.merged if twice and _in_header(table, span)]
    seen = tuple(map(filled.__contains__, headers)), table.sheet.hidden_columns
    return shift, tuple(headers.items()), *seen, *merged


def _parts(
    table: Table,
    columns: FormColumns,
    shift: int,
    filled: set[int],
    said: Mapping[str, Alias],
) -> tuple[int | None, Layout]:
    """The column called label, and the layout but for the columns of the labels."""
    ranked = _ranked(table, columns, shift, filled)
    chosen, closed = _told(table, columns, said)
    used = {match.sheet_column: match.score for match in chosen.values()}
    rivals: dict[str, Rival] = {}
    parts: list[Rival] = []
    for score, _, at, words in ranked:
        key = words.column.key
        if at in closed:
            continue
        if at not in used and key not in chosen:
            sure = score >= _SURE
            chosen[key] = ColumnMatch(
                key, at, table.headers[at], round(score, 3), _how(score), sure
            )
            used[at] = score
        elif (key in chosen) != (at in used):
            better = chosen[key].score if key in chosen else used[at]
            rival = Rival(key, at, table.headers[at], round(score, 3))
            if better - score < _CLOSE:
                rivals.setdefault(key, rival)
            elif key in chosen and better < _PLAIN:
                parts.append(rival)
    free = {rival.key: rival for rival in parts if rival.place not in used}
    return _layout(table, columns, _doubted(chosen, {**free, **rivals}))


def _told(
    table: Table, columns: FormColumns, said: Mapping[str, Alias]
) -> tuple[dict[str, ColumnMatch], set[int]]:
    """The columns that aliases settle, and those that they say are the province's own.

    Silent where the header comes twice or the form asks for something else by now.
    """
    chosen: dict[str, ColumnMatch] = {}
    closed: set[int] = set()
    if not said:
        return chosen, closed
    asked = {words.column.key: match_key(words.column.title) for words in columns}
    keys = {at: match_key(text) for at, text in table.headers.items()}
    for at, written in keys.items():
        alias = said.get(written)
        if alias is None or list(keys.values()).count(written) > 1:
            continue
        if alias.meaning == OWN:
            closed.add(at)
        elif asked.get(alias.meaning) == alias.asked and alias.meaning not in chosen:
            key, header = alias.meaning, table.headers[at]
            chosen[key] = ColumnMatch(key, at, header, 1.0, Matched.ALIAS)
    return chosen, closed


def _how(score: float) -> Matched:
    return Matched.WORDS if score >= 1 else Matched.ALIKE


def _doubted(
    chosen: Mapping[str, ColumnMatch], rivals: Mapping[str, Rival]
) -> dict[str, ColumnMatch]:
    """The matches, those that have a rival as a close call; an alias has none."""
    return {
        key: replace(match, sure=False, rival=rivals[key])
        if key in rivals and match.how is not Matched.ALIAS
        else match
        for key, match in chosen.items()
    }


Ranked = tuple[float, bool, int, ColumnWords]


def _ranked(
    table: Table, columns: FormColumns, shift: int, filled: set[int]
) -> list[Ranked]:
    hidden = table.sheet.hidden_columns
    ranked: list[Ranked] = []
    seen: dict[tuple[str, bool], int] = {}
    for at, text in table.headers.items():
        # A merged header gives both its columns one path: the first with cells counts.
        if seen.setdefault((text, at in filled), at) != at and _is_merged(table, at):
            continue
        # of two columns under one header people read the one that is in sight
        fits, there = columns.fits(text, shift), at in filled and at not in hidden
        ranked.extend((score, there, at, words) for score, words in fits)
    return sorted(ranked, key=lambda item: (-item[0], not item[1], item[2]))


def _is_merged(table: Table, column: int) -> bool:
    return any(
        span.left < column <= span.right and _in_header(table, span)
        for span in table.sheet.merged
    )


def _in_header(table: Table, span: Span) -> bool:
    return table.header_top <= span.top <= table.header_bottom


def _layout(
    table: Table,
    columns: FormColumns,
    chosen: Mapping[str, ColumnMatch],
) -> tuple[int | None, Layout]:
    by_role: dict[ColumnRole, list[ColumnMatch]] = {role: [] for role in ColumnRole}
    for words in columns:
        if words.column.key in chosen:
            by_role[words.column.role].append(chosen[words.column.key])
    code = _first(by_role[ColumnRole.CODE])
    unit = _first(by_role[ColumnRole.UNIT])
    values, derived = by_role[ColumnRole.VALUE], by_role[ColumnRole.DERIVED]
    return _first(by_role[ColumnRole.LABEL]), Layout(
        code=code,
        labels=(),
        unit=unit,
        note=_explanations(table, chosen.values(), columns),
        values=tuple(values),
        derived=tuple(derived),
    )


def _with_labels(table: Table, parts: tuple[int | None, Layout]) -> Layout:
    label, layout = parts
    return _layout_made(
        layout.code,
        _labels(table, label, layout.code, layout.unit),
        layout.unit,
        layout.note,
        layout.values,
        layout.derived,
    )


_layout_made = quickly(Layout)


def _explanations(
    table: Table, chosen: Collection[ColumnMatch], columns: FormColumns
) -> int | None:
    """The column of explanations, which our correction workbook adds; a form's own
    column of notes explains nothing, unless it asks for explanations.
    """
    notes = {w.column.key for w in columns if w.column.role is ColumnRole.NOTE}
    taken = {match.sheet_column for match in chosen if match.column not in notes}
    asked = (
        at for at, text in table.headers.items() if at not in taken and is_explanation(text)
    )
    return next(asked, None)


def _first(matches: Sequence[ColumnMatch]) -> int | None:
    return matches[0].sheet_column if matches else None


def _labels(
    table: Table, label: int | None, code: int | None, unit: int | None
) -> tuple[int, ...]:
    """The columns of the labels: the one so called with its merged neighbours, or the
    one that holds the most text beside the code, unit and figures.
    """  # fmt: skip
    if label is not None:
        same = [at for at, text in table.headers.items() if text == table.headers[label]]
        return tuple(sorted({label, *same, *_indented(table, label)}))
    lengths: dict[int, int] = {}
    for (row, column), cell in table.sheet.cells.items():
        inside = table.body_top <= row <= table.body_bottom
        if inside and cell.kind is CellKind.TEXT and column not in (code, unit):
            lengths[column] = lengths.get(column, 0) + len(cell.text)
    return (max(lengths, key=lambda at: lengths[at]),) if lengths else ()


def _indented(table: Table, label: int) -> Iterator[int]:
    """Columns without a header right of the labels, for labels that stand further in."""
    cells = table.sheet.cells
    for column in range(label + 1, max(table.headers)):
        inside = [
            cell
            for row in range(table.body_top, table.body_bottom + 1)
            if (cell := cells.get((row, column))) is not None
        ]
        words = [c for c in inside if c.kind is CellKind.TEXT and not is_figure(c)]
        if column in table.headers or not words or 2 * len(words) <= len(inside):
            return
        yield column
