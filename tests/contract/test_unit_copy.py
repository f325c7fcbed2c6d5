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
