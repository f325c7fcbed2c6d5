"""The night's consolidation on a real ledger and a real folder."""

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipeline.adapters.national.export_folder import ExportFolder
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.summed_totals import consolidate_sums
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import TransientError
from pipeline.domain.five_year_path import Standing
from pipeline.domain.plan.five_year import Better, Target
from pipeline.domain.plan.form import FormState, Row
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.nation_terms import MissingUnits, NationTerms
from pipeline.domain.shortfall import measures_of
from pipeline.domain.total import Total
from pipeline.jobs.consolidate import Consolidation, consolidate, coverage_of, due
from pipeline.ports.outside import NationalTables
from tests.builders import decisions as make
from tests.builders.totals import COMMUNES, PROVINCES, ROUND_FOLDER, figure

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = datetime(2013, 7, 12, 19, 0, tzinfo=UTC)


@dataclass
class ShownProducts:
    """The port Products that keeps what it is shown, or refuses."""

    refuses: bool = False
    shown: list[NationalTables] = field(default_factory=list)

    def publish(self, tables: NationalTables) -> str:
        if self.refuses:
            raise TransientError("the disk is full")
        self.shown.append(tables)
        return "exports/here"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Consolidation]:
    """A ledger of the shipped round with one accepted form of Hà Giang."""
    plan_round = load_round(ROUND_FOLDER)
    gazetteer = load_gazetteer(PROVINCES, COMMUNES)
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ingest.db", "default")
    ledger.migrate()
    ledger.know_round(
        plan_round.id,
        [province.code for province in gazetteer.provinces],
        [form.id for form in plan_round.forms],
    )
    yield Consolidation(
        ledger,
        consolidate_figures,
        consolidate_sums,
        ShownProducts(),
        plan_round,
        gazetteer,
    )
    ledger.close()


def file(work: Consolidation, name: str, value: str, minutes: float = 0) -> None:
    """A mail with one figure, filed so many minutes after noon of 10 July."""
    file_rows(work, name, [make.row(value=value)], minutes)


def file_rows(work: Consolidation, name: str, rows: list[Row], minutes: float = 0) -> None:
    message = work.ledger.arrive(make.arrival(name, minutes))
    forms = (make.form(rows=rows),)
    parsed, decision = make.parsed(name, forms), make.decision(name, forms, minutes)
    work.ledger.file(message, parsed, decision, (), make.at(minutes))


def jobs_total(tables: NationalTables) -> Decimal | None:
    (found,) = (
        total.value
        for total in tables.totals
        if (total.level.value, total.indicator, total.column)
        == ("national", "th.viec_lam", "kh_n")
    )
    return found


def shown(work: Consolidation) -> list[NationalTables]:
    assert isinstance(work.products, ShownProducts)
    return work.products.shown


def test_a_run_is_kept_and_shown(work: Consolidation) -> None:
    file(work, "a", "100.5")
    report = consolidate(work, NIGHT)
    assert (report.figures, report.reported, report.expected) == (1, 1, 63)
    assert (report.run, report.products) == (1, "exports/here")
    assert work.ledger.last_run(work.plan_round.id) == NIGHT
    (tables,) = shown(work)
    assert jobs_total(tables) == Decimal("100.5")
    assert report.totals == len(tables.totals) == 49 * 774
    assert report.as_of == tables.run.as_of == NIGHT
    states = [row["state"] for row in tables.coverage]
    assert len(states) == 63 * 9
    assert states.count("accepted") == 1


def test_the_view_of_totals_holds_the_newest_run(
    work: Consolidation, tmp_path: Path
) -> None:
    file(work, "a", "100.5")
    consolidate(work, NIGHT)
    file(work, "b", "7", 60)
    assert consolidate(work, NIGHT + timedelta(days=1)).run == 2
    with closing(sqlite3.connect(tmp_path / "ingest.db")) as database:
        rows = database.execute(
            "SELECT run_id, value, reported, expected FROM totals WHERE level = 'national'"
            " AND indicator = 'th.viec_lam' AND column_key = 'kh_n'"
        ).fetchall()
    assert rows == [(2, "7", 1, 63)]


