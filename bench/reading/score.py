"""What the reader made of a case, held against the truth, cell by cell."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bench.reading.cases import World
from bench.reading.page import Case, Fact, Key, Wanted
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix, Row
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.sheet import UnreadableWorkbookError, address
from pipeline.stages.check import CheckContext, check
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise
from pipeline.stages.settle_forms import settle_forms

_QUIET = frozenset((Severity.INFO,))
_FOLDS = frozenset(Decimal(10) ** n for n in (-9, -6, -3, 3, 6, 9))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pipeline says of one file; `told` by the reader, `checked` by rules."""

    matches: Sequence[FormMatch]
    rows: Mapping[Key, Row]
    twice: frozenset[str]
    told: Sequence[Finding]
    checked: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that is not as it should be, for the list of worst cases."""

    case: str
    kind: str
    key: Key
    cell: str
    wanted: str
    got: str


@dataclass(slots=True)
class Score:
    """Counts of one case, or of many added up."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Score") -> None:
        self.counts.update(other.counts)
        self.codes.update(other.codes)

    def share(self, part: str, whole: str) -> float:
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 0.0


def read_case(case: Case, world: World) -> Reading:
    """The whole reading part of the pipeline on a file, and the rules after it."""
    path = f"case.{'xls' if case.kind in ('html', 'xml') else case.kind}"
    try:
        workbook = open_workbook(case.data, path)
    except UnreadableWorkbookError as error:
        finding = Finding(error.code, Severity.FATAL, path=path)
        return Reading((), {}, frozenset(), (finding,), ())
    recognised = recognise(workbook, (world.plan_round,))
    appendices: list[Appendix] = []
    told = list(recognised.findings)
    rounds = {world.plan_round.id: world.plan_round}
    for _, appendix, found in read_forms(recognised.forms, rounds):
        appendices.append(appendix)
        told.extend(found)
    settled = settle_forms(appendices)
    told.extend(settled.findings)
    context = CheckContext(world.plan_round, case.province, world.gazetteer)
    checked = [
        f for f in check(settled.appendices, context) if f.state is FindingState.FAIL
    ]
    rows = {
        (row.form, row.indicator, row.column): row
        for appendix in settled.appendices
        for row in appendix.rows
    }
    return Reading(recognised.forms, rows, settled.twice, told, checked)


