"""A copy of one unit's mail, taken from either database."""

from pathlib import Path

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.unit_copy import copy_units
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail


def test_a_units_mail_is_copied_and_nothing_else(
    database: TestDatabase, ledger: SqlLedger, tmp_path: Path
) -> None:
    fault = make.finding(rule="PL01.2", found="1", expected="2")
    first = file_mail(ledger, "a", [make.form()], findings=(fault,))
    second = file_mail(ledger, "b", [make.form()])
    rows = list(ledger.log_page({}, None, 9))
    ledger.rule_on(make.ROUND, ("PL01", "PL01.2"), "held", "Lan", "x", make.at(5))
    copy = SqlLedger(copy_units(database.url, tmp_path / "unit.db", first, ["02"]))
    alone = SqlLedger(copy_units(database.url, tmp_path / "alone.db", second, []))
    try:
        assert list(copy.log_page({}, None, 9)) == rows
        assert copy.document(first) == ledger.document(first)
        assert copy.rulings(make.ROUND, "02", first) == ledger.rulings(
            make.ROUND, "02", first
        )
        assert [row["id"] for row in alone.log_page({}, None, 9)] == [second]
    finally:
        copy.close()
        alone.close()


def test_a_rule_that_fails_too_often_is_held_in_the_copy(
    database: TestDatabase, ledger: SqlLedger, tmp_path: Path
) -> None:
    """Eight provinces fail it, of which the copy has one."""
    fault = make.finding(rule="PL01.2", found="1", expected="2")
    provinces = ["02", "04", "06", "08", "10", "11", "12", "14"]
    ledger.know_round(make.ROUND, provinces, ["PL01"])
    for number, code in enumerate(provinces):
        whose = make.identity(code)
        file_mail(ledger, code, [make.form()], number, findings=(fault,), identity=whose)
    copy = SqlLedger(copy_units(database.url, tmp_path / "unit.db", 1, ["02"]))
    try:
        held = copy.rulings(make.ROUND, "02", 1).held_rules
        assert held == ledger.rulings(make.ROUND, "02", 1).held_rules
        assert held == {("PL01", "PL01.2")}
    finally:
        copy.close()