@pytest.mark.fault("F-DB-8")
def test_a_round_as_it_stood_is_added_up_again(work: Consolidation) -> None:
    """The later mail is not there yet, and nothing says what is known today."""
    file(work, "a", "100")
    file(work, "b", "7", 24 * 60)
    report = consolidate(work, NIGHT, as_of=make.at(60))
    (tables,) = shown(work)
    assert report.as_of == make.at(60)
    assert jobs_total(tables) == Decimal(100)
    assert [row["state"] for row in tables.coverage] == ["accepted"]


def test_trying_it_out_writes_nothing(work: Consolidation) -> None:
    file(work, "a", "100")
    report = consolidate(work, NIGHT, dry_run=True)
    assert (report.run, report.products) == (None, None)
    assert report.figures == 1
    assert shown(work) == []
    assert work.ledger.last_run(work.plan_round.id) is None


@pytest.mark.fault("F-S15-1")
def test_a_run_without_its_products_is_not_kept(work: Consolidation) -> None:
    """So that the night is caught up when the disk is well again."""
    failing = replace(work, products=ShownProducts(refuses=True))
    with pytest.raises(TransientError, match="full"):
        consolidate(failing, NIGHT)
    assert work.ledger.last_run(work.plan_round.id) is None
    assert consolidate(work, NIGHT).run == 1


def test_the_same_instant_again_gives_the_same_bytes(
    work: Consolidation, tmp_path: Path
) -> None:
    """Two runs of one `as_of`, with other mail in between."""
    file(work, "a", "100")
    real = replace(work, products=ExportFolder(tmp_path / "exports"))
    first = consolidate(real, NIGHT, as_of=make.at(60))
    assert first.products is not None
    files = {path.name: path.read_bytes() for path in Path(first.products).iterdir()}
    file(work, "b", "7", 24 * 60)
    second = consolidate(real, NIGHT + timedelta(days=3), as_of=make.at(60))
    assert (second.products, second.run) == (first.products, 2)
    assert {p.name: p.read_bytes() for p in Path(first.products).iterdir()} == files


def test_coverage_of_the_past_is_what_its_figures_show() -> None:
    figures = [
        figure(("01", "PL01", "a", "x"), "1"),
        figure(("01", "PL01", "b", "x"), "1", verified=False),
        figure(("02", "PL01", "a", "x"), "1", status="provisional"),
    ]
    found = {row["province_code"]: row for row in coverage_of(figures)}
    assert (found["01"]["state"], found["01"]["verified"]) == ("accepted", False)
    assert (found["02"]["state"], found["02"]["verified"]) == ("deficient", True)
    assert found["01"]["late"] is None


def test_a_deficient_form_counts_until_a_better_one_comes(work: Consolidation) -> None:
    message = work.ledger.arrive(make.arrival("bad"))
    forms = (make.form(rows=[make.row(value="5")], state=FormState.DEFICIENT),)
    decision = make.decision("bad", forms)
    work.ledger.file(message, make.parsed("bad", forms), decision, (), make.at())
    consolidate(work, NIGHT)
    (total,) = (
        total
        for total in shown(work)[0].totals
        if (total.level.value, total.indicator, total.column)
        == ("national", "th.viec_lam", "kh_n")
    )
    assert (total.value, total.value_strict) == (Decimal(5), None)
    assert (total.reported, total.provisional) == (1, 1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2013, 7, day, hour, minute, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("last", "now", "wanted"),
    [
        (None, local(10, 12), True),
        (local(10, 2), local(10, 3), False),
        (local(10, 2), local(11, 1, 59), False),
        (local(10, 2), local(11, 2), True),
        (local(10, 2), local(15, 12), True),
        (local(15, 12), local(15, 13), False),
        (local(15, 12), local(16, 2), True),
        (local(10, 1, 59), local(10, 2), True),
        (
            datetime(2013, 7, 9, 19, tzinfo=UTC),
            datetime(2013, 7, 10, 18, tzinfo=UTC),
            False,
        ),
        (datetime(2013, 7, 9, 19, tzinfo=UTC), datetime(2013, 7, 10, 19, tzinfo=UTC), True),
    ],
)
def test_when_a_run_is_due(last: datetime | None, now: datetime, *, wanted: bool) -> None:
    """Never made; made; night not come; come; five missed; caught up; next; by hand."""
    assert due(last, now, "02:00", HANOI) is wanted