class _Told:
    """Which cells, rows and columns findings speak of."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.cells: set[tuple[str | None, str]] = set()
        self.rows: set[tuple[str | None, str]] = set()
        self.columns: set[tuple[str | None, str]] = set()
        self.forms: set[str | None] = set()
        for finding in findings:
            if finding.severity not in _QUIET and finding.code != "hidden-content":
                self._hear(finding)

    def _hear(self, finding: Finding) -> None:
        form = finding.form
        for cell in (finding.cell, *finding.suspect):
            if cell:
                sheet, _, plain = cell.rpartition("!")
                self.cells.add((sheet or finding.sheet, plain))
        if finding.indicator and not finding.column:
            self.rows.add((form, finding.indicator))
        elif finding.column and not finding.indicator:
            self.columns.add((form, finding.column))
        elif (
            form and not finding.indicator and finding.code in ("form-twice", "wrong-round")
        ):
            self.forms.add(form)

    def covers(self, key: Key, sheet: str, cell: str) -> bool:
        form, indicator, column = key
        return (
            (sheet, cell) in self.cells
            or (form, indicator) in self.rows
            or (form, column) in self.columns
            or form in self.forms
        )


def score_case(case: Case, reading: Reading) -> Score:
    """All counts of one case; faults are kept for looking at."""
    score = Score()
    reader = _Told(reading.told)
    anyone = _Told((*reading.told, *reading.checked))
    for key, fact in case.facts.items():
        _Cell(case, score, key, fact, reading.rows.get(key)).judge(reader, anyone)
    for key, row in reading.rows.items():
        if key not in case.facts:
            score.counts["phantom"] += 1
            _wrong(case, score, (key, row, None), reader, anyone)
    _score_forms(case, reading, score)
    _score_findings(case, reading, score)
    score.counts["files"] = 1
    score.counts["clean files"] = int(case.clean)
    return score


@dataclass(frozen=True, slots=True)
class _Cell:
    case: Case
    score: Score
    key: Key
    fact: Fact
    row: Row | None

    def judge(self, reader: _Told, anyone: _Told) -> None:
        counts, fact, row = self.score.counts, self.fact, self.row
        place = address(*fact.cell)
        if fact.slip:
            self._slip(anyone, place)
            return
        counts["cells"] += 1
        if row is None:
            heard = anyone.covers(self.key, fact.sheet, place)
            self._miss("missed" if not heard else "missed, told")
            return
        if (row.sheet, row.cell) == (fact.sheet, place):
            counts["address right"] += 1
        counts["addressed"] += 1
        if self._right(row):
            counts["right"] += 1
            counts["encoding right"] += self.case.encoding in ("", row.encoding)
            flagged = fact.wanted is Wanted.VALUE and reader.covers(
                self.key, row.sheet, row.cell
            )
            counts["right, flagged"] += flagged
        elif (
            row.value is None
            and row.missing is None
            and reader.covers(self.key, row.sheet, row.cell)
        ):
            self._asked(row)
        else:
            _wrong(self.case, self.score, (self.key, row, fact), reader, anyone)

    def _right(self, row: Row) -> bool:
        fact = self.fact
        if fact.wanted is Wanted.VALUE:
            return row.value == fact.value
        return fact.wanted is Wanted.MISSING and row.missing == fact.missing

    def _asked(self, row: Row) -> None:
        if self.fact.wanted is Wanted.ASK:
            self.score.counts["right"] += 1
            self.score.counts["encoding right"] += 1
        elif self.fact.open:
            self.score.counts["open, asked"] += 1
        else:
            self._miss("asked", row)

    def _miss(self, kind: str, row: Row | None = None) -> None:
        self.score.counts[kind] += 1
        self.score.faults.append(_fault(self.case, kind, self.key, row, self.fact))

    def _slip(self, anyone: _Told, place: str) -> None:
        """One whose figure has the unit behind it is declared after all, and read right."""
        if self.row is not None and self._right(self.row):
            return
        self.score.counts["slips"] += 1
        if not anyone.covers(self.key, self.fact.sheet, place) and self.row is not None:
            self.score.counts["slips, silent"] += 1


def _wrong(case: Case, score: Score, cell: tuple[Key, Row, Fact | None],
           reader: _Told, anyone: _Told) -> None:  # fmt: skip
    key, row, fact = cell
    heard = reader.covers(key, row.sheet, row.cell)
    kind = "wrong, told" if heard else "wrong, silent"
    folded = fact is not None and _is_fold(row.value, fact.value)
    score.counts["wrong"] += 1
    score.counts["silent"] += not heard
    score.counts["silent after rules"] += not anyone.covers(key, row.sheet, row.cell)
    score.counts["fold"] += folded
    score.counts["fold, silent"] += folded and not heard
    if folded:
        kind += ", fold"
    score.faults.append(_fault(case, kind, key, row, fact))


def _is_fold(got: Decimal | None, wanted: Decimal | None) -> bool:
    return bool(got and wanted) and (got or Decimal(0)) / (wanted or Decimal(1)) in _FOLDS


def _fault(case: Case, kind: str, key: Key, row: Row | None, fact: Fact | None) -> Fault:
    cell = f"{row.sheet}!{row.cell}" if row else ""
    if fact is not None:
        cell += f" (truth {fact.sheet}!{address(*fact.cell)})"
    wanted = (
        "nothing" if fact is None else f"{fact.wanted} {fact.value or fact.missing or ''}"
    )
    got = "nothing" if row is None else f"{row.value or row.missing} from {row.raw!r}"
    return Fault(case.name, kind, key, cell, wanted, got)


def _score_forms(case: Case, reading: Reading, score: Score) -> None:
    """A form is right when its own match stands on its rows; others there are wrong."""
    met = set()
    for match in reading.matches:
        table = match.found.table
        span = range(table.body_top, table.body_bottom + 1)
        there = [
            stand
            for stand in case.stands
            if stand.sheet == table.sheet.name
            and set(span) & set(range(stand.top, stand.bottom + 1))
        ]
        if match.form in {stand.form for stand in there}:
            met.update(s for s in there if s.form == match.form)
        elif not table.sheet.hidden:
            score.counts["forms wrong"] += 1
            heard = any(
                f.form == match.form and f.code == "form-unrecognised" for f in reading.told
            )
            score.counts["forms wrong, silent"] += not heard
            score.faults.append(
                Fault(case.name, "form wrong", (match.form, "", ""), "", "", "")
            )
    score.counts["forms"] += len(case.stands)
    score.counts["forms right"] += len(met)
    codes = {f.code for f in reading.told if f.severity not in _QUIET}
    for stand in case.stands:
        if stand not in met:
            told = codes & {
                "form-unrecognised",
                "wrong-round",
                "unreadable-file",
                "too-big",
            }
            kind = "form missed, told" if told else "form missed"
            score.counts[kind] += 1
            score.faults.append(
                Fault(case.name, kind, (stand.form, "", ""), stand.sheet, "", "")
            )


def _score_findings(case: Case, reading: Reading, score: Score) -> None:
    """On a clean file every finding is false but those that any clerk would write."""
    if not case.clean:
        return
    opened = {k for k, f in case.facts.items() if f.open}
    for finding in (*reading.told, *reading.checked):
        key = (finding.form or "", finding.indicator or "", finding.column or "")
        if finding.severity in _QUIET or finding.code in case.accepted or key in opened:
            continue
        if finding in reading.checked and finding.severity is Severity.QUERY and opened:
            continue
        score.counts["false findings"] += 1
        score.codes[finding.code] += 1
        score.faults.append(
            Fault(
                case.name,
                f"false: {finding.code}",
                key,
                finding.cell or "",
                finding.expected or "",
                finding.found or "",
            )
        )
