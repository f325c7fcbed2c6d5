"""`explain` on both databases, and as a command."""

import logging
import shutil
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.lineage import Change
from pipeline.domain.plan.form import FormState
from pipeline.domain.total import Run
from pipeline.jobs.explain import Explained, explain
from tests.builders import decisions as make
from tests.builders.mails import figures, letter, narrative, workbooks
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.builders.totals import ROUND_FOLDER
from tests.contract.test_commands import Place
from tests.servers.ledgers import file_mail

CELL = ("PL01", "th.viec_lam", "kh_n")


def ask_ledger(ledger: SqlLedger, area: str | None = None) -> Explained:
    return explain(ledger, (shipped_round(), shipped_gazetteer()), CELL, area)


def add_up(ledger: SqlLedger, minutes: float) -> int:
    found = ledger.figures(make.ROUND, None)
    totals = consolidate_figures(found, shipped_round(), shipped_gazetteer())
    run = Run(make.ROUND, make.at(minutes), make.at(minutes))
    return ledger.store_run(run, totals, make.at(minutes))


def form(value: str, state: FormState = FormState.ACCEPTED):
    return [make.form(rows=[make.row(value=value)], state=state)]


def test_a_figure_leads_to_its_mail(ledger: SqlLedger) -> None:
    number = file_mail(ledger, "a", form("100.5"))
    found = ask_ledger(ledger)
    (part,) = found.makeup.parts
    source = part.source
    assert source.message == number
    assert source.received_at == make.at(0)
    assert (source.sender, source.version) == ("hagiang@example.vn", 1)
    assert source.figure.digest == make.digest_of("a")
    assert (source.figure.path, source.figure.sheet) == (
        make.row().path,
        make.row().sheet,
    )
    assert source.figure.cell == make.row().cell
    assert found.makeup.total.value == Decimal("100.5")
    assert (found.kept, found.agrees, len(found.makeup.missing)) == (None, None, 62)


