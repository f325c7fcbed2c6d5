"""Every consolidated figure leads to cells that are there, and they to it.

Rounds of returns, resends, holds and gaps at random, on both databases. What is true is
kept beside the ledger, in this file's own words; sums are made in fractions.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from email import message_from_bytes
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from random import Random

import pytest
from openpyxl import load_workbook

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.round_definitions.history_file import history_file, read_history
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.lineage import (
    AreaAsked,
    ImputedFigure,
    Makeup,
    PastFigure,
    SourcedFigure,
)
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState, Missing
from pipeline.domain.plan.nation_terms import MissingUnits
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.total import (
    Level,
    Method,
    Run,
    Total,
    members_by_area,
    observed_history,
)
from pipeline.jobs.explain import explain, fill_apart, past_apart
from pipeline.jobs.trace_totals import areas_of, touched_totals
from pipeline.stages.fill_missing import fill_missing
from pipeline.stages.take_apart import ask, take_apart
from tests.builders import decisions as make
from tests.builders.mails import letter, narrative, workbooks
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.builders.totals import every_key, small_round
from tests.builders.workshop import open_world
from tests.servers.ledgers import file_mail

PLACES = shipped_gazetteer()
ROUND = replace(small_round(), id=make.ROUND)
CELLS = [(form, row.key, column) for form, row, column in every_key(ROUND)]
UNITS = [province.code for province in PLACES.provinces]
AREAS = [
    AreaAsked(str(level), name, members)
    for (level, name), members in members_by_area(PLACES).items()
]
FALLBACK = "uoc_n1"
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Written:
    """A cell of a file of a mail, as its sender wrote it."""

    digest: str
    path: str
    sheet: str
    cell: str
    value: Decimal | None
    missing: Missing | None

    @property
    def counted(self) -> Fraction | None:
        if self.missing is Missing.NIL:
            return Fraction(0)
        return None if self.value is None else Fraction(self.value)


@dataclass
class Truth:
    """All mails: which unit's, how they rank, what they hold."""

    cells: dict[tuple[int, Cell], Written] = field(default_factory=dict)
    versions: list[tuple[str, str, tuple[bool, bool, float, int]]] = field(
        default_factory=list
    )

    @cached_property
    def counting(self) -> Mapping[tuple[str, str], int]:
        """For each unit and form the mail that counts."""
        best: dict[tuple[str, str], tuple[bool, bool, float, int]] = {}
        for unit, form, rank in self.versions:
            best[unit, form] = max(best.get((unit, form), rank), rank)
        return {key: rank[3] for key, rank in best.items()}


def a_round_at_random(ledger: SqlLedger, dice: Random) -> Truth:
    """Some units write once or more often, some never."""
    truth = Truth()
    for unit in dice.sample(UNITS, 20):
        for _ in range(dice.choice((1, 2, 3))):
            _one_mail(ledger, truth, unit, dice)
    return truth


def _one_mail(ledger: SqlLedger, truth: Truth, unit: str, dice: Random) -> None:
    name, minutes = f"{unit}-{dice.random()}", dice.randrange(500)
    verified, held = dice.random() < 0.8, dice.random() < 0.15
    forms, written = [], []
    for form in dice.sample(ROUND.forms, dice.choice((1, 2, 2))):
        accepted, rows = dice.random() < 0.7, []
        for n, cell in enumerate(key for key in CELLS if key[0] == form.id):
            if dice.random() < 0.85:
                rows.append(_row(cell, n, dice))
        state = FormState.ACCEPTED if accepted else FormState.DEFICIENT
        forms.append(make.form(form.id, rows, state))
        written.append((form.id, accepted, rows))
    number = file_mail(
        ledger,
        name,
        forms,
        minutes,
        identity=make.identity(unit, verified=verified),
        state=State.HELD if held else State.FILED,
        reason="by-planner" if held else None,
    )
    for form_id, accepted, rows in written:
        if not held:
            truth.versions.append((unit, form_id, (verified, accepted, minutes, number)))
        for row in rows:
            truth.cells[number, (row.form, row.indicator, row.column)] = Written(
                *(make.digest_of(name), row.path, row.sheet, row.cell),
                *(row.value, row.missing),
            )


