"""Labels that may mean something else: what is asked, and what planners answer.

The same from the command line and from the console. The messages that an answer returns
are open again and are to be processed (`process`) for it to be felt.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Word
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix, ColumnMatch, OwnRow, Rival, RowMatch
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.reading.alias import OWN, Alias, Axis
from pipeline.domain.reading.row_label import read_label
from pipeline.domain.reading.sheet import address, parse_address
from pipeline.domain.rulings import NotedFinding
from pipeline.domain.verdict import Parsed
from pipeline.domain.writing.text import match_key
from pipeline.ports import Ledger


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label may mean: an item of the form, and how alike, 0 to 1.

    `taken` is False for what the reader did not choose.
    """

    key: str
    code: str
    label: str
    score: float
    taken: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another place of the sheet that might as well be what the reader chose."""

    key: str
    cell: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """A label of a form that may mean something else, as a planner is asked."""

    noted: NotedFinding
    axis: Axis
    label: str
    meanings: tuple[Meaning, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, slots=True)
class DoubtPage:
    """Some of what is open; the finding below which there may be more, None at the end."""

    doubts: tuple[Doubt, ...]
    below: int | None


def list_doubts(
    ledger: Ledger, rounds: Sequence[PlanRound], province: str | None
) -> Iterator[Doubt]:
    """What is open, the newest message of a province first; a label is asked once.

    Rows of a province's own are among them where they may be a row that is missing.
    """
    asked: set[tuple[object, ...]] = set()
    read = lru_cache(1)(ledger.parsed)
    for noted in ledger.match_findings(province):
        key = (noted.province, noted.round, noted.finding.form, noted.finding.found)
        if key not in asked and (doubt := _doubt_of(rounds, noted, read)) is not None:
            asked.add(key)
            yield doubt


def page_of_doubts(
    ledger: Ledger, rounds: Sequence[PlanRound], below: int | None, most: tuple[int, int]
) -> DoubtPage:
    """So many doubts and findings looked at, at `most`: each may cost reading a return.

    Where the newest finding on a label has nothing to choose from, an earlier one may.
    """
    shown, looked = most
    found = ledger.match_page(below, looked + 1)
    earlier = ledger.match_earlier(found[:looked])
    read = lru_cache(1)(ledger.parsed)
    doubts: list[Doubt] = []
    left = looked
    for noted in found[:looked]:
        if len(doubts) == shown or left <= 0:
            break
        below = noted.id
        for each in (noted, *earlier.get(noted.id, ())):
            left -= 1
            doubt = _doubt_of(rounds, each, read)
            if doubt is not None:
                doubts.append(doubt)
                break
    over = not found or below == found[-1].id
    return DoubtPage(tuple(doubts), None if over else below)


def _doubt_of(
    rounds: Sequence[PlanRound],
    noted: NotedFinding,
    read: Callable[[int], Parsed | None],
) -> Doubt | None:
    form, parsed = _form(rounds, noted), read(noted.message)
    match = parsed and _match(parsed.appendices, noted)
    if form is None or not match or noted.province is None:
        return None
    doubt = _doubt(noted, form, match)
    return doubt if doubt.meanings or doubt.elsewhere else None


def confirm_match(
    ledger: Ledger,
    rounds: Sequence[PlanRound],
    finding: str,
    meaning: str | None,
    word: Word,
) -> list[int]:
    """Say what the label of a finding means in its province's form: a key or code of the
    form, OWN for none of it, None for what the reader chose.

    The messages that ask the same. PermanentError when it cannot be said.
    """
    noted = ledger.finding(int(finding)) if finding.isdecimal() else None
    form = noted and _form(rounds, noted)
    parsed = noted and ledger.parsed(noted.message)
    match = parsed and noted and _match(parsed.appendices, noted)
    if not (noted and form and match):
        raise PermanentError(
            f"{finding}: no such question about a row or column; `matches list` shows them"
        )
    if noted.province is None:
        raise PermanentError(f"finding {finding}: assign the message to a province first")
    alias = _alias(form, match, _meant(form, match, meaning))
    touched = list(ledger.add_alias(noted, alias, word.by, word.why, word.at))
    _reopen(ledger, touched, word)
    return touched


def withdraw_match(ledger: Ledger, alias: str, word: Word) -> list[int]:
    """Let an alias hold no more; the messages with that form."""
    number = int(alias) if alias.isdecimal() else 0
    touched = list(ledger.withdraw_alias(number, word.by, word.why, word.at))
    _reopen(ledger, touched, word)
    return touched


def _reopen(ledger: Ledger, messages: Iterable[int], word: Word) -> None:
    for message in messages:
        ledger.reopen(message, word.at)


def _form(rounds: Iterable[PlanRound], noted: NotedFinding) -> Form | None:
    named = noted.finding.form
    for plan_round in rounds:
        if plan_round.id == noted.round:
            return next((form for form in plan_round.forms if form.id == named), None)
    return None


Match = RowMatch | OwnRow | ColumnMatch


def _match(appendices: Iterable[Appendix], noted: NotedFinding) -> Match | None:
    """The row or column that a finding is about."""
    found = noted.finding
    there = (found.form, found.path, found.sheet)
    for each in appendices:
        if (each.form, each.path, each.sheet) == there:
            askable = _askable(each, found.code)
            match = next((m for m in askable if _is_about(found, m)), None)
            if match is not None:
                return match
    return None


def _askable(appendix: Appendix, code: str) -> Sequence[Match]:
    if code == "row-uncertain":
        return [row for row in appendix.row_matches if not row.sure]
    if code == "row-extra":
        return appendix.own_rows
    return appendix.column_matches if code == "column-uncertain" else ()


def _is_about(found: Finding, match: Match) -> bool:
    if isinstance(match, RowMatch):
        return match.indicator == found.indicator
    if isinstance(match, ColumnMatch):
        return match.column == found.column
    return parse_address(found.cell or "A1")[0] == match.sheet_row


def _doubt(noted: NotedFinding, form: Form, match: Match) -> Doubt:
    if isinstance(match, ColumnMatch):
        axis, at, label = Axis.COLUMN, match.sheet_column, match.header
        rivals: tuple[Rival, ...] = () if match.rival is None else (match.rival,)
    else:
        axis, at, label, rivals = Axis.ROW, match.sheet_row, match.label, match.rivals
    chosen = _chosen(match)
    meanings = [] if chosen is None else [_meaning(form, axis, chosen, match, taken=True)]
    here = [rival for rival in rivals if rival.place == at and rival.key != chosen]
    meanings += [_meaning(form, axis, rival.key, rival, taken=False) for rival in here]
    return Doubt(
        noted,
        axis,
        label,
        tuple(meanings),
        tuple(_elsewhere(axis, rival) for rival in rivals if rival.place != at),
    )


def _chosen(match: Match) -> str | None:
    if isinstance(match, ColumnMatch):
        return match.column
    return match.indicator if isinstance(match, RowMatch) else None


def _meaning(
    form: Form, axis: Axis, key: str, found: Match | Rival, *, taken: bool
) -> Meaning:
    score = 0.0 if isinstance(found, OwnRow) else found.score
    code, label = _item(form, axis, key)
    return Meaning(key, code, label, score, taken)


def _elsewhere(axis: Axis, rival: Rival) -> Elsewhere:
    place = (rival.place, 0) if axis is Axis.ROW else (0, rival.place)
    where = address(*place)
    cell = where[1:] if axis is Axis.ROW else where[:-1]
    return Elsewhere(rival.key, cell, rival.text, rival.score)


def _item(form: Form, axis: Axis, key: str) -> tuple[str, str]:
    """The code and label of a row, or the title of a column."""
    if axis is Axis.COLUMN:
        return "", form.column(key).title
    row = form.indicator(key)
    return row.code, row.label


def _meant(form: Form, match: Match, named: str | None) -> str:
    """The key that a planner named by key or code, or OWN."""
    if named is None:
        chosen = _chosen(match)
        if chosen is None:
            raise PermanentError("say which row of the form is meant, by its key or code")
        return chosen
    if named == OWN:
        return OWN
    if isinstance(match, ColumnMatch):
        keys = [column.key for column in form.value_columns if column.key == named]
    else:
        keys = [row.key for row in form.indicators if named in (row.key, row.code)]
    if len(keys) != 1:
        raise PermanentError(f"{named}: names no single row or column of {form.id}")
    return keys[0]


def _alias(form: Form, match: Match, meaning: str) -> Alias:
    if isinstance(match, ColumnMatch):
        asked = "" if meaning == OWN else match_key(form.column(meaning).title)
        return Alias(form.id, Axis.COLUMN, match_key(match.header), "", meaning, asked)
    asked = ""
    if meaning != OWN:
        row = form.indicator(meaning)
        asked = read_label(row.label, row.code).key
    return Alias(form.id, Axis.ROW, match.spelled, match.under, meaning, asked)
