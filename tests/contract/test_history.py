"""Figures of the round before: imported, kept on both databases, asked about."""

import logging
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.history_file import read_history
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.form import FormState
from pipeline.domain.plan.last_round import HistoryFigure, LastRound
from tests.builders import decisions as make
from tests.builders.mails import letter, workbooks
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.contract.test_commands import Place
from tests.servers.ledgers import TestDatabase, file_mail, store_totals

HEAD = "province_code,form_id,indicator,column_key,value\n"
CELL = ("PL02", "vl.tong", "uoc_n1")
CELL_1 = ("PL01", "th.viec_lam", "kh_n")


def figure(province, value, cell=CELL):
    return HistoryFigure(province, *cell, Decimal(value))


def test_figures_are_kept_with_their_national_sum(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    assert ledger.last_round(make.ROUND, "02") == LastRound()
    first = [figure("02", "12000.5"), figure("04", "7")]
    assert ledger.import_history(make.ROUND, first, "lan", make.at(1)) == 0
    again = [figure("02", "13000"), figure("02", "5", ("PL02", "vl.san", "kh_n"))]
    assert ledger.import_history(make.ROUND, again, "lan", make.at(2)) == 1
    assert ledger.last_round(make.ROUND, "02") == LastRound(
        {CELL: Decimal(13000), ("PL02", "vl.san", "kh_n"): Decimal(5)},
        {CELL: Decimal(13007), ("PL02", "vl.san", "kh_n"): Decimal(5)},
    )
    assert ledger.last_round(make.ROUND, "01") == LastRound()
    assert ledger.last_round("another-round", "02") == LastRound()
    assert database.rows("SELECT actor, action FROM event") == [
        {"actor": "lan", "action": "history-import"},
        {"actor": "lan", "action": "history-import"},
    ]
    assert ledger.audit_chain() is None


def test_where_nothing_was_imported_an_earlier_round_of_the_ledger_speaks(
    ledger: SqlLedger,
) -> None:
    other = ("PL01", "th.viec_lam", "uoc_n1")
    rows = [make.row(CELL_1[1], value="100"), make.row(other[1], other[2], value="90")]
    file_mail(ledger, "old", [make.form(rows=rows)], round="before")
    faulty = make.form("PL02", state=FormState.DEFICIENT)
    file_mail(ledger, "bad", [faulty], 5, round="before")
    assert ledger.last_round(make.ROUND, "02") == LastRound()
    known = ledger.last_round(make.ROUND, "02", "before")
    assert known == LastRound({CELL_1: Decimal(100), other: Decimal(90)}, {})
    store_totals(ledger, "7", 10, "before")
    store_totals(ledger, "63000", 20, "before")
    store_totals(ledger, "9", 30, "before", as_of=5)
    ledger.import_history(make.ROUND, [figure("02", "95", other)], "lan", make.at(30))
    known = ledger.last_round(make.ROUND, "02", "before")
    assert known.own == {CELL_1: Decimal(100), other: Decimal(95)}
    assert known.nation == {CELL_1: Decimal(63000), other: Decimal(95)}
    assert ledger.last_round(make.ROUND, "01", "before") == LastRound()


def read(folder: Path, text: str) -> tuple[HistoryFigure, ...]:
    path = folder / "last.csv"
    path.write_text(text, encoding="utf-8")
    return read_history(path, shipped_round(), shipped_gazetteer())


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "02,PL02,vl.tong,uoc_n1,12000.5\n\n04,PL02,vl.tong,uoc_n1,\n",
        (
            "\ufeffvalue;note;column_key;indicator;form_id;province_code\r\n"
            "12000.5;x;uoc_n1;vl.tong;PL02;02\r\n"
        ),
    ],
)
def test_a_file_of_excel_is_read(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == (figure("02", "12000.5"),)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2,PL02,vl.tong,uoc_n1,5", "line 3: no province has the code '2'"),
        ("02,PL99,vl.tong,uoc_n1,5", "line 3: the round has no form 'PL99'"),
        ("02,PL02,vl.none,uoc_n1,5", "line 3: PL02 has no row 'vl.none'"),
        ("02,PL02,vl.tong,ghi_chu,5", "line 3: PL02 has no value column 'ghi_chu'"),
        ('02,PL02,vl.tong,uoc_n1,"1,5"', "line 3: '1,5' is no plain number"),
        ("02,PL02,vl.tong,uoc_n1,1E+99999", "line 3: '1E.99999' is no plain number"),
        ("02,PL02,vl.tong,uoc_n1,NaN", "line 3: 'NaN' is no plain number"),
        ("01,PL02,vl.tong,uoc_n1,5", "line 3: stands in line 2 already"),
    ],
)
def test_a_line_that_cannot_be_meant_stops_the_whole_file(
    tmp_path: Path, line: str, fault: str
) -> None:
    text = HEAD + "01,PL02,vl.tong,uoc_n1,4\n" + line + "\n"
    with pytest.raises(PermanentError, match=f"nothing was imported; {fault}"):
        read(tmp_path, text)


def test_a_file_of_faults_names_the_first_ones(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"line 21: .*; and 5 more"):
        read(tmp_path, HEAD + "99,PL02,vl.tong,uoc_n1,4\n" * 25)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="missing: form_id, indicator"):
        read(tmp_path, "province_code,column_key,value\n")
    with pytest.raises(PermanentError, match="cannot be read"):
        read_history(tmp_path / "none.csv", shipped_round(), shipped_gazetteer())
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PermanentError, match="is not UTF-8"):
        read_history(tmp_path / "bad.csv", shipped_round(), shipped_gazetteer())


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Place(tmp_path, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_command_makes_the_rules_look_back(place, tmp_path) -> None:
    """A figure ten times that of the round before is a query of its cell."""
    place.run("ingest", place.mail("a.eml", letter(workbooks(["PL02"]))))
    _, (before,) = place.json("show", "1")
    now = next(
        Decimal(row["value"])
        for row in before["rows"]
        if (row["form"], row["indicator"], row["column"]) == CELL
    )
    path = tmp_path / "last.csv"
    path.write_text(HEAD + f"02,PL02,vl.tong,uoc_n1,{now / 10}\n", encoding="utf-8")

    code, (said,) = place.json("history", "import", str(path), "-n")
    assert (code, said["figures"], said["dry_run"]) == (0, 1, True)
    place.run("reprocess", "--all")
    assert "change" not in {f["code"] for f in place.json("show", "1")[1][0]["findings"]}

    code, (said,) = place.json("history", "import", str(path), "--by", "lan")
    assert (code, said["provinces"], said["replaced"]) == (0, 1, 0)
    place.run("reprocess", "--all")
    _, (after,) = place.json("show", "1")
    (asked,) = [f for f in after["findings"] if f["code"] == "change"]
    assert (asked["severity"], asked["rule"]) == ("query", "R.7")
    assert Decimal(asked["found"]) == now
    assert Decimal(asked["expected"]) == now / 10
    assert after["verdict"] == before["verdict"]
    assert place.run("audit")[0] == 0


def test_the_command_refuses_a_bad_file(place, tmp_path) -> None:
    path = tmp_path / "last.csv"
    path.write_text(HEAD + "02,PL02,vl.tong,uoc_n1,many\n", encoding="utf-8")
    code, _, said = place.run("history", "import", str(path))
    assert code == 1
    assert "line 2: 'many' is no plain number" in said