def _row(cell: Cell, n: int, dice: Random):
    form, indicator, column = cell
    missing = dice.choice(list(Missing)) if dice.random() < 0.1 else None
    digits = dice.randrange(1, 10 ** dice.randrange(1, 9))
    value = None if missing else str(Decimal(digits).scaleb(-dice.randrange(4)))
    where = {"path": f"{form}.zip/bieu {form}.xls", "sheet": form, "cell": f"H{9 + n}"}
    return make.row(indicator, column, value, form=form, missing=missing, **where)


def a_file_of_the_round_before(folder: Path, dice: Random) -> Path:
    lines = ["province_code,form_id,indicator,column_key,value"]
    for unit in dice.sample(UNITS, 50):
        for cell in CELLS:
            if dice.random() < 0.6:
                value = Decimal(dice.randrange(1, 10**6)).scaleb(-dice.randrange(3))
                lines.append(",".join((unit, *cell, str(value))))
    path = folder / "ky truoc.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rounded(amount: Fraction, weight: Fraction) -> Decimal:
    """A quotient to 12 decimals, half to even, by whole numbers only."""
    return Decimal(round(amount / weight * 10**12)).scaleb(-12)


def added_up(method: Method, parts: Iterable[tuple[Fraction, Fraction | None]]):
    """What parts (value, weight) come to; None where nothing is to be said."""
    found = list(parts)
    if method is Method.NONE or not found:
        return None
    if method is Method.SUM:
        return sum((value for value, _ in found), Fraction(0))
    whole = sum((weight for _, weight in found), Fraction(0))
    return rounded(sum(v * w for v, w in found), whole) if whole else None


def same(told: Decimal | None, made: Fraction | Decimal | None) -> bool:
    return (told is None) == (made is None) and (told is None or Fraction(told) == made)


def read(truth: Truth, source: SourcedFigure) -> Fraction:
    """The number in the very cell that a part names; it must be there."""
    figure = source.figure
    written = truth.cells[source.message, (figure.form, figure.indicator, figure.column)]
    place = (written.digest, written.path, written.sheet, written.cell)
    assert (figure.digest, figure.path, figure.sheet, figure.cell) == place
    assert (figure.value, figure.missing) == (written.value, written.missing)
    assert written.counted is not None
    return written.counted


def read_parts(
    truth: Truth, makeup: Makeup[SourcedFigure], *, strict: bool
) -> Iterator[tuple[Fraction, Fraction | None]]:
    weighted = makeup.total.method is Method.WEIGHTED
    for part in makeup.parts:
        value, weight = read(truth, part.source), part.weight
        if strict and weighted:
            weight = part.strict_weight
        if strict and not (weight is not None if weighted else part.clean):
            continue
        if weight is None or weight.source is None:
            yield value, None if weight is None else Fraction(weight.value)
        else:
            assert Fraction(weight.value) == read(truth, weight.source)
            yield value, Fraction(weight.value)


def expected_parts(
    truth: Truth, members: Iterable[str], cell: Cell
) -> Iterator[tuple[str, Fraction, Fraction | None]]:
    """Who gives what to a total, from the mails alone."""
    form, key, column = cell
    row = ROUND.form(form).indicator(key)

    def said(unit: str, its_form: str, indicator: str, its_column: str) -> Fraction | None:
        mail = truth.counting.get((unit, its_form), 0)
        written = truth.cells.get((mail, (its_form, indicator, its_column)))
        return None if written is None else written.counted

    for unit in members:
        value = said(unit, *cell)
        if value is None:
            continue
        if row.weight is None:
            yield unit, value, None
            continue
        where, _, fact = row.weight.rpartition(":")
        if where == "registry":
            year = ROUND.year_of(ROUND.form(form).column(column))
            known = PLACES.fact(fact, unit, year)
            weight = None if known is None else Fraction(known)
        else:
            tries = (said(unit, where or form, fact, c) for c in (column, FALLBACK))
            weight = next((found for found in tries if found is not None), None)
        if weight is not None:
            yield unit, value, weight