def test_sourced_figures_are_those_that_count(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", form("1"))
    file_mail(ledger, "b", form("2"), 10)
    file_mail(ledger, "c", [make.form("PL02")], 20)
    for as_of in (None, make.at(5), make.at(-1)):
        sourced = ledger.sourced_figures(make.ROUND, as_of=as_of)
        assert [s.figure for s in sourced] == list(ledger.figures(make.ROUND, as_of))
    (own,) = ledger.sourced_figures(make.ROUND, [CELL[:2]])
    assert (own.figure.value, own.version) == (Decimal(2), 2)
    assert ledger.sourced_figures("other") == []


def test_the_newest_run_is_checked_and_changes_are_told(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", form("1"))
    run = add_up(ledger, 5)
    agreed = ask_ledger(ledger)
    assert agreed.kept is not None
    assert (agreed.agrees, agreed.changes, agreed.kept.run) == (True, (), run)
    assert agreed.kept.as_of == make.at(5)
    file_mail(ledger, "b", form("7"), 10)
    differs = ask_ledger(ledger, "region6:Trung du và miền núi phía Bắc")
    assert differs.kept is not None
    assert (differs.agrees, differs.kept.total.value) == (False, Decimal(1))
    (change,) = differs.changes
    assert (change.province, change.change) == ("02", Change.ALTERED)
    assert change.before is not None
    assert change.now is not None
    assert (change.before.value, change.now.value) == (Decimal(1), Decimal(7))
    assert ask_ledger(ledger, "02").kept is None
    add_up(ledger, 15)
    assert ask_ledger(ledger).agrees is True


@pytest.fixture
def place(tmp_path: Path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    made = Place(tmp_path, capsys)
    made.run("ingest", made.mail("a.eml", letter((*workbooks(), narrative()))))
    yield made
    root.handlers[:] = handlers
    root.setLevel(level)


ASKED = ("explain", "PL02", "vl.tong", "kh_n")


def test_the_command_prints_the_lineage(place: Place) -> None:
    code, (said,) = place.json(*ASKED)
    value = figures()["PL02", "vl.tong", "kh_n"]
    assert code == 0
    assert Decimal(said["value"]) == Decimal(said["value_strict"]) == value
    (part,) = said["parts"]
    assert part["province"] == "02"
    assert part["status"] == "accepted"
    assert all(part[key] for key in ("digest", "sender", "path", "sheet", "cell"))
    assert part["received_at"].endswith("+07:00")
    assert (said["reported"], said["expected"], len(said["missing"])) == (1, 63, 62)
    assert (said["run"], said["agrees"]) == (None, None)
    place.run("consolidate")
    _, (said,) = place.json(*ASKED)
    assert (said["agrees"], said["run"]["run"]) == (True, 1)


def test_a_mail_leads_to_the_totals_it_stands_in(place: Place) -> None:
    _, (shown,) = place.json("show", "1", "--totals")
    cells = {(t["form"], t["indicator"], t["column"], t["as"]): t for t in shown["totals"]}
    figure = cells["PL02", "vl.tong", "kh_n", "figure"]
    assert Decimal(figure["value"]) == figures()["PL02", "vl.tong", "kh_n"]
    assert [(a["level"], a["run"]) for a in figure["areas"]] == [
        ("national", None),
        ("region6", None),
        ("region8", None),
        ("unit2025", None),
    ]
    assert any(use == "weight" for _, _, _, use in cells)
    place.run("consolidate")
    _, (shown,) = place.json("show", "1", "--totals")
    for touch in shown["totals"]:
        assert {area["run"] for area in touch["areas"]} == {1}
    (touch,) = [
        t for t in shown["totals"] if tuple(t.values())[:4] == (*ASKED[1:], "figure")
    ]
    assert touch["areas"][0]["value"] == place.json(*ASKED)[1][0]["run"]["value"]
    assert "stands in" in place.run("show", "1", "--totals")[1]
    place.run("hold", "1", "--why", "asked")
    assert place.json("show", "1", "--totals")[1][0]["totals"] == []
    assert "No figure of this mail counts" in place.run("show", "1", "--totals")[1]


def test_what_stands_for_silent_units_and_the_round_before_are_told(place: Place) -> None:
    rounds = place.folder / "rounds" / "ke-hoach-2014"
    shutil.copytree(ROUND_FOLDER, rounds)
    text = (rounds / "round.yaml").read_text(encoding="utf-8")
    filling = text.replace("missing_units: none", "missing_units: ratio")
    (rounds / "round.yaml").write_text(filling, encoding="utf-8")
    past = place.folder / "2013.csv"
    past.write_text(
        "province_code,form_id,indicator,column_key,value\n"
        "02,PL02,vl.tong,kh_n,10000\n04,PL02,vl.tong,kh_n,5000\n",
        encoding="utf-8",
    )
    assert place.run("history", "import", str(past))[0] == 0
    _, (said,) = place.json(*ASKED)
    own = figures()["PL02", "vl.tong", "kh_n"]
    (imputed,) = said["filled"]["imputed"]
    expected = round(Decimal(own) / 10000 * 5000)
    assert (imputed["province"], imputed["value"]) == ("04", str(expected))
    assert Decimal(said["filled"]["value"]) == own + expected
    before = imputed["before"]
    assert (before["value"], before["file"], before["line"]) == ("5000", "2013.csv", 3)
    assert before["sha256"] == sha256(past.read_bytes()).hexdigest()
    assert before["imported_at"].endswith("+07:00")
    assert imputed["ratio"] == {"now": str(own), "was": "10000", "units": ["02"]}
    assert (said["past"]["value"], said["past"]["units"]) == ("15000", 2)
    assert [part["line"] for part in said["past"]["parts"]] == [2, 3]
    out = place.run(*ASKED)[1]
    assert "1 imputed, made of the round before" in out
    assert "The round before: 15.000, 2 units; file: 2013.csv." in out
    _, (rate,) = place.json("explain", "PL01", "th.that_nghiep", "kh_n")
    assert (rate["filled"], rate["past"]) == (None, None)


def test_the_table_is_in_vietnamese_notation(place: Place) -> None:
    place.run("consolidate")
    code, out, _ = place.run(*ASKED, "--area", "Hà Giang", "--lang", "vi")
    assert code == 0
    assert "Cách tính: cộng số liệu của các đơn vị." in out
    assert "Chưa có lần tổng hợp nào để đối chiếu." in out
    assert "Agrees with consolidation 1" in place.run(*ASKED)[1]


def test_unknown_names_are_answered(place: Place) -> None:
    code, _, said = place.run("explain", "PL02", "vl.tonk", "kh_n")
    assert code == 1
    assert "vl.tonk: no row of PL02; there are: vl.dan_so, " in said
    assert "vl.tong, " in said
    code, _, said = place.run(*ASKED, "--area", "region8:Tây Nguyen nam")
    assert code == 1
    assert "no area; there are: region8:Tây Nguyên" in said