@pytest.mark.fault("F-X-3")
@given(st.lists(st.integers(1, 60 * 24 * 4), min_size=1, max_size=30))
def test_every_night_is_made_once_however_we_wake_up(pauses: list[int]) -> None:
    """Runs are never two in one night, and after any check none is outstanding."""
    now, last = local(1, 12), local(1, 12)
    made = []
    for pause in pauses:
        now += timedelta(minutes=pause)
        if due(last, now, "02:00", HANOI):
            last = now
            made.append((now - timedelta(hours=2)).date())
        assert not due(last, now, "02:00", HANOI)
    assert len(set(made)) == len(made)


def test_a_run_tells_what_moved_since_the_run_before(work: Consolidation) -> None:
    """And names the versions that it counted; the same instant again is not `before`."""
    file(work, "a", "100")
    assert consolidate(work, NIGHT).changes.since is None
    file(work, "b", "7", 24 * 60)
    next_night = NIGHT + timedelta(days=1)
    report = consolidate(work, next_night)
    again = consolidate(work, next_night)
    assert report.changes == again.changes
    assert report.changes.since == NIGHT
    (moved,) = report.changes.totals
    assert moved.cell == ("PL01", "th.viec_lam", "kh_n")
    assert (moved.before, moved.now) == (
        (Decimal(100), Decimal(100)),
        (Decimal(7), Decimal(7)),
    )
    (version,) = report.changes.versions
    assert version.step == "replaced"
    counted = work.ledger.run_before(work.plan_round.id, next_night + timedelta(days=1))
    assert counted is not None
    assert counted.versions == [version.now]


def test_figures_of_the_round_before_are_added_up_too(work: Consolidation) -> None:
    known = [
        HistoryFigure(code, "PL01", "th.viec_lam", "kh_n", Decimal(value))
        for code, value in (("02", 60), ("01", 40))
    ]
    work.ledger.import_history(work.plan_round.id, known, "planner", NIGHT)
    consolidate(work, NIGHT)
    (tables,) = shown(work)
    found = {(t.indicator, t.column): t for t in tables.round_before}
    total = found["th.viec_lam", "kh_n"]
    assert (total.value, total.reported) == (Decimal(100), 2)
    kept = work.ledger.history_figures(work.plan_round.id)
    assert [figure.province for figure in kept] == ["01", "02"]