def kept(ledger: SqlLedger) -> Mapping[tuple[AreaAsked, Cell], Total]:
    """The totals of a run, kept, by area and cell."""
    totals = consolidate_figures(ledger.figures(ROUND.id, None), ROUND, PLACES)
    ledger.store_run(Run(ROUND.id, make.at(900), make.at(900)), totals, make.at(900))
    return by_place(totals)


def by_place(totals: Iterable[Total]) -> Mapping[tuple[AreaAsked, Cell], Total]:
    areas = {(area.level, area.name): area for area in AREAS}
    return {
        (areas[str(t.level), t.area], (t.form, t.indicator, t.column)): t for t in totals
    }


def test_every_total_is_of_cells_that_are_there_and_every_cell_is_in_its_totals(
    ledger: SqlLedger,
) -> None:
    dice = Random(6)
    truth = a_round_at_random(ledger, dice)
    totals = kept(ledger)
    figures = ledger.sourced_figures(ROUND.id)
    assert len(totals) == len(CELLS) * len(AREAS)
    stands: dict[int, set] = {number: set() for number, _ in truth.cells}
    for (area, cell), total in totals.items():
        makeup = take_apart(ask(ROUND, *cell), area, figures, PLACES)
        assert makeup.total == total
        assert_made_of(truth, makeup, list(expected_parts(truth, area.members, cell)))
        if area.level == Level.NATIONAL and total.method is not Method.NONE:
            for number, figure, weighs in sources_of(makeup):
                stands[number].add((cell, figure, weighs))
    for cell in CELLS:
        for area in (AREAS[0], dice.choice(AREAS)):
            found = explain(ledger, (ROUND, PLACES), cell, f"{area.level}:{area.name}")
            assert (found.agrees, found.changes) == (True, ())
            assert found.kept is not None
            assert found.kept.total == found.makeup.total == totals[area, cell]
    unit_of = {f.message: f.figure.province for f in figures}
    for number, expected in stands.items():
        unit = unit_of.get(number, UNITS[0])
        told = touched_totals(ledger, (ROUND, PLACES), number, unit)
        assert {
            ((t.form, t.indicator, t.column), t.source.figure, t.weighs)
            for t in told.touches
        } == expected
        assert told.areas == (areas_of(unit, PLACES) if expected else ())
    added = {cell for cell in CELLS if cell[1] in ("tong", "nen")}
    for (_, form), number in truth.counting.items():
        usable = {
            cell
            for cell in added
            if cell[0] == form
            and (number, cell) in truth.cells
            and truth.cells[number, cell].counted is not None
        }
        own = {cell for cell, _, weighs in stands[number] if not weighs}
        assert usable == {cell for cell in own if cell[0] == form} & added


def assert_made_of(
    truth: Truth,
    makeup: Makeup[SourcedFigure],
    given: list[tuple[str, Fraction, Fraction | None]],
) -> None:
    """A total's parts are those that the mails give, and come to it to the last digit."""
    total = makeup.total
    parts = list(read_parts(truth, makeup, strict=False))
    assert [part.province for part in makeup.parts] == [unit for unit, *_ in given]
    assert parts == [(value, weight) for _, value, weight in given]
    assert same(total.value, added_up(total.method, parts))
    strict = added_up(total.method, read_parts(truth, makeup, strict=True))
    assert same(total.value_strict, strict)
    everybody = {unit.province for unit in (*makeup.parts, *makeup.missing)}
    assert everybody == set(makeup.area.members)


def sources_of(makeup: Makeup[SourcedFigure]) -> Iterator[tuple[int, object, bool]]:
    for part in makeup.parts:
        yield part.source.message, part.source.figure, False
        for weight in (part.weight, part.strict_weight):
            if weight is not None and weight.source is not None:
                yield weight.source.message, weight.source.figure, True


