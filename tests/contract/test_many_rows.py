"""However many figures a mail brings, each is in the ledger once and as it was read."""

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.bulk import BLOCK, FEW, FIT
from pipeline.adapters.sql_ledger.columns import safe_text
from pipeline.domain.plan.form import Missing
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

COLUMNS = 14
EDGES = {1, FIT // COLUMNS, FEW, BLOCK}
ODD = "a\tb\nc\\N \0 \ud83d {} ? % Đặng"


@pytest.mark.parametrize(
    "count", sorted({near for edge in EDGES for near in (edge, edge + 1)} | {2 * BLOCK, 75})
)
def test_each_figure_once(ledger: SqlLedger, database: TestDatabase, count: int) -> None:
    rows = [
        make.row(f"i{n}", value=f"{n}.5", cell=f"D{n}", raw=f"{ODD}{n}", hidden=n % 2 == 0)
        for n in range(count)
    ]
    rows[-1] = make.nil_row("last", unit_written=None)
    file_mail(ledger, "a", [make.form(rows=rows)])
    found = database.rows(
        "SELECT indicator, value, missing, quantum, unit, unit_written, raw, path, sheet, "
        "cell, hidden, encoding, column_key, version_id FROM figure"
    )
    assert len(found) == count
    by_row = {each["indicator"]: each for each in found}
    for row in rows:
        assert by_row[row.indicator] == {
            "indicator": row.indicator,
            "value": None if row.value is None else str(row.value),
            "missing": Missing.NIL.value if row.missing else None,
            "quantum": str(row.quantum),
            "unit": row.unit,
            "unit_written": row.unit_written,
            "raw": safe_text(row.raw),
            "path": row.path,
            "sheet": row.sheet,
            "cell": row.cell,
            "hidden": int(row.hidden),
            "encoding": row.encoding,
            "column_key": row.column,
            "version_id": found[0]["version_id"],
        }