def test_a_round_of_many_units_is_added_up_in_the_database(
    work: Consolidation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same totals, shortfalls and path; no sheet or table by unit, and it says so."""
    columns = (("kh_n1", "200"), ("uoc_n1", "100.25"), ("kh_n", "7"))
    file_rows(work, "a", [make.row("th.viec_lam", c, value) for c, value in columns])
    targets = tuple(
        Target("PL01", "th.viec_lam", 2013, unit, Decimal(90), Better.UP, "Nghị quyết", 2)
        for unit in (None, "02")
    )
    work = replace(work, plan_round=replace(work.plan_round, targets=targets))
    real = replace(work, products=ExportFolder(tmp_path / "exports"))
    few = consolidate(work, NIGHT)
    (wanted,) = shown(work)
    assert [p.standing for p in few.five_year] == [Standing.AHEAD] * 2
    monkeypatch.setattr("pipeline.jobs.consolidate.MANY_UNITS", 62)
    later = NIGHT + timedelta(days=1)
    many = consolidate(work, later)
    found = shown(work)[1]
    assert found.totals == wanted.totals
    assert (many.figures, many.reported) == (few.figures, few.reported)
    assert (found.figures, found.versions) == ((), tuple(wanted.versions))
    assert many.changes.totals == ()
    assert many.five_year == few.five_year[:1]  # the country's
    for measure in measures_of(work.plan_round):
        ranked = NationalView(wanted).shortfalls(measure)
        assert NationalView(found).shortfalls(measure) == ranked
    assert [s.province for s in found.shortfalls["attainment"][1]] == ["02"]
    products = consolidate(real, later).products
    assert products is not None
    assert not (Path(products) / "figures.csv").exists()
    book = load_workbook(next(Path(products).glob("*.xlsx")))
    assert not [name for name in book.sheetnames if "theo đơn vị" in name]
    assert [cell.value for cell in book["Chưa đạt kế hoạch"][7]][1] == "PL01"
    assert book["Lộ trình 5 năm"]["G7"].value == 100.25
    told = [cell.value for row in book["Bìa"].iter_rows() for cell in row if cell.value]
    assert any(str(text).startswith("Kỳ báo cáo có 63 đơn vị") for text in told)


@pytest.mark.parametrize("most", [62, 63])
def test_what_comes_while_a_run_adds_up_is_not_of_it(
    work: Consolidation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Sums, coverage and the round before are of one moment, many units or few."""
    monkeypatch.setattr("pipeline.jobs.consolidate.MANY_UNITS", most)
    file(work, "a", "100")
    other = SqlLedger(f"sqlite:///{tmp_path}/ingest.db", "default")
    late = HistoryFigure("02", "PL01", "th.viec_lam", "kh_n", Decimal(60))

    def meanwhile() -> None:
        message = other.arrive(make.arrival("b", 5))
        forms = (make.form("PL02", [make.row("llld.tong", "kh_n", "7")]),)
        parsed, decision = make.parsed("b", forms), make.decision("b", forms, 5)
        other.file(message, parsed, decision, (), make.at(5))
        other.import_history(work.plan_round.id, [late], "planner", NIGHT)

    def few(*asked: Any) -> Sequence[Total]:
        meanwhile()
        return consolidate_figures(*asked)

    def many(*asked: Any) -> Sequence[Total]:
        meanwhile()
        return consolidate_sums(*asked)

    consolidate(replace(work, add_up=few, add_up_many=many), NIGHT)
    other.close()
    (tables,) = shown(work)
    assert [row["form_id"] for row in tables.coverage if row["state"] == "accepted"] == [
        "PL01"
    ]
    assert tables.round_before == ()
    now = work.ledger.coverage(work.plan_round.id)
    assert sum(row["state"] == "accepted" for row in now) == 2


def test_imputed_figures_stand_beside_the_reported_and_are_marked(
    work: Consolidation, tmp_path: Path
) -> None:
    """Hà Giang grew from 50 to 100; Cao Bằng, silent, had 7.5 and would have 15."""
    file(work, "a", "100")
    cell = ("PL01", "th.viec_lam", "kh_n")
    known = [
        HistoryFigure("02", *cell, Decimal(50)),
        HistoryFigure("04", *cell, Decimal("7.5")),
    ]
    work.ledger.import_history(work.plan_round.id, known, "planner", NIGHT)
    terms = NationTerms(MissingUnits.RATIO)
    filling = replace(work, plan_round=replace(work.plan_round, nation=terms))
    consolidate(filling, NIGHT)
    (tables,) = shown(work)
    assert jobs_total(tables) == Decimal(100)
    real = replace(filling, products=ExportFolder(tmp_path / "exports"))
    products = consolidate(real, NIGHT + timedelta(days=1)).products
    assert products is not None
    with (Path(products) / "totals.csv").open(encoding="utf-8-sig") as lines:
        (national,) = (
            row
            for row in csv.DictReader(lines)
            if (row["level"], row["form_id"], row["indicator"], row["column_key"])
            == ("national", *cell)
        )
    assert (national["value"], national["value_filled"], national["filled"]) == (
        "100",
        "115",
        "1",
    )
    sheet = load_workbook(next(Path(products).glob("*.xlsx")))["PL01 theo đơn vị"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any(row[0] == "04" and "(15)" in row for row in rows)
    assert any(str(row[1]).startswith("kể cả ước") and 115 in row for row in rows)
    assert "imputed" not in (Path(products) / "figures.csv").read_text("utf-8-sig")
    with (Path(products) / "imputed.csv").open(encoding="utf-8-sig") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["province_code"], row["form_id"], row["value"]) == ("04", "PL01", "15")
    explained = (Path(products) / "data-dictionary.csv").read_text("utf-8-sig")
    assert explained.count("imputed.csv,,") == len(row)
