"""Find the forms of the open rounds in a workbook: by content, exactly one or none."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.plan_round import ColumnRole, PlanRound
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.reading.candidate import (
    TITLE,
    Candidate,
    KnownForm,
    known_forms,
    title_score,
    try_form,
)
from pipeline.domain.reading.correction_headers import is_untouched
from pipeline.domain.reading.district import district_of
from pipeline.domain.reading.first_look import FirstLook
from pipeline.domain.reading.form_match import FormMatch, Table
from pipeline.domain.reading.form_parts import settle_parts
from pipeline.domain.reading.layout import find_tables
from pipeline.domain.reading.sheet import Sheet, Workbook
from pipeline.domain.reading.told_aside import told_on_cover
from pipeline.domain.reading.unknown_tables import headless, unrecognised

_CANDIDATES = 3
_LEAD = 0.12
_SURE_LABEL = 0.9
_CLOSE = 0.05
_CLEAR = 1.2
_WORTH_TRUST = 0.5


@dataclass(frozen=True, slots=True)
class Recognised:
    """The forms of a workbook, and what is wrong with the workbook as such."""

    forms: tuple[FormMatch, ...]
    findings: tuple[Finding, ...]


def recognise(
    workbook: Workbook, rounds: Sequence[PlanRound], aliases: Aliases = NO_ALIASES
) -> Recognised:
    """Every form of the open rounds that a workbook holds; `aliases` of its province.

    Findings: form-unrecognised for a table with figures that is no form, wrong-round
    for a form whose years are another round's, hidden-content for sheets out of sight,
    and those the reader made.
    """
    search = _Search(workbook, _known(tuple(rounds)), aliases)
    search.sheets()
    search.again()
    kept, hidden = _without_hidden_copies(search.candidates, workbook.path)
    covers = tuple(search.covers)
    matches = settle_parts([_match(each, workbook.path, covers) for each in kept])
    return Recognised(matches, (*_weighed(search.findings, matches), *hidden))


class _Known(NamedTuple):
    """The forms of the open rounds; `words` are the headers of columns without figures."""

    forms: tuple[KnownForm, ...]
    words: frozenset[str]
    first_look: FirstLook


@lru_cache(maxsize=8)
def _known(rounds: tuple[PlanRound, ...]) -> _Known:
    forms = tuple(form for each in rounds for form in known_forms(each))
    return _Known(forms, _header_words(forms), FirstLook(forms))


class _Search:
    """The tables of a workbook and what they are; fills up on the way."""

    def __init__(self, workbook: Workbook, known: _Known, aliases: Aliases) -> None:
        self._workbook = workbook
        self._known = known
        self._aliases = aliases
        self._unknown: list[Table] = []
        self.candidates: list[Candidate] = []
        self.covers: list[str] = []
        self.findings = list(workbook.findings)

    def sheets(self) -> None:
        """Every table once, in the order of the sheets."""
        words = self._known.words
        for sheet in self._workbook.sheets:
            tables = find_tables(sheet, words) if sheet.cells else ()
            if sheet.cells and not tables:
                self._aside(sheet)
            for table in tables:
                best = _best(table, self._known, self._aliases) or self._continued(table)
                if best is None:
                    self._unknown.append(table)
                else:
                    self._take(best)

    def _aside(self, sheet: Sheet) -> None:
        """A sheet without a table: its head may be lost, or it is the workbook's cover."""
        lost = list(headless(sheet, self._workbook.path))
        self.findings.extend(lost)
        if not lost:
            self.covers.extend(told_on_cover(sheet))

    def again(self) -> None:
        """Those left over: the head of a form may stand before the part that tells it."""
        for table in self._unknown:
            best = self._continued(table)
            if best is None:
                self.findings.extend(unrecognised(table, self._workbook.path))
            else:
                self._take(best)

    def _continued(self, table: Table) -> Candidate | None:
        return _continued(table, self._known.forms, self.candidates, self._aliases)

    def _take(self, best: Candidate) -> None:
        if is_untouched(best.found):
            return
        path = self._workbook.path
        district = _district(best)
        if district is not None:
            self.findings.extend(unrecognised(best.found.table, path, district))
        elif best.shift:
            self.findings.extend(_wrong_round(best, path))
        else:
            self.candidates.append(best)


def _district(candidate: Candidate) -> str | None:
    found = candidate.found
    return district_of(found.table, candidate.known.title, found.layout.values)


def _match(candidate: Candidate, path: str, covers: tuple[str, ...]) -> FormMatch:
    return FormMatch(
        form=candidate.known.form.id,
        round=candidate.known.round.id,
        path=path,
        confidence=round(min(candidate.covered, 1.0), 3),
        found=candidate.found,
        covers=covers,
    )