@pytest.mark.parametrize("policy", [MissingUnits.CARRY_FORWARD, MissingUnits.RATIO])
def test_what_nobody_reported_leads_to_a_line_of_the_file_of_the_round_before(
    ledger: SqlLedger, tmp_path: Path, policy: MissingUnits
) -> None:
    dice = Random(str(policy))
    truth = a_round_at_random(ledger, dice)
    plan_round = replace(ROUND, nation=replace(ROUND.nation, missing_units=policy))
    path = a_file_of_the_round_before(tmp_path, dice)
    known = read_history(path, plan_round, PLACES)
    ledger.import_history(ROUND.id, known, "lan", make.at(1), history_file(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    figures = list(ledger.figures(ROUND.id, None))
    places, earlier = (plan_round, PLACES), a_year_before(plan_round)
    filled = fill_missing(figures, ledger.history_figures(ROUND.id), places)
    totals = by_place(consolidate_figures([*figures, *filled], *places))
    history = observed_history(known, earlier)
    before = by_place(consolidate_figures(history, earlier, PLACES))
    sourced, past = ledger.sourced_figures(ROUND.id), ledger.past_figures
    imputed = 0
    for cell in CELLS:
        asked = ask(plan_round, *cell)
        history = past(ROUND.id, asked.rows)
        for area in (AREAS[0], *dice.sample(AREAS, 3)):
            found = fill_apart(asked, area, (sourced, history), places)
            if found is None:
                found = take_apart(asked, area, sourced, PLACES)
            assert found.total == totals[area, cell]
            parts = [_followed(truth, part, lines) for part in found.parts]
            assert same(found.total.value, added_up(found.total.method, parts))
            imputed += sum(isinstance(p.source, ImputedFigure) for p in found.parts)
            then = past_apart(asked, area, history, PLACES)
            assert then is not None
            assert then.total == before[area, cell]
            parts = [_followed(truth, part, lines) for part in then.parts]
            assert same(then.total.value, added_up(then.total.method, parts))
    assert imputed > 50


def a_year_before(plan_round: PlanRound) -> PlanRound:
    return replace(plan_round, plan_year=plan_round.plan_year - 1)


def _followed(truth: Truth, part, lines: list[str]) -> tuple[Fraction, Fraction | None]:
    """A part's value and weight, from the cell or the line that they lead to."""
    value = _at_its_source(truth, part.source, lines)
    if part.weight is None:
        return value, None
    if part.weight.source is None:
        return value, Fraction(part.weight.value)
    weight = _at_its_source(truth, part.weight.source, lines)
    assert weight == Fraction(part.weight.value)
    return value, weight


def _at_its_source(truth: Truth, source, lines: list[str]) -> Fraction:
    if isinstance(source, SourcedFigure):
        return read(truth, source)
    known = source.history if isinstance(source, PastFigure) else source.before
    assert known.origin is not None
    assert (known.origin.by, known.origin.at) == ("lan", make.at(1))
    *place, told = lines[known.origin.line - 1].split(",")
    assert tuple(place) == (known.province, *known.cell)
    value = Fraction(told)
    if isinstance(source, PastFigure):
        return value
    if source.ratio is not None:
        value = value * Fraction(source.ratio.now) / Fraction(source.ratio.was)
        value = Fraction(round(value) if known.indicator in ("tong", "nen") else value)
    assert value == Fraction(source.figure.value)
    return value


def test_the_cells_are_in_the_workbooks_that_came(tmp_path: Path) -> None:
    world = open_world(tmp_path)
    raw = letter((*workbooks(name="Bieu.xlsx"), narrative()))
    number = world.arrive(raw)
    world.process()
    books = {
        part.get_filename(): load_workbook(io.BytesIO(part.get_payload(decode=True)))
        for part in message_from_bytes(raw).walk()
        if (part.get_filename() or "").endswith(".xlsx")
    }
    found = world.ledger.sourced_figures(shipped_round().id)
    assert len(found) > 600
    for source in found:
        figure = source.figure
        written = books[figure.path][figure.sheet][figure.cell].value
        assert source.message == number
        assert figure.counted == Decimal(str(written).replace("-", "0"))
    places = (shipped_round(), PLACES)
    for cell in list({(f.figure.form, f.figure.indicator, f.figure.column) for f in found})[
        ::40
    ]:
        makeup = explain(world.ledger, places, cell, "02").makeup
        if makeup.total.method is not Method.NONE:
            assert makeup.total.level is Level.NATIONAL
            assert [part.source for part in makeup.parts] == [
                s
                for s in found
                if (s.figure.form, s.figure.indicator, s.figure.column) == cell
            ]
    world.ledger.close()