def _header_words(known: Iterable[KnownForm]) -> frozenset[str]:
    """The header texts of columns that hold no figures."""
    return frozenset(
        signature.text
        for each in known
        for words in each.columns
        if words.column.role not in (ColumnRole.VALUE, ColumnRole.DERIVED)
        for signature in words.signatures
    )


def _best(table: Table, known: _Known, said: Aliases) -> Candidate | None:
    """The one form that a table is; None when none is, or two are about equally."""
    looks = known.first_look.ranked(table)
    first = try_form(table, looks[0][1], said) if looks else None
    if first is not None and first.is_plain and looks[0][0] > _CLEAR:
        return first
    rounds = len({each.round.id for each in known.forms})
    # where labels are so edited that none stands there word for word, all are tried
    many = _CANDIDATES * rounds if looks[0][0] > _WORTH_TRUST else len(looks)
    tried = [try_form(table, each, said) for _, each in looks[:many]]
    found = sorted(
        (each for each in tried if each.is_enough), key=lambda each: -_rank(each)
    )
    if not found:
        return None
    rival = next((each for each in found[1:] if each.found.layout.values), None)
    if rival is not None and _rank(found[0]) - _rank(rival) < _LEAD:
        return None
    return found[0]


def _continued(
    table: Table,
    known: Sequence[KnownForm],
    earlier: Sequence[Candidate],
    said: Aliases,
) -> Candidate | None:
    """A table too small to say what it is, when it brings what others lack.

    Of several forms it goes on with the one that most of its rows belong to; a table
    with the title of a form is none of another.
    """
    titled = {_name(each) for each in known if title_score(table, each) >= TITLE}
    there: dict[str, set[str]] = {}
    for each in earlier:
        rows = {row.indicator for row in each.found.rows}
        there.setdefault(_name(each.known), set()).update(rows)
    forms = {_name(each.known): each.known for each in earlier}
    fitting = [
        tried
        for name, form in forms.items()
        if not titled or name in titled
        if _brings(tried := try_form(table, form, said), there[name])
    ]
    ranked = sorted(((_weight(each), each) for each in fitting), key=lambda one: -one[0])
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _CLOSE):
        return None
    return ranked[0][1]


def _brings(tried: Candidate, there: Collection[str]) -> bool:
    """Whether a table holds rows of the form, word for word, that are not there yet."""
    rows = tried.found.rows
    sound = len(rows) >= len(tried.found.extra) and all(
        row.score >= _SURE_LABEL and row.indicator not in there for row in rows
    )
    return bool(rows and sound and not tried.shift and tried.found.layout.values)


def _weight(candidate: Candidate) -> float:
    return sum(row.score for row in candidate.found.rows)


def _name(known: KnownForm) -> str:
    return f"{known.round.id}/{known.form.id}"


def _rank(candidate: Candidate) -> float:
    """Score, with years that agree before years that do not."""
    columns = len(candidate.found.layout.values) / max(
        len(candidate.known.form.value_columns), 1
    )
    return candidate.score + 0.3 * columns - (0.5 if candidate.shift else 0.0)


def _wrong_round(candidate: Candidate, path: str) -> list[Finding]:
    """A form of another year; one that is hidden was not sent to be read."""
    year = candidate.known.round.plan_year
    sheet = candidate.found.table.sheet
    if sheet.hidden:
        return []
    return [
        Finding(
            "wrong-round",
            Severity.ERROR,
            form=candidate.known.form.id,
            path=path,
            sheet=sheet.name,
            found=str(year + candidate.shift),
            expected=str(year),
        )
    ]


def _weighed(findings: Iterable[Finding], matches: Sequence[FormMatch]) -> list[Finding]:
    """A table beside recognised forms, and the same form of another year beside this
    year's, are the province's own affair: told, not asked.
    """  # fmt: skip
    forms = {match.form for match in matches}
    return [
        replace(finding, severity=Severity.WARN)
        if (matches and finding.code == "form-unrecognised")
        or (finding.code == "wrong-round" and finding.form in forms)
        else finding
        for finding in findings
    ]


def _without_hidden_copies(
    candidates: Sequence[Candidate], path: str
) -> tuple[list[Candidate], list[Finding]]:
    """Hidden sheets: one that repeats a visible form is left out, others are read."""
    visible = {_key(each) for each in candidates if not each.found.table.sheet.hidden}
    kept, findings = [], []
    for each in candidates:
        sheet: Sheet = each.found.table.sheet
        copy = sheet.hidden and _key(each) in visible
        if not copy:
            kept.append(each)
        if sheet.hidden:
            severity = Severity.INFO if copy else Severity.WARN
            form = each.known.form.id
            findings.append(
                Finding("hidden-content", severity, form=form, path=path, sheet=sheet.name)
            )
    return kept, findings


def _key(candidate: Candidate) -> tuple[str, str]:
    return candidate.known.round.id, candidate.known.form.id
